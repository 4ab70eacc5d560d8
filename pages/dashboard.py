from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Avg, Case, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, TruncMonth
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.models import User
from cleanings import states
from cleanings.photos import Photo, PhotoKind
from cleanings.states import CleaningStatus, OfferStatus
from conversations.models import Message
from conversations.notices import messages_url
from core.formatting import ahead_label, money, month_label
from core.statements import Statement
from evaluations.models import Evaluation
from offers.models import Offer
from offers.querysets import OfferQuerySet
from offers.views import TABS

MOST_NEXT = 2
MONTHS = 6
# Lengths in the chart, in pixels.
LONGEST_BAR = 110
LABEL = 18


def greeting(at: datetime) -> str:
    hour = timezone.localtime(at).hour
    if 5 <= hour < 12:
        return "Good morning"
    return "Good afternoon" if 12 <= hour < 18 else "Good evening"


class NextJob:
    """A job that is agreed and not over, with the side that the reader meets."""

    def __init__(self, offer: Offer, reader: User) -> None:
        self.offer, self.cleaning = offer, offer.cleaning
        self.person = offer.other_side(reader)
        self.rating_mean, self.rating_count = offer.rating_mean, offer.rating_count  # type: ignore[attr-defined]
        self.write_url = messages_url(offer) if Message.can_be_written_by(reader, offer) else ""
        self.photo = None if self.cleaning.is_hidden else offer.photo  # type: ignore[attr-defined]

    @property
    def heading(self) -> str:
        start = self.cleaning.starts_at
        return f"Your next job, {ahead_label(start)}" if start else "Your next job"

    @property
    def pay(self) -> Decimal:
        """The agreed pay, unlike the total of the cleaning."""
        return self.offer.hourly_rate * self.cleaning.estimated_hours


def next_jobs(user: User) -> list[NextJob]:
    """The person's jobs on either side, soonest first and those without a date last. A job of today stays in it."""
    return [NextJob(offer, user) for offer in next_agreed_offers(user.pk, timezone.now())]


@Statement
def next_agreed_offers(person: int, at: datetime) -> OfferQuerySet:
    user, today = User(pk=person), timezone.localdate(at)
    ahead = Q(status=OfferStatus.ACCEPTED) & (Q(cleaning__starts_at=None) | Q(cleaning__starts_at__date__gte=today))
    made, received = user.offers.filter(ahead), Offer.objects.received_by(user).filter(ahead)
    # By id, because no index serves both sides at once.
    both = Offer.objects.filter(pk__in=made.values("pk").union(received.values("pk")))
    return with_other_side(both, user, at).with_people().with_cleaning().with_block().ahead()[:MOST_NEXT]


def with_other_side(offers: OfferQuerySet, user: User, at: datetime) -> OfferQuerySet:
    """`rating_mean` and `rating_count` of the one the user meets, and `photo`, the first of the job."""
    other = Case(When(cleaner=user, then=F("cleaning__owner")), default=F("cleaner"))
    ratings = Evaluation.objects.counted(at).filter(subject=OuterRef("other")).order_by().values("subject")
    photos = Photo.objects.filter(cleaning=OuterRef("cleaning"), kind=PhotoKind.JOB, hidden_at=None)
    return offers.alias(other=other).annotate(
        rating_mean=Subquery(ratings.annotate(of=Avg("overall_rating")).values("of")),
        rating_count=Coalesce(Subquery(ratings.annotate(of=Count("overall_rating")).values("of")), 0),
        photo=Subquery(photos.order_by("place", "pk").values("pk")[:1]),
    )


def whole(amount: Decimal) -> str:
    """Without cents, for which a bar has no room."""
    return money(amount.quantize(Decimal(1)))


class Bar(NamedTuple):
    """`y` and `height` in pixels; `label_y` is the foot of the letters."""

    y: int
    height: int
    label_y: int
    label: str


class Month(NamedTuple):
    """`x` is the middle, in per cent of the width."""

    label: str
    x: str
    came_in: Bar | None
    went_out: Bar | None


@dataclass(frozen=True)
class Sums:
    """What a person earned and what they owe by agreement, for each of six months, this one last."""

    months: list[date]
    came_in: list[Decimal]
    went_out: list[Decimal]

    @property
    def has_income(self) -> bool:
        return any(self.came_in)

    @property
    def has_costs(self) -> bool:
        return any(self.went_out)

    @property
    def this_month(self) -> tuple[Decimal, Decimal]:
        return self.came_in[-1], self.went_out[-1]

    @property
    def sentence(self) -> str:
        came_in, went_out = (money(sum(sums, Decimal(0))) for sums in (self.came_in, self.went_out))
        if self.has_income and self.has_costs:
            return f"In six months {came_in} came in for work you did, and {went_out} went out for work done for you."
        if self.has_income:
            return f"In six months {came_in} came in for work you did."
        return f"In six months {went_out} went out for work done for you." if self.has_costs else ""

    @cached_property
    def chart(self) -> list[Month]:
        width = 100 / len(self.months)
        return [
            Month(month_label(month), f"{(number + 0.5) * width:.1f}%", self._up(number), self._down(number))
            for number, month in enumerate(self.months)
        ]

    @property
    def axis(self) -> int:
        return LABEL + self._length(max(self.came_in)) if self.has_income else 1

    @property
    def labels_y(self) -> int:
        below = self._length(max(self.went_out)) + LABEL if self.has_costs else 0
        return self.axis + below + LABEL

    @property
    def height(self) -> int:
        return self.labels_y + 6

    def _up(self, number: int) -> Bar | None:
        length = self._length(amount := self.came_in[number])
        return Bar(self.axis - length, length, self.axis - length - 6, whole(amount)) if amount else None

    def _down(self, number: int) -> Bar | None:
        length = self._length(amount := self.went_out[number])
        return Bar(self.axis, length, self.axis + length + 15, whole(amount)) if amount else None

    def _length(self, amount: Decimal) -> int:
        """At least 3 pixels, so that a small sum is seen beside a large one."""
        whole = max(self.came_in) + max(self.went_out)
        return max(3, round(LONGEST_BAR * amount / whole)) if amount else 0


def money_by_month(user: User) -> Sums:
    """By the day of the work, at the agreed rate and hours."""
    months = last_months(timezone.localdate())
    sums = sums_by_month.tuples(user.pk, timezone.now())
    found = Counter({(side, month.date()): total for side, month, total in sums})
    return Sums(months, *([Decimal(found[side, month]) for month in months] for side in ("in", "out")))


@Statement
def sums_by_month(person: int, at: datetime) -> QuerySet:
    """Sums of the last months, and of a part of the month before them."""
    user, since = User(pk=person), at - MONTHS * timedelta(days=32)
    amount, day = F("hourly_rate") * F("cleaning__estimated_hours"), Coalesce("cleaning__starts_at", "status_since")
    came_in, went_out = (
        done.filter(status=OfferStatus.COMPLETED)
        .annotate(day=day, month=TruncMonth("day"), side=Value(side))
        .filter(day__gte=since)
        .order_by()
        .values_list("side", "month")
        .annotate(sum=Sum(amount))
        for side, done in (("in", user.offers.all()), ("out", Offer.objects.received_by(user)))
    )
    return came_in.union(went_out, all=True)


def last_months(today: date) -> list[date]:
    months = [today.replace(day=1)]
    while len(months) < MONTHS:
        months.insert(0, (months[0] - timedelta(days=1)).replace(day=1))
    return months


def numbers_of(lists: OwnLists, sums: Sums) -> list[tuple[str, str]]:
    """Pairs of a number as it is printed and what it counts. A number of 0 is left out."""
    came_in, went_out = sums.this_month
    found = [
        (money(came_in), "came in this month", came_in),
        (money(went_out), "went out this month", went_out),
        (f"{lists.ahead}", "job ahead" if lists.ahead == 1 else "jobs ahead", lists.ahead),
        (f"{lists.waiting}", "offer waiting" if lists.waiting == 1 else "offers waiting", lists.waiting),
    ]
    return [(drawn, what) for drawn, what, number in found if number]


class ListCount(NamedTuple):
    label: str
    number: int
    url: str


class OwnList(NamedTuple):
    """`what` is read out behind each number."""

    heading: str
    what: str
    counts: list[ListCount]


class OwnLists:
    """What the reader posted, offered and saved, counted in one query; what there is none of has no link."""

    def __init__(self, user: User) -> None:
        self.profile, self.found = user.profile, count_own(user)

    @property
    def is_new(self) -> bool:
        return not any(number for (what, _), number in self.found.items() if what in ("cleanings", "offers"))

    @property
    def ahead(self) -> int:
        return self.found["offers", OfferStatus.ACCEPTED] + self.found["cleanings", CleaningStatus.ASSIGNED]

    @property
    def waiting(self) -> int:
        return self.found["offers", OfferStatus.PENDING]

    @property
    def is_introduced(self) -> bool:
        return bool(self.profile.full_name and self.profile.photo)

    @property
    def is_placed(self) -> bool:
        return bool(self.profile.city and self.profile.postcode)

    @property
    def missing(self) -> str:
        if not self.is_introduced:
            return "People like to see a name and a face."
        return "" if self.is_placed else "Add your postcode to see how far away jobs are."

    @property
    def shown(self) -> list[OwnList]:
        lists = (
            OwnList("My jobs", "of your jobs", self.jobs),
            OwnList("My offers", "of your offers", self.offers),
            OwnList("Saved", "saved", self.saved),
        )
        some = (each._replace(counts=[count for count in each.counts if count.number]) for each in lists)
        return [each for each in some if each.counts]

    @property
    def jobs(self) -> list[ListCount]:
        mine = reverse("cleanings:mine")
        order = (CleaningStatus.ASSIGNED, CleaningStatus.OPEN, CleaningStatus.COMPLETED, CleaningStatus.CLOSED)
        return [
            ListCount(str(status.label), self.found["cleanings", status], f"{mine}?status={status}") for status in order
        ]

    @property
    def offers(self) -> list[ListCount]:
        offered = reverse("offers:mine")
        return [
            ListCount(
                label,
                sum(self.found["offers", status] for status in states.OFFER_LISTS[name]),
                f"{offered}?show={name}",
            )
            for name, label in TABS.items()
        ]

    @property
    def saved(self) -> list[ListCount]:
        return [
            ListCount("Jobs", self.found["bookmarks", ""], reverse("cleanings:bookmarks")),
            ListCount("Searches", self.found["searches", ""], reverse("cleanings:searches")),
        ]


def count_own(user: User) -> dict[tuple[str, str], int]:
    """By `("cleanings", status)` and `("offers", status)`, `("searches", "")` and `("bookmarks", "")`, in one query."""
    return Counter({(what, status): number for what, status, number in own_counts.tuples(user.pk)})


@Statement
def own_counts(person: int) -> QuerySet:
    user = User(pk=person)
    cleanings, offers = (
        mine.order_by().annotate(what=Value(name)).values_list("what", "status").annotate(number=Count("pk"))
        for name, mine in (("cleanings", user.cleanings.all()), ("offers", user.offers.all()))
    )
    saved = (
        mine.annotate(what=Value(name), no_status=Value(""))
        .values_list("what", "no_status")
        .annotate(number=Count("pk"))
        for name, mine in (("searches", user.searches.all()), ("bookmarks", user.bookmarks.without_blocks(user)))
    )
    return cleanings.union(offers, *saved, all=True)
