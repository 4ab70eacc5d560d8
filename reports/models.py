from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.core.validators import MaxLengthValidator, MinLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.urls import reverse
from django.utils import timezone

from core.fields import CleanTextField, NameField
from reports.choices import (
    LEAST_CHARACTERS,
    MOST_CHARACTERS,
    OPEN,
    UNDECIDED,
    Outcome,
    Reason,
    ReportStatus,
    SubjectKind,
)


def text_length(field: str, name: str, *, least: int = LEAST_CHARACTERS) -> models.CheckConstraint:
    length = Length(field)
    condition = Q(GreaterThanOrEqual(length, least), LessThanOrEqual(length, MOST_CHARACTERS))
    return models.CheckConstraint(condition=condition, name=name)


class ReportedTextField(CleanTextField):
    default_validators = [MinLengthValidator(LEAST_CHARACTERS), MaxLengthValidator(MOST_CHARACTERS)]


class Report(models.Model):
    """`subject_id` is no foreign key: the report outlives what it is about, and keeps its words in `copy`."""

    kind = models.CharField(max_length=10, choices=SubjectKind)
    subject_id = models.PositiveBigIntegerField()
    # Whose words or pictures they are.
    accused = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports_about")
    copy = models.TextField(blank=True, editable=False)
    # Empty where there is no account; then there are a name and an address.
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="reports")
    name = NameField(max_length=80, blank=True)
    email = models.EmailField("e-mail address", max_length=254, blank=True)
    reason = models.CharField(max_length=15, choices=Reason)
    text = ReportedTextField("what is wrong", max_length=MOST_CHARACTERS)
    status = models.CharField(max_length=10, choices=ReportStatus, default=ReportStatus.NEW, editable=False)
    created_at = models.DateTimeField("reported", default=timezone.now, editable=False)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField("taken", null=True, editable=False)
    # Whoever knows one of them reads what was said and decided: the reporter, and the person it is about.
    reporter_key = models.UUIDField(unique=True, default=uuid4, editable=False)
    accused_key = models.UUIDField(unique=True, default=uuid4, editable=False)

    class Meta:
        permissions = [("decide_report", "Can decide about a report")]
        constraints = [
            models.UniqueConstraint(
                fields=["reporter", "kind", "subject_id"],
                condition=Q(status__in=UNDECIDED, reporter__isnull=False),
                name="one_open_report_per_person_and_subject",
            ),
            models.CheckConstraint(
                condition=Q(reporter__isnull=False, name="", email="") | Q(reporter=None) & ~Q(name="") & ~Q(email=""),
                name="report_by_member_or_named",
            ),
            models.CheckConstraint(condition=Q(kind__in=SubjectKind.values), name="report_kind_known"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="report_reason_known"),
            models.CheckConstraint(condition=Q(status__in=ReportStatus.values), name="report_status_known"),
            models.CheckConstraint(
                condition=Q(taken_by=None, taken_at=None) | Q(taken_by__isnull=False, taken_at__isnull=False),
                name="report_taken_by_someone",
            ),
            text_length("text", "report_text_length"),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(status__in=OPEN), name="report_open_oldest"),
            models.Index(fields=["kind", "subject_id"], name="report_of_subject"),
            models.Index(fields=["reporter", "-created_at"], name="report_of_reporter"),
        ]

    def __str__(self) -> str:
        # The staff's log keeps this, so it holds no name and no words.
        return f"Report {self.pk} on {self.reference}"

    @property
    def reference(self) -> str:
        return f"{self.kind}-{self.subject_id}"

    def url_for(self, key) -> str:
        return reverse("reports:detail", args=[key])


class Decision(models.Model):
    """What staff decided about a report, and the statement of reasons; the second one settles its appeals."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="decisions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=10, choices=Outcome)
    # Which rule was broken, where one was.
    rule = models.CharField(max_length=15, choices=Reason, blank=True)
    facts = ReportedTextField(max_length=MOST_CHARACTERS)
    settles = models.BooleanField(default=False)
    at = models.DateTimeField("decided", default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "settles"], name="one_decision_and_one_settlement_per_report"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="decision_outcome_known"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.NOTHING) | Q(rule__in=Reason.values), name="decision_names_a_rule"
            ),
            text_length("facts", "decision_facts_length"),
        ]

    def __str__(self) -> str:
        return f"Decision {self.pk} on report {self.report_id}"


class Appeal(models.Model):
    """Each side may appeal once."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="appeals")
    by_reporter = models.BooleanField()
    text = ReportedTextField("why you disagree", max_length=MOST_CHARACTERS)
    at = models.DateTimeField("appealed", default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "by_reporter"], name="one_appeal_per_report_and_side"),
            text_length("text", "appeal_text_length"),
        ]

    def __str__(self) -> str:
        return f"Appeal {self.pk} on report {self.report_id}"
