"""A person's own data for JSON; of others it holds usernames, but not their texts and contacts."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone

from accounts.hiding import HIDDEN_BY_STAFF
from accounts.models import User
from cleanings.models import Bookmark, Cleaning, Event
from cleanings.states import KINDS_WITHOUT_MOVE
from cleanings.terms import FIELDS
from conversations.models import Question
from notifications.threads import reword
from reports.choices import Side
from reports.models import Report

CLEANING = (
    "id", *FIELDS, "status", "status_since", "reserved_for__username", "reserved_until", "then_open", "version",
    "offers_count", "created_at", "updated_at", "hidden_at",
)  # fmt: skip
# With each of these, the name of the job.
OFFER = (
    "id", "cleaning_id", "hourly_rate", "message", "status", "status_since", "cleaning_version", "revision",
    "created_at", "updated_at", "hidden_at",
)  # fmt: skip
CHANGE = (
    "id", "offer_id", "offer__cleaning_id", "terms", "note", "status", "made_for", "created_at", "expires_at",
    "answered_at",
)  # fmt: skip
EVALUATION = (
    "id", "offer__cleaning_id", "author__username", "subject__username", "no_show", "overall_rating", "professionalism",
    "completeness", "efficiency", "headline", "comment", "created_at", "publishes_at",
)  # fmt: skip
MESSAGE = ("id", "offer__cleaning_id", "offer__cleaner__username", "text", "at", "hidden_at")
PHOTO = ("id", "cleaning_id", "kind", "shows", "place", "audience", "created_at", "hidden_at")
QUESTION = ("id", "cleaning_id", "text", "asked_at", "answered_at", "withdrawn_at", "hidden_at")
ANSWER = ("id", "cleaning_id", "answer", "answered_at", "hidden_at")
SEARCH = ("id", "name", "query", "cadence", "last_seen")
BLOCK = ("id", "blocked__username", "at")
BOOKMARK = ("id", "cleaning_id", "name")
REPORT = ("id", "kind", "subject_id", "reason", "text", "status", "created_at")
# Not when it was reported, nor as what: that is the reporter's.
STATEMENT = ("id", "kind", "subject_id", "copy")
DECISION = ("outcome", "rule", "settles", "settles_again", "at")
ACCESS_TOKEN = ("id", "name", "scope", "prefix", "is_log_in", "created_at", "used_at", "expires_at")
NOTIFICATION = ("id", "event_id", "topic", "subject", "sentence", "url", "button", "created_at", "read_at", "mailing")


def export_data(user: User) -> dict:
    """Times are in UTC."""
    return {
        "site": settings.SITE_URL,
        "exported_at": timezone.now(),
        "account": account_data(user),
        "cleanings": list(user.cleanings.order_by("pk").values(*CLEANING)),
        "invitations": [invitation_data(each) for each in user.invitations.reserved().with_owner().order_by("pk")],
        "offers": with_job(user.offers.all(), OFFER, user, "cleaning__"),
        "changes": with_job(user.suggested_changes.all(), CHANGE, user),
        "events": [event_data(event, user) for event in own_events(user)],
        "photos": [photo_data(photo) for photo in with_job(user.photos.all(), PHOTO, user, "cleaning__")],
        "evaluations_written": with_job(user.evaluations_written.all(), (*EVALUATION, "hidden_at"), user),
        "evaluations_received": with_job(user.evaluations.counted(), EVALUATION, user),
        "questions": with_job(user.questions.all(), QUESTION, user, "cleaning__"),
        "answers": with_job(Question.objects.answered_by(user), ANSWER, user, "cleaning__"),
        "messages_written": with_job(user.messages_written.all(), MESSAGE, user),
        "searches": list(user.searches.order_by("pk").values(*SEARCH)),
        "blocks": list(user.blocks.order_by("pk").values(*BLOCK)),
        "bookmarks": [bookmark_data(each) for each in user.bookmarks.order_by("pk").select_related("cleaning")],
        "reports": [report_data(report, REPORT, Side.REPORTER) for report in reports_in_full(user.reports.all())],
        "statements": [
            report_data(report, STATEMENT, Side.ACCUSED)
            for report in reports_in_full(user.reports_about.known_to_accused())
        ],
        "notifications": notification_data(user),
        "site_only": sorted(user.site_only.topics()),
        "sessions": list(
            UserSession.objects.filter(user=user)
            .order_by("pk")
            .values("ip", "user_agent", "created_at", "last_seen_at")
        ),
        "access_tokens": list(user.access_tokens.order_by("pk").values(*ACCESS_TOKEN)),
        "second_factors": list(
            Authenticator.objects.filter(user=user).order_by("pk").values("type", "created_at", "last_used_at")
        ),
    }


def with_job(rows: QuerySet, columns: Iterable[str], user: User, path: str = "offer__cleaning__") -> list[dict]:
    """With the name of the job, as the person reads it."""
    is_read = Q((f"{path}hidden_at", None)) | Q((f"{path}owner", user))
    name = Case(When(is_read, then=F(f"{path}name")), default=Value(HIDDEN_BY_STAFF))
    return list(rows.order_by("pk").values(*columns, **{f"{path}name": name}))


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
        "hidden_at": profile.hidden_at,
    }


def invitation_data(cleaning: Cleaning) -> dict:
    facts = {"id": cleaning.pk, "name": cleaning.public_name, "owner__username": cleaning.owner.username}
    return facts | {"reserved_until": cleaning.reserved_until}


def bookmark_data(bookmark: Bookmark) -> dict:
    return {name: getattr(bookmark, name) for name in BOOKMARK} | {"name": bookmark.shown_name}


def notification_data(user: User) -> list[dict]:
    notifications = list(user.notifications.with_event().order_by("pk"))
    reword(notifications)
    return [{name: getattr(each, name) for name in NOTIFICATION} for each in notifications]


def photo_data(photo: dict) -> dict:
    return photo | {"url": settings.SITE_URL + reverse("cleanings:photo_large", args=[photo["id"]])}


def reports_in_full(reports: QuerySet[Report]) -> QuerySet[Report]:
    return reports.order_by("pk").prefetch_related("decisions", "appeals")


def report_data(report: Report, names: Iterable[str], side: Side) -> dict:
    """What one side was told and said; the other side's words are not in it."""
    appeal = report.appeal_of(side)
    return {
        **{name: getattr(report, name) for name in names},
        "decisions": [
            {name: getattr(decision, name) for name in DECISION}
            | {"sentence": decision.sentence_for(side), "facts": decision.facts_for(side)}
            for decision in report.decisions_told_to(side)
        ],
        "appeal": appeal.text if appeal else "",
    }


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
        "cleaning_name": event.cleaning.name_for(user),
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
