from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db.models import QuerySet

MOST_SHOWN = 10
# Of several machines, each with a clock of its own.
CLOCKS_DIFFER = timedelta(minutes=1)
# `run_due` is started every ten minutes; it may take long, or be missed once.
RUN_DUE_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True)
class Rule:
    """`find` returns the rows, or the names, that break it."""

    name: str
    sentence: str
    find: Callable[[], QuerySet | Sequence[Any]]

    def broken(self) -> list[str]:
        """A line with some ids and no typed text. Without a LIMIT, for which PostgreSQL would choose a slow plan."""
        found: Any = self.find()
        kind = ""
        if isinstance(found, QuerySet):
            kind = f"{found.model._meta.verbose_name_plural} "
            found = found.order_by().values_list("pk", flat=True).iterator(chunk_size=MOST_SHOWN + 1)
        first = list(islice(found, MOST_SHOWN + 1))
        if not first:
            return []
        shown = ", ".join(map(str, sorted(first[:MOST_SHOWN])))
        more = " and more" if len(first) > MOST_SHOWN else ""
        return [f"{self.name}: not so for {kind}{shown}{more}: {self.sentence}"]
