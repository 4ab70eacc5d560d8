"""How a search is read in pages that go on by key."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from cleanings.browse.search import Has, Walk, through_the_words
from core.paging import Leg, Place


@dataclass(frozen=True)
class SearchLeg(Leg):
    """Rows of a leg that a search finds.

    A search among few rows is left to the database. Among many, `is_guided`, a walk tells how they are found.
    """

    condition: Has | Q | None = None
    is_guided: bool = False

    def take(self, most: int, place: Place | None = None) -> QuerySet:
        rows = self.from_place(place)
        if self.condition is None:
            return rows[:most]
        finds = rows.filter(self.condition)
        if self.is_guided:
            falls, name = self.falls_from(place), self.names[0]
            walk = Walk.along(rows, self.condition, name, falls=falls)
            if not walk.finds and walk.is_whole:
                return finds.none()
            if walk.is_whole or walk.finds >= most:
                return finds.filter(**{f"{name}__{'gte' if falls else 'lte'}": walk.end})[:most]
            finds = self.in_order(falls).filter(pk__in=through_the_words(finds[:most]))
        return finds[:most]
