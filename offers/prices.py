"""Rates that were accepted lately in a city, by acceptance, not by posting; offers that fell through do not count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from django.core.cache import caches
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from cleanings.constraints import CleaningType
from cleanings.models import Cleaning, Event
from cleanings.places import Places
from cleanings.states import CleaningStatus, Kind, OfferStatus
from core.formatting import money
from core.fragments import key_of
from core.statements import Statement
from core.text import isolate
from offers.models import Offer

COUNTED_FOR = timedelta(days=180)
# Fewer would let a reader guess whose price it was.
MIN_OFFERS = 5
# The newest; more would not move the median, but cost time in a large city.
MOST_OFFERS = 100
KEPT_FOR = 30 * 60


@dataclass(frozen=True)
class Prices:
    """The median, and the ends of the middle half."""

    kind: CleaningType
    count: int
    lowest: Decimal
    median: Decimal
    highest: Decimal

    @classmethod
    def of(cls, kind: CleaningType, rates: list[Decimal]) -> Prices | None:
        """Needs rates in ascending order; None for too few."""
        if len(rates) < MIN_OFFERS:
            return None
        quarter = len(rates) // 4
        middle = rates[quarter : len(rates) - quarter]
        return cls(kind, len(rates), middle[0], median(rates), middle[-1])

    @property
    def usual(self) -> str:
        ends = dict.fromkeys(map(money, (self.lowest, self.highest)))
        return " to ".join(ends)

    @property
    def basis(self) -> str:
        return f"the last {self.count} jobs" if self.count == MOST_OFFERS else f"{self.count} jobs in 6 months"

    def sentence_for(self, city: str) -> str:
        return f"{self.kind.plural} in {isolate(city)} usually go for {self.usual} an hour ({self.basis})."

    def scale(self, rate: Decimal | None = None) -> Scale:
        return Scale.around(self, rate)


@dataclass(frozen=True)
class Scale:
    """Where rates are on a line, in percent of its length, with room for what is written at their ends."""

    start: Decimal
    end: Decimal

    @classmethod
    def around(cls, prices: Prices, rate: Decimal | None) -> Scale:
        rates = [prices.lowest, prices.highest, *([rate] if rate else [])]
        room = max((max(rates) - min(rates)) * 2 / 5, Decimal(1))
        return cls(min(rates) - room, max(rates) + room)

    def place(self, rate: Decimal) -> Decimal:
        return round((rate - self.start) * 100 / (self.end - self.start), 1)


def prices_in(city: str) -> dict[CleaningType, Prices | None]:
    return {kind: price_in(city, kind) for kind in CleaningType}


def price_in(city: str, kind: CleaningType) -> Prices | None:
    rows = accepted_rates.tuples(Places.get().city_key(city), kind, timezone.now() - COUNTED_FOR)
    return Prices.of(kind, sorted(rate for (rate,) in rows))


def kept_price(city: str, kind: CleaningType) -> Prices | None:
    """Up to half an hour old: for pages that show it beside much else."""
    key = key_of("price", kind, Places.get().city_key(city))
    return caches["figures"].get_or_set(key, lambda: price_in(city, kind), KEPT_FOR)


@Statement
def accepted_rates(city_key: str, kind: str, since: datetime) -> QuerySet:
    # The person who has the job was accepted last, so the query ignores whose acceptance it was.
    acceptance = Event.objects.filter(kind=Kind.ACCEPT, to_status=OfferStatus.ACCEPTED, cleaning=OuterRef("pk"))
    winner = Offer.objects.winning().filter(cleaning=OuterRef("pk"))
    agreed = Cleaning.objects.filter(
        city_key=city_key,
        cleaning_type=kind,
        status__in=(CleaningStatus.ASSIGNED, CleaningStatus.COMPLETED),
        # No status is older than the acceptance, so the index leaves out most of what is too old.
        status_since__gt=since,
    )
    # Cleaning by cleaning: in a city of thousands, a join makes PostgreSQL read the offers of all cities.
    lately = agreed.public().alias(accepted_at=Subquery(acceptance.order_by("-at").values("at")[:1]))
    found = (
        lately.filter(accepted_at__gt=since).annotate(rate=Subquery(winner.values("hourly_rate"))).exclude(rate=None)
    )
    return found.order_by("-status_since").values_list("rate", flat=True)[:MOST_OFFERS]
