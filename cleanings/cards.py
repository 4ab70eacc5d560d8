"""Cleanings in lists: what is the same for every reader is rendered once, and cached by id and state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.core.cache import caches
from django.template.loader import get_template
from django.utils.safestring import SafeString

from cleanings.models import Cleaning
from cleanings.places import distance_label, postcode_of


class Mark(NamedTuple):
    label: str
    tag: str


NEW, YOURS, YOU_OFFERED = Mark("New", "tag-straw"), Mark("Yours", "tag-stone"), Mark("You offered", "tag-pine")


@dataclass(frozen=True)
class Card:
    pk: int
    html: SafeString
    marks: list[Mark]
    can_be_saved: bool
    is_saved: bool
    distance: str

    @property
    def has_foot(self) -> bool:
        return bool(self.marks) or self.can_be_saved


def cards(rows: Iterable[dict], reader, *, near: str = "", last_visit: datetime | None = None) -> list[Card]:
    """Distances are from the postcode `near`, or else from the reader's own; new is what opened since `last_visit`."""
    rows = list(rows)
    near = near or postcode_of(reader)
    keys = {row["pk"]: key_of(row) for row in rows}
    kept = caches["cards"].get_many(keys.values())
    html = {pk: kept[key] for pk, key in keys.items() if key in kept}
    if missing := keys.keys() - html.keys():
        template = get_template("cleanings/_card.html")
        made = {}
        for cleaning in Cleaning.objects.not_hidden().with_photo().filter(pk__in=missing):
            # Without a request, so that nothing personal gets into the cache.
            # A cleaning that has changed since the list was read is shown, and cached, as it is now.
            html[cleaning.pk] = template.render({"cleaning": cleaning})
            made[key_of(vars(cleaning) | {"pk": cleaning.pk})] = html[cleaning.pk]
        caches["cards"].set_many(made, timeout=None)
    return [
        Card(
            row["pk"],
            html[row["pk"]],
            marks_for(row, reader, last_visit),
            can_be_saved=reader.is_authenticated and row["owner_id"] != reader.pk,
            is_saved=row.get("is_saved", False),
            distance=distance_label(near, row["postcode_key"]),
        )
        for row in rows
        if row["pk"] in html
    ]


def key_of(row: dict) -> str:
    """All that can change in the card."""
    return f"{row['pk']}:{row['updated_at'].timestamp():.6f}:{row['offers_count']}:{row['photo']}"


def marks_for(row: dict, reader, last_visit: datetime | None) -> list[Mark]:
    if row["owner_id"] == reader.pk:
        return [YOURS]
    is_new = last_visit is not None and row["status_since"] > last_visit
    return ([NEW] if is_new else []) + ([YOU_OFFERED] if row.get("has_my_offer") else [])
