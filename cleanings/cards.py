"""Cleanings in lists: what is the same for every reader is rendered once, and cached by id and state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.cache import caches
from django.template.loader import get_template
from django.utils.safestring import SafeString

from cleanings.models import Cleaning
from cleanings.places import distance_label, postcode_of


@dataclass(frozen=True)
class Card:
    html: SafeString
    mark: str
    distance: str


def cards(rows: Iterable[dict], reader, *, near: str = "") -> list[Card]:
    """Distances are from the postcode `near`, or else from the reader's own."""
    rows = list(rows)
    near = near or postcode_of(reader)
    keys = {row["pk"]: key_of(row) for row in rows}
    kept = caches["cards"].get_many(keys.values())
    html = {pk: kept[key] for pk, key in keys.items() if key in kept}
    if missing := keys.keys() - html.keys():
        template = get_template("cleanings/_card.html")
        made = {}
        for cleaning in Cleaning.objects.with_photo().filter(pk__in=missing):
            # Without a request, so that nothing personal gets into the cache.
            # A cleaning that has changed since the list was read is shown, and cached, as it is now.
            html[cleaning.pk] = template.render({"cleaning": cleaning})
            made[key_of(vars(cleaning) | {"pk": cleaning.pk})] = html[cleaning.pk]
        caches["cards"].set_many(made, timeout=None)
    return [
        Card(html[row["pk"]], mark_for(row, reader), distance_label(near, row["postcode_key"]))
        for row in rows
        if row["pk"] in html
    ]


def key_of(row: dict) -> str:
    """All that can change in the card."""
    return f"{row['pk']}:{row['updated_at'].timestamp():.6f}:{row['offers_count']}:{row['photo']}"


def mark_for(row: dict, reader) -> str:
    if row["owner_id"] == reader.pk:
        return "Yours"
    return "You offered" if row.get("has_my_offer") else ""
