"""Querysets whose SQL is built once, for pages where building it takes longer than the answer of the database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError
from django.utils.timezone import localdate

Row = TypeVar("Row", bound=Model)

Value = int | str | Decimal | datetime

# Values that no row has, so that they are found again among the parameters.
NUMBER, WORD, MOMENT = 2**62, "\ue000", datetime(9000, 6, 15, 13, 37, 42, 123456, tzinfo=UTC)
AMOUNT = Decimal("9173.41")
# Between the stand-ins of two moments; what is computed from one lies nearer to it.
APART = timedelta(days=3650)
WRITTEN_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
WRITTEN_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class BuiltCompiler(SQLCompiler):
    built: tuple[str, tuple] | None = None

    def as_sql(self, with_limits: bool = True, with_col_aliases: bool = False) -> tuple[str, tuple]:
        return self.built or super().as_sql(with_limits, with_col_aliases)


class BuiltQuery:
    """As much of a query as a queryset needs to read its rows."""

    def __init__(self, compiler: BuiltCompiler) -> None:
        self.compiler = compiler
        self.selected = compiler.query.selected

    def get_compiler(self, using: str) -> BuiltCompiler:
        return self.compiler


class Slot(NamedTuple):
    """A parameter that takes the value at `number`, in the form that `put` gives it for the database."""

    number: int
    put: Callable[[Any], Any]


class Built(NamedTuple):
    compiler: BuiltCompiler
    iterable: type
    # One for each parameter; None where the parameter is always the same.
    slots: list[Slot | None]
    number_of_values: int


class Statement(Generic[Row]):
    """Reads the rows of `build(*values)` by SQL that is composed once, at the first call.

    `build` puts ids, words, amounts and moments in as they are. What it computes from a moment, such as the day a week
    before, moves with the moment; the first of its month would not. Midnight, and a moment that `build` reads from the
    clock, raise ValueError.
    """

    def __init__(self, build: Callable[..., QuerySet[Row]]) -> None:
        self.build = build
        self.built: Built | None = None

    def __call__(self, *values: Value) -> list[Row]:
        compiler = self.compiler_for(values)
        query: Any = BuiltQuery(compiler)
        rows: Any = QuerySet(compiler.query.model, query, DEFAULT_DB_ALIAS)
        rows._iterable_class = self.built.iterable  # type: ignore[union-attr]
        return list(rows)

    def first(self, *values: Value) -> Row | None:
        return next(iter(self(*values)), None)

    def for_ids(self, ids: Iterable[int]) -> list[Row]:
        """Needs a `build` that takes joined ids; without ids there is no query."""
        among = joined(ids)
        return self(among) if among else []

    def tuples(self, *values: Value) -> list[Sequence]:
        """Needs a `build` that ends in `values` or `values_list`; a tuple for each row."""
        return list(self.compiler_for(values).results_iter(tuple_expected=True))

    def sql_with_params(self, *values: Value) -> tuple[str, tuple]:
        return self.compiler_for(values).as_sql()

    def compiler_for(self, values: Sequence[Value]) -> BuiltCompiler:
        """A copy, because each thread has a connection of its own."""
        if self.built is None:
            self.built = self.built_for(values)
        compiler, _, slots, number_of_values = self.built
        if len(values) != number_of_values:
            raise ValueError(f"This statement was built for {number_of_values} values, not for {len(values)}.")
        if compiler.query.select_for_update and not connections[DEFAULT_DB_ALIAS].in_atomic_block:
            raise TransactionManagementError("Outside of a transaction a lock ends at once.")
        sql, params = compiler.as_sql()
        found = copy(compiler)
        found.connection = connections[DEFAULT_DB_ALIAS]
        pairs = zip(params, slots, strict=True)
        found.built = sql, tuple(slot.put(values[slot.number]) if slot else param for param, slot in pairs)
        return found

    def built_for(self, values: Sequence[Value]) -> Built:
        stand_ins = [stand_in_for(value, number) for number, value in enumerate(values)]
        rows: Any = self.build(*stand_ins)
        compiler = BuiltCompiler(rows.query, connections[DEFAULT_DB_ALIAS], DEFAULT_DB_ALIAS)
        compiler.built = compiler.as_sql()
        _, params = compiler.built
        return Built(compiler, rows._iterable_class, slots_of(params, stand_ins), len(values))


def joined(ids: Iterable[int]) -> str:
    """Makes one value of any number of ids, for the lookup `among`."""
    return ",".join(map(str, ids))


def stand_in_for(value: Value, number: int) -> Value:
    if isinstance(value, str):
        return f"{WORD}{number}"
    if isinstance(value, Decimal):
        return AMOUNT + number
    return MOMENT + number * APART if isinstance(value, datetime) else NUMBER + number


def slots_of(params: Sequence[Any], stand_ins: Sequence[Value]) -> list[Slot | None]:
    """Raise ValueError for a value that is not among the parameters, and for a day that would never change."""
    slots = [slot_of(param, stand_ins) for param in params]
    if lost := set(range(len(stand_ins))) - {slot.number for slot in slots if slot}:
        raise ValueError(f"These values are not among the parameters of a statement: {sorted(lost)}")
    pairs = zip(params, slots, strict=True)
    if kept := [param for param, slot in pairs if not slot and (moment_of(param) or day_of(param))]:
        raise ValueError(f"A statement would always ask about these days: {kept}")
    return slots


def slot_of(param: Any, stand_ins: Sequence[Value]) -> Slot | None:
    for number, stand_in in enumerate(stand_ins):
        put = put_after(param, stand_in) if isinstance(stand_in, datetime) else put_as(param, stand_in)
        if put:
            return Slot(number, put)
    return None


def put_as(param: Any, stand_in: Value) -> Callable[[Any], Any] | None:
    # PostgreSQL's numbers have a type each; SQLite is asked about amounts as text.
    return type(param) if param == stand_in or param == str(stand_in) else None


def put_after(param: Any, stand_in: datetime) -> Callable[[Any], Any] | None:
    operations = connections[DEFAULT_DB_ALIAS].ops
    if moment := moment_of(param):
        passed = moment - stand_in
        if abs(passed) < APART / 2 and not passed % timedelta(seconds=1):
            return lambda value: operations.adapt_datetimefield_value(value + passed)
    elif day := day_of(param):
        days = day - localdate(stand_in)
        if abs(days) < APART / 2:
            return lambda value: operations.adapt_datefield_value(localdate(value) + days)
    return None


def moment_of(param: Any) -> datetime | None:
    """SQLite is asked about moments and days as text."""
    if isinstance(param, str) and WRITTEN_MOMENT.fullmatch(param):
        return datetime.fromisoformat(param).replace(tzinfo=UTC)
    return param if isinstance(param, datetime) else None


def day_of(param: Any) -> date | None:
    if isinstance(param, str) and WRITTEN_DAY.fullmatch(param):
        return date.fromisoformat(param)
    return param if isinstance(param, date) else None
