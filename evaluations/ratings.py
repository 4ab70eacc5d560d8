from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Avg, BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Length
from django.db.models.lookups import GreaterThanOrEqual

from accounts.models import User
from cleanings.models import Event
from cleanings.states import NO_SHOW, Kind, OfferStatus, Role
from core.formatting import count_word, in_a_row
from evaluations.models import PARTS, Evaluation, Stars
from offers.models import Offer

# With fewer jobs, cancellations and no-shows say little about anybody.
MIN_JOBS = 5
# With a shorter bio a search engine would find a name and little else.
MIN_BIO_LENGTH = 50


# Of the bars: from one to the next in pixels, and the longest in per cent of the width.
BAR_STEP, LONGEST_BAR = 28, 80


class Bar(NamedTuple):
    stars: int
    number: int
    y: int
    text_y: int
    width: str


@dataclass(frozen=True)
class RatingSummary:
    """`spread` counts how often each number of stars was given, the most stars first."""

    count: int
    mean: float | None
    spread: list[tuple[int, int]]
    parts: list[tuple[str, float]]

    @property
    def bars(self) -> list[Bar]:
        return [
            Bar(stars, number, place * BAR_STEP + 4, place * BAR_STEP + 16, f"{LONGEST_BAR * number / self.count:.1f}")
            for place, (stars, number) in enumerate(self.spread)
        ]

    @property
    def sentence(self) -> str:
        """Like "Four of seven gave 5, two gave 4 and one gave 3. Nobody gave less."; for at least one rating."""
        given = [(stars, number) for stars, number in self.spread if number]
        (most, first), *others = given
        if self.count == 1:
            return f"One person gave {most}."
        if not others:
            return f"All {count_word(self.count)} gave {most}."
        begin = f"{count_word(first)} of {count_word(self.count)} gave {most}"
        rest = [f"{count_word(number)} gave {stars}" for stars, number in others]
        sentence = f"{in_a_row([begin, *rest])}.".capitalize()
        return sentence if others[-1][0] == 1 else f"{sentence} Nobody gave less."


def mean_rating(person: User) -> dict:
    counted = person.evaluations.counted()
    return counted.aggregate(mean=Avg("overall_rating"), count=Count("overall_rating"))


def rating_summary(person: User) -> RatingSummary:
    sums = person.evaluations.counted().sums()
    return RatingSummary(
        count=sums["count"],
        mean=sums["mean"],
        spread=[(stars, sums[f"stars_{stars}"]) for stars in sorted(Stars.values, reverse=True)],
        parts=[(part.capitalize(), sums[part]) for part in PARTS if sums[part] is not None],
    )


class JobCounts(NamedTuple):
    """A job ahead is in none of the numbers."""

    role: Role
    done: int
    fell_through: int
    cancelled: int
    late: int
    no_shows: int

    @property
    def shows_cancellations(self) -> bool:
        return self.done + self.fell_through >= MIN_JOBS


@dataclass(frozen=True)
class JobHistory:
    sides: list[JobCounts]
    is_findable: bool


def job_history(person: User) -> JobHistory:
    """A release counts as the owner's cancellation, except for no-shows, which come from published evaluations."""
    ended = Event.objects.filter(actor=OuterRef("pk"), to_status=OfferStatus.CANCELLED).exclude(reason=NO_SHOW)
    absent = Evaluation.objects.counted().filter(subject=OuterRef("pk"), no_show=True)
    sides = {Role.CLEANER: ("cleaner", Kind.CANCEL), Role.OWNER: ("cleaning__owner", Kind.RELEASE)}
    numbers: dict[str, Coalesce] = {}
    for role, (side, kind) in sides.items():
        jobs = Offer.objects.filter(**{side: OuterRef("pk")})
        cancelled = ended.filter(**{side: OuterRef("pk")}, kind=kind)
        numbers |= {
            f"{role}_done": count_of(jobs.filter(status=OfferStatus.COMPLETED)),
            f"{role}_fell_through": count_of(jobs.filter(status=OfferStatus.CANCELLED)),
            f"{role}_cancelled": count_of(cancelled),
            f"{role}_late": count_of(cancelled.filter(terms__late=True)),
            f"{role}_no_shows": count_of(absent.filter(**{f"offer__{side}": OuterRef("pk")})),
        }
    is_findable = ExpressionWrapper(findable(), output_field=BooleanField())
    found: dict[str, Any] = dict(User.objects.filter(pk=person.pk).values(**numbers, is_findable=is_findable).get())
    columns = ("done", "fell_through", "cancelled", "late", "no_shows")
    counts = [JobCounts(role, *(found[f"{role}_{column}"] for column in columns)) for role in sides]
    return JobHistory([side for side in counts if side.done or side.fell_through], found["is_findable"])


def findable() -> Q:
    """Open accounts with a bio and a job that is done, on either side."""
    done = Offer.objects.filter(status=OfferStatus.COMPLETED)
    has_done = Exists(done.filter(cleaner=OuterRef("pk"))) | Exists(done.filter(cleaning__owner=OuterRef("pk")))
    return Q(GreaterThanOrEqual(Length("profile__bio"), MIN_BIO_LENGTH), has_done, is_active=True)


def count_of(rows: QuerySet) -> Coalesce:
    counted = rows.order_by().annotate(all=Value(1)).values("all").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)
