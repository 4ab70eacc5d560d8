"""What lists that continue by key are made of: places between rows, and legs, along which a database walks an index."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import BooleanField, F, Func, Q, Value

from cleanings.bounds import MOST_RATE
from cleanings.querysets import CleaningQuerySet
from cleanings.search import Has, Walk, through_the_words

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DIGITS = re.compile("[0-9]{1,18}")


class Unknown(ValueError):
    """A text that names no place in this list."""


@dataclass(frozen=True)
class Place:
    """Behind a row of the list, which is told by its leg, its value there and its id; or before it, read backwards.

    `edge` tells where those end among which the best matches come first: what is posted later does not move it.
    """

    leg: int
    value: int
    pk: int
    edge: int = 0
    is_backwards: bool = False

    def __str__(self) -> str:
        text = ".".join(map(str, (self.leg, self.value, self.pk, self.edge)))
        return f"before.{text}" if self.is_backwards else text

    @classmethod
    def named(cls, text: str) -> Place:
        """The place that a query string names; Unknown if it names none."""
        numbers = text.removeprefix("before.").split(".")
        if len(numbers) != 4 or not all(map(DIGITS.fullmatch, numbers)):
            raise Unknown(text)
        leg, value, pk, edge = map(int, numbers)
        return cls(leg, value, pk, edge, is_backwards=text.startswith("before."))


def moment_of(microseconds: int) -> datetime:
    """The moment that a place tells; Unknown for one that no calendar has."""
    try:
        return EPOCH + microseconds * MICROSECOND
    except OverflowError as error:
        raise Unknown(microseconds) from error


def rate_of(cents: int) -> Decimal:
    if cents > MOST_RATE * 100:
        raise Unknown(cents)
    return Decimal(cents) / 100


class Beyond(Func):
    """Whether (value, id) of a row is above or below that of another: one comparison, by which an index is searched."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, name: str, value: Value, pk: int, *, falls: bool) -> None:
        super().__init__(F(name), F("pk"), value, Value(pk))
        self.sign = "<" if falls else ">"

    def as_sql(self, compiler, connection, **context) -> tuple[str, list]:
        compiled = [compiler.compile(each) for each in self.source_expressions]
        row, place = (f"({one[0]}, {other[0]})" for one, other in (compiled[:2], compiled[2:]))
        return f"{row} {self.sign} {place}", [param for _, params in compiled for param in params]


@dataclass(frozen=True)
class Leg:
    """Rows in the order of one of their values and, among equals, of their ids; of a search, those that it finds.

    A search among few rows is left to the database. Among many, `is_guided`, a walk tells how they are found.
    """

    rows: CleaningQuerySet
    name: str
    is_falling: bool
    condition: Has | Q | None = None
    is_guided: bool = False

    def take(self, most: int, place: Place | None = None) -> CleaningQuerySet:
        """At most so many rows from the beginning, or behind a place; or before it, and then the nearest first."""
        falls = self.is_falling != (place is not None and place.is_backwards)
        rows = self.in_order(falls)
        if place and place.pk:
            rows = rows.filter(Beyond(self.name, self._value_of(place.value), place.pk, falls=falls))
        if self.condition is None:
            return rows[:most]
        finds = rows.filter(self.condition)
        if self.is_guided:
            walk = Walk.along(rows, self.condition, self.name, falls=falls)
            if not walk.finds and walk.is_whole:
                return finds.none()
            if walk.is_whole or walk.finds >= most:
                return finds.filter(**{f"{self.name}__{'gte' if falls else 'lte'}": walk.end})[:most]
            finds = self.in_order(falls).filter(pk__in=through_the_words(finds[:most]))
        return finds[:most]

    def in_order(self, falls: bool) -> CleaningQuerySet:
        """The rows, with values that fall or rise."""
        sign = "-" if falls else ""
        return self.rows.order_by(*dict.fromkeys((f"{sign}{self.name}", f"{sign}pk")))

    def key_of(self, row: dict) -> tuple[int, int]:
        """The value, as places tell it, and the id of a row."""
        value = row[self.name]
        if isinstance(value, datetime):
            value = (value - EPOCH) // MICROSECOND
        return int(value * 100) if isinstance(value, Decimal) else value, row["pk"]

    def _value_of(self, number: int) -> Value:
        if self.name == "pk":
            return Value(number)
        read = rate_of if self.name == "hourly_rate" else moment_of
        return Value(read(number), self.rows.model._meta.get_field(self.name))
