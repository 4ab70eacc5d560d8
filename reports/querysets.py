from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, Subquery, Value, When
from django.utils import timezone

from core.batches import delete_in_batches
from reports.choices import (
    APPEALED_WITHIN,
    KEPT_FOR,
    OPEN,
    RESTRICTIONS,
    UNDECIDED,
    URGENT,
    Outcome,
    ReportStatus,
    SubjectKind,
)
from reports.subjects import TYPES

if TYPE_CHECKING:
    from accounts.models import User
    from reports.models import Decision, Report


@dataclass(frozen=True)
class Figures:
    """Of the queue; without a report there is no oldest, without a decision no median."""

    open: int
    oldest: datetime | None
    median_hours: float | None


class ReportQuerySet(models.QuerySet):
    def undecided(self) -> ReportQuerySet:
        return self.filter(status__in=UNDECIDED)

    def open(self) -> ReportQuerySet:
        return self.filter(status__in=OPEN)

    def appealed(self) -> ReportQuerySet:
        return self.filter(status=ReportStatus.APPEALED)

    def decided(self) -> ReportQuerySet:
        """Settled ones too."""
        return self.exclude(status__in=OPEN)

    def open_on_messages(self) -> models.QuerySet:
        """The ids of these messages, which are kept as long."""
        return self.open().filter(kind=SubjectKind.MESSAGE).values("subject_id")

    def in_queue_order(self) -> ReportQuerySet:
        urgent = Case(When(reason__in=URGENT, then=Value(0)), default=Value(1))
        return self.open().order_by(urgent, "created_at", "pk")

    def reviewable_by(self, user: User) -> ReportQuerySet:
        """Without those where the user is or became a party: they may not even read who reported."""
        own = user.reports.filter(kind=OuterRef("kind"), subject_id=OuterRef("subject_id"))
        reports = self.exclude(parties=user).exclude(Exists(own))
        for subject_type in TYPES.values():
            reports = reports.exclude(kind=subject_type.kind, subject_id__in=subject_type.concerning(user))
        return reports

    def about_same(self, report: Report) -> ReportQuerySet:
        return self.filter(kind=report.kind, subject_id=report.subject_id)

    def against(self, row: models.Model) -> ReportQuerySet:
        """On the row, or on anything of a person."""
        kind = row._meta.model_name
        return self.filter(Q(accused=row.pk) if kind == "user" else Q(kind=kind, subject_id=row.pk))

    def with_people(self) -> ReportQuerySet:
        return self.select_related("accused__profile", "reporter__profile", "taken_by__profile")

    def known_to_accused(self) -> ReportQuerySet:
        """`Report.is_known_to_accused` as a query."""
        restricted = self.model._default_manager.filter(decisions__outcome__in=RESTRICTIONS)
        return self.filter(pk__in=restricted.values("pk"))

    def with_key(self, key: UUID) -> ReportQuerySet:
        """The reporter's key opens it at once, that of the accused once they are told."""
        return self.filter(reporter_key=key) | self.filter(accused_key=key).known_to_accused()

    def over(self) -> ReportQuerySet:
        """Settled, or not to be appealed any more, for a year."""
        kept_since = timezone.now() - KEPT_FOR
        dated = self.model._default_manager.annotate(last_decided=Max("decisions__at"))
        settled = Q(status=ReportStatus.SETTLED, last_decided__lte=kept_since)
        ended = Q(status=ReportStatus.DECIDED, last_decided__lte=kept_since - APPEALED_WITHIN)
        return self.filter(pk__in=dated.filter(settled | ended).values("pk"))

    def clear_old(self) -> int:
        return delete_in_batches(self.over())

    def median_time(self) -> timedelta | None:
        decided = self.filter(decisions__settles=False).annotate(took=F("decisions__at") - F("created_at"))
        count, took = decided.count(), decided.order_by("took").values_list("took", flat=True)
        middle = list(took[(count - 1) // 2 : count // 2 + 1]) if count else []
        return sum(middle, timedelta()) / len(middle) if middle else None

    def figures(self) -> Figures:
        waiting = self.open().aggregate(count=Count("pk"), oldest=Min("created_at"))
        took = self.median_time()
        hours = took.total_seconds() / 3600 if took is not None else None
        return Figures(open=waiting["count"], oldest=waiting["oldest"], median_hours=hours)


class DecisionQuerySet(models.QuerySet):
    def last_words(self, *, at: datetime) -> DecisionQuerySet:
        """The newest decision of each report up to that moment."""
        made = self.model._default_manager.filter(report=OuterRef("report"), at__lte=at)
        return self.filter(pk=Subquery(made.order_by("-settles", "-settles_again").values("pk")[:1]))

    def on_same(self, decision: Decision) -> DecisionQuerySet:
        """An account is deactivated for all that belongs to its person."""
        report = decision.report
        if decision.outcome == Outcome.DEACTIVATE:
            return self.filter(report__accused=report.accused_id)
        return self.filter(report__kind=report.kind, report__subject_id=report.subject_id)

    def as_strict_as(self, outcome: str) -> DecisionQuerySet:
        return self.filter(outcome__in=RESTRICTIONS[RESTRICTIONS.index(Outcome(outcome)) :])

    def newest_first(self) -> DecisionQuerySet:
        return self.order_by("-at", "-pk")
