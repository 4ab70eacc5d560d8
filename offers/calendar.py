"""A calendar of one's own: every job of a person, as a file that calendar programs subscribe to."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import TemplateView

from accounts.models import Profile, User
from cleanings.calendar import CHANGES, Entry, calendar_response, cancelled_entry
from cleanings.models import Cleaning, Event
from cleanings.states import WINNING, CleaningStatus, Kind, OfferStatus

KEPT_FOR = timedelta(days=60)
MOST_ENTRIES = 500


def entries_of(person: User) -> list[Entry]:
    """Jobs ahead, and those that ended within 60 days; without streets, because no look is recorded here."""
    since = timezone.now() - KEPT_FOR
    agreed = Cleaning.objects.filter(
        Q(status=CleaningStatus.ASSIGNED) | Q(status=CleaningStatus.COMPLETED, status_since__gte=since),
        Q(owner=person) | Q(pk__in=person.offers.filter(status__in=WINNING).values("cleaning")),
        starts_at__isnull=False,
    )
    current = list(agreed.order_by("-starts_at", "-pk")[:MOST_ENTRIES])
    ended = Event.objects.filter(
        Q(cleaner=person) | Q(cleaning__owner=person),
        kind__in=(Kind.CANCEL, Kind.RELEASE),
        to_status=OfferStatus.CANCELLED,
        at__gte=since,
    )
    former = Cleaning.objects.filter(pk__in=ended.values("cleaning")).exclude(pk__in=[each.pk for each in current])
    over = list(former.order_by("-pk")[:MOST_ENTRIES])
    events = events_by_cleaning(person, [*current, *over])
    entries = [Entry(job, events[job.pk], job.starts_at, job.estimated_hours) for job in current if job.starts_at]
    cancelled = (cancelled_entry(job, person, events[job.pk]) for job in over)
    return [*entries, *filter(None, cancelled)]


def events_by_cleaning(person: User, cleanings: list[Cleaning]) -> dict[int, list[Event]]:
    found = defaultdict(list)
    events = Event.objects.visible_to(person).filter(cleaning__in=cleanings, kind__in=CHANGES)
    for event in events.oldest_first():
        found[event.cleaning_id].append(event)
    return found


@login_not_required
@require_safe
@cache_control(private=True, no_store=True)
def calendar_file(request: HttpRequest, calendar_key: UUID) -> HttpResponse:
    """For whoever knows the address; calendar programs do not log in."""
    profile = get_object_or_404(Profile.objects.select_related("user"), calendar_key=calendar_key)
    if not profile.user.is_active:
        raise Http404("This account has ended.")
    answer = calendar_response(
        entries_of(profile.user), f"{settings.SITE_NAME}.ics", **{"X-WR-CALNAME": f"Jobs on {settings.SITE_NAME}"}
    )
    answer["X-Robots-Tag"] = "noindex"
    return answer


class CalendarAddressView(TemplateView):
    template_name = "offers/calendar.html"

    def get_context_data(self, **kwargs) -> dict:
        key = self.request.user.profile.calendar_key
        url = f"{settings.SITE_URL}{reverse('offers:calendar_file', args=[key])}" if key else ""
        return super().get_context_data(calendar_url=url, **kwargs)


@require_POST
def renew_calendar(request: HttpRequest) -> HttpResponseRedirect:
    had_one = request.user.profile.calendar_key is not None
    request.user.profile.renew_calendar()
    messages.success(
        request,
        "Your calendar has a new address. The old one no longer works." if had_one else "Your calendar is ready.",
    )
    return redirect("offers:calendar")


@require_POST
def stop_calendar(request: HttpRequest) -> HttpResponseRedirect:
    request.user.profile.stop_calendar()
    messages.success(request, "Your calendar is off, and its address no longer works.")
    return redirect("offers:calendar")
