"""What a person's evaluations and jobs add up to, as their profile tells it."""

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

# Of fewer jobs on a side, cancellations and no-shows say little about anybody.
TOLD_FROM = 5
# Less in their own words, and a search engine would find a name and little else.
FOUND_FROM = 50


@dataclass(frozen=True)
class Standing:
    """The sums over what was said of somebody; see `EvaluationQuerySet.sums`."""

    count: int
    mean: float | None
    lowest: Stars | None
    highest: Stars | None
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
        **{name: sums[name] for name in ("count", "mean")},
        **{name: sums[name] and Stars(sums[name]) for name in ("lowest", "highest")},
        spread=[(stars.label, sums[f"stars_{stars}"]) for stars in reversed(Stars)],
        parts=[(part.capitalize(), sums[part]) for part in PARTS if sums[part] is not None],
    )


class Tally(NamedTuple):
    """What became of the jobs that somebody agreed on, on one side: a job ahead is in none of the numbers."""

    role: Role
    done: int
    fell_through: int
    cancelled: int
    no_shows: int

    @property
    def is_told_whole(self) -> bool:
        """Whether cancellations and no-shows are told, too."""
        return self.done + self.fell_through >= TOLD_FROM


@dataclass(frozen=True)
class Record:
    """What became of somebody's jobs, as cleaner and as owner apart, and whether search engines may list the page that
    tells it.
    """

    tallies: list[Tally]
    is_findable: bool

    @property
    def told(self) -> list[Tally]:
        """The sides on which the person had jobs that are over."""
        return [tally for tally in self.tallies if tally.done or tally.fell_through]


def record_of(person: User) -> Record:
    """What became of a person's jobs, in one query.

    A job was cancelled by its cleaner, or by its owner who released the cleaner, but for no-shows of the other side.
    No-shows are those of published evaluations.
    """
    ended = Event.objects.filter(actor=OuterRef("pk"), to_status=OfferStatus.CANCELLED).exclude(reason=NO_SHOW)
    absent = Evaluation.objects.counted().filter(subject=OuterRef("pk"), no_show=True)
    sides = {Role.CLEANER: ("cleaner", Kind.CANCEL), Role.OWNER: ("cleaning__owner", Kind.RELEASE)}
    numbers: dict[str, Coalesce] = {}
    for role, (side, kind) in sides.items():
        jobs = Offer.objects.filter(**{side: OuterRef("pk")})
        cancelled = ended.filter(**{side: OuterRef("pk")}, kind=kind)
        numbers |= {
            f"{role}_done": number_of(jobs.filter(status=OfferStatus.COMPLETED)),
            f"{role}_fell_through": number_of(jobs.filter(status=OfferStatus.CANCELLED)),
            f"{role}_cancelled": number_of(cancelled),
            f"{role}_no_shows": number_of(absent.filter(**{f"offer__{side}": OuterRef("pk")})),
        }
    is_findable = ExpressionWrapper(findable(), output_field=BooleanField())
    found: dict[str, Any] = dict(User.objects.filter(pk=person.pk).values(**numbers, is_findable=is_findable).get())
    columns = ("done", "fell_through", "cancelled", "no_shows")
    tallies = [Tally(role, *(found[f"{role}_{column}"] for column in columns)) for role in sides]
    return Record(tallies, found["is_findable"])


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
