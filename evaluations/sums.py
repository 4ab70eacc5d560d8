"""What a person's evaluations and jobs add up to, as their profile tells it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Avg, BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Length
from django.db.models.lookups import GreaterThanOrEqual

from accounts.models import User
from cleanings.models import Event
from evaluations.models import PARTS, Stars
from offers.models import Offer
from offers.states import Kind, OfferStatus, ReleaseReason

# Fewer jobs say little about anybody.
TOLD_FROM = 5
# Less in their own words, and a search engine would find a name and little else.
FOUND_FROM = 50
# A job was agreed once an offer was accepted, whatever became of it.
AGREED = (OfferStatus.ACCEPTED, OfferStatus.COMPLETED, OfferStatus.CANCELLED)


@dataclass(frozen=True)
class Standing:
    """The sums over what was said of somebody; see `EvaluationQuerySet.sums`."""

    count: int
    mean: float | None
    lowest: Stars | None
    highest: Stars | None
    no_shows: int
    spread: list[tuple[str, int]]
    parts: list[tuple[str, float]]


def mean_of(person: User) -> dict:
    """`mean` and `count` of the published ratings of a person: what stands beside their name."""
    counted = person.evaluations.counted()
    return counted.aggregate(mean=Avg("overall_rating"), count=Count("overall_rating"))


def standing_of(person: User) -> Standing:
    """What the published evaluations of a person add up to, in one query."""
    sums = person.evaluations.counted().sums()
    return Standing(
        **{name: sums[name] for name in ("count", "mean", "no_shows")},
        **{name: sums[name] and Stars(sums[name]) for name in ("lowest", "highest")},
        spread=[(stars.label, sums[f"stars_{stars}"]) for stars in reversed(Stars)],
        parts=[(part.capitalize(), sums[part]) for part in PARTS if sums[part] is not None],
    )


@dataclass(frozen=True)
class Record:
    """How many jobs somebody agreed on and completed, on either side, and how many of them they cancelled; and whether
    search engines may list the page that tells it.
    """

    agreed_as_owner: int
    done_as_owner: int
    agreed_as_cleaner: int
    done_as_cleaner: int
    cancelled: int
    is_findable: bool

    @property
    def agreed(self) -> int:
        return self.agreed_as_owner + self.agreed_as_cleaner

    @property
    def done(self) -> int:
        return self.done_as_owner + self.done_as_cleaner

    @property
    def is_told(self) -> bool:
        return self.done >= TOLD_FROM


def record_of(person: User) -> Record:
    """What became of a person's jobs, in one query.

    A job was cancelled by its cleaner, or by its owner who released the cleaner, but for a no-show.
    """
    as_cleaner = Offer.objects.filter(cleaner=OuterRef("pk"), status__in=AGREED)
    as_owner = Offer.objects.filter(cleaning__owner=OuterRef("pk"), status__in=AGREED)
    cancelled = Event.objects.filter(
        Q(kind=Kind.CANCEL, cleaner=OuterRef("pk"))
        | Q(kind=Kind.RELEASE, cleaning__owner=OuterRef("pk")) & ~Q(reason=ReleaseReason.NO_SHOW),
        actor=OuterRef("pk"),
        to_status=OfferStatus.CANCELLED,
    )
    counted = User.objects.filter(pk=person.pk).values(
        agreed_as_owner=number_of(as_owner),
        done_as_owner=number_of(as_owner.filter(status=OfferStatus.COMPLETED)),
        agreed_as_cleaner=number_of(as_cleaner),
        done_as_cleaner=number_of(as_cleaner.filter(status=OfferStatus.COMPLETED)),
        cancelled=number_of(cancelled),
        is_findable=ExpressionWrapper(findable(), output_field=BooleanField()),
    )
    return Record(**counted.get())


def findable() -> Q:
    """What has to hold of a person, as part of a query, for search engines to list their page: they are here, they tell
    of themselves, and a job of theirs is done, on either side.
    """
    done = Offer.objects.filter(status=OfferStatus.COMPLETED)
    has_done = Exists(done.filter(cleaner=OuterRef("pk"))) | Exists(done.filter(cleaning__owner=OuterRef("pk")))
    return Q(GreaterThanOrEqual(Length("profile__bio"), FOUND_FROM), has_done, is_active=True)


def number_of(rows: QuerySet) -> Coalesce:
    """How many rows a subquery finds, as part of a larger query."""
    counted = rows.order_by().annotate(all=Value(1)).values("all").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)
