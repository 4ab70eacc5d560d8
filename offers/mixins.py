from collections.abc import Callable, Iterable

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from accounts.models import User
from cleanings.mixins import ConflictMixin
from cleanings.models import Cleaning
from cleanings.shortcuts import visible_or_404
from core.statements import Statement
from core.views import query_of
from offers.clashes import clashes_of
from offers.models import Offer
from offers.querysets import OfferQuerySet


@Statement
def cleaning_for_member(pk: int, reader: int) -> QuerySet[Cleaning]:
    return Cleaning.objects.filter(pk=pk).with_owner().with_block(User(pk=reader))


class CleaningMixin(ConflictMixin):
    @cached_property
    def cleaning(self) -> Cleaning:
        reader, pk = self.request.user, self.kwargs["pk"]
        if not reader.is_authenticated:
            return get_object_or_404(Cleaning.objects.visible_to(reader).with_owner(), pk=pk)
        return visible_or_404(cleaning_for_member.first(pk, reader.pk), reader)

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(cleaning=self.cleaning, **kwargs)


def offers_of(cleaning: int, username: str) -> OfferQuerySet:
    found = Offer.objects.filter(cleaning=cleaning, cleaner__username=username)
    return found.with_people().with_revision().with_block()


offers_to_move = Statement(offers_of)


def get_offer_or_404(
    cleaning: Cleaning,
    username: str,
    reader: User | AnonymousUser,
    read: Callable[[int, str], Iterable[Offer]] = offers_to_move,
) -> Offer:
    """Raises PermissionDenied for anyone but the owner and the cleaner, whether or not the offer exists."""
    if not cleaning.is_owned_by(reader) and reader.username != username:
        raise PermissionDenied
    offer = next(iter(read(cleaning.pk, username)), None)
    if offer is None:
        raise Http404
    offer.cleaning = cleaning
    return offer


class OfferMixin(CleaningMixin):
    @property
    def place_in_list(self) -> str:
        return query_of(self.request, "sort", "after")

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(place=self.place_in_list, **kwargs)

    def get_object(self, queryset=None) -> Offer:
        return get_offer_or_404(self.cleaning, self.kwargs["username"], self.request.user)


class ClashMixin:
    """Shows cleaners which of their jobs are at the same time."""

    def get_context_data(self, **kwargs) -> dict:
        clashes = clashes_of(self.request.user, [self.cleaning]).get(self.cleaning.pk)
        return super().get_context_data(clashes=clashes, **kwargs)
