"""Cleanings in lists: what is the same for every reader is rendered once, and cached by all that it shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from django.core.cache import caches
from django.template.loader import get_template

from cleanings.constraints import Area, CleaningType
from cleanings.models import Cleaning
from cleanings.places import kilometres_between, postcode_of
from cleanings.querysets import CleaningQuerySet
from cleanings.states import CleaningStatus
from core.formatting import short_money
from core.text import isolate

# Of the owner, as far as it is on the card.
OWNER = (
    "owner__username", "owner__is_active", "owner__profile__full_name", "owner__profile__photo",
    "owner__profile__hidden_at", "owner_mean", "owner_reviews",
)  # fmt: skip


class Mark(NamedTuple):
    label: str
    tag: str


NEW, YOURS = Mark("New", "tag-new"), Mark("Yours", "tag-stone")


class Kept(NamedTuple):
    """The two parts of a card that every reader shares; the place, which may be a distance, is between them."""

    head: str
    facts: str


@dataclass(frozen=True)
class Card:
    row: dict[str, Any]
    kept: Kept
    mark: Mark | None
    can_be_saved: bool
    kilometres: int | None

    @property
    def pk(self) -> int:
        return self.row["pk"]

    @property
    def is_saved(self) -> bool:
        return self.row.get("is_saved", False)

    @property
    def town(self) -> str:
        return isolate(self.row["city"])

    @property
    def part_of_town(self) -> str:
        """What comes behind the town: its distance, or else its postcode."""
        return f", {self.kilometres} km" if self.kilometres else f"\xa0{self.row['postcode']}"

    @property
    def type_label(self) -> str:
        return CleaningType(self.row["cleaning_type"]).label

    @property
    def area_label(self) -> str:
        """For those who do not see the drawing; empty for the whole home."""
        area = Area(self.row["area"])
        return "" if area == Area.WHOLE_HOME else area.label.lower()


def cards(rows: Iterable[dict], reader, *, near: str = "", last_visit: datetime | None = None) -> list[Card]:
    """Distances are from the postcode `near`, or else from the reader's own; new is what opened since `last_visit`."""
    rows = list(rows)
    near = near or postcode_of(reader)
    kept = kept_parts(rows)
    return [card_of(row, kept[row["pk"]], reader, near, last_visit) for row in rows if row["pk"] in kept]


def cards_of(cleanings: CleaningQuerySet, reader) -> list[Card]:
    """Of few cleanings, without distances: one query, and nothing of the cache."""
    found = with_all_on_card(cleanings.marked_for(reader))
    return [card_of(row_of(cleaning), rendered(cleaning), reader, "", None) for cleaning in found]


def card_of(row: dict, kept: Kept, reader, near: str, last_visit: datetime | None) -> Card:
    return Card(
        row,
        kept,
        mark_for(row, reader, last_visit),
        can_be_saved=reader.is_authenticated and row["owner_id"] != reader.pk,
        kilometres=kilometres_between(near, row["postcode_key"]),
    )


def kept_parts(rows: Collection[dict]) -> dict[int, Kept]:
    """Of two lists of the same jobs the second takes one query, for what is on the cards of their owners."""
    cleanings = Cleaning.objects.not_hidden().filter(pk__in=[row["pk"] for row in rows])
    owners = {pk: owner for pk, *owner in cleanings.with_owner_figures().values_list("pk", *OWNER)} if rows else {}
    keys = {row["pk"]: key_of(row, owners[row["pk"]]) for row in rows if row["pk"] in owners}
    cached = caches["cards"].get_many(keys.values())
    kept = {pk: cached[key] for pk, key in keys.items() if key in cached}
    if missing := keys.keys() - kept.keys():
        made = {}
        for cleaning in with_all_on_card(cleanings.filter(pk__in=missing)):
            # A cleaning that has changed since the list was read is shown, and cached, as it is now.
            kept[cleaning.pk] = rendered(cleaning)
            made[key_of(row_of(cleaning), owner_of(cleaning))] = kept[cleaning.pk]
        caches["cards"].set_many(made, timeout=None)
    return kept


def with_all_on_card(cleanings: CleaningQuerySet) -> CleaningQuerySet:
    return cleanings.with_photo().with_owner().with_owner_figures()


def rendered(cleaning: Cleaning) -> Kept:
    """Without a request, so that nothing personal gets into the cache."""
    head, facts = get_template("cleanings/_card_head.html"), get_template("cleanings/_card_facts.html")
    return Kept(head.render({"cleaning": cleaning}), facts.render({"cleaning": cleaning}))


def row_of(cleaning: Cleaning) -> dict:
    return vars(cleaning) | {"pk": cleaning.pk}


def owner_of(cleaning: Any) -> list:
    owner, profile = cleaning.owner, cleaning.owner.profile
    face = [owner.username, owner.is_active, profile.full_name, profile.photo, profile.hidden_at]
    return [*face, cleaning.owner_mean, cleaning.owner_reviews]


def key_of(row: dict, owner: list) -> str:
    """All that can change in the kept parts, hashed, because names are long and hold spaces."""
    shown = repr((row["pk"], row["updated_at"], row["photo"], owner))
    return blake2b(shown.encode(), digest_size=16).hexdigest()


def mark_for(row: dict, reader, last_visit: datetime | None) -> Mark | None:
    """What is read from a list of open jobs has no status."""
    if row.get("status", CleaningStatus.OPEN) != CleaningStatus.OPEN:
        colour = "dusk" if row["status"] == CleaningStatus.ASSIGNED else "stone"
        return Mark(CleaningStatus(row["status"]).label, f"tag-{colour}")
    if row["owner_id"] == reader.pk:
        return YOURS
    # Who has offered has seen it.
    if (rate := row.get("my_rate")) is not None:
        return Mark(f"You offered {short_money(rate)}", "tag-pine")
    return NEW if last_visit is not None and row["status_since"] > last_visit else None
