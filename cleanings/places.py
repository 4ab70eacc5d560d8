"""Where postcodes lie, and which names a town has. A process holds the places of the site's country in memory."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable
from math import asin, cos, degrees, radians, sin, sqrt
from statistics import fmean
from time import monotonic
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection, models
from django.db.models import Count, Max, Q

from accounts.models import User
from cleanings.constraints import MOST_CHARACTERS
from cleanings.postcodes import postcode_key
from cleanings.words import city_key
from core.transactions import atomic

KILOMETRES = (5, 10, 25, 50)
EARTH_RADIUS = 6_371_008.8
# Another process may have loaded places.
CHECKED_EVERY = 60
# Rounding must leave nothing out of a box.
MARGIN = 1e-6

Middle = tuple[float, float]


class PlaceQuerySet(models.QuerySet):
    def of_site(self) -> PlaceQuerySet:
        return self.filter(country=settings.COUNTRY)

    def as_loaded(self) -> tuple[str, int, int | None]:
        """A key that differs after each load, because ids are not used again."""
        return settings.COUNTRY, *self.of_site().aggregate(count=Count("pk"), last=Max("pk")).values()

    @atomic
    def replace(self, country: str, places: Collection[Any]) -> None:
        """Replace all places of a country at once. A second load waits for the first."""
        self.lock_table()
        self.filter(country=country).delete()
        self.bulk_create(places, batch_size=1000)

    def lock_table(self) -> None:
        """On SQLite the transaction itself begins with a lock."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {self.model._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


class Place(models.Model):
    """A name of a town at a postcode; all names of one town have one key."""

    country = models.CharField(max_length=2)
    postcode = models.CharField(max_length=MOST_CHARACTERS["postcode"])
    name = models.CharField(max_length=MOST_CHARACTERS["city"])
    key = models.CharField(max_length=MOST_CHARACTERS["city"])
    latitude = models.DecimalField(max_digits=5, decimal_places=3)
    longitude = models.DecimalField(max_digits=6, decimal_places=3)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["country", "postcode", "name"], name="place_named_once"),
            models.CheckConstraint(condition=Q(latitude__range=(-90, 90)), name="place_latitude_in_range"),
            models.CheckConstraint(condition=Q(longitude__range=(-180, 180)), name="place_longitude_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.postcode} {self.name}"


class Places:
    current: ClassVar[Places | None] = None
    loaded: ClassVar[tuple | None] = None
    checked_at: ClassVar[float] = 0

    def __init__(self, places: Iterable[Place]) -> None:
        rows: dict[str, list[Middle]] = defaultdict(list)
        self.keys: dict[tuple[str, str], str] = {}
        self.keys_by_name: dict[str, set[str]] = defaultdict(set)
        for place in places:
            rows[place.postcode].append((float(place.latitude), float(place.longitude)))
            name = city_key(place.name)
            self.keys[place.postcode, name] = place.key
            self.keys_by_name[name].add(place.key)
        self.middles = {postcode: middle_of(found) for postcode, found in rows.items()}
        self.by_latitude = sorted((*middle, postcode) for postcode, middle in self.middles.items())

    def __contains__(self, postcode: str) -> bool:
        return postcode in self.middles

    def __bool__(self) -> bool:
        return bool(self.middles)

    @classmethod
    def get(cls) -> Places:
        is_other_country = cls.loaded is None or cls.loaded[0] != settings.COUNTRY
        if cls.current is None or is_other_country or monotonic() > cls.checked_at + CHECKED_EVERY:
            return cls.refresh()
        return cls.current

    @classmethod
    def refresh(cls) -> Places:
        """Asks whether other places were loaded, and reads them only then."""
        loaded = Place.objects.as_loaded()
        if cls.current is None or loaded != cls.loaded:
            cls.current = cls(Place.objects.of_site())
            cls.loaded = loaded
        cls.checked_at = monotonic()
        return cls.current

    def city_key(self, city: str, postcode: str = "") -> str:
        """One key for all names of a town. The postcode tells towns of one name apart; else that name is the key."""
        name = city_key(city)
        if key := self.keys.get((postcode, name)):
            return key
        keys = self.keys_by_name.get(name, set())
        return min(keys) if len(keys) == 1 else name

    def keys_of(self, city: str, postcode: str) -> tuple[str, str]:
        key = postcode_key(postcode)
        return self.city_key(city, key), key

    def distance(self, one: str, other: str) -> int | None:
        """In metres, between the middles of two postcodes; None where one is not known."""
        if one not in self or other not in self:
            return None
        return round(metres_between(self.middles[one], self.middles[other]))

    def within(self, kilometres: int, postcode: str) -> dict[str, int]:
        """The postcodes whose middles are so near, and how many metres away, the nearest first."""
        middle = self.middles[postcode]
        found = {
            other: metres
            for latitude, longitude, other in self._in_box(middle, kilometres * 1000 / EARTH_RADIUS)
            if (metres := metres_between(middle, (latitude, longitude))) <= kilometres * 1000
        }
        return {code: round(metres) for code, metres in sorted(found.items(), key=lambda item: (item[1], item[0]))}

    def _in_box(self, middle: Middle, angle: float) -> Iterable[tuple[float, float, str]]:
        latitude, longitude = middle
        height = degrees(angle) + MARGIN
        first = bisect_left(self.by_latitude, (latitude - height,))
        last = bisect_right(self.by_latitude, (latitude + height, 360.0))
        # Around a pole every longitude is near.
        width = 360.0
        if abs(latitude) + height < 90:
            width = degrees(asin(sin(angle) / cos(radians(latitude)))) + MARGIN
        return (place for place in self.by_latitude[first:last] if degrees_between(place[1], longitude) <= width)


def middle_of(rows: list[Middle]) -> Middle:
    """Across the date line, on the side of the first."""
    first = rows[0][1]
    longitude = fmean(first + (other - first + 180) % 360 - 180 for _, other in rows)
    return fmean(latitude for latitude, _ in rows), (longitude + 180) % 360 - 180


def degrees_between(one: float, other: float) -> float:
    apart = abs(one - other)
    return min(apart, 360 - apart)


def metres_between(one: Middle, other: Middle) -> float:
    """By haversine."""
    (north, east), (other_north, other_east) = (map(radians, middle) for middle in (one, other))
    half = sin((other_north - north) / 2) ** 2 + cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1, sqrt(half)))


def postcode_of(reader: User | AnonymousUser) -> str:
    # The profile is a query of its own.
    return postcode_key(reader.profile.postcode) if reader.is_authenticated and Places.get() else ""


def kilometres_between(one: str, other: str | None) -> int | None:
    metres = Places.get().distance(one, other or "")
    return None if metres is None else round(metres / 1000)


def distance_label(one: str, other: str | None) -> str:
    metres = Places.get().distance(one, other or "")
    if metres is None:
        return ""
    return "same postcode" if one == other else f"about {max(1, round(metres / 1000))} km"
