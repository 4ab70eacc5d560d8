"""The lists of offers: those on one's own cleaning, to compare, and those that one has made."""

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.utils.functional import cached_property

from cleanings import states
from cleanings.states import OfferStatus
from core.names import alike
from core.paging import Leg
from core.views import KeysetListView, query_of
from offers.actions import moves
from offers.clashes import clashes_of
from offers.mixins import CleaningMixin

# The lists of one's own offers, and which of them each holds.
LISTS = {"ahead": "Ahead", "pending": "Pending", "past": "Past"}
LISTED = {"ahead": (OfferStatus.ACCEPTED,), "pending": (OfferStatus.PENDING,), "past": states.PAST}


class OfferListView(CleaningMixin, KeysetListView):
    """The offers of one's own cleaning, to compare: the accepted one, the pending ones, then those that are over."""

    template_name = "offers/offer_list.html"
    sorts = {"oldest": "created_at", "rate": "hourly_rate", "rating": "rating_gap"}
    labels = {"oldest": "Oldest first", "rate": "Lowest rate first", "rating": "Highest rating first"}

    def get_legs(self) -> list[Leg]:
        if not self.cleaning.is_owned_by(self.request.user):
            raise PermissionDenied
        sort = self.request.GET.get("sort")
        self.sort = sort if sort in self.sorts else "oldest"
        offers = self.cleaning.offers.standing().with_people().with_jobs_done().with_ratings().with_revision()
        return [Leg(offers.with_rank(), ("rank", self.sorts[self.sort]))]

    def get_query(self) -> dict[str, str]:
        return {"sort": self.sort}

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(labels=self.labels.items(), **kwargs)
        place = query_of(self.request, "sort", "after")
        shown = [(offer, moves(offer, self.request.user, place)) for offer in context["object_list"]]
        return context | {
            "sort": self.sort,
            "place": place,
            "alike": alike(offer.cleaner.display_name for offer, _ in shown),
            "in_play": [pair for pair in shown if pair[0].status in states.IN_PLAY],
            "over": [pair for pair in shown if pair[0].status not in states.IN_PLAY],
        }


class MyOffersView(KeysetListView):
    """One's own offers: the jobs ahead, the pending ones, or the past ones."""

    template_name = "offers/offer_mine.html"

    @cached_property
    def chosen(self) -> str:
        chosen = self.request.GET.get("show")
        return chosen if chosen in LISTS else "ahead"

    def get_legs(self) -> list[Leg]:
        offers = self.request.user.offers.with_people().with_cleaning()
        if self.chosen == "ahead":
            return [Leg(offers.ahead().with_start(), ("start",))]
        if self.chosen == "pending":
            return [Leg(offers.pending(), ("created_at",), is_falling=True)]
        return [Leg(offers.past(), ("status_since",), is_falling=True)]

    def get_query(self) -> dict[str, str]:
        return {"show": self.chosen}

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(chosen=self.chosen, **kwargs)
        numbers = dict(self.request.user.offers.values_list("status").annotate(Count("pk")))
        tabs = [(name, label, sum(numbers.get(status, 0) for status in LISTED[name])) for name, label in LISTS.items()]
        heading = {"ahead": "No job ahead", "pending": "No offer is pending", "past": "No past offers"}[self.chosen]
        offers = context["object_list"]
        clashes = clashes_of(self.request.user, [offer.cleaning for offer in offers]) if self.chosen == "ahead" else {}
        rows = [
            (
                offer,
                [action for action in moves(offer, self.request.user)[:1] if not action.is_ending],
                clashes.get(offer.cleaning_id, ()),
            )
            for offer in offers
        ]
        return context | {"tabs": tabs, "rows": rows, "empty_heading": heading}
