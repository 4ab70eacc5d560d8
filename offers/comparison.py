"""What an owner sees of the offers of a cleaning: a heading, the rates on a line, and a card for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any, TypedDict

from accounts.hiding import HIDDEN_BY_STAFF
from accounts.models import User
from cleanings import sentences
from cleanings.models import Cleaning
from cleanings.states import CleaningStatus, Condition, OfferStatus
from core.formatting import count_word, money
from core.templatetags.formatting import ago
from offers.actions import offer_actions, offer_meaning, status_colour
from offers.models import Offer
from offers.prices import Prices

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

# The width of a face with its rate on a phone, in percent of the line.
ROOM = 18
MOST_LANES = 4
FIRST_LANE, NEXT_LANE = 37, 54
TO_LABEL, LABEL_BELOW = 61, 73
MARGIN = 12


class Ratings(TypedDict):
    """What `with_ratings` adds."""

    rating_mean: float | None
    rating_count: int


def heading(cleaning: Cleaning, offers: Sequence[Offer], waiting: int) -> str:
    if chosen := next((offer for offer in offers if offer.is_winning), None):
        return f"You chose {chosen.cleaner.short_name}"
    if cleaning.is_hidden and waiting:
        return "One offer is waiting" if waiting == 1 else f"{count_word(waiting).capitalize()} offers are waiting"
    if waiting == 1:
        return "One offer to choose from"
    if waiting:
        return f"{count_word(waiting).capitalize()} offers to choose from"
    if offers:
        return "No offer is waiting"
    return "No offers" if cleaning.is_closed else "No offers yet"


def next_step(cleaning: Cleaning, offers: Sequence[Offer], waiting: int) -> str:
    if cleaning.status == CleaningStatus.COMPLETED:
        return "The job is done."
    if cleaning.is_closed:
        return "You closed this job."
    if cleaning.is_assigned:
        return "The job is taken. If it falls through, earlier offers are back in play."
    if cleaning.is_hidden:
        return sentences.UNMET_CONDITION[Condition.NOT_HIDDEN]
    if cleaning.start_has_passed:
        return "The start has passed, so no more offers come in." + (" You can still pick one." if waiting else "")
    if waiting:
        return "Accept it, or wait for more." if waiting == 1 else "Pick one. We’ll tell the others."
    if cleaning.is_undecided:
        return "Only you see this job. Decide on its page who else does."
    return "We’ll tell you when the next one comes." if offers else "We’ll tell you when one comes."


def card_of(offer: WithAnnotations[Offer, Ratings], reader: User, query: str) -> dict[str, Any]:
    """All that the owner reads of one offer; `query` is the place in the list to return to."""
    cleaner, url, actions = offer.cleaner, offer.get_absolute_url(), offer_actions(offer, reader, query)
    return {
        "face": cleaner.shown_face,
        "name": cleaner.isolated_name,
        "profile_url": cleaner.get_absolute_url() if cleaner.is_active else "",
        "username": cleaner.username if cleaner.is_active and cleaner.username != cleaner.display_name else "",
        "mean": offer.rating_mean,
        "reviews": offer.rating_count,
        "jobs": offer.jobs_label,
        "status": () if offer.status == OfferStatus.PENDING else (offer.get_status_display(), status_colour(offer)),
        "meaning": "" if offer.is_winning else offer_meaning(offer),
        "job_url": offer.cleaning.get_absolute_url() if offer.is_winning else "",
        "message": HIDDEN_BY_STAFF if offer.is_hidden_from(reader) else offer.message,
        "is_hidden": offer.is_hidden_from(reader),
        "waits": (offer.changed_names, cleaner.short_name) if offer.waits_for_confirmation else (),
        "revision": offer.revision_label,
        "made": ago(offer.created_at),
        "url": f"{url}{query}",
        "rate": money(offer.hourly_rate),
        "total": money(offer.total),
        "difference": offer.difference_label,
        "actions": actions,
        "has_acts": offer.is_winning or bool(actions),
    }


@dataclass(frozen=True)
class Mark:
    """An offer's face beside the line, or only a point on the line where no lane has room."""

    offer: Offer
    x: str
    lane: int | None
    axis: int

    @property
    def is_below(self) -> bool:
        return self.lane is not None and self.lane % 2 == 1

    @property
    def face_y(self) -> int:
        away = FIRST_LANE + NEXT_LANE * ((self.lane or 0) // 2)
        return self.axis + away if self.is_below else self.axis - away

    @property
    def photo_y(self) -> int:
        return self.face_y - 16

    @property
    def letters_y(self) -> int:
        return self.face_y + 5

    @property
    def rate_y(self) -> int:
        return self.face_y + (LABEL_BELOW - FIRST_LANE if self.is_below else FIRST_LANE - TO_LABEL)

    @property
    def facts(self) -> dict[str, Any]:
        names = ("x", "axis", "lane", "face_y", "photo_y", "letters_y", "rate_y")
        facts = {name: getattr(self, name) for name in names}
        return facts | {"rate": money(self.offer.hourly_rate), "person": self.offer.cleaner.shown_face}


class RateLine:
    """Where everything is drawn: x in percent and y in pixels, so that letters keep their size in every width."""

    def __init__(self, offers: Sequence[Offer], asked: Decimal, usual: Prices | None) -> None:
        self.offers, self.asked, self.usual = sorted(offers, key=lambda offer: offer.hourly_rate), asked, usual
        rates = [offer.hourly_rate for offer in offers] + [asked]
        rates += [usual.lowest, usual.highest] if usual else []
        around = max(Decimal(1), (max(rates) - min(rates)) * MARGIN / 100)
        self.start = max(Decimal(0), (min(rates) - around).to_integral_value(ROUND_FLOOR))
        self.end = (max(rates) + around).to_integral_value(ROUND_CEILING)
        lanes = self._lanes()
        above, below = (len({lane for lane in lanes if lane is not None and lane % 2 == side}) for side in (0, 1))
        self.axis = MARGIN + TO_LABEL + NEXT_LANE * (above - 1) if above else MARGIN
        self.height = self.axis + (LABEL_BELOW + NEXT_LANE * (below - 1) if below else 26) + 6
        self.marks = [
            Mark(offer, self._x(offer.hourly_rate), lane, self.axis)
            for offer, lane in zip(self.offers, lanes, strict=True)
        ]

    @property
    def ends(self) -> tuple[str, str]:
        return money(self.start), money(self.end)

    @property
    def ends_y(self) -> int:
        return self.axis + 25

    @property
    def asked_x(self) -> str:
        return self._x(self.asked)

    @property
    def asked_from(self) -> int:
        return self.axis - 13

    @property
    def asked_to(self) -> int:
        return self.axis + 13

    @property
    def usual_y(self) -> int:
        return self.axis - 6

    @property
    def usual_x(self) -> str:
        return self._x(self.usual.lowest) if self.usual else ""

    @property
    def usual_width(self) -> str:
        if not self.usual:
            return ""
        return f"{max(self._percent(self.usual.highest) - self._percent(self.usual.lowest), 1):.1f}%"

    @property
    def usual_label(self) -> str:
        if not self.usual:
            return ""
        lowest, highest = money(self.usual.lowest), money(self.usual.highest)
        return lowest if lowest == highest else f"{lowest} to {highest}"

    @property
    def sentence(self) -> str:
        lowest, highest = (money(offer.hourly_rate) for offer in (self.offers[0], self.offers[-1]))
        if len(self.offers) == 1:
            return f"One offer, at {lowest} an hour."
        number = count_word(len(self.offers)).capitalize()
        if lowest == highest:
            return f"{number} offers, all at {lowest} an hour."
        return f"{number} offers, from {lowest} to {highest} an hour."

    @property
    def facts(self) -> dict[str, Any]:
        names = ("height", "axis", "ends_y", "ends", "asked_x", "asked_from", "asked_to", "usual_x", "usual_y")
        facts = {name: getattr(self, name) for name in (*names, "usual_width", "usual_label", "sentence")}
        return facts | {"asked": money(self.asked), "marks": [mark.facts for mark in self.marks]}

    def _percent(self, rate: Decimal) -> float:
        return float((rate - self.start) / (self.end - self.start) * 100)

    def _x(self, rate: Decimal) -> str:
        return f"{self._percent(rate):.1f}%"

    def _lanes(self) -> list[int | None]:
        """The first lane that has room for each offer, by turns above (0, 2) and below (1, 3) the line."""
        taken: dict[int, float] = {}
        lanes: list[int | None] = []
        for place, offer in enumerate(self.offers):
            at, first = self._percent(offer.hourly_rate), place % 2
            order = [near + side for near in range(0, MOST_LANES, 2) for side in (first, 1 - first)]
            lane = next((lane for lane in order if at - taken.get(lane, -ROOM) >= ROOM), None)
            if lane is not None:
                taken[lane] = at
            lanes.append(lane)
        return lanes
