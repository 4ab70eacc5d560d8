"""Querysets whose SQL is built once, for pages where building it takes longer than the answer of the database."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from copy import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row", bound=Model)

Value = int | str | datetime

# No row has such a value, so that it is found again among the parameters.
NUMBER, WORD, MOMENT = 2**62, "\ue000", datetime(9000, 1, 1, tzinfo=UTC)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class BuiltCompiler(SQLCompiler):
    built: tuple[str, tuple] | None = None

    def as_sql(self, with_limits: bool = True, with_col_aliases: bool = False) -> tuple[str, tuple]:
        return self.built or super().as_sql(with_limits, with_col_aliases)


class BuiltQuery:
    """As much of a query as a queryset needs to read its rows."""

    def __init__(self, compiler: BuiltCompiler) -> None:
        self.compiler = compiler

    def get_compiler(self, using: str) -> BuiltCompiler:
        return self.compiler


class Statement(Generic[Row]):
    """The rows of `build(*values)`, for ids, words and moments that it puts in as they are: one SQL serves all."""

    def __init__(self, build: Callable[..., QuerySet[Row]]) -> None:
        self.build = build
        self.compiler: BuiltCompiler | None = None

    def __call__(self, *values: Value) -> list[Row]:
        compiler = self.compiler_for(values)
        query: Any = BuiltQuery(compiler)
        return list(QuerySet(compiler.query.model, query, DEFAULT_DB_ALIAS))

    def tuples(self, *values: Value) -> list[Sequence]:
        """Where `build` ends in `values` or `values_list`: what they name, in their order."""
        return list(self.compiler_for(values).results_iter(tuple_expected=True))

    def compiler_for(self, values: Sequence[Value]) -> BuiltCompiler:
        stand_ins = [stand_in_for(value, number) for number, value in enumerate(values)]
        if self.compiler is None:
            self.compiler = built_compiler(self.build(*stand_ins), stand_ins)
        if self.compiler.query.select_for_update and not connections[DEFAULT_DB_ALIAS].in_atomic_block:
            raise TransactionManagementError("Outside of a transaction a lock ends at once.")
        given = [(adapted(stand_in), adapted(value)) for stand_in, value in zip(stand_ins, values, strict=True)]
        return self.compiler_with(self.compiler, given)

    @staticmethod
    def compiler_with(compiler: BuiltCompiler, given: list[tuple[Any, Any]]) -> BuiltCompiler:
        """A copy, because each thread has a connection of its own."""
        sql, params = compiler.as_sql()
        found = copy(compiler)
        found.connection = connections[DEFAULT_DB_ALIAS]
        found.built = sql, tuple(parameter(each, given) for each in params)
        return found


def stand_in_for(value: Value, number: int) -> Value:
    if isinstance(value, str):
        return f"{WORD}{number}"
    return MOMENT + timedelta(days=number) if isinstance(value, datetime) else NUMBER + number


def built_compiler(rows: QuerySet, stand_ins: list[Value]) -> BuiltCompiler:
    """Raise ValueError where a value would be the same in every question: one that is not given, or is not put in."""
    compiler = BuiltCompiler(rows.query, connections[DEFAULT_DB_ALIAS], DEFAULT_DB_ALIAS)
    compiler.built = _, params = compiler.as_sql()
    expected = [adapted(each) for each in stand_ins]
    if lost := [each for each in expected if each not in params]:
        raise ValueError(f"These values are not among the parameters of a statement: {lost}")
    if kept := [each for each in params if is_day(each) and each not in expected]:
        raise ValueError(f"A statement would always ask about these days: {kept}")
    return compiler


def is_day(value: Any) -> bool:
    """SQLite is asked about days and moments as text."""
    return isinstance(value, date) or bool(isinstance(value, str) and DAY.match(value))


def adapted(value: Value) -> Any:
    """As a field passes it to the database."""
    if isinstance(value, datetime):
        return connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(value)
    return value


def parameter(each: Any, given: list[tuple[Any, Any]]) -> Any:
    for stand_in, value in given:
        if each == stand_in:
            # PostgreSQL's numbers have a type each.
            return type(each)(value) if isinstance(each, int) else value
    return each
