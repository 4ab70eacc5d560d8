"""The list of open cleanings in pages that continue by key: the last row of one page says where the next begins.

Page 5,000 costs what page 1 costs, and while others post and close, nothing that stays is shown twice or left out. An
order is a row of legs, because a database can only walk along an index: those with a start, then those without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.http import QueryDict

from cleanings.browse.paging import SearchLeg
from cleanings.browse.search import WALK, Has, Walk, through_the_words
from cleanings.querysets import CleaningQuerySet
from core.paging import PAGE_SIZE, KeysetPage, Leg, moment_of, number_of

if TYPE_CHECKING:
    from cleanings.browse.filters import CleaningFilter

# Beyond so many finds nobody counts, and the best matches come first only among so many of the newest cleanings.
MOST_COUNTED = 1000
# What a list prints of a cleaning beside its card, and what its orders compare.
COLUMNS = ("pk", "owner_id", "updated_at", "offers_count", "created_at", "status_since", "starts_at", "hourly_rate")


# So many filters of a search that finds nothing are tried one by one.
MOST_WIDENED = 4


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
        return number_of(row["created_at"]) if row else 0


def is_guided() -> bool:
    """Whether the database has to be shown the way through a search."""
    return connection.vendor == "postgresql"


class Listing(KeysetPage):
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
        self._open(after)

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
            return [SearchLeg(dated, ("starts_at",), **search), SearchLeg(undated, ("pk",), is_falling=True, **search)]
        if self.order == "opened":
            return [SearchLeg(self.cleanings, ("status_since",), is_falling=True, **search)]
        if self.order in ("highest", "lowest"):
            return [SearchLeg(self.cleanings, ("hourly_rate",), self.order == "highest", **search)]
        return [SearchLeg(self.cleanings, ("created_at",), is_falling=True, **search)]

    def _best_legs(self) -> list[Leg]:
        """Those with the words in their names, then those with them elsewhere; of many, only among the newest."""
        named, found = Q(Has(self.words, in_name=True)), Q(Has(self.words))
        edge = moment_of(self.edge)
        among = self.cleanings.filter(created_at__gt=edge) if self.edge else self.survey.few
        # Few finds when the first page was made may have become many.
        has_grown = is_guided() and not self.edge and self.has_more_than_counted
        newest: dict = {"names": ("created_at",), "is_falling": True}
        legs: list[Leg] = [
            SearchLeg(among, **newest, condition=condition, is_guided=has_grown)
            for condition in (named, found & ~named)
        ]
        if self.edge:
            rest = self.cleanings.filter(created_at__lte=edge)
            legs.append(SearchLeg(rest, **newest, condition=found, is_guided=is_guided()))
        return legs

    def _printed(self, rows: CleaningQuerySet) -> list[dict]:
        marked = rows.marked_for(self.reader) if self.reader else rows
        return list(marked.values(*COLUMNS, *marked.query.annotations))


def wider_searches(filters: CleaningFilter) -> list[tuple[str, str, str]]:
    """For a search that finds nothing: each filter whose removal alone finds something.

    Its sentence, the query string without it, and how many that gives, in words. Of many filters only the first few
    are tried.
    """
    found = []
    for sentence, query in filters.removals[:MOST_WIDENED]:
        wider = type(filters)(QueryDict(query), filters.queryset)
        listing = Listing(wider.unsearched, wider.order, wider.words, size=1)
        if listing.rows:
            found.append((sentence, query, listing.count_label))
    return found
