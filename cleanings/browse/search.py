"""Full-text search: every word has to match, by Porter's stems, and the last word may be the beginning of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Case, Count, F, Func, Max, Min, Q, QuerySet, When
from django.db.models.sql.compiler import SQLCompiler

from core.paging import Place, Segment

PROBED = 3000


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

    def take(self, most: int, place: Place | None = None) -> QuerySet:
        rows = self.from_place(place)
        found = rows.filter(self.condition)
        if connection.vendor != "postgresql" or not self.is_probed:
            return found[:most]
        descending, name = self.descends_from(place), self.names[0]
        probe = self._probe(rows, descending) if place else self.probe
        if probe["rows"] < PROBED or probe["matches"] >= most:
            end = {f"{name}__{'gte' if descending else 'lte'}": probe["end"]}
            return found.filter(**end)[:most] if probe["matches"] else found.none()
        if probe["matches"] >= PROBED // 20:
            return found[:most]
        return self.in_order(descending).filter(pk__in=ids_by_index_of_words(found[:most]))[:most]

    def count(self, most: int) -> int:
        return min(self.probe["matches"], most) if self.has_few_rows else self.take(most).count()

    def narrowed(self, most: int) -> QuerySet:
        """Rows that hold all of so many matches at most: of a rare word, those that match alone."""
        if connection.vendor != "postgresql" or self.has_few_rows or self.probe["matches"] >= PROBED // 20:
            return self.rows
        return self.rows.filter(pk__in=ids_by_index_of_words(self.rows.filter(self.condition)[:most]))

    @property
    def has_few_rows(self) -> bool:
        return connection.vendor == "postgresql" and self.probe["rows"] < PROBED

    @cached_property
    def probe(self) -> dict:
        return self._probe(self.from_place(None), self.is_descending)

    def _probe(self, rows: QuerySet, descending: bool) -> dict:
        last = Min(self.names[0]) if descending else Max(self.names[0])
        marked = rows.annotate(is_match=Case(When(self.condition, then=True), default=False))[:PROBED]
        return marked.aggregate(rows=Count("pk"), matches=Count("pk", filter=Q(is_match=True)), end=last)


def ids_by_index_of_words(cleanings: QuerySet) -> list[int]:
    """PostgreSQL only; in the order and up to the limit of the queryset."""
    sql, params = cleanings.values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        # One round trip, and so one transaction, at whose end the settings of the planner are reset.
        cursor.execute(f"SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; {sql}", params)
        while cursor.nextset():
            pass
        return [pk for (pk,) in cursor.fetchall()]
