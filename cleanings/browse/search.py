"""Finding cleanings by words: one call, answered by the full-text index of whichever database there is.

A cleaning is found when it has every word, in name, city or description. Case, accents and word forms do not count
("cleaned" finds "cleaning", by Porter's stems), and the last word may be the beginning of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Case, Count, F, Func, Max, Min, Q, QuerySet, When


class Has(Func):
    """Whether a cleaning has all the words, at least one of them; with `in_name`, all of them in its name."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, words: Sequence[str], *, in_name: bool = False) -> None:
        super().__init__(F("pk"))
        self.words, self.in_name = words, in_name

    def as_postgresql(self, compiler, connection, **context) -> tuple[str, list[str]]:
        pk, _ = compiler.compile(self.source_expressions[0])
        # In quotes, inside which nothing is an operator.
        weight = "A" if self.in_name else ""
        query = "to_tsquery('{}', quote_literal(%s) || ':{}')".format
        word, beginning = query("cleanings_words", weight), query("simple", f"*{weight}")
        *whole, last = self.words
        sql = " && ".join([*[word for _ in whole], f"({word} || {beginning})"])
        return f"{pk.rpartition('.')[0]}.search @@ ({sql})", [*whole, last, last]

    def as_sqlite(self, compiler, connection, **context) -> tuple[str, list[str]]:
        pk, _ = compiler.compile(self.source_expressions[0])
        part = "name : " if self.in_name else ""
        *whole, last = (f'"{word}"' for word in self.words)
        # Names of ours, no text of anybody's.
        among = f"{pk} IN (SELECT rowid FROM cleanings_{{0}} WHERE cleanings_{{0}} MATCH %s)"  # noqa: S608
        sql = f"({among.format('words')} OR {among.format('beginnings')})"
        params = [f"{part}{last}", f"{part}{last} *"]
        if whole:
            sql = f"({among.format('words')} AND {sql})"
            params.insert(0, f"{part}({' AND '.join(whole)})")
        return sql, params


# PostgreSQL finds words in two ways, and its planner cannot know which one is short. Of a word that is in many rows,
# the nearest finds are met on a short walk along the order. Of a word that is in few, the index of words knows them
# all, where a walk would go through every row. So a walk of this length comes first, and tells.
WALK = 3000


@dataclass(frozen=True)
class Walk:
    """What a walk along an order has met: how many rows, how many of them finds, and the value at its end."""

    rows: int
    finds: int
    end: Any

    @classmethod
    def along(cls, rows: QuerySet, condition: Has | Q, name: str, *, falls: bool) -> Walk:
        """Walk through ordered rows; `name` is what they are ordered by, and `falls` whether its values do."""
        last = Min(name) if falls else Max(name)
        met = rows.annotate(is_find=Case(When(condition, then=True), default=False))[:WALK]
        return cls(**met.aggregate(rows=Count("pk"), finds=Count("pk", filter=Q(is_find=True)), end=last))

    @property
    def is_whole(self) -> bool:
        """Whether there was nothing beyond."""
        return self.rows < WALK


def through_the_words(cleanings: QuerySet) -> list[int]:
    """The ids of a search on PostgreSQL, by its index of words, in the order and up to the number asked for."""
    sql, params = cleanings.values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        # One round trip, and so one transaction, at whose end the planner is free again.
        cursor.execute(f"SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; {sql}", params)
        while cursor.nextset():
            pass
        return [pk for (pk,) in cursor.fetchall()]
