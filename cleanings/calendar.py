"""Agreed jobs as iCalendar files (RFC 5545)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.generic import DetailView

from accounts.models import User
from cleanings.contact import Contact, contact_for, terms_of_ended_job
from cleanings.mixins import ConflictMixin
from cleanings.models import Cleaning, Event
from cleanings.states import IllegalMove, Kind

MOST_OCTETS = 75
CHANGES = (Kind.ACCEPT, Kind.CANCEL, Kind.RELEASE, Kind.AGREE, Kind.CLOSE)
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def escaped(text: str) -> str:
    lines = (re.sub(r"[\\;,]", r"\\\g<0>", line) for line in text.splitlines())
    return CONTROLS.sub("", r"\n".join(lines))


def folded(line: str) -> str:
    lines, octets_left = [""], MOST_OCTETS
    for character in line:
        octets = len(character.encode())
        if octets > octets_left:
            # The blank of a continuation line takes one octet.
            lines.append(" ")
            octets_left = MOST_OCTETS - 1
        lines[-1] += character
        octets_left -= octets
    return "\r\n".join(lines)


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


@dataclass(frozen=True)
class Entry:
    """The sequence of an entry rises with each event that makes or ends its job."""

    cleaning: Cleaning
    reader: User
    events: list[Event]
    start: datetime
    hours: Decimal
    street_address: str = ""
    is_cancelled: bool = False

    def __str__(self) -> str:
        cleaning, place = self.cleaning, self.cleaning.place_label
        properties = {
            "UID": f"cleaning-{cleaning.pk}@{urlsplit(settings.SITE_URL).hostname}",
            "SEQUENCE": str(sum(event.cleaner_id is None and event.kind in CHANGES for event in self.events)),
            "DTSTAMP": stamp(max(cleaning.updated_at, cleaning.status_since)),
            "DTSTART": stamp(self.start),
            "DTEND": stamp(self.start + timedelta(minutes=round(self.hours * 60))),
            "SUMMARY": escaped(cleaning.name_for(self.reader)),
            "LOCATION": escaped(f"{self.street_address}, {place}" if self.street_address else place),
            "URL": f"{settings.SITE_URL}{cleaning.get_absolute_url()}",
        } | ({"STATUS": "CANCELLED"} if self.is_cancelled else {})
        lines = ["BEGIN:VEVENT", *(f"{name}:{value}" for name, value in properties.items()), "END:VEVENT"]
        return "\r\n".join(map(folded, lines))


def calendar_response(entries: Iterable[Entry], filename: str, **properties: str) -> HttpResponse:
    head = {"VERSION": "2.0", "PRODID": f"-//{escaped(settings.SITE_NAME)}//Cleanings//EN"} | properties
    lines = [f"{name}:{value}" for name, value in head.items()]
    body = ["BEGIN:VCALENDAR", *map(folded, lines), *map(str, entries), "END:VCALENDAR", ""]
    answer = HttpResponse("\r\n".join(body), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename) or "attachment"
    return answer


def cancelled_entry(cleaning: Cleaning, person: User, events: list[Event]) -> Entry | None:
    terms = terms_of_ended_job(cleaning, person, events)
    if terms is None:
        return None
    start, hours = datetime.fromisoformat(terms["starts_at"]), Decimal(terms["estimated_hours"])
    return Entry(cleaning, person, events, start, hours, is_cancelled=True)


@method_decorator(cache_control(private=True, no_store=True), name="dispatch")
class CalendarView(ConflictMixin, DetailView):
    """Also serves a cancelled job to its former two sides, so that calendars remove it. Shown streets are recorded."""

    def get_queryset(self) -> QuerySet[Cleaning]:
        return Cleaning.objects.visible_to(self.request.user).with_owner()

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        cleaning = self.get_object()
        entry = self.entry_for(cleaning, contact_for(request.user, cleaning))
        return calendar_response([entry], f"cleaning-{cleaning.pk}.ics")

    def entry_for(self, cleaning: Cleaning, contact: Contact | None) -> Entry:
        reader = self.request.user
        events = list(cleaning.events.visible_to(reader).oldest_first())
        if contact and contact.is_ahead and cleaning.starts_at:
            # A HEAD shows nothing.
            if self.request.method == "GET":
                contact.record_view(by=reader, names=("street_address",))
            start, hours = cleaning.starts_at, cleaning.estimated_hours
            return Entry(cleaning, reader, events, start, hours, contact.street_address)
        if ended := cancelled_entry(cleaning, reader, events):
            return ended
        if contact is None and not cleaning.is_owned_by(reader):
            raise PermissionDenied
        if cleaning.starts_at is None:
            raise Http404("It has no start.")
        raise IllegalMove("Only an assigned cleaning can be added to a calendar.")
