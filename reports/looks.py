"""Staff look at what only two people see, because of a report on it; the timeline tells both that they did."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied

from accounts.models import User
from cleanings.models import Cleaning, Photo
from cleanings.photos import LARGE
from cleanings.states import IllegalMove, Kind
from conversations.models import Message
from core.transactions import atomic
from offers.models import Offer
from reports.choices import SubjectKind
from reports.models import Report

LOOKED_AT = (SubjectKind.MESSAGE, SubjectKind.PHOTO)


def why_not_look(report: Report, user: User) -> str:
    if report.kind not in LOOKED_AT or report.subject is None:
        return "Nothing that this report is about can be looked at here."
    return report.why_not_review(user) or ("" if report.is_open else "This report is decided. Look at what was copied.")


@atomic
def read_messages(report: Report, *, by: User) -> list[Message]:
    """All of the conversation that the reported one is part of, newest first."""
    message = _look(report, SubjectKind.MESSAGE, by)
    _record(message.offer, "messages", by)
    return list(message.offer.messages.with_author().newest_first())


def see_photo(report: Report, *, by: User) -> bytes:
    """Raises FileNotFoundError where the file is gone; nobody saw it then, and no line says so."""
    photo, _ = _require_look(report, SubjectKind.PHOTO, by)
    # Before anything is locked, because a storage may be slow.
    content = photo.read(LARGE)
    _record_photo(report, by)
    return content


@atomic
def _record_photo(report: Report, by: User) -> None:
    """One of the job itself is no secret between two, so seeing it leaves no line."""
    photo: Photo = _look(report, SubjectKind.PHOTO, by)
    if photo.offer:
        _record(photo.offer, "photo", by)


def _look(report: Report, kind: SubjectKind, by: User):
    row, cleaning = _require_look(report, kind, by)
    cleaning.lock()
    by.lock()
    report.refresh_from_db(fields=["status"])
    _require_look(report, kind, by)
    return row


def _require_look(report: Report, kind: SubjectKind, by: User) -> tuple[Any, Cleaning]:
    subject = report.subject
    if subject is None or subject.cleaning is None or report.kind != kind:
        raise PermissionDenied("Staff look at what two people share only from a report on it.")
    if why_not := report.why_not_review(by):
        raise PermissionDenied(why_not)
    if why_not := why_not_look(report, by):
        raise IllegalMove(why_not)
    return subject.row, subject.cleaning


def _record(offer: Offer, seen: str, by: User) -> None:
    offer.lock()
    offer.new_event(Kind.SEE, by, from_status=offer.status, seen=[seen]).save()
