"""Keyset pagination over segments, each along one index: rows with a value first, then those without."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, DateTimeField, DecimalField, F, Field, Func, QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler
from django.utils.functional import SimpleLazyObject

from core.statements import Statement

PAGE_SIZE = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DIGITS = re.compile("[0-9]{1,18}")


class Unknown(ValueError):
    pass


@dataclass(frozen=True)
class Place:
    """A position after or before a row; `edge` fixes the rows from which the best matches come."""

    segment: int
    values: tuple[int, ...]
    pk: int
    edge: int = 0
    is_backwards: bool = False

    def __str__(self) -> str:
        text = ".".join(map(str, (self.segment, *self.values, self.pk, self.edge)))
        return f"before.{text}" if self.is_backwards else text

    @classmethod
    def named(cls, text: str) -> Place:
        """Raises Unknown for a text that names no place."""
        numbers = text.removeprefix("before.").split(".")
        if not 4 <= len(numbers) <= 5 or not all(map(DIGITS.fullmatch, numbers)):
            raise Unknown(text)
        segment, *values, pk, edge = map(int, numbers)
        return cls(segment, tuple(values), pk, edge, is_backwards=text.startswith("before."))


def moment_of(microseconds: int) -> datetime:
    """Raises Unknown for a time outside the calendar."""
    try:
        return EPOCH + microseconds * MICROSECOND
    except OverflowError as error:
        raise Unknown(microseconds) from error


def number_of(value: Any) -> int:
    if isinstance(value, datetime):
        return (value - EPOCH) // MICROSECOND
    return int(value * 100) if isinstance(value, Decimal) else value


def value_of(number: int, field: Field) -> Value:
    if isinstance(field, DecimalField):
        if number >= 10**field.max_digits:
            raise Unknown(number)
        return Value(Decimal(number) / 100, field)
    return Value(moment_of(number), field) if isinstance(field, DateTimeField) else Value(number)


def value_in(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


class Beyond(Func):
    """Compares the values and the id of a row at once, so that an index can answer."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, names: Sequence[str], values: Sequence[Value], pk: int, *, descending: bool) -> None:
        super().__init__(*map(F, names), F("pk"), *values, Value(pk))
        self.sign = "<" if descending else ">"

    def as_sql(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        function: str | None = None,
        template: str | None = None,
        arg_joiner: str | None = None,
        **context: Any,
    ) -> tuple[str, tuple]:
        compiled = [compiler.compile(each) for each in self.source_expressions]
        half = len(compiled) // 2
        row, place = (f"({', '.join(sql for sql, _ in part)})" for part in (compiled[:half], compiled[half:]))
        return f"{row} {self.sign} {place}", tuple(param for _, params in compiled for param in params)


@dataclass(frozen=True)
class Segment:
    """Rows ordered by one or two values and, among equals, by id; all ascending, or all descending."""

    rows: QuerySet
    names: tuple[str, ...]
    is_descending: bool = False
    # Reads the rows from the beginning in a quicker way.
    first_page: Callable[[], Sequence] | None = None
    # Reads those from a place on in a quicker way.
    page_from: Callable[[Place], Sequence] | None = None

    def take(self, most: int, place: Place | None = None) -> Any:
        """At most so many rows from the beginning or after a place; before it, the nearest first."""
        if place is None and self.first_page:
            return self.first_page()[:most]
        if place and self.page_from:
            return self.page_from(place)[:most]
        return self.from_place(place)[:most]

    def from_place(self, place: Place | None) -> QuerySet:
        descending = self.descends_from(place)
        rows = self.in_order(descending)
        if not place or not place.pk:
            return rows
        if len(place.values) != len(self.names):
            raise Unknown(place)
        values = [value_of(number, self._field(name)) for number, name in zip(place.values, self.names, strict=True)]
        return rows.filter(Beyond(self.names, values, place.pk, descending=descending))

    def descends_from(self, place: Place | None) -> bool:
        return self.is_descending != (place is not None and place.is_backwards)

    def in_order(self, descending: bool) -> QuerySet:
        sign = "-" if descending else ""
        return self.rows.order_by(*(f"{sign}{name}" for name in dict.fromkeys((*self.names, "pk"))))

    def key_of(self, row: Any) -> tuple[tuple[int, ...], int]:
        values = (value_in(row, name) for name in (*self.names, "pk"))
        *numbers, pk = map(number_of, values)
        return tuple(numbers), pk

    def _field(self, name: str) -> Field:
        annotation = self.rows.query.annotations.get(name)
        if annotation is not None:
            return annotation.output_field
        options = self.rows.model._meta
        return options.pk if name == "pk" else options.get_field(name)


def built_segment(
    build: Callable[..., QuerySet], names: tuple[str, ...], *, is_descending: bool = False
) -> Callable[..., Segment]:
    """Makes the segment of `build(*values)`, whose first page a Statement reads."""
    first = Statement(lambda *values: Segment(build(*values), names, is_descending).take(PAGE_SIZE + 1))

    def segment(*values: int | datetime) -> Segment:
        rows = cast(QuerySet, SimpleLazyObject(lambda: build(*values)))
        return Segment(rows, names, is_descending, first_page=lambda: first(*values))

    return segment


class KeysetPage:
    """One page; the first one for an unknown place (`is_lost`), the last one for a place after the end."""

    def __init__(self, segments: Sequence[Segment] = (), after: str = "", size: int = PAGE_SIZE) -> None:
        self.segments, self.size, self.is_lost = segments, size, False
        try:
            self._open(Place.named(after) if after else None)
        except Unknown:
            self.is_lost = True
            self._open(None)

    def get_edge(self, place: Place | None) -> int:
        return 0

    def get_segments(self, edge: int) -> Sequence[Segment]:
        return self.segments

    def read_rows(self, rows: Any) -> list:
        return list(rows)

    def _open(self, place: Place | None) -> None:
        self.place, self.has_next = place, False
        self.edge = self.get_edge(place)
        self.segments = self.get_segments(self.edge)
        self._page = self._read()

    @property
    def rows(self) -> list:
        return [row for _, row in self._page]

    @property
    def next(self) -> Place | None:
        return self._place_at(-1) if self.has_next else None

    @property
    def has_other_pages(self) -> bool:
        return self.has_next or self.previous is not None

    @property
    def previous(self) -> Place | None:
        return self._place_at(0, is_backwards=True) if self.place and self._page else None

    def _read(self) -> list[tuple[int, Any]]:
        if self.place and self.place.segment >= len(self.segments):
            raise Unknown(self.place)
        found = self._take(self.place)
        is_behind_the_end = self.place is not None and not self.place.is_backwards and not found
        if self.place and is_behind_the_end:
            self.place = replace(self.place, segment=len(self.segments) - 1, pk=0, is_backwards=True)
            found = self._take(self.place)
        if self.place and self.place.is_backwards:
            if len(found) <= self.size:
                # With no full page before the place, this is the first page.
                self.place = None
                return self._read()
            self.has_next = not is_behind_the_end
            return found[self.size - 1 :: -1]
        self.has_next = len(found) > self.size
        return found[: self.size]

    def _take(self, place: Place | None) -> list[tuple[int, Any]]:
        """One row more than the page has, in reading order."""
        numbers = range(place.segment if place else 0, len(self.segments))
        if place and place.is_backwards:
            numbers = range(place.segment, -1, -1)
        found: list[tuple[int, Any]] = []
        for number in numbers:
            if len(found) <= self.size:
                rows = self.segments[number].take(self.size + 1 - len(found), place)
                found += [(number, row) for row in self.read_rows(rows)]
                place = place and replace(place, pk=0)
        return found

    def _place_at(self, index: int, *, is_backwards: bool = False) -> Place:
        number, row = self._page[index]
        return Place(number, *self.segments[number].key_of(row), self.edge, is_backwards)
