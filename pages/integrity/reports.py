"""I19: what staff decided about a report."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Length
from django.db.models.lookups import LessThan

from pages.integrity.rule import Rule
from reports.choices import LEAST_CHARACTERS, Outcome, Reason, ReportStatus
from reports.models import Appeal, Decision, Report

DECIDED = (ReportStatus.DECIDED, ReportStatus.APPEALED, ReportStatus.SETTLED)


def without_a_statement() -> QuerySet:
    names_no_rule = ~Q(outcome=Outcome.NOTHING) & ~Q(rule__in=Reason.values)
    return Decision.objects.filter(Q(LessThan(Length("facts"), LEAST_CHARACTERS)) | names_no_rule)


def by_a_party() -> QuerySet:
    party = Report.parties.through.objects.filter(report=OuterRef("report"), user=OuterRef("by"))
    same = {"kind": OuterRef("report__kind"), "subject_id": OuterRef("report__subject_id")}
    reported_before = Report.objects.filter(**same, reporter=OuterRef("by"), created_at__lt=OuterRef("at"))
    involved = Q(by=F("report__accused")) | Q(by=F("report__reporter")) | Exists(party) | Exists(reported_before)
    return Decision.objects.filter(involved)


def settled_by_the_same() -> QuerySet:
    others = Decision.objects.filter(report=OuterRef("report"), by=OuterRef("by")).exclude(pk=OuterRef("pk"))
    return Decision.objects.filter(Exists(others), settles=True)


def unlike_their_status() -> QuerySet:
    decisions, appeals = Decision.objects.filter(report=OuterRef("pk")), Appeal.objects.filter(report=OuterRef("pk"))
    steps = {
        DECIDED: Exists(decisions.filter(settles=False)),
        (ReportStatus.APPEALED, ReportStatus.SETTLED): Exists(appeals),
    }
    wrong = Q()
    for statuses, is_there in steps.items():
        wrong |= Q(status__in=statuses) & ~is_there | ~Q(status__in=statuses) & is_there
    settled = Exists(decisions.filter(settles=True, settles_again=False))
    settled_again = Exists(decisions.filter(settles_again=True))
    by_both = Exists(appeals.filter(by_reporter=True)) & Exists(appeals.filter(by_reporter=False))
    is_settled = Q(status=ReportStatus.SETTLED)
    # Of a side that a settlement was worse for.
    is_appealed_again = Q(status=ReportStatus.APPEALED) & by_both
    wrong |= is_settled & ~settled | ~(is_settled | is_appealed_again) & settled
    wrong |= settled_again & ~(is_settled & settled & by_both)
    return Report.objects.filter(wrong)


RULES = (
    Rule("I19", "What staff decided has a statement of reasons.", without_a_statement),
    Rule("I19", "No party decides.", by_a_party),
    Rule("I19", "Someone else settles an appeal.", settled_by_the_same),
    Rule("I19", "A report is decided, appealed and settled in turn.", unlike_their_status),
)
