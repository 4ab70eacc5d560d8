"""Places of a country from GeoNames's postal format: 12 columns with tabs between them, without a line of titles."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from cleanings.constraints import MOST_CHARACTERS
from cleanings.places import Place, middle_of
from cleanings.postcodes import postcode_key
from cleanings.words import city_key
from core.text import clean_line

COLUMNS = 12


class BrokenFile(ValueError):
    pass


@dataclass(frozen=True)
class Row:
    country: str
    postcode: str
    name: str
    town: str
    latitude: Decimal
    longitude: Decimal

    @classmethod
    def read(cls, line: str) -> Row:
        parts = line.split("\t")
        if len(parts) != COLUMNS:
            raise ValueError(f"{len(parts)} columns are there, not {COLUMNS}")
        country, code, name, *_, town, latitude, longitude, _ = map(str.strip, parts)
        if not (len(country) == 2 and country.isascii() and country.isupper()):
            raise ValueError("the country is no code of two capitals")
        postcode, name = postcode_key(code, country), clean_line(name)[: MOST_CHARACTERS["city"]]
        if not (postcode and name):
            raise ValueError("the postcode or the name is missing")
        return cls(country, postcode, name, town, degrees_of(latitude, 90), degrees_of(longitude, 180))


def degrees_of(text: str, most: int) -> Decimal:
    try:
        degrees = Decimal(text)
    except InvalidOperation:
        raise ValueError("the latitude or the longitude is no number") from None
    if not (degrees.is_finite() and abs(degrees) <= most):
        raise ValueError("the latitude or the longitude is out of range")
    return round(degrees, 3)


def read_places(text: str) -> tuple[str, list[Place]]:
    """The country, and a place for each name at a postcode; raises BrokenFile."""
    rows = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                rows.append(Row.read(line))
            except ValueError as error:
                raise BrokenFile(f"line {number}: {error}.") from error
    countries = {row.country for row in rows}
    if len(countries) != 1:
        raise BrokenFile("the whole file: it has to hold one country." if rows else "the whole file: it is empty.")
    return countries.pop(), places_of(rows)


def places_of(rows: list[Row]) -> list[Place]:
    """Rows of a postcode that share the third administrative code and the point are names of one town."""
    towns: dict[tuple, str] = {}
    points: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    keys: dict[tuple[str, str], str] = {}
    for row in rows:
        town = (row.postcode, row.town or row.name, row.latitude, row.longitude)
        key = towns.setdefault(town, city_key(row.name))
        keys.setdefault((row.postcode, row.name), key)
        points[row.postcode, row.name].append((float(row.latitude), float(row.longitude)))
    country = rows[0].country
    return [
        Place(country=country, postcode=postcode, name=name, key=key, latitude=latitude, longitude=longitude)
        for (postcode, name), key in keys.items()
        for latitude, longitude in [rounded(middle_of(points[postcode, name]))]
    ]


def rounded(middle: tuple[float, float]) -> tuple[Decimal, Decimal]:
    latitude, longitude = middle
    return round(Decimal(latitude), 3), round(Decimal(longitude), 3)
