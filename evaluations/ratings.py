from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Avg, BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Length
from django.db.models.lookups import GreaterThanOrEqual

from accounts.models import User
from cleanings.models import Event
from cleanings.states import NO_SHOW, Kind, OfferStatus, Role
from evaluations.models import PARTS, Evaluation, Stars
from offers.models import Offer

# With fewer jobs, cancellations and no-shows say little about anybody.
MIN_JOBS = 5
# With a shorter bio a search engine would find a name and little else.
MIN_BIO_LENGTH = 50


@dataclass(frozen=True)
class RatingSummary:
    count: int
    mean: float | None
    lowest: Stars | None
    highest: Stars | None
    spread: list[tuple[str, int]]
    parts: list[tuple[str, float]]


def mean_rating(person: User) -> dict:
    counted = person.evaluations.counted()
    return counted.aggregate(mean=Avg("overall_rating"), count=Count("overall_rating"))


def rating_summary(person: User) -> RatingSummary:
    sums = person.evaluations.counted().sums()
    return RatingSummary(
        **{name: sums[name] for name in ("count", "mean")},
        **{name: sums[name] and Stars(sums[name]) for name in ("lowest", "highest")},
        spread=[(stars.label, sums[f"stars_{stars}"]) for stars in reversed(Stars)],
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
