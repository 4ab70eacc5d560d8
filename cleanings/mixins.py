from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from cleanings.cards import Card, cards_of
from cleanings.contact import contact_for
from cleanings.models import Cleaning
from cleanings.states import WINNING, IllegalMove
from core.forms import submitted_values

MOST_SIMILAR = 3


class ConflictMixin:
    """Answers an illegal move with 409 and the cleaning as it is."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return super().dispatch(request, *args, **kwargs)
        except IllegalMove as refusal:
            return self.conflict(refusal)

    def get_cleaning_id(self) -> int:
        return self.kwargs.get("pk", 0)

    def conflict(self, refusal: IllegalMove) -> HttpResponse:
        visible = Cleaning.objects.visible_to(self.request.user).with_owner().with_block(self.request.user)
        cleaning = visible.filter(pk=self.get_cleaning_id()).first()
        context = {"sentence": refusal, "cleaning": cleaning, "typed": submitted_values(self.request)}
        if cleaning:
            context["contact"] = contact_for(self.request.user, cleaning)
            context["similar"] = similar_to(cleaning, self.request.user)
        return render(self.request, "409.html", context, status=409)


def similar_to(cleaning: Cleaning, reader: User | AnonymousUser) -> list[Card] | None:
    """Other cleanings in the city; None for a reader who has no use for them."""
    if cleaning.takes_offers or cleaning.is_owned_by(reader):
        return None
    offer = cleaning.offer_of(reader)
    if offer and offer.status in WINNING:
        return None
    others = Cleaning.objects.open_to(reader).in_city(cleaning.city).exclude(owner=reader.pk)
    return cards_of(others.newest_first()[:MOST_SIMILAR], reader)


class VerbFormMixin(ConflictMixin):
    """Calls a verb in `carry_out`; its refusal is shown in the form."""

    def form_valid(self, form) -> HttpResponse:
        try:
            return self.carry_out(form)
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
