"""Statements that ask for what lies ahead, or has been for some days."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from copy import copy
from datetime import date, datetime, timedelta
from typing import Any, Generic

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.utils import timezone

from core.statements import NUMBER, BuiltCompiler, BuiltQuery, Row

# As SQLite is given them.
WRITTEN_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
WRITTEN_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class ClockStatement(Generic[Row]):
    """As a `Statement` of ids; the moments and days that `build` takes from the clock move on with it.

    They have to lie so and so far from now, as midnight or the first day of a month do not.
    """

    def __init__(self, build: Callable[..., QuerySet[Row]]) -> None:
        self.build = build
        self.built: tuple[datetime, BuiltCompiler] | None = None

    def __call__(self, *ids: int) -> list[Row]:
        compiler = self.compiler_for(ids)
        query: Any = BuiltQuery(compiler)
        return list(QuerySet(compiler.query.model, query, DEFAULT_DB_ALIAS))

    def tuples(self, *ids: int) -> list[Sequence]:
        """Where `build` ends in `values_list`."""
        return list(self.compiler_for(ids).results_iter(tuple_expected=True))

    def compiler_for(self, ids: Sequence[int]) -> BuiltCompiler:
        """A copy, because each thread has a connection of its own."""
        now = timezone.now()
        if self.built is None:
            self.built = now, self.build_compiler(len(ids))
        built_at, compiler = self.built
        sql, params = compiler.as_sql()
        found = copy(compiler)
        found.connection = connections[DEFAULT_DB_ALIAS]
        given = {NUMBER + number: pk for number, pk in enumerate(ids)}
        days = timezone.localdate(now) - timezone.localdate(built_at)
        found.built = sql, tuple(put_in(each, given, now - built_at, days) for each in params)
        return found

    def build_compiler(self, count: int) -> BuiltCompiler:
        rows = self.build(*(NUMBER + number for number in range(count)))
        compiler = BuiltCompiler(rows.query, connections[DEFAULT_DB_ALIAS], DEFAULT_DB_ALIAS)
        compiler.built = compiler.as_sql()
        return compiler


def put_in(param: Any, given: dict[int, int], passed: timedelta, days: timedelta) -> Any:
    if isinstance(param, int):
        # PostgreSQL's numbers have a type each.
        return type(param)(given.get(param, param))
    if isinstance(param, datetime):
        return param + passed
    if isinstance(param, date):
        return param + days
    if isinstance(param, str) and WRITTEN_MOMENT.fullmatch(param):
        return str(datetime.fromisoformat(param) + passed)
    if isinstance(param, str) and WRITTEN_DAY.fullmatch(param):
        return str(date.fromisoformat(param) + days)
    return param
