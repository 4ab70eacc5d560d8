from __future__ import annotations

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from cleanings.models import Event
from cleanings.states import EVALUATED_WITHIN, NO_SHOW, Kind, OfferStatus
from evaluations.models import Evaluation
from offers.models import Offer
from pages.integrity.rule import Rule

BY_OWNER = Q(author=F("offer__cleaning__owner"), subject=F("offer__cleaner"))
BY_CLEANER = Q(author=F("offer__cleaner"), subject=F("offer__cleaning__owner"))


def of_unfinished_jobs() -> QuerySet:
    """A no-show is said of a job that was cancelled for it, too."""
    absent = Event.objects.filter(
        cleaning=OuterRef("offer__cleaning"), cleaner=OuterRef("offer__cleaner"), reason=NO_SHOW
    )
    by_owner = BY_OWNER & Q(Exists(absent.filter(kind=Kind.RELEASE)))
    by_cleaner = BY_CLEANER & Q(Exists(absent.filter(kind=Kind.CANCEL)))
    missed = Q(offer__status=OfferStatus.CANCELLED, no_show=True) & (by_owner | by_cleaner)
    return Evaluation.objects.exclude(Q(offer__status=OfferStatus.COMPLETED) | missed)


def by_strangers() -> QuerySet:
    return Evaluation.objects.exclude(BY_OWNER | BY_CLEANER)


def written_twice() -> QuerySet:
    written = Evaluation.objects.order_by().values("offer", "author").annotate(times=Count("pk"))
    return Offer.objects.filter(pk__in=written.filter(times__gt=1).values("offer"))


def published_too_early_or_late() -> QuerySet:
    """Both when the second one is written; one alone 14 days after the end of the job."""
    others = Evaluation.objects.filter(offer=OuterRef("offer")).exclude(author=OuterRef("author"))
    other = {name: Subquery(others.values(name)[:1]) for name in ("created_at", "publishes_at")}
    found = Evaluation.objects.annotate(other_at=other["created_at"], with_other_at=other["publishes_at"])
    alone = Q(other_at=None) & ~Q(publishes_at=F("offer__status_since") + EVALUATED_WITHIN)
    together = Q(publishes_at=F("with_other_at"), publishes_at__gte=F("created_at"))
    return found.filter(alone | Q(other_at__isnull=False) & ~(together & Q(publishes_at__gte=F("other_at"))))


RULES = (
    Rule("I9", "A review belongs to a job that is done, or to one that ended with a no-show.", of_unfinished_jobs),
    Rule("I9", "A review is by the owner of the cleaner, or by the cleaner of the owner.", by_strangers),
    Rule("I9", "Each side of a job writes at most one review.", written_twice),
    Rule(
        "I9",
        "A review is published when both sides have written, or 14 days after the job.",
        published_too_early_or_late,
    ),
)
