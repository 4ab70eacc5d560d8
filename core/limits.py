"""How often a person may write something, counted from the rows there are."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from core.exceptions import LimitReached


@dataclass(frozen=True)
class RowLimit:
    """`sentence` tells the person what the most is."""

    amount: int
    period: timedelta
    sentence: str

    def require(self, rows: QuerySet, moment: str, *, more: int = 1, deleted: QuerySet | None = None) -> None:
        """Raise LimitReached unless `more` fit beside a locked person's rows whose `moment` is within the period.

        `deleted` holds the moments, as `at`, of rows that are gone, where a person can delete some.
        """
        newest = self._within(rows, moment)
        if deleted is not None:
            newest = newest.union(self._within(deleted, "at"), all=True)
        found = newest.order_by("-moment")[self.amount - more : self.amount - more + 1]
        if oldest := next(iter(found), None):
            raise LimitReached(self.sentence, again=oldest + self.period)

    def _within(self, rows: QuerySet, moment: str) -> QuerySet:
        recent = rows.order_by().filter((f"{moment}__gt", timezone.now() - self.period))
        return recent.annotate(moment=F(moment)).values_list("moment", flat=True)
