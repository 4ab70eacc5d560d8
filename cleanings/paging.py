"""The list of open cleanings in pages that continue by key: the last row of one page says where the next begins.

Page 5,000 costs what page 1 costs, and while others post and close, nothing that stays is shown twice or left out. An
order is a row of legs, because a database can only walk along an index: those with a start, then those without one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from hashlib import md5
from typing import Any

from django.core.cache import caches
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, Value

from cleanings.bounds import MOST_RATE
from cleanings.querysets import CleaningQuerySet
from cleanings.search import WALK, Has, Walk, through_the_words

PAGE_SIZE = 20
# Beyond so many finds nobody counts, and the best matches come first only among the newest.
MOST_COUNTED = 1000
# In seconds.
COUNTED_FOR = 2

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DIGITS = re.compile("[0-9]{1,18}")
# What a list prints of a cleaning beside its card, and what its orders compare.
COLUMNS = ("pk", "owner_id", "updated_at", "offers_count", "created_at", "starts_at", "hourly_rate")


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

    A search among few rows is left to the database; one that finds few is led to them by the index of words; for any
    other a walk tells which of the two it is.
    """

    rows: CleaningQuerySet
    name: str
    is_falling: bool
    condition: Has | Q | None = None
    has_few_rows: bool = False
    has_few_finds: bool = False
    reader: Any = None

    def take(self, most: int, place: Place | None = None) -> list[dict]:
        """At most so many rows from the beginning, or behind a place; or before it, and then the nearest first."""
        falls = self.is_falling != (place is not None and place.is_backwards)
        rows = self._in_order(falls)
        if place and place.pk:
            rows = rows.filter(Beyond(self.name, self._value_of(place.value), place.pk, falls=falls))
        if self.condition is None:
            return self._printed(rows[:most])
        finds = rows.filter(self.condition)
        if self._needs_a_walk:
            walk = Walk.along(rows, self.condition, self.name, falls=falls)
            if walk.is_whole or walk.finds >= most:
                until = {f"{self.name}__{'gte' if falls else 'lte'}": walk.end}
                return self._printed(finds.filter(**until)[:most]) if walk.finds else []
        if self._is_led_by_words:
            finds = self._in_order(falls).filter(pk__in=through_the_words(finds[:most]))
        return self._printed(finds[:most])

    def count(self, most: int) -> int:
        """How many there are, up to a number."""
        rows = self._in_order(self.is_falling)
        if self.condition is None:
            return rows[:most].count()
        finds = rows.filter(self.condition)
        if self._needs_a_walk:
            walk = Walk.along(rows, self.condition, self.name, falls=self.is_falling)
            if walk.is_whole or walk.finds >= most:
                return min(walk.finds, most)
            # Where one in twenty is a find, a longer walk meets enough of them sooner than the index has told them all.
            if walk.finds < WALK // 20:
                return len(through_the_words(finds.order_by()[:most]))
        return finds[:most].count()

    def value_after_a_walk(self) -> int:
        """The value, as places tell it, of the row at the end of a walk; 0 if the leg is shorter than that."""
        row = self._in_order(self.is_falling).values(*COLUMNS)[WALK : WALK + 1].first()
        return self.key_of(row)[0] if row else 0

    def key_of(self, row: dict) -> tuple[int, int]:
        """The value, as places tell it, and the id of a row."""
        value = row[self.name]
        if isinstance(value, datetime):
            value = (value - EPOCH) // MICROSECOND
        return int(value * 100) if isinstance(value, Decimal) else value, row["pk"]

    def _in_order(self, falls: bool) -> CleaningQuerySet:
        sign = "-" if falls else ""
        return self.rows.order_by(*dict.fromkeys((f"{sign}{self.name}", f"{sign}pk")))

    def _value_of(self, number: int) -> Value:
        if self.name == "pk":
            return Value(number)
        read = rate_of if self.name == "hourly_rate" else moment_of
        return Value(read(number), self.rows.model._meta.get_field(self.name))

    def _printed(self, rows: CleaningQuerySet) -> list[dict]:
        marked = rows.marked_for(self.reader) if self.reader else rows
        return list(marked.values(*COLUMNS, *marked.query.annotations))

    @property
    def _is_led_by_words(self) -> bool:
        return connection.vendor == "postgresql" and not self.has_few_rows

    @property
    def _needs_a_walk(self) -> bool:
        return self._is_led_by_words and not self.has_few_finds


class Listing:
    """One page of the cleanings of a queryset, in an order, for a reader; of those only that have the words, if any.

    `after` is the place in the query string. Where it names none, `is_lost` and the page is the first one. The number
    of finds is kept for a moment under `counted_as`, if that is given.
    """

    def __init__(
        self,
        cleanings: CleaningQuerySet,
        order: str = "newest",
        words: Sequence[str] = (),
        *,
        after: str = "",
        reader: Any = None,
        size: int = PAGE_SIZE,
        counted_as: str = "",
    ) -> None:
        self.cleanings, self.order, self.words, self.reader, self.size = cleanings, order, words, reader, size
        self.counted_as = counted_as
        self.is_lost = False
        try:
            self.place = Place.named(after) if after else None
            self._page = self._read()
        except Unknown:
            self.is_lost, self.place = True, None
            self.__dict__.pop("legs", None)
            self._page = self._read()

    @property
    def rows(self) -> list[dict]:
        """The cleanings of the page, each with the columns that a list needs."""
        return [row for _, row in self._page]

    @property
    def next(self) -> Place | None:
        return self._place_at(-1) if self.has_next else None

    @property
    def previous(self) -> Place | None:
        return self._place_at(0, is_backwards=True) if self.place and self._page else None

    @cached_property
    def count(self) -> int:
        """How many cleanings there are on all pages; 1,001 for more than 1,000."""
        if not self.counted_as:
            return self._newest().count(MOST_COUNTED + 1)
        key = f"count:{md5(self.counted_as.encode(), usedforsecurity=False).hexdigest()}"
        return caches["pages"].get_or_set(  # type: ignore[return-value]
            key, lambda: self._newest().count(MOST_COUNTED + 1), COUNTED_FOR
        )

    @property
    def has_more_than_counted(self) -> bool:
        return self.count > MOST_COUNTED

    @property
    def count_label(self) -> str:
        """How many that is, in words: "1 cleaning", "20 cleanings", "More than 1,000 cleanings"."""
        number = f"More than {MOST_COUNTED:,}" if self.has_more_than_counted else f"{self.count:,}"
        return f"{number} cleaning{'' if self.count == 1 else 's'}"

    @cached_property
    def legs(self) -> list[Leg]:
        found = Has(self.words) if self.words else None
        one = {"condition": found, "reader": self.reader}
        if self.order == "soonest":
            dated, undated = self.cleanings.with_start_ahead(), self.cleanings.by_agreement()
            return [Leg(dated, "starts_at", False, **one), Leg(undated, "pk", True, **one)]
        if self.order in ("highest", "lowest"):
            return [Leg(self.cleanings, "hourly_rate", self.order == "highest", **one)]
        return self._best_legs() if self.order == "match" and self.words else [self._newest()]

    def _newest(self) -> Leg:
        return Leg(self.cleanings, "created_at", True, Has(self.words) if self.words else None, reader=self.reader)

    def _best_legs(self) -> list[Leg]:
        """Those with the words in their names, then those with them elsewhere; of many, only among the newest."""
        edge = self.edge
        among = self.cleanings.filter(created_at__gt=moment_of(edge)) if edge else self.cleanings
        named, found = Q(Has(self.words, in_name=True)), Q(Has(self.words))
        few = {"has_few_rows": bool(edge), "has_few_finds": not edge, "reader": self.reader}
        legs = [Leg(among, "created_at", True, condition, **few) for condition in (named, found & ~named)]
        if edge:
            rest = self.cleanings.filter(created_at__lte=moment_of(edge))
            legs.append(Leg(rest, "created_at", True, found, reader=self.reader))
        return legs

    @cached_property
    def edge(self) -> int:
        if self.place:
            return self.place.edge
        is_ranked_in_part = self.order == "match" and self.words and self.has_more_than_counted
        return self._newest().value_after_a_walk() if is_ranked_in_part else 0

    def _read(self) -> list[tuple[int, dict]]:
        """The rows of the page, each with the number of its leg."""
        if self.place and self.place.leg >= len(self.legs):
            raise Unknown(self.place)
        found = self._take(self.place)
        if self.place and self.place.is_backwards:
            if len(found) <= self.size:
                # So few are left before it that they are on the first page.
                self.place = None
                return self._read()
            self.has_next = True
            return found[self.size - 1 :: -1]
        self.has_next = len(found) > self.size
        return found[: self.size]

    def _take(self, place: Place | None) -> list[tuple[int, dict]]:
        """One row more than the page has, in the order in which they are met."""
        numbers = range(place.leg if place else 0, len(self.legs))
        if place and place.is_backwards:
            numbers = range(place.leg, -1, -1)
        found: list[tuple[int, dict]] = []
        for number in numbers:
            if len(found) <= self.size:
                rows = self.legs[number].take(self.size + 1 - len(found), place)
                found += [(number, row) for row in rows]
                # The next leg is read from the end that is met first.
                place = place and replace(place, pk=0)
        return found

    def _place_at(self, index: int, *, is_backwards: bool = False) -> Place:
        number, row = self._page[index]
        return Place(number, *self.legs[number].key_of(row), self.edge, is_backwards)
