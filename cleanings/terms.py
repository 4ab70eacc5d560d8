from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cleanings.constraints import Area, CleaningType, Pets, Supplies
from cleanings.timeline import Event
from core.formatting import hours_label, money, when_label

# Changing one of these raises the version.
TERMS = (
    "hourly_rate", "estimated_hours", "cleaning_type", "area", "supplies", "pets", "starts_at", "city", "postcode",
    "street_address",
)  # fmt: skip
CHOICES = {"cleaning_type": CleaningType, "area": Area, "supplies": Supplies, "pets": Pets}
FIELDS = ("name", "description", *TERMS)


@dataclass(frozen=True)
class TermChange:
    """Both values are empty for the street, which stays private."""

    name: str
    before: str
    after: str

    @property
    def is_private(self) -> bool:
        return not (self.before or self.after)


def changes_since(version: int, events: list[Event], after: dict, labels: dict[str, str]) -> list[TermChange]:
    """By the cleaning's own events."""
    before = next((event.terms for event in events if event.terms["version"] == version), None)
    if before is None:
        return []
    edited = {field for event in events if event.terms["version"] > version for field in event.terms.get("changed", ())}
    return [
        TermChange(labels[field], _printed(field, before), _printed(field, after))
        for field in TERMS
        if field in edited and (field not in after or before.get(field) != after[field])
    ]


def _printed(field: str, terms: dict) -> str:
    value = terms.get(field) or ""
    if field == "hourly_rate":
        return money(Decimal(value))
    if field == "estimated_hours":
        return hours_label(Decimal(value))
    if field == "starts_at":
        return when_label(datetime.fromisoformat(value) if value else None)
    if field in CHOICES:
        return str(CHOICES[field](value).label) if value else "not said"
    return value
