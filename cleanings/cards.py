"""Cleanings in lists. The markup of a card is rendered once for each of its shapes, and filled in for each job.

A filled-in card is kept for a while by all that is on it, so a reader gets what was made for another only where both
read the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.template.defaultfilters import floatformat
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import FACE_COLUMNS, Profile, User
from cleanings.constraints import Area, CleaningType
from cleanings.models import Cleaning
from cleanings.places import kilometres_between, postcode_of
from cleanings.querysets import CleaningQuerySet
from cleanings.states import CleaningStatus
from core.formatting import hours_label, money, today
from core.fragments import cached, fill
from core.statements import Statement, joined
from core.templatetags.formatting import ago, short_moment
from core.templatetags.text import bdi, unbroken
from core.text import escaped, isolate

OWNER = tuple(f"owner__{column}" for column in FACE_COLUMNS)
# What a card shows of the job and of its owner, and what is asked about them for its reader.
FACTS = (
    "pk", "owner_id", "name", "area", "cleaning_type", "hourly_rate", "estimated_hours", "starts_at", "city",
    "postcode", "postcode_key", "status", "status_since", "created_at", "photo", "owner_mean", "owner_reviews",
    *OWNER,
)  # fmt: skip
MARKS = ("my_rate", "is_saved")


class Mark(NamedTuple):
    label: str
    tag: str


NEW, YOURS = Mark("New", "tag-new"), Mark("Yours", "tag-stone")


class Shape(NamedTuple):
    """All that the markup of a card depends on. It holds nobody's words."""

    area: str
    has_photo: bool
    owner_has_photo: bool
    owner_has_reviews: bool
    tag: str
    can_be_saved: bool
    is_saved: bool

    @property
    def drawing(self) -> str:
        return Area(self.area).drawing

    @property
    def area_label(self) -> str:
        """For those who do not see the drawing; empty for the whole home."""
        return "" if self.area == Area.WHOLE_HOME else Area(self.area).label.lower()


@cache
def pattern_of(shape: Shape) -> SafeString:
    profile = {"public_photo": shape.owner_has_photo, "small_photo": "{small_photo}", "large_photo": "{large_photo}"}
    owner = {"is_active": True, "profile": profile, "face": "{face}", "initials": "{initials}"}
    return render_to_string("cleanings/_card.html", {"shape": shape, "owner": owner})


@dataclass(frozen=True)
class Card:
    facts: dict[str, Any]
    mark: Mark | None
    can_be_saved: bool
    kilometres: int | None

    @property
    def pk(self) -> int:
        return self.facts["pk"]

    @property
    def html(self) -> SafeString:
        facts = tuple(self.facts.items())
        return html_of(facts, self.mark, self.can_be_saved, self.kilometres, today())


@cached(maxsize=2000)
def html_of(
    items: tuple[tuple[str, Any], ...], mark: Mark | None, can_be_saved: bool, kilometres: int | None, day: date
) -> SafeString:
    """Of one day, because a card says how long ago its job was posted."""
    facts = dict(items)
    owner = words_of_owner(*(facts[name] for name in OWNER))
    shape = Shape(
        area=facts["area"],
        has_photo=facts["photo"] is not None,
        owner_has_photo="small_photo" in owner,
        owner_has_reviews=bool(facts["owner_reviews"]),
        tag=mark.tag if mark else "",
        can_be_saved=can_be_saved,
        is_saved=facts.get("is_saved", False),
    )
    words = {
        "pk": facts["pk"],
        "photo": reverse("cleanings:photo_small", args=[facts["photo"]]) if facts["photo"] else "",
        "name": unbroken(bdi(isolate(facts["name"]))),
        "town": bdi(isolate(facts["city"])),
        # What comes behind the town: its distance, or else its postcode.
        "part_of_town": f", {kilometres} km" if kilometres else f"\xa0{facts['postcode']}",
        "type": CleaningType(facts["cleaning_type"]).label,
        "when": short_moment(facts["starts_at"]),
        "hours": hours_label(facts["estimated_hours"]),
        "total": money(facts["hourly_rate"] * facts["estimated_hours"]),
        "rate": money(facts["hourly_rate"]),
        "mark": mark.label if mark else "",
        "mean": floatformat(facts["owner_mean"], 1) if facts["owner_reviews"] else "",
        "age": ago(facts["created_at"]),
    }
    return fill(pattern_of(shape), **words, **owner)


@cached(maxsize=2000)
def words_of_owner(
    username: str, is_active: bool, full_name: str, hidden_at: datetime | None, photo: str
) -> dict[str, str]:
    """Cached apart, because they depend on the owner alone, and owners have several jobs."""
    owner = User(username=username, is_active=is_active)
    owner.profile = Profile(full_name=full_name, photo=photo, hidden_at=hidden_at)
    name = escaped(owner.display_name)
    if is_active and owner.profile.public_photo:
        return {"owner": name, "small_photo": owner.profile.small_photo, "large_photo": owner.profile.large_photo}
    return {"owner": name, "face": owner.face, "initials": owner.initials}


def cards(rows: Sequence[dict], reader, *, near: str = "", last_visit: datetime | None = None) -> list[Card]:
    """The rows of a page as cards, without jobs that are no longer open; distances are from `near` or the reader."""
    near = near or postcode_of(reader)
    ids = [row["pk"] for row in rows]
    found = {facts["pk"]: facts for facts in facts_of_page(ids, reader)} if ids else {}
    return [card_of(found[pk], reader, near, last_visit) for pk in ids if pk in found]


def cards_of(cleanings: CleaningQuerySet, reader) -> list[Card]:
    """Without distances, in the order of the queryset."""
    return [card_of(facts, reader, "", None) for facts in with_all_on_card(cleanings, reader, timezone.now())]


def with_all_on_card(cleanings: CleaningQuerySet, reader, now: datetime) -> QuerySet:
    found = cleanings.with_photo().with_owner_figures(now).marked_for(reader)
    return found.values(*names_for(reader))


def names_for(reader) -> tuple[str, ...]:
    return (*FACTS, *MARKS) if reader.is_authenticated else FACTS


def facts_of_page(ids: Sequence[int], reader) -> Iterable[dict]:
    now = timezone.now()
    page, readers = (page_for_member, [reader.pk]) if reader.is_authenticated else (page_for_visitor, [])
    rows = page.tuples(now, *readers, joined(ids))
    return (dict(zip(names_for(reader), row, strict=True)) for row in rows)


@Statement
def page_for_visitor(now: datetime, ids: str) -> QuerySet:
    return with_all_on_card(Cleaning.objects.open(now).filter(pk__among=ids), AnonymousUser(), now)


@Statement
def page_for_member(now: datetime, reader: int, ids: str) -> QuerySet:
    return with_all_on_card(Cleaning.objects.open(now).filter(pk__among=ids), User(pk=reader), now)


def card_of(facts: dict, reader, near: str, last_visit: datetime | None) -> Card:
    return Card(
        facts,
        mark_for(facts, reader, last_visit),
        can_be_saved=reader.is_authenticated and facts["owner_id"] != reader.pk,
        kilometres=kilometres_between(near, facts["postcode_key"]),
    )


def mark_for(facts: dict, reader, last_visit: datetime | None) -> Mark | None:
    if facts["status"] != CleaningStatus.OPEN:
        colour = "dusk" if facts["status"] == CleaningStatus.ASSIGNED else "stone"
        return Mark(CleaningStatus(facts["status"]).label, f"tag-{colour}")
    if facts["owner_id"] == reader.pk:
        return YOURS
    # Who has offered has seen it.
    if (rate := facts.get("my_rate")) is not None:
        return Mark(f"Offered {money(rate)}", "tag-pine")
    return NEW if last_visit is not None and facts["status_since"] > last_visit else None
