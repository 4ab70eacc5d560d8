"""A person's own data for JSON; of others it holds usernames, but not their texts and contacts."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cleanings.models import Event
from cleanings.states import KINDS_WITHOUT_MOVE
from cleanings.terms import FIELDS
from conversations.models import Question

CLEANING = (
    "id", *FIELDS, "status", "status_since", "reserved_for__username", "reserved_until", "then_open", "version",
    "offers_count", "created_at", "updated_at",
)  # fmt: skip
INVITATION = ("id", "name", "owner__username", "reserved_until")
OFFER = (
    "id", "cleaning_id", "cleaning__name", "hourly_rate", "message", "status", "status_since", "cleaning_version",
    "revision", "created_at", "updated_at",
)  # fmt: skip
CHANGE = (
    "id", "offer_id", "offer__cleaning_id", "offer__cleaning__name", "terms", "note", "status", "made_for",
    "created_at", "expires_at", "answered_at",
)  # fmt: skip
EVALUATION = (
    "id", "offer__cleaning_id", "offer__cleaning__name", "author__username", "subject__username", "no_show",
    "overall_rating", "professionalism", "completeness", "efficiency", "headline", "comment", "created_at",
    "publishes_at",
)  # fmt: skip
SEARCH = ("id", "name", "query", "cadence", "last_seen")
BLOCK = ("id", "blocked__username", "at")
BOOKMARK = ("id", "cleaning_id", "name")
MESSAGE = ("id", "offer__cleaning_id", "offer__cleaning__name", "offer__cleaner__username", "text", "at")
PHOTO = ("id", "cleaning_id", "cleaning__name", "kind", "shows", "place", "audience", "created_at")
QUESTION = ("id", "cleaning_id", "cleaning__name", "text", "asked_at", "answered_at", "withdrawn_at", "hidden_at")
ANSWER = ("id", "cleaning_id", "cleaning__name", "answer", "answered_at", "hidden_at")
NOTIFICATION = ("id", "event_id", "topic", "subject", "sentence", "url", "button", "created_at", "read_at", "mailing")


def export_data(user: User) -> dict:
    """Times are in UTC."""
    return {
        "site": settings.SITE_URL,
        "exported_at": timezone.now(),
        "account": account_data(user),
        "cleanings": list(user.cleanings.order_by("pk").values(*CLEANING)),
        "invitations": list(user.invitations.reserved().order_by("pk").values(*INVITATION)),
        "offers": list(user.offers.order_by("pk").values(*OFFER)),
        "changes": list(user.suggested_changes.order_by("pk").values(*CHANGE)),
        "events": [event_data(event, user) for event in own_events(user)],
        "photos": [photo_data(photo) for photo in user.photos.order_by("pk").values(*PHOTO)],
        "evaluations_written": list(user.evaluations_written.order_by("pk").values(*EVALUATION, "hidden_at")),
        "evaluations_received": list(user.evaluations.counted().order_by("pk").values(*EVALUATION)),
        "questions": list(user.questions.order_by("pk").values(*QUESTION)),
        "answers": list(Question.objects.answered_by(user).order_by("pk").values(*ANSWER)),
        "messages_written": list(user.messages_written.order_by("pk").values(*MESSAGE)),
        "searches": list(user.searches.order_by("pk").values(*SEARCH)),
        "blocks": list(user.blocks.order_by("pk").values(*BLOCK)),
        "bookmarks": list(user.bookmarks.order_by("pk").values(*BOOKMARK)),
        "notifications": list(user.notifications.order_by("pk").values(*NOTIFICATION)),
        "site_only": sorted(user.site_only.topics()),
        "sessions": list(
            UserSession.objects.filter(user=user)
            .order_by("pk")
            .values("ip", "user_agent", "created_at", "last_seen_at")
        ),
        "second_factors": list(
            Authenticator.objects.filter(user=user).order_by("pk").values("type", "created_at", "last_used_at")
        ),
    }


def account_data(user: User) -> dict:
    profile = user.profile
    return {
        "username": user.username,
        "email": user.email,
        "email_addresses": list(
            EmailAddress.objects.filter(user=user).order_by("pk").values("email", "verified", "primary")
        ),
        "date_joined": user.date_joined,
        "last_login": user.last_login,
        "is_staff": user.is_staff,
        "full_name": profile.full_name,
        "bio": profile.bio,
        "phone_number": profile.phone_number,
        "city": profile.city,
        "postcode": profile.postcode,
        "photo": profile.large_photo if profile.photo else "",
    }


def photo_data(photo: dict) -> dict:
    return photo | {"url": settings.SITE_URL + reverse("cleanings:photo_large", args=[photo["id"]])}


def own_events(user: User):
    """Without the moves of other people's offers."""
    theirs = Q(actor=user) | Q(cleaner=user)
    theirs |= Q(cleaning__owner=user) & (Q(cleaner=None) | Q(kind__in=KINDS_WITHOUT_MOVE))
    return Event.objects.filter(theirs).with_people().oldest_first()


def event_data(event: Event, user: User) -> dict:
    # Terms of another person's offer are private.
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
