"""Clashes: jobs that a cleaner has at the time of another one. Only the cleaner sees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from cleanings.models import Cleaning
from core.formatting import when_label

# No job is estimated to take longer.
LONGEST = timedelta(hours=24)


@dataclass(frozen=True)
class Clash:
    """An agreed job of a cleaner's that overlaps with another one, which they have or may get."""

    job: Cleaning
    other: Cleaning

    @property
    def sentence(self) -> str:
        """When the job is: "You have a job from 10:00 to 13:00 that day"."""
        start, end, day = (
            timezone.localtime(at) for at in (self.job.starts_at, self.job.ends_at, self.other.starts_at)
        )
        ends_same_day, begins, ends = end.date() == start.date(), date_format(start, "H:i"), date_format(end, "H:i")
        if start.date() != day.date():
            return f"You have a job from {when_label(start)} to {ends if ends_same_day else when_label(end)}"
        if ends_same_day:
            return f"You have a job from {begins} to {ends} that day"
        return f"You have a job from {begins} that day to {ends} on the next"


def clashes_of(cleaner: User, cleanings: Iterable[Cleaning]) -> dict[int, list[Clash]]:
    """The clashes of each of these cleanings with the cleaner's agreed jobs, by its id, in one query."""
    dated = with_hours(cleanings)
    if not dated:
        return {}
    first, last = min(start for start, _, _ in dated) - LONGEST, max(end for _, end, _ in dated)
    jobs = Cleaning.objects.filter(starts_at__gt=first, starts_at__lt=last, pk__in=cleaner.offers.cleanings_ahead())
    agreed = with_hours(jobs.order_by("starts_at", "pk"))
    return {
        each.pk: [Clash(job, each) for begins, ends, job in agreed if job != each and begins < end and start < ends]
        for start, end, each in dated
    }


def with_hours(cleanings: Iterable[Cleaning]) -> list[tuple[datetime, datetime, Cleaning]]:
    return [(each.starts_at, each.ends_at, each) for each in cleanings if each.starts_at and each.ends_at]
