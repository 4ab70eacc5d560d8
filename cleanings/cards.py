"""Cleanings as a list shows them: what is the same for every reader is made once, and kept by id and state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.cache import caches
from django.template.loader import get_template
from django.utils.safestring import SafeString

from cleanings.models import Cleaning


@dataclass(frozen=True)
class Card:
    """A cleaning in a list: the part that all readers share, and what it is to this one."""

    html: SafeString
    mark: str


def cards(rows: Iterable[dict], reader) -> list[Card]:
    """The cards of a listing's rows, in their order, as this reader sees them."""
    keys = {row["pk"]: key_of(row) for row in rows}
    kept = caches["cards"].get_many(keys.values())
    if missing := [pk for pk, key in keys.items() if key not in kept]:
        # Without a request, so that nothing of the reader's can come into it.
        made = {
            key_of(vars(cleaning) | {"pk": cleaning.pk}): render_to_string(
                "cleanings/_card.html", {"cleaning": cleaning}
            )
            for cleaning in Cleaning.objects.filter(pk__in=missing)
        }
        caches["cards"].set_many(made, timeout=None)
        kept |= made
    return [Card(kept[keys[row["pk"]]], mark_for(row, reader)) for row in rows if keys[row["pk"]] in kept]


def key_of(row: dict) -> str:
    """What a card is kept by: the cleaning, and all that can change in what its card says."""
    return f"{row['pk']}:{row['updated_at'].timestamp():.6f}:{row['offers_count']}"


def mark_for(row: dict, reader) -> str:
    """What the cleaning is to the reader, if anything."""
    if row["owner_id"] == reader.pk:
        return "Yours"
    return "You offered" if row.get("has_my_offer") else ""
