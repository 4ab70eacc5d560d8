"""All jobs of a person as a file that calendar programs subscribe to."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from cleanings.calendar import CHANGES, Entry, cancelled_entry
from cleanings.models import Cleaning, Event
from cleanings.states import WINNING, CleaningStatus, Kind, OfferStatus

KEPT_FOR = timedelta(days=60)
MOST_ENTRIES = 500


def entries_of(person: User) -> list[Entry]:
    """Jobs ahead, and jobs that ended within 60 days. Streets are left out, because no look is recorded here."""
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
    entries = [
        Entry(job, person, events[job.pk], job.starts_at, job.estimated_hours) for job in current if job.starts_at
    ]
    cancelled = (cancelled_entry(job, person, events[job.pk]) for job in over)
    return [*entries, *filter(None, cancelled)]


def events_by_cleaning(person: User, cleanings: list[Cleaning]) -> dict[int, list[Event]]:
    found = defaultdict(list)
    events = Event.objects.visible_to(person).filter(cleaning__in=cleanings, kind__in=CHANGES)
    for event in events.oldest_first():
        found[event.cleaning_id].append(event)
    return found
