"""An agreed job as an entry for the calendars of its two people, as RFC 5545 writes it."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.generic import DetailView

from cleanings.contact import Contact, contact_for
from cleanings.models import Cleaning
from cleanings.views import ConflictMixin
from offers.states import IllegalMove

MOST_OCTETS = 75
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def escaped(text: str) -> str:
    """A text as the value of a property, which no character of it can end."""
    lines = (re.sub(r"[\\;,]", r"\\\g<0>", line) for line in text.splitlines())
    return CONTROLS.sub("", r"\n".join(lines))


def folded(line: str) -> str:
    """A line as several of at most 75 octets, none of which ends within a character."""
    lines, room = [""], MOST_OCTETS
    for character in line:
        octets = len(character.encode())
        if octets > room:
            # The blank that marks what goes on takes one.
            lines.append(" ")
            room = MOST_OCTETS - 1
        lines[-1] += character
        room -= octets
    return "\r\n".join(lines)


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def entry(cleaning: Cleaning, contact: Contact, start: datetime) -> str:
    """The job as a calendar with one event; the street is in it as long as the two see it on the page."""
    place = f"{contact.street_address}, {cleaning.place_label}" if contact.street_address else cleaning.place_label
    hours = timedelta(minutes=round(cleaning.estimated_hours * 60))
    properties = {
        "UID": f"cleaning-{cleaning.pk}@{urlsplit(settings.SITE_URL).hostname}",
        "SEQUENCE": str(cleaning.version),
        "DTSTAMP": stamp(max(cleaning.updated_at, cleaning.status_since)),
        "DTSTART": stamp(start),
        "DTEND": stamp(start + hours),
        "SUMMARY": escaped(cleaning.name),
        "LOCATION": escaped(place),
        "URL": f"{settings.SITE_URL}{cleaning.get_absolute_url()}",
    }
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{escaped(settings.SITE_NAME)}//Cleanings//EN",
        "BEGIN:VEVENT",
        *(f"{name}:{value}" for name, value in properties.items()),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(map(folded, lines))


@method_decorator(cache_control(private=True, no_store=True), name="dispatch")
class CalendarView(ConflictMixin, DetailView):
    """The job as a file, for its owner and its cleaner. What it shows of a street is a look, as it is on the page."""

    def get_queryset(self) -> QuerySet[Cleaning]:
        return Cleaning.objects.visible_to(self.request.user).with_owner()

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        cleaning = self.get_object()
        contact = contact_for(request.user, cleaning)
        if contact is None and not cleaning.is_owned_by(request.user):
            raise PermissionDenied
        if cleaning.starts_at is None:
            raise Http404("It has no start.")
        if contact is None or not contact.is_ahead:
            status = cleaning.get_status_display().lower()
            raise IllegalMove(f"This cleaning is {status}. Only an assigned one can be added to a calendar.")
        # A HEAD shows nobody anything.
        if request.method == "GET":
            contact.record_view(by=request.user, names=("street_address",))
        answer = HttpResponse(entry(cleaning, contact, cleaning.starts_at), content_type="text/calendar; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="cleaning-{cleaning.pk}.ics"'
        return answer
