"""The nearest first, in rings of postcodes, so that no page has to order all cleanings within 50 km."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, IntegerField
from django.db.models.sql.compiler import SQLCompiler

from cleanings.places import KILOMETRES
from core.paging import Segment

if TYPE_CHECKING:
    from cleanings.querysets import CleaningQuerySet

FARTHEST = max(KILOMETRES) * 1000
# How many postcodes each ring has. All others are the last ring.
RINGS = (1, 3, 12, 48)


class Closeness(Func):
    """Metres by which a cleaning is nearer than FARTHEST: keys of pages are not negative, so the order descends."""

    output_field = IntegerField()

    def __init__(self, distances: dict[str, int]) -> None:
        super().__init__(F("postcode_key"))
        self.distances = json.dumps({postcode: FARTHEST - metres for postcode, metres in distances.items()})

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: object
    ) -> tuple[str, tuple]:
        postcode, params = compiler.compile(self.source_expressions[0])
        return f"CAST(CAST(%s AS jsonb) ->> {postcode} AS integer)", (self.distances, *params)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: object) -> tuple[str, tuple]:
        postcode, params = compiler.compile(self.source_expressions[0])
        return f"""json_extract(%s, '$."' || {postcode} || '"')""", (self.distances, *params)


def nearest_first(cleanings: CleaningQuerySet, distances: dict[str, int], *, in_rings: bool) -> list[Segment]:
    """Segments in the order of the rings; a single one where there are few cleanings."""
    postcodes = iter(distances.items())
    rings = [ring for size in RINGS if (ring := dict(islice(postcodes, size)))] if in_rings else []
    if rest := dict(postcodes):
        rings.append(rest)
    return [segment_of(cleanings, ring) for ring in rings]


def segment_of(cleanings: CleaningQuerySet, ring: dict[str, int]) -> Segment:
    found = cleanings.in_postcodes(ring)
    if len(ring) == 1:
        # All are equally near, so the index of `created_at` gives the order.
        return Segment(found, ("created_at",), is_descending=True)
    return Segment(found.annotate(closeness=Closeness(ring)), ("closeness", "created_at"), is_descending=True)
