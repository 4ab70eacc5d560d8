"""Full-text search: every word has to match, by Porter's stems, and the last word may be the beginning of one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from core.paging import Place, Segment

PROBED = 3000
# A common word has more matches than MANY, which the index of words cannot return in the time of a page, and at least
# LEAST among the first rows.
MANY, LEAST = 4_000, 20
# More are not put in order: PostgreSQL may expect few matches where there are many.
MOST_ORDERED = 5_000


class HasWords(Func):
    output_field = BooleanField()
    conditional = True

    def __init__(self, words: Sequence[str], *, in_name: bool = False) -> None:
        super().__init__(F("pk"))
        self.words, self.in_name = words, in_name

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[str, ...]]:
        pk, _ = compiler.compile(self.source_expressions[0])
        # Operators inside quotes have no effect.
        weight = "A" if self.in_name else ""
        query = "to_tsquery('{}', quote_literal(%s) || ':{}')".format
        word, beginning = query("cleanings_words", weight), query("simple", f"*{weight}")
        *whole, last = self.words
        sql = " && ".join([*[word for _ in whole], f"({word} || {beginning})"])
        return f"{pk.rpartition('.')[0]}.search @@ ({sql})", (*whole, last, last)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[str, ...]]:
        pk, _ = compiler.compile(self.source_expressions[0])
        part = "name : " if self.in_name else ""
        *whole, last = (f'"{word}"' for word in self.words)
        among = f"{pk} IN (SELECT rowid FROM cleanings_{{0}} WHERE cleanings_{{0}} MATCH %s)"  # noqa: S608
        sql = f"({among.format('words')} OR {among.format('beginnings')})"
        params = [f"{part}{last}", f"{part}{last} *"]
        if whole:
            sql = f"({among.format('words')} AND {sql})"
            params.insert(0, f"{part}({' AND '.join(whole)})")
        return sql, tuple(params)


@dataclass(frozen=True)
class SearchSegment(Segment):
    """Probes the first rows: PostgreSQL cannot know whether the index of words or the order is the shorter way."""

    condition: HasWords | Q = field(kw_only=True)
    is_probed: bool = field(kw_only=True, default=True)

    def take(self, most: int, place: Place | None = None) -> Any:
        if place is None and self.first_page:
            return self.first_page()[:most]
        if connection.vendor != "postgresql" or not self.is_probed:
            return self.from_place(place).filter(self.condition)[:most]
        ids = self._among_first(most, place)
        if ids is None:
            ids = ids_by_index_of_words(self.from_place(place).filter(self.condition)[:most])
        return self.in_order(self.descends_from(place)).filter(pk__in=ids)[:most]

    def count(self, most: int) -> int:
        """At most `most`. A common word surely has more, and to count them would take longer than the page."""
        return most if self.is_common else self.take(most).count()

    @cached_property
    def is_common(self) -> bool:
        """PostgreSQL expects many matches, and the first rows hold some: it may expect many of an unknown word."""
        if connection.vendor != "postgresql":
            return False
        (plan,) = json.loads(self.rows.filter(self.condition).values("pk").explain(format="json"))
        return plan["Plan"]["Plan Rows"] > MANY and bool(self._among_first(LEAST, None))

    def finds(self, most: int) -> Finds:
        """PostgreSQL only, by the index of words: the newest matches, or any where there are too many to order."""
        matches = self.rows.filter(self.condition).values("pk", "created_at")[:MOST_ORDERED]
        sql, params = matches.query.sql_with_params()
        newest = f"SELECT pk, count(*) OVER () FROM ({sql}) AS found ORDER BY created_at DESC, pk DESC LIMIT %s"  # noqa: S608
        rows = by_index_of_words(newest, (*params, most))
        return Finds([pk for pk, _ in rows], are_newest=bool(rows) and rows[0][1] < MOST_ORDERED)

    def _among_first(self, most: int, place: Place | None) -> list[int] | None:
        """The ids of `most` matches, or None where the first rows behind the place hold fewer."""
        first_rows = self.from_place(place).annotate(is_match=self.condition).values("pk", "is_match")[:PROBED]
        sql, params = first_rows.query.sql_with_params()
        with connection.cursor() as cursor:
            # The limit inside makes PostgreSQL read along the order.
            cursor.execute(f"SELECT pk FROM ({sql}) AS probed WHERE is_match LIMIT %s", (*params, most))  # noqa: S608
            ids = [pk for (pk,) in cursor.fetchall()]
        return ids if len(ids) == most else None


class Finds(NamedTuple):
    ids: list[int]
    are_newest: bool


def ids_by_index_of_words(cleanings: QuerySet) -> list[int]:
    """PostgreSQL only; in the order and up to the limit of the queryset."""
    return [pk for (pk,) in by_index_of_words(*cleanings.values("pk").query.sql_with_params())]


def by_index_of_words(sql: str, params: Sequence[Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        # One round trip, and so one transaction, at whose end the settings of the planner are reset.
        cursor.execute(f"SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; {sql}", params)
        while cursor.nextset():
            pass
        return cursor.fetchall()
