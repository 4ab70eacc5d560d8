"""The list of open cleanings in pages that continue by key: the last row of one page says where the next begins.

Page 5,000 costs what page 1 costs, and while others post and close, nothing that stays is shown twice or left out. An
order is a row of legs, because a database can only walk along an index: those with a start, then those without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Q

from cleanings.paging import EPOCH, MICROSECOND, Leg, Place, Unknown, moment_of
from cleanings.querysets import CleaningQuerySet
from cleanings.search import WALK, Has, Walk, through_the_words

PAGE_SIZE = 20
# Beyond so many finds nobody counts, and the best matches come first only among so many of the newest cleanings.
MOST_COUNTED = 1000
# What a list prints of a cleaning beside its card, and what its orders compare.
COLUMNS = ("pk", "owner_id", "updated_at", "offers_count", "created_at", "status_since", "starts_at", "hourly_rate")


class Survey:
    """How many a search finds, up to one more than are counted, and where: found out by a walk from the newest on."""

    def __init__(self, rows: CleaningQuerySet, words: Sequence[str]) -> None:
        self.rows = rows.newest_first()
        self.finds = self.rows.filter(Has(words))
        # SQLite finds its own way.
        self.walk = Walk.along(self.rows, Has(words), "created_at", falls=True) if is_guided() else None

    @property
    def is_whole(self) -> bool:
        return self.walk is None or self.walk.is_whole

    @cached_property
    def count(self) -> int:
        most = MOST_COUNTED + 1
        if self.walk and (self.walk.is_whole or self.walk.finds >= most):
            return min(self.walk.finds, most)
        # Where one in twenty is a find, a longer walk meets enough of them sooner than the index has told them all.
        if self.walk is None or self.walk.finds >= WALK // 20:
            return self.finds[:most].count()
        return len(self.known)

    @cached_property
    def known(self) -> list[int]:
        """The ids of the finds, up to one more than are counted, by the index of words."""
        return through_the_words(self.finds.order_by()[: MOST_COUNTED + 1])

    @property
    def few(self) -> CleaningQuerySet:
        """Rows that hold all the finds, which are no more than are counted, and hardly any others."""
        is_sparse = not self.is_whole and self.walk and self.walk.finds < WALK // 20 and self.count <= MOST_COUNTED
        return self.rows.filter(pk__in=self.known) if is_sparse else self.rows

    @property
    def edge(self) -> int:
        """When the last of the newest was posted among which finds are ranked, as places tell it; 0 for all."""
        row = self.rows.values("created_at")[MOST_COUNTED : MOST_COUNTED + 1].first()
        return (row["created_at"] - EPOCH) // MICROSECOND if row else 0


def is_guided() -> bool:
    """Whether the database has to be shown the way through a search."""
    return connection.vendor == "postgresql"


class Listing:
    """One page of the cleanings of a queryset, in an order, for a reader; of those only that have the words, if any.

    `after` is the place in the query string. Where it names none, `is_lost` and the page is the first one.
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
    ) -> None:
        self.cleanings, self.order, self.words, self.reader, self.size = cleanings, order, words, reader, size
        self.is_lost = False
        try:
            self.place = Place.named(after) if after else None
            self._page = self._read()
        except Unknown:
            self.is_lost, self.place = True, None
            for name in ("legs", "edge"):
                self.__dict__.pop(name, None)
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
        if self.words:
            return self.survey.count
        return self.cleanings.newest_first()[: MOST_COUNTED + 1].count()

    @property
    def has_more_than_counted(self) -> bool:
        return self.count > MOST_COUNTED

    @property
    def count_label(self) -> str:
        """How many that is, in words: "1 cleaning", "20 cleanings", "More than 1,000 cleanings"."""
        number = f"More than {MOST_COUNTED:,}" if self.has_more_than_counted else f"{self.count:,}"
        return f"{number} cleaning{'' if self.count == 1 else 's'}"

    @cached_property
    def survey(self) -> Survey:
        return Survey(self.cleanings, self.words)

    @cached_property
    def edge(self) -> int:
        """Where those end among which the best matches come first; 0 where all are."""
        if self.place or self.order != "match" or not self.words:
            return self.place.edge if self.place else 0
        return self.survey.edge if self.has_more_than_counted else 0

    @cached_property
    def legs(self) -> list[Leg]:
        if self.order == "match" and self.words:
            return self._best_legs()
        search: dict = {}
        if self.words:
            search = {"condition": Has(self.words), "is_guided": not self.survey.is_whole}
        if self.order == "soonest":
            dated, undated = self.cleanings.with_start_ahead(), self.cleanings.by_agreement()
            return [Leg(dated, "starts_at", False, **search), Leg(undated, "pk", True, **search)]
        if self.order == "opened":
            return [Leg(self.cleanings, "status_since", True, **search)]
        if self.order in ("highest", "lowest"):
            return [Leg(self.cleanings, "hourly_rate", self.order == "highest", **search)]
        return [Leg(self.cleanings, "created_at", True, **search)]

    def _best_legs(self) -> list[Leg]:
        """Those with the words in their names, then those with them elsewhere; of many, only among the newest."""
        named, found = Q(Has(self.words, in_name=True)), Q(Has(self.words))
        edge = moment_of(self.edge)
        among = self.cleanings.filter(created_at__gt=edge) if self.edge else self.survey.few
        # Few finds when the first page was made may have become many.
        has_grown = is_guided() and not self.edge and self.has_more_than_counted
        legs = [Leg(among, "created_at", True, condition, is_guided=has_grown) for condition in (named, found & ~named)]
        if self.edge:
            rest = self.cleanings.filter(created_at__lte=edge)
            legs.append(Leg(rest, "created_at", True, found, is_guided=is_guided()))
        return legs

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
                found += [(number, row) for row in self._printed(rows)]
                # The next leg is read from the end that is met first.
                place = place and replace(place, pk=0)
        return found

    def _printed(self, rows: CleaningQuerySet) -> list[dict]:
        marked = rows.marked_for(self.reader) if self.reader else rows
        return list(marked.values(*COLUMNS, *marked.query.annotations))

    def _place_at(self, index: int, *, is_backwards: bool = False) -> Place:
        number, row = self._page[index]
        return Place(number, *self.legs[number].key_of(row), self.edge, is_backwards)
