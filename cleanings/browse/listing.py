"""Open cleanings in keyset pages: page 5,000 costs what page 1 costs, and changes repeat or skip no row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from functools import cache, cached_property, lru_cache, partial
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Field, IntegerField, Q, QuerySet, Subquery
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from cleanings.browse.filters import CleaningFilter
from cleanings.browse.nearest import nearest_first
from cleanings.browse.search import Found, HasWords, Matches, SearchSegment, as_texts
from cleanings.models import Cleaning
from cleanings.querysets import CleaningQuerySet
from core.paging import PAGE_SIZE, KeysetPage, Place, Segment, Unknown, moment_of, number_of, value_in, value_of
from core.statements import Statement, Value, joined
from core.text import isolate

# Makes a queryset of cleanings and values. Statements are kept by it, so equal ones have to make the same.
Build = Callable[..., QuerySet]

MOST_COUNTED = 1000
KEYS = ("created_at", "status_since", "starts_at", "hourly_rate")
# The column of each order along one index, and whether it descends.
WALKED = {
    "newest": ("created_at", True),
    "opened": ("status_since", True),
    "highest": ("hourly_rate", True),
    "lowest": ("hourly_rate", False),
}
MOST_WIDENED = 4
# What removing a filter finds, where all filters together found nothing.
WIDER = {
    "q": "{jobs} without “{value}”",
    "type": "{jobs} of another kind",
    "area": "{jobs} in another part of the home",
    "city": "{jobs} outside {value}",
    "near": "{jobs} further away",
    "min_rate": "{jobs} at a lower rate",
    "max_rate": "{jobs} at a higher rate",
    "from": "{jobs} on earlier days",
    "to": "{jobs} on later days",
}
# Where no other end of the days is chosen: then jobs without a date pass too.
WIDER_BY_AGREEMENT = {"from": "{jobs} on earlier days or by agreement", "to": "{jobs} on later days or by agreement"}
MOST_COMPARED, MOST_WORDS_COMPARED, MOST_NEAR = 300, 3, 3


class Listing(KeysetPage):
    def __init__(
        self,
        cleanings: CleaningQuerySet,
        order: str = "newest",
        words: Sequence[str] = (),
        *,
        distances: dict[str, int] | None = None,
        after: str = "",
        size: int = PAGE_SIZE,
    ) -> None:
        self.cleanings, self.order, self.words = cleanings, order, words
        self.distances = distances or {}
        super().__init__(after=after, size=size)

    @cached_property
    def count(self) -> int:
        """1,001 for more than 1,000. Common words surely have more; counting them would take longer than the page."""
        most = MOST_COUNTED + 1
        if not self.words:
            return counted(self.cleanings, bool(self.distances)).count()
        if self.found is not None:
            return len(self.found.ids)
        return most if self.matches.are_common else len(self.read(counted_matches, *as_texts(self.words)))

    @cached_property
    def found(self) -> Found | None:
        """One more than are counted at most; None where the order is the shorter way to them."""
        is_asked = connection.vendor == "postgresql" and not self.matches.are_common
        return self.matches.find(MOST_COUNTED + 1) if is_asked else None

    @property
    def few_ids(self) -> list[int] | None:
        """None where there are many, or no words to find."""
        return self.found.ids if self.found is not None and len(self.found.ids) <= MOST_COUNTED else None

    @cached_property
    def matches(self) -> Matches:
        return Matches(self.sql_of, self.words)

    def read(self, build: Build, *values: Value, **limits: Value) -> list:
        return list(build(self.cleanings.filter(**limits), *values))

    def sql_of(self, build: Build, *values: Value) -> tuple[str, tuple]:
        return build(self.cleanings, *values).query.sql_with_params()

    @property
    def has_more_than_counted(self) -> bool:
        return self.count > MOST_COUNTED

    @property
    def count_label(self) -> str:
        if self.has_more_than_counted:
            return f"More than {MOST_COUNTED:,} jobs"
        return "1 job" if self.count == 1 else f"{self.count:,} jobs"

    def get_edge(self, place: Place | None) -> int:
        """When the last of the newest cleanings, among which the best matches come first, was posted; 0 for all.

        For the nearest first, 1 where there are so many that they are read in rings.
        """
        if place:
            return place.edge
        if self.order == "nearest":
            return int(self.has_more_than_counted)
        if self.order != "match" or not self.words or not self.has_more_than_counted:
            return 0
        return next((number_of(row["created_at"]) for row in self.read(last_of_the_newest)), 0)

    def get_segments(self, edge: int) -> Sequence[Segment]:
        if self.order == "match" and self.words:
            return self._best_segments(edge)
        if self.order == "soonest":
            # Two, because a database can only walk along an index: those with a start, then those without.
            dated, undated = self.cleanings.with_start_ahead(), self.cleanings.by_agreement()
            return [self._segment(dated, "starts_at"), self._segment(undated, "pk", is_descending=True)]
        if self.order == "nearest":
            found = self.cleanings.with_words(self.words) if self.words else self.cleanings
            return nearest_first(found, self.distances, in_rings=bool(edge))
        column, is_descending = WALKED.get(self.order, WALKED["newest"])
        return [self._segment(self.cleanings, column, is_descending=is_descending)]

    def _segment(self, cleanings: CleaningQuerySet, column: str, *, is_descending: bool = False) -> Segment:
        if not self.words:
            return Segment(cleanings, (column,), is_descending)
        if self.few_ids is not None:
            cleanings = cleanings.filter(pk__among=joined(self.few_ids))
        words = HasWords(self.words)
        return SearchSegment(cleanings, (column,), is_descending, condition=words, is_probed=self.few_ids is None)

    def _best_segments(self, edge: int) -> list[Segment]:
        """Matches in names first, then elsewhere; where there are many, only among the newest."""
        named, found = Q(HasWords(self.words, in_name=True)), Q(HasWords(self.words))
        limits: dict[str, Value] = {}
        rest = []
        if self.few_ids is not None:
            limits["pk__among"] = joined(self.few_ids)
        if edge:
            limits["created_at__gt"] = moment_of(edge)
            rest = [self._after_the_best(moment_of(edge))]
        newest = lazily(lambda: self.cleanings.filter(**limits))
        best: list[Segment] = [
            # Neither the newest nor few matches need a probe.
            SearchSegment(newest, ("created_at",), True, condition=condition, is_probed=not limits)
            for condition in (named, found & ~named)
        ]
        return [*self._read_together(best, limits), *rest]

    def _read_together(self, best: list[Segment], limits: dict[str, Value]) -> list[Segment]:
        """One statement reads the first page of the segments of those that are named so, and of the others."""

        @cache
        def rows() -> list:
            build = BestMatches(self.columns_of, self.size + 1)
            return [] if self.few_ids == [] else self.read(build, *as_texts(self.words), **limits)

        def those(is_named: bool) -> list:
            return [row for row in rows() if value_in(row, "is_named") == is_named]

        return [
            replace(segment, first_page=partial(those, is_named))
            for segment, is_named in zip(best, (True, False), strict=True)
        ]

    def _after_the_best(self, edge: datetime) -> Segment:
        older = lazily(lambda: self.cleanings.filter(created_at__lte=edge))
        segment = self._segment(older, "created_at", is_descending=True)
        # It is only read where less than a page of the newest matches are not older.
        most = 2 * self.size + 1
        if self.place or self.found is None or not self.found.are_newest or len(self.found.ids) < most:
            return segment
        build, among = Newest(self.columns_of, self.size + 1), joined(self.found.ids[:most])
        return replace(segment, first_page=lambda: self.read(build, created_at__lte=edge, pk__among=among))

    @classmethod
    def columns_of(cls, rows: CleaningQuerySet) -> QuerySet:
        """The columns that keys of pages need; `cards` reads what is shown."""
        return rows.values("pk", *KEYS, *rows.query.annotations)

    def read_rows(self, rows: CleaningQuerySet | list) -> list:
        return rows if isinstance(rows, list) else list(self.columns_of(rows))


def lazily(build: Callable[[], CleaningQuerySet]) -> CleaningQuerySet:
    """Built only if it is used, because most pages run a kept statement instead."""
    return cast(CleaningQuerySet, SimpleLazyObject(build))


def counted(cleanings: CleaningQuerySet, is_near: bool) -> CleaningQuerySet:
    """At most one more than MOST_COUNTED, along the index that finds them soonest."""
    return (cleanings.by_postcode() if is_near else cleanings.newest_first())[: MOST_COUNTED + 1]


class OpenJobs(Listing):
    """The jobs that are open to a reader and pass the filters, read by kept statements."""

    def __init__(
        self,
        filters: CleaningFilter,
        reader: User | AnonymousUser,
        *,
        after: str = "",
        size: int = PAGE_SIZE,
        is_counted: bool = False,
    ) -> None:
        self.filters, self.reader, self.is_counted = filters, reader, is_counted
        super().__init__(
            lazily(lambda: filters.apply_to(Cleaning.objects.open_to(reader))),
            filters.order,
            filters.words,
            distances=filters.distances,
            after=after,
            size=size,
        )

    @cached_property
    def count(self) -> int:
        is_read = self.is_counted and self.is_read_at_once and self.rows
        return self.rows[0]["count"] if is_read else super().count

    @property
    def is_read_at_once(self) -> bool:
        return self.order in WALKED and not self.words

    def get_segments(self, edge: int) -> Sequence[Segment]:
        segments = super().get_segments(edge)
        if self.is_read_at_once:
            return [replace(segment, first_page=self._read_page, page_from=self._read_page) for segment in segments]
        return segments

    def read(self, build: Build, *values: Value, **limits: Value) -> list:
        statement = statement_of(build, (*self._lookups, *limits), self.reader.is_authenticated, len(values))
        return statement(*self._values, *limits.values(), *values)

    def sql_of(self, build: Build, *values: Value) -> tuple[str, tuple]:
        statement = statement_of(build, self._lookups, self.reader.is_authenticated, len(values))
        return statement.sql_with_params(*self._values, *values)

    @property
    def _lookups(self) -> tuple[str, ...]:
        return tuple(self.filters.lookups)

    @cached_property
    def _values(self) -> list[Value]:
        """Uses the same moment for all statements of a page."""
        reader = [self.reader.pk] if self.reader.is_authenticated else []
        return [timezone.now(), *reader, *self.filters.lookups.values()]

    def _read_page(self, place: Place | None = None) -> list:
        build = PageInOrder(self.columns_of, self.order, bool(self.distances), self.size, self.is_counted)
        values: list[Value] = []
        if place:
            build = replace(build, is_backwards=place.is_backwards, is_beyond_a_row=place.pk > 0)
        if place and build.is_beyond_a_row:
            values = [self._value_at(place), place.pk]
        return self.read(build, *values)

    def _value_at(self, place: Place) -> Any:
        if len(place.values) != 1:
            raise Unknown(place)
        column, _ = WALKED[self.order]
        return value_of(place.values[0], cast(Field, Cleaning._meta.get_field(column))).value


@lru_cache(maxsize=1000)
def statement_of(build: Build, lookups: tuple[str, ...], is_member: bool, number_of_values: int) -> Statement:
    """Built once for all searches with the same filters, of one word or of several."""

    def build_all(now: datetime, *given: Any) -> QuerySet:
        values = list(given)
        reader = User(pk=values.pop(0)) if is_member else AnonymousUser()
        limits, own = values[: len(values) - number_of_values], values[len(values) - number_of_values :]
        found = Cleaning.objects.open_to(reader, now).filter(**dict(zip(lookups, limits, strict=True)))
        return build(found, *own)

    return Statement(build_all)


def counted_matches(cleanings: CleaningQuerySet, *texts: str) -> QuerySet:
    return cleanings.with_words(texts).values("pk")[: MOST_COUNTED + 1]


def last_of_the_newest(cleanings: CleaningQuerySet) -> QuerySet:
    return cleanings.newest_first().values("created_at")[MOST_COUNTED : MOST_COUNTED + 1]


def newest_names(cleanings: CleaningQuerySet) -> QuerySet:
    return cleanings.newest_first().values("folded_name")[:MOST_COMPARED]


@dataclass(frozen=True)
class PageInOrder:
    """One row more than the page has, along one index; the values are those of a row beyond which it begins."""

    columns_of: Callable
    order: str
    is_near: bool
    size: int
    is_counted: bool
    is_backwards: bool = False
    is_beyond_a_row: bool = False

    def __call__(self, cleanings: CleaningQuerySet, *values: Any) -> QuerySet:
        column, is_descending = WALKED[self.order]
        place = None
        if self.is_beyond_a_row:
            value, pk = values
            place = Place(0, (number_of(value),), pk, is_backwards=self.is_backwards)
        elif self.is_backwards:
            place = Place(0, (), 0, is_backwards=True)
        if self.is_counted:
            cleanings = cleanings.annotate(count=Number(counted(cleanings, self.is_near).values("pk")))
        return self.columns_of(Segment(cleanings, (column,), is_descending).take(self.size + 1, place))


@dataclass(frozen=True)
class BestMatches:
    """At most so many with the words, those with the words in their names first."""

    columns_of: Callable
    most: int

    def __call__(self, cleanings: CleaningQuerySet, *texts: str) -> QuerySet:
        matches = cleanings.with_words(texts).annotate(is_named=Q(HasWords(texts, in_name=True)))
        return self.columns_of(matches.order_by("-is_named", "-created_at", "-pk")[: self.most])


@dataclass(frozen=True)
class Newest:
    columns_of: Callable
    most: int

    def __call__(self, cleanings: CleaningQuerySet) -> QuerySet:
        return self.columns_of(cleanings.newest_first()[: self.most])


class Number(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def near_searches(listing: OpenJobs) -> list[tuple[str, str]]:
    """Words like those without results, from the newest names that pass the other filters, each with its query."""
    filters = listing.filters
    known = {word for row in listing.read(newest_names) for word in (row["folded_name"] or "").split()}
    typed = [word for word in filters.words[:MOST_WORDS_COMPARED] if word not in known]
    found = dict.fromkeys(near for word in typed for near in get_close_matches(word, sorted(known), MOST_NEAR, 0.7))
    return [(word, filters.query(q=word)) for word in [*found][:MOST_NEAR]]


def wider_searches(listing: OpenJobs) -> list[tuple[str, str]]:
    """For a search without results: a sentence and a query string for each filter whose removal finds something."""
    filters, found = listing.filters, []
    sentences = WIDER if {"from", "to"} <= filters.chosen.keys() else WIDER | WIDER_BY_AGREEMENT
    for name, (_, query) in [*filters.removals_by_name.items()][:MOST_WIDENED]:
        wider = OpenJobs(CleaningFilter(QueryDict(query)), listing.reader, size=1, is_counted=True)
        if wider.rows:
            value = isolate(str(filters.chosen[name]))
            found.append((sentences[name].format(jobs=wider.count_label, value=value), query))
    return found
