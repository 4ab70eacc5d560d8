"""Everything that is a person's, as one dictionary that can be written as JSON.

What other people wrote, and where they can be reached, is not in it: of others it holds usernames and what the person
was told of them.
"""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from cleanings.models import Event
from cleanings.states import REMARKS

CLEANING = (
    "id", "name", "description", "cleaning_type", "hourly_rate", "estimated_hours", "starts_at", "city", "postcode",
    "street_address", "status", "status_since", "version", "offers_count", "created_at", "updated_at",
)  # fmt: skip
OFFER = (
    "id", "cleaning_id", "cleaning__name", "hourly_rate", "message", "status", "status_since", "cleaning_version",
    "revision", "created_at", "updated_at",
)  # fmt: skip
EVALUATION = (
    "id", "offer__cleaning_id", "offer__cleaning__name", "author__username", "subject__username", "no_show",
    "overall_rating", "professionalism", "completeness", "efficiency", "headline", "comment", "created_at",
    "publishes_at",
)  # fmt: skip
NOTIFICATION = ("id", "event_id", "topic", "subject", "sentence", "url", "created_at", "read_at", "mailing")


def everything_of(user: User) -> dict:
    """What the site keeps of a person: texts, numbers, times in UTC, amounts of money as texts."""
    return {
        "site": settings.SITE_URL,
        "exported_at": timezone.now(),
        "account": _account(user),
        "cleanings": list(user.cleanings.order_by("pk").values(*CLEANING)),
        "offers": list(user.offers.order_by("pk").values(*OFFER)),
        "events": [_line(event, user) for event in _events(user)],
        "evaluations_written": list(user.evaluations_written.order_by("pk").values(*EVALUATION, "hidden_at")),
        "evaluations_received": list(user.evaluations.counted().order_by("pk").values(*EVALUATION)),
        "notifications": list(user.notifications.order_by("pk").values(*NOTIFICATION)),
        "site_only": sorted(user.site_only.topics()),
        "sessions": list(user.usersession_set.order_by("pk").values("ip", "user_agent", "created_at", "last_seen_at")),
        "second_factors": list(user.authenticator_set.order_by("pk").values("type", "created_at", "last_used_at")),
    }


def _account(user: User) -> dict:
    profile = user.profile
    return {
        "username": user.username,
        "email": user.email,
        "email_addresses": list(user.emailaddress_set.order_by("pk").values("email", "verified", "primary")),
        "date_joined": user.date_joined,
        "last_login": user.last_login,
        "is_staff": user.is_staff,
        "full_name": profile.full_name,
        "bio": profile.bio,
        "phone_number": profile.phone_number,
        "city": profile.city,
        "photo": profile.large_photo if profile.photo else "",
    }


def _events(user: User):
    """The lines that tell of what the person did, of their offers, of their cleanings as such, and who looked at them
    or said something of them after a job.
    """
    theirs = Q(actor=user) | Q(cleaner=user)
    theirs |= Q(cleaning__owner=user) & (Q(cleaner=None) | Q(kind__in=REMARKS))
    return Event.objects.filter(theirs).with_people().oldest_first()


def _line(event: Event, user: User) -> dict:
    """A line as its person reads it. The terms of somebody else's offer are theirs, and left out."""
    is_of_another = event.cleaner is not None and event.cleaner != user
    return {
        "id": event.pk,
        "cleaning_id": event.cleaning_id,
        "cleaning_name": event.cleaning.name,
        "at": event.at,
        "kind": event.kind,
        "by_you": event.actor == user,
        "sentence": event.sentence_for(user),
        "from_status": event.from_status,
        "to_status": event.to_status,
        "terms": None if is_of_another else event.terms,
        "reason": event.reason,
        "note": event.note,
    }
