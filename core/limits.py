"""How often a person may write something, counted from the rows there are and from what was deleted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from django.db import connection
from django.db.models import DateTimeField, Model
from django.utils import timezone

from core.exceptions import LimitReached

# By hand, because the OFFSET of a queryset is not a parameter: each limit would be a statement of its own.
NEWEST = """
SELECT {moment} FROM {table} WHERE {person} = %s AND {moment} > %s AND {condition}
UNION ALL SELECT at FROM accounts_deletion WHERE person_id = %s AND kind = %s AND at > %s
ORDER BY 1 DESC LIMIT 1 OFFSET %s
"""


@dataclass(frozen=True)
class Written:
    """A table, its columns for author and moment, and a condition in SQL; `deleted_as` names what was deleted of it."""

    table: str
    person: str
    moment: str
    condition: str = "TRUE"
    deleted_as: str = ""

    @property
    def kind(self) -> str:
        return self.deleted_as or self.table.replace("_", ".", 1)

    @cached_property
    def statement(self) -> str:
        return NEWEST.format(**asdict(self))

    def moment_of(self, number: int, person: Model, since: datetime) -> datetime | None:
        """When the person wrote the row after which `number` others came, if that was after `since`."""
        after = DateTimeField().get_db_prep_value(since, connection)
        with connection.cursor() as cursor:
            cursor.execute(self.statement, [person.pk, after, person.pk, self.kind, after, number])
            found = cursor.fetchone()
        # SQLite keeps it without a zone, in UTC.
        return found and found[0].replace(tzinfo=found[0].tzinfo or UTC)


@dataclass(frozen=True)
class RowLimit:
    """`sentence` tells the person what the most is."""

    amount: int
    period: timedelta
    written: Written
    sentence: str

    def require(self, person: Model, *, more: int = 1) -> None:
        """Raise LimitReached unless `more` fit beside what a locked person has written within the period."""
        oldest = self.written.moment_of(self.amount - more, person, since=timezone.now() - self.period)
        if oldest:
            raise LimitReached(self.sentence, again=oldest + self.period)
