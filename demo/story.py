"""Steps lie between ten weeks ago and yesterday, as "-6 18:20": six days before today, in the site's time zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from django.utils import timezone

from cleanings.constraints import CleaningType
from cleanings.states import Kind


class Talk(StrEnum):
    """Steps that are no kind of event."""

    ASK = "ask"
    REPLY = "reply"
    SAY = "say"


@dataclass(frozen=True)
class Place:
    city: str
    postcode: str
    street_address: str


@dataclass(frozen=True)
class Person:
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
    """`kind` names the verb: of the cleaner's offer, or of the cleaning. Of a question, `cleaner` is the asker."""

    when: str
    kind: Kind | Talk
    cleaner: str = ""
    facts: dict = field(default_factory=dict)
    by_the_site: bool = False
    by_the_cleaner: bool = False


@dataclass(frozen=True)
class Story:
    """Without `starts` the date is left to agreement; without `place` it is at the owner's home."""

    owner: str
    name: str
    description: str
    work: dict
    posted: str
    starts: str = ""
    steps: tuple[Step, ...] = ()
    place: Place | None = None
    # Names of files in `demo/pictures/`, with what each shows.
    pictures: tuple[tuple[str, str], ...] = ()
    invites: str = ""
    reserved_days: int = 0
    then_open: bool = False


def moment(when: str, today: date) -> datetime:
    days, clock = when.split()
    return timezone.make_aware(datetime.combine(today + timedelta(days=int(days)), time.fromisoformat(clock)))


def dust_up(rate: str, hours: str, **more: str) -> dict:
    return work(CleaningType.DUST_UP, rate, hours, **more)


def spot_clean(rate: str, hours: str, **more: str) -> dict:
    return work(CleaningType.SPOT_CLEAN, rate, hours, **more)


def full_clean(rate: str, hours: str, **more: str) -> dict:
    return work(CleaningType.FULL_CLEAN, rate, hours, **more)


def work(cleaning_type: CleaningType, rate: str, hours: str, **more: str) -> dict:
    """`more` is any of area, supplies and pets."""
    return {"cleaning_type": cleaning_type, "hourly_rate": Decimal(rate), "estimated_hours": Decimal(hours), **more}


def terms_of(typed: dict[str, str]) -> dict:
    amounts = {"rate": "hourly_rate", "hours": "estimated_hours"}
    return {amounts.get(name, name): Decimal(value) if name in amounts else value for name, value in typed.items()}


def edit(when: str, **typed: str) -> Step:
    """`starts_at` is a moment like `when`, or empty for a date by agreement; `rate` and `hours` are amounts."""
    return Step(when, Kind.EDIT, facts=terms_of(typed))


def close(when: str) -> Step:
    return Step(when, Kind.CLOSE)


def reject(when: str, cleaner: str) -> Step:
    return Step(when, Kind.REJECT, cleaner)


def accept(when: str, cleaner: str) -> Step:
    return Step(when, Kind.ACCEPT, cleaner)


def release(when: str, cleaner: str, reason: str, note: str = "") -> Step:
    return Step(when, Kind.RELEASE, cleaner, {"reason": reason, "note": note})


def complete(when: str, cleaner: str) -> Step:
    return Step(when, Kind.COMPLETE, cleaner)


def completes_itself(when: str, cleaner: str) -> Step:
    return Step(when, Kind.COMPLETE, cleaner, by_the_site=True)


def owner_evaluates(when: str, cleaner: str, stars: int, headline: str, comment: str = "", **parts: int) -> Step:
    said = {"overall_rating": stars, "headline": headline, "comment": comment}
    return Step(when, Kind.EVALUATE, cleaner, said | parts)


def owner_reports_no_show(when: str, cleaner: str, comment: str) -> Step:
    return Step(when, Kind.EVALUATE, cleaner, {"no_show": True, "comment": comment})


def offer(when: str, cleaner: str, rate: str, message: str = "") -> Step:
    return Step(when, Kind.OFFER, cleaner, {"hourly_rate": Decimal(rate), "message": message})


def revise(when: str, cleaner: str, rate: str, message: str = "") -> Step:
    return Step(when, Kind.REVISE, cleaner, {"hourly_rate": Decimal(rate), "message": message})


def confirm(when: str, cleaner: str) -> Step:
    return Step(when, Kind.CONFIRM, cleaner)


def rescind(when: str, cleaner: str) -> Step:
    return Step(when, Kind.RESCIND, cleaner)


def cancel(when: str, cleaner: str, reason: str, note: str = "") -> Step:
    return Step(when, Kind.CANCEL, cleaner, {"reason": reason, "note": note})


def cleaner_evaluates(when: str, cleaner: str, stars: int, headline: str, comment: str = "") -> Step:
    said = {"overall_rating": stars, "headline": headline, "comment": comment}
    return Step(when, Kind.EVALUATE, cleaner, said, by_the_cleaner=True)


def answers_no_show(when: str, cleaner: str, answer: str) -> Step:
    return Step(when, Kind.ANSWER, cleaner, {"answer": answer}, by_the_cleaner=True)


def suggest(when: str, cleaner: str, note: str = "", *, by_the_cleaner: bool = False, **terms) -> Step:
    return Step(when, Kind.SUGGEST, cleaner, {"note": note} | terms_of(terms), by_the_cleaner=by_the_cleaner)


def agree(when: str, cleaner: str, *, by_the_cleaner: bool = False) -> Step:
    return Step(when, Kind.AGREE, cleaner, by_the_cleaner=by_the_cleaner)


def decline_change(when: str, cleaner: str, *, by_the_cleaner: bool = False) -> Step:
    return Step(when, Kind.DECLINE, cleaner, by_the_cleaner=by_the_cleaner)


def withdraw_change(when: str, cleaner: str, *, by_the_cleaner: bool = False) -> Step:
    return Step(when, Kind.WITHDRAW, cleaner, by_the_cleaner=by_the_cleaner)


def ask(when: str, asker: str, text: str) -> Step:
    return Step(when, Talk.ASK, asker, {"text": text}, by_the_cleaner=True)


def reply(when: str, asker: str, answer: str) -> Step:
    return Step(when, Talk.REPLY, asker, {"answer": answer})


def owner_says(when: str, cleaner: str, text: str) -> Step:
    return Step(when, Talk.SAY, cleaner, {"text": text})


def cleaner_says(when: str, cleaner: str, text: str) -> Step:
    return Step(when, Talk.SAY, cleaner, {"text": text}, by_the_cleaner=True)


def pass_on(when: str, cleaner: str) -> Step:
    """Decline an invitation."""
    return Step(when, Kind.PASS, cleaner, by_the_cleaner=True)


def staff_hide(when: str, cleaner: str, reason: str) -> Step:
    return Step(when, Kind.HIDE, cleaner, {"reason": reason})
