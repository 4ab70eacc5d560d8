"""Full-text search: every word has to match, by Porter's stems, and the last word may be the beginning of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from core.paging import Place, Segment

if TYPE_CHECKING:
    from cleanings.querysets import CleaningQuerySet

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
        self.texts, self.in_name = as_texts(words), in_name

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[str, ...]]:
        pk, _ = compiler.compile(self.source_expressions[0])
        # For example 'clean':A & 'window':A. Operators inside quotes have no effect, and words hold no blanks.
        weight = "A" if self.in_name else ""
        query = "to_tsquery('{}', replace(quote_literal(%s), ' ', ''':{} & ''') || ':{}')".format
        words, beginning = query("cleanings_words", weight, weight), query("simple", weight, f"*{weight}")
        sql = f"({words} || {beginning})"
        if len(self.texts) > 1:
            sql = f"({words} && {sql})"
        return f"{pk.rpartition('.')[0]}.search @@ {sql}", (*self.texts, self.texts[-1])

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[str, ...]]:
        pk, _ = compiler.compile(self.source_expressions[0])
        part = "name : " if self.in_name else ""
        # For example name : ("clean" AND "window").
        query = f"""'{part}("' || replace(%s, ' ', '" AND "') || '"{{}})'""".format
        among = f"{pk} IN (SELECT rowid FROM cleanings_{{0}} WHERE cleanings_{{0}} MATCH {{1}})".format  # noqa: S608
        words, beginning = among("words", query("")), among("beginnings", query(" *"))
        sql = f"({words} OR {beginning})"
        if len(self.texts) > 1:
            sql = f"({words} AND {sql})"
        return sql, (*self.texts, self.texts[-1])


def as_texts(words: Sequence[str]) -> tuple[str, ...]:
    """All words but the last joined, then the last one: one statement serves any number of words. Idempotent."""
    *whole, last = words
    return (" ".join(whole), last) if whole else (last,)


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
        ids = among_first(most, *first_rows(self.from_place(place), self.condition).query.sql_with_params())
        if ids is None:
            ids = ids_by_index_of_words(self.from_place(place).filter(self.condition)[:most])
        return self.in_order(self.descends_from(place)).filter(pk__in=ids)[:most]


def first_rows(cleanings: QuerySet, condition: HasWords | Q) -> QuerySet:
    return cleanings.annotate(is_match=condition).values("pk", "is_match")[:PROBED]


def among_first(most: int, sql: str, params: Sequence[Any]) -> list[int] | None:
    """The ids of `most` matches, or None where `first_rows` holds fewer."""
    with connection.cursor() as cursor:
        # The limit inside makes PostgreSQL read along the order.
        cursor.execute(f"SELECT pk FROM ({sql}) AS probed WHERE is_match LIMIT %s", (*params, most))  # noqa: S608
        ids = [pk for (pk,) in cursor.fetchall()]
    return ids if len(ids) == most else None


class Found(NamedTuple):
    ids: list[int]
    are_newest: bool


class Matches:
    """The rows with the words, on PostgreSQL; `sql_of` gives the SQL of a queryset that is made of the rows."""

    def __init__(self, sql_of: Callable[..., tuple[str, tuple]], words: Sequence[str]) -> None:
        self.sql_of, self.texts = sql_of, as_texts(words)

    @cached_property
    def are_common(self) -> bool:
        """PostgreSQL expects many, and the first rows hold some: it may expect many of an unknown word."""
        if connection.vendor != "postgresql":
            return False
        sql, params = self.sql_of(all_matches, *self.texts)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
            (((plan,),),) = cursor.fetchall()
        is_expected = plan["Plan"]["Plan Rows"] > MANY
        return is_expected and among_first(LEAST, *self.sql_of(newest_rows, *self.texts)) is not None

    def find(self, most: int) -> Found:
        """By the index of words: the newest, or any where there are too many to order."""
        sql, params = self.sql_of(some_matches, *self.texts)
        newest = f"SELECT pk, count(*) OVER () FROM ({sql}) AS found ORDER BY created_at DESC, pk DESC LIMIT %s"  # noqa: S608
        rows = by_index_of_words(newest, (*params, most))
        return Found([pk for pk, _ in rows], are_newest=bool(rows) and rows[0][1] < MOST_ORDERED)


def all_matches(cleanings: CleaningQuerySet, *texts: str) -> QuerySet:
    return cleanings.with_words(texts).values("pk")


def some_matches(cleanings: CleaningQuerySet, *texts: str) -> QuerySet:
    return cleanings.with_words(texts).values("pk", "created_at")[:MOST_ORDERED]


def newest_rows(cleanings: CleaningQuerySet, *texts: str) -> QuerySet:
    return first_rows(cleanings.newest_first(), HasWords(texts))


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
