"""How often a person may write something, counted from the rows there are."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from core.exceptions import LimitReached


@dataclass(frozen=True)
class RowLimit:
    """`sentence` tells the person what the most is."""

    amount: int
    period: timedelta
    sentence: str

    def require(self, rows: QuerySet, moment: str, *, more: int = 1) -> None:
        """Raise LimitReached unless `more` fit beside a locked person's rows whose `moment` is within the period."""
        newest = rows.order_by(f"-{moment}").values_list(moment, flat=True)
        oldest = newest[self.amount - more : self.amount - more + 1].first()
        if oldest and oldest + self.period > timezone.now():
            raise LimitReached(self.sentence, again=oldest + self.period)
