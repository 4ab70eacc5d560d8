"""Staff deactivate nobody with whom they have a job in common, as its owner or as one of those who offered to do it."""

from __future__ import annotations

from django.db.models import Model

from accounts.models import User
from cleanings.models import Cleaning


def have_job_in_common(staff: User, row: Model) -> bool:
    if not isinstance(row, User):
        return False
    # In two queries, which read few rows by an index. Only someone who has done a job for the owner is ever invited.
    offered = Cleaning.objects.filter(pk__in=staff.offers.values("cleaning"))
    return any(jobs.filter(Cleaning.of_party(row)).exists() for jobs in (staff.cleanings, offered))
