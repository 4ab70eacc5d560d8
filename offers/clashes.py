"""Clashes: overlapping jobs of a cleaner, which only the cleaner sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from cleanings.models import Cleaning
from core.formatting import when_label
from core.statements import Statement

LONGEST = timedelta(hours=24)


@dataclass(frozen=True)
class Clash:
    job: Cleaning
    other: Cleaning

    @property
    def sentence(self) -> str:
        start, end, day = (
            timezone.localtime(at) for at in (self.job.starts_at, self.job.ends_at, self.other.starts_at)
        )
        ends_same_day, begins, ends = end.date() == start.date(), date_format(start, "H:i"), date_format(end, "H:i")
        if start.date() != day.date():
            return f"You have a job from {when_label(start)} to {ends if ends_same_day else when_label(end)}"
        if ends_same_day:
            return f"You have a job from {begins} to {ends} that day"
        return f"You have a job from {begins} that day to {ends} on the next"


@Statement
def agreed_between(cleaner: int, first: datetime, last: datetime) -> QuerySet[Cleaning]:
    jobs = Cleaning.objects.filter(starts_at__gt=first, starts_at__lt=last)
    found = jobs.filter(pk__in=User(pk=cleaner).offers.cleanings_ahead()).order_by("starts_at", "pk")
    return found.only("owner", "name", "hidden_at", "starts_at", "estimated_hours")


def clashes_of(cleaner: User, cleanings: Iterable[Cleaning]) -> dict[int, list[Clash]]:
    """The clashes of each cleaning by its id, in one query."""
    dated = with_hours(cleanings)
    if not dated:
        return {}
    first, last = min(start for start, _, _ in dated) - LONGEST, max(end for _, end, _ in dated)
    agreed = with_hours(agreed_between(cleaner.pk, first, last))
    return {
        each.pk: [Clash(job, each) for begins, ends, job in agreed if job != each and begins < end and start < ends]
        for start, end, each in dated
    }


def with_hours(cleanings: Iterable[Cleaning]) -> list[tuple[datetime, datetime, Cleaning]]:
    return [(each.starts_at, each.ends_at, each) for each in cleanings if each.starts_at and each.ends_at]
