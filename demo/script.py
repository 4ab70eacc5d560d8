"""The words in which the town's stories are told: a cleaning, and the moves that followed, each at its moment.

A moment is written "-6 18:20": six days before today, at 18:20 in the site's time zone. What people do lies between ten
weeks ago and yesterday, so that it has happened at whatever hour the town is made; starts go up to four weeks ahead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from cleanings.constraints import CleaningType
from cleanings.states import Kind


@dataclass(frozen=True)
class Place:
    city: str
    postcode: str
    street_address: str


@dataclass(frozen=True)
class Person:
    """Somebody of the town. Without a name they are called by their username."""

    username: str
    full_name: str
    phone_number: str
    home: Place
    joined: str
    bio: str
    is_staff: bool = False
    is_support: bool = False


@dataclass(frozen=True)
class Step:
    """One move: the verb's name is its kind. `cleaner` is whose offer it is about, empty for the cleaning's own."""

    when: str
    kind: Kind
    cleaner: str = ""
    facts: dict = field(default_factory=dict)
    by_the_site: bool = False
    by_the_cleaner: bool = False


@dataclass(frozen=True)
class Story:
    """A cleaning and what happened to it. Without a start it is by agreement; without a place, at its owner's home."""

    owner: str
    name: str
    description: str
    work: dict
    posted: str
    starts: str = ""
    steps: tuple[Step, ...] = ()
    place: Place | None = None


def moment(when: str, today: date) -> datetime:
    """The moment of a text like "-6 18:20", as seen from today."""
    days, clock = when.split()
    return timezone.make_aware(datetime.combine(today + timedelta(days=int(days)), time.fromisoformat(clock)))


# What is to be done: the type, what an hour pays, and how many hours


def dust_up(rate: str, hours: str) -> dict:
    """A dust up at this rate, for so many hours."""
    return _work(CleaningType.DUST_UP, rate, hours)


def spot_clean(rate: str, hours: str) -> dict:
    """A spot clean at this rate, for so many hours."""
    return _work(CleaningType.SPOT_CLEAN, rate, hours)


def full_clean(rate: str, hours: str) -> dict:
    """A full clean at this rate, for so many hours."""
    return _work(CleaningType.FULL_CLEAN, rate, hours)


def _work(cleaning_type: CleaningType, rate: str, hours: str) -> dict:
    return {"cleaning_type": cleaning_type, "hourly_rate": Decimal(rate), "estimated_hours": Decimal(hours)}


# What the owner does


def edit(when: str, *, rate: str = "", hours: str = "", **fields: str) -> Step:
    """Change the cleaning. `starts_at` is a moment like the others, or empty for by agreement."""
    typed = {"hourly_rate": rate, "estimated_hours": hours}
    amounts = {name: Decimal(value) for name, value in typed.items() if value}
    return Step(when, Kind.EDIT, facts={**amounts, **fields})


def close(when: str) -> Step:
    """Close the cleaning, which rejects what is pending."""
    return Step(when, Kind.CLOSE)


def reject(when: str, cleaner: str) -> Step:
    """Turn the cleaner's offer down."""
    return Step(when, Kind.REJECT, cleaner)


def accept(when: str, cleaner: str) -> Step:
    """Choose the cleaner."""
    return Step(when, Kind.ACCEPT, cleaner)


def release(when: str, cleaner: str, reason: str, note: str = "") -> Step:
    """Let the chosen cleaner go."""
    return Step(when, Kind.RELEASE, cleaner, {"reason": reason, "note": note})


def complete(when: str, cleaner: str) -> Step:
    """Say that the job is done."""
    return Step(when, Kind.COMPLETE, cleaner)


def completes_itself(when: str, cleaner: str) -> Step:
    """Let the site complete the job that its owner left open for 14 days."""
    return Step(when, Kind.COMPLETE, cleaner, by_the_site=True)


def owner_evaluates(when: str, cleaner: str, stars: int, headline: str, comment: str = "", **parts: int) -> Step:
    """Say what the owner thinks of the cleaner, with the parts of the work that they rate."""
    said = {"overall_rating": stars, "headline": headline, "comment": comment}
    return Step(when, Kind.EVALUATE, cleaner, said | parts)


def owner_reports_no_show(when: str, cleaner: str, comment: str) -> Step:
    """Put on record that the cleaner did not turn up."""
    return Step(when, Kind.EVALUATE, cleaner, {"no_show": True, "comment": comment})


# What a cleaner does


def offer(when: str, cleaner: str, rate: str, message: str = "") -> Step:
    """Offer to do it, or offer anew after rescinding."""
    return Step(when, Kind.OFFER, cleaner, {"hourly_rate": Decimal(rate), "message": message})


def revise(when: str, cleaner: str, rate: str, message: str = "") -> Step:
    """Offer at another rate or with other words."""
    return Step(when, Kind.REVISE, cleaner, {"hourly_rate": Decimal(rate), "message": message})


def confirm(when: str, cleaner: str) -> Step:
    """Stand by the offer after the cleaning changed."""
    return Step(when, Kind.CONFIRM, cleaner)


def rescind(when: str, cleaner: str) -> Step:
    """Take the offer back."""
    return Step(when, Kind.RESCIND, cleaner)


def cancel(when: str, cleaner: str, reason: str, note: str = "") -> Step:
    """Back out of the job."""
    return Step(when, Kind.CANCEL, cleaner, {"reason": reason, "note": note})


def cleaner_evaluates(when: str, cleaner: str, stars: int, headline: str, comment: str = "") -> Step:
    """Say what the cleaner thinks of the owner."""
    said = {"overall_rating": stars, "headline": headline, "comment": comment}
    return Step(when, Kind.EVALUATE, cleaner, said, by_the_cleaner=True)


def answers_no_show(when: str, cleaner: str, answer: str) -> Step:
    """Say what happened, after the owner said that the cleaner did not turn up."""
    return Step(when, Kind.ANSWER, cleaner, {"answer": answer}, by_the_cleaner=True)


# What the staff do


def staff_hide(when: str, cleaner: str, reason: str) -> Step:
    """Hide what the owner said of the cleaner."""
    return Step(when, Kind.HIDE, cleaner, {"reason": reason})
