from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cleanings.constraints import Area, CleaningType, Pets, Supplies
from core.formatting import hours_label, money, when_label
from core.text import isolate, truncate

if TYPE_CHECKING:
    from cleanings.timeline import Event

# Changing one of these raises the version.
TERMS = (
    "hourly_rate", "estimated_hours", "cleaning_type", "area", "supplies", "pets", "starts_at", "city", "postcode",
    "street_address",
)  # fmt: skip
PLACE = ("city", "postcode", "street_address")
PAY = ("hourly_rate", "estimated_hours")
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

    def __str__(self) -> str:
        """Shows only that the street changed, not how."""
        if self.is_private:
            return self.name
        before, after = (isolate(in_a_sentence(truncate(value, 40))) for value in (self.before, self.after))
        return f"{self.name} from {before} to {after}"


def in_a_sentence(label: str) -> str:
    return label.replace("Date by", "date by")


def listed(changes: Iterable[TermChange]) -> str:
    return "; ".join(map(str, changes))


def stored(name: str, value: Any) -> str | None:
    if name in PAY:
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, datetime) else value


def printed(name: str, terms: dict) -> str:
    value = terms.get(name) or ""
    if name == "hourly_rate":
        return money(Decimal(value))
    if name == "estimated_hours":
        return hours_label(Decimal(value))
    if name == "starts_at":
        return when_label(datetime.fromisoformat(value) if value else None)
    if name in CHOICES:
        return str(CHOICES[name](value).label) if value else "not said"
    return value


def term_changes(before: dict, after: dict, changed: Collection[str], labels: dict[str, str]) -> list[TermChange]:
    return [TermChange(labels[name], printed(name, before), printed(name, after)) for name in TERMS if name in changed]


def changes_since(version: int, events: list[Event], after: dict, labels: dict[str, str]) -> list[TermChange]:
    before = next((event.terms for event in events if event.terms["version"] == version), None)
    if before is None:
        return []
    edited = {field for event in events if event.terms["version"] > version for field in event.terms.get("changed", ())}
    changed = {name for name in edited if name not in after or before.get(name) != after[name]}
    return term_changes(before, after, changed, labels)
