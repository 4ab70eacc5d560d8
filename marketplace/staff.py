"""What needs a person, for the first page of the admin."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from mailqueue.models import Mail
from pages.models import IntegrityCheck
from reports.models import Report

# It runs once a night.
CHECKED_WITHIN = timedelta(days=2)


class Waiting(NamedTuple):
    label: str
    # None where it has waited since ever.
    since: datetime | None
    url: str


def waiting_for(user: User) -> list[Waiting]:
    return [*reports_for(user), *mails_for(user), *checks_for(user)]


def reports_for(user: User) -> Iterator[Waiting]:
    if user.has_perm("reports.view_report"):
        reports, queue = Report.objects.reviewable_by(user), reverse("admin:reports_report_changelist")
        yield from counted(reports.undecided(), "created_at", "report to decide", "reports to decide", queue)
        yield from counted(
            reports.appealed(), "appeals__at", "appeal to decide", "appeals to decide", f"{queue}?state=appealed"
        )


def mails_for(user: User) -> Iterator[Waiting]:
    if user.has_perm("mailqueue.view_mail"):
        mails, queue = Mail.objects.all(), reverse("admin:mailqueue_mail_changelist")
        yield from counted(
            mails.failed(), "enqueued_at", "mail could not be sent", "mails could not be sent",
            f"{queue}?status=FAILED",
        )  # fmt: skip
        yield from counted(
            mails.late(), "enqueued_at", "mail is late", "mails are late", f"{queue}?status=READY"
        )  # fmt: skip


def checks_for(user: User) -> Iterator[Waiting]:
    if user.has_perm("pages.view_integritycheck"):
        last, checks = IntegrityCheck.objects.last_run(), reverse("admin:pages_integritycheck_changelist")
        if last is None:
            yield Waiting("The nightly check of the data has never run", None, checks)
        elif last.findings:
            yield Waiting("The nightly check found data that is wrong", last.started_at, last.get_absolute_url())
        elif last.started_at < timezone.now() - CHECKED_WITHIN:
            yield Waiting("The nightly check of the data has not run", last.started_at, checks)


def counted(rows: QuerySet, moment: str, one: str, many: str, url: str) -> Iterator[Waiting]:
    found = rows.aggregate(number=Count("pk", distinct=True), since=Min(moment))
    if number := found["number"]:
        yield Waiting(f"{number} {one if number == 1 else many}", found["since"], url)
