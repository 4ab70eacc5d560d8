"""Statuses and legal moves, from which buttons, querysets, admin and tests derive; imports no model."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache

from django.db.models import TextChoices

from core.exceptions import IllegalMove as IllegalMove


class OfferStatus(TextChoices):
    PENDING = "pending", "Waiting"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Turned down"
    CANCELLED = "cancelled", "Cancelled"
    RESCINDED = "rescinded", "Withdrawn"
    COMPLETED = "completed", "Done"


class CleaningStatus(TextChoices):
    OPEN = "open", "Open"
    ASSIGNED = "assigned", "Taken"
    COMPLETED = "completed", "Done"
    CLOSED = "closed", "Closed"


class ChangeStatus(TextChoices):
    OPEN = "open", "Open"
    AGREED = "agreed", "Agreed"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"


OVER = (CleaningStatus.COMPLETED, CleaningStatus.CLOSED)
WITH_WINNER = (CleaningStatus.ASSIGNED, CleaningStatus.COMPLETED)
WINNING = (OfferStatus.ACCEPTED, OfferStatus.COMPLETED)
IN_PLAY = (*WINNING, OfferStatus.PENDING)
PAST = (OfferStatus.REJECTED, OfferStatus.CANCELLED, OfferStatus.COMPLETED)
OFFER_LISTS = {"ahead": (OfferStatus.ACCEPTED,), "pending": (OfferStatus.PENDING,), "past": PAST}


class Kind(TextChoices):
    """The kinds of Event, which are also the names of the verbs."""

    POST = "post", "posted"
    EDIT = "edit", "edited"
    OFFER = "offer", "made"
    REVISE = "revise", "changed"
    CONFIRM = "confirm", "confirmed"
    RESCIND = "rescind", "withdrawn"
    REJECT = "reject", "turned down"
    ACCEPT = "accept", "accepted"
    CANCEL = "cancel", "cancelled"
    RELEASE = "release", "cancelled by the owner"
    COMPLETE = "complete", "done"
    CLOSE = "close", "closed"
    SEE = "see", "seen"
    EVALUATE = "evaluate", "reviewed"
    HIDE = "hide", "hidden"
    LAPSE = "lapse", "lapsed"
    REMIND = "remind", "reminded"
    DUE = "due", "due"
    PUBLISH = "publish", "published"
    ANSWER = "answer", "answered"
    SUGGEST = "suggest", "suggested"
    AGREE = "agree", "agreed"
    DECLINE = "decline", "declined"
    WITHDRAW = "withdraw", "withdrawn"
    EXPIRE = "expire", "expired"
    INVITE = "invite", "invited"
    PASS = "pass", "passed on"
    UNRESERVE = "unreserve", "opened to all"


SCHEDULED_KINDS = (Kind.REMIND, Kind.DUE, Kind.PUBLISH)
# Events that change no status.
KINDS_WITHOUT_MOVE = (
    Kind.SEE, Kind.EVALUATE, Kind.HIDE, Kind.LAPSE, Kind.ANSWER, Kind.SUGGEST, Kind.DECLINE, Kind.WITHDRAW, Kind.EXPIRE,
    Kind.INVITE, Kind.PASS, Kind.UNRESERVE, *SCHEDULED_KINDS,
)  # fmt: skip


# What a suggested change becomes by each verb.
CHANGE_ENDS = {
    Kind.AGREE: ChangeStatus.AGREED,
    Kind.DECLINE: ChangeStatus.DECLINED,
    Kind.WITHDRAW: ChangeStatus.WITHDRAWN,
    Kind.EXPIRE: ChangeStatus.EXPIRED,
}
CHANGE_KINDS = (Kind.SUGGEST, *CHANGE_ENDS)

CHANGE_OPEN_FOR = timedelta(days=7)
COMPLETES_ITSELF_AFTER = timedelta(days=14)
# Also how long a single evaluation waits for the other one.
EVALUATED_WITHIN = timedelta(days=14)
REMINDED_BEFORE = timedelta(days=1)
EVALUATION_REMINDED_BEFORE = timedelta(days=3)
REVIVED_FOR = timedelta(days=7)
# A cancellation so close to the start is late, unless the job was agreed only just before.
LATE_BEFORE = timedelta(days=1)
NEVER_LATE_FOR = timedelta(minutes=60)
MISSED_AFTER = timedelta(days=14)
INVITATION_DAYS = range(1, 8)


# Possible only once the job has started.
NO_SHOW = "no_show"


class CancelReason(TextChoices):
    CANNOT_COME = "cannot_come", "I can’t come"
    AGREED = "agreed", "Agreed with the owner"
    NO_SHOW = NO_SHOW, "Nobody let me in"
    OTHER = "other", "Another reason"


class ReleaseReason(TextChoices):
    NO_SHOW = NO_SHOW, "Didn’t turn up"
    NOT_NEEDED = "not_needed", "No longer needed"
    OTHER = "other", "Another reason"


class HideReason(TextChoices):
    INSULTS = "insults", "It insulted somebody"
    PRIVATE = "private", "It told something private"
    UNRELATED = "unrelated", "It was not about the job"
    OTHER = "other", "Another reason"


class Role(StrEnum):
    OWNER = "owner"
    CLEANER = "cleaner"


class Condition(StrEnum):
    """The name of a property of Offer."""

    NOT_HIDDEN = "job_is_not_hidden"
    TAKES_OFFERS = "takes_offers"
    STARTED = "has_started"
    CURRENT = "is_current"
    OUTDATED = "is_outdated"
    CLEANER_ACTIVE = "cleaner_is_active"
    OPEN_TO_CLEANER = "is_open_to_cleaner"
    NO_BLOCK = "has_no_block"


@dataclass(frozen=True)
class Move:
    """A status of None is an offer that nobody has made yet."""

    kind: Kind
    role: Role
    offer_from: tuple[OfferStatus | None, ...]
    offer_to: OfferStatus
    cleaning_from: CleaningStatus = CleaningStatus.OPEN
    cleaning_to: CleaningStatus | None = None
    others: tuple[OfferStatus, OfferStatus] | None = None
    conditions: tuple[Condition, ...] = ()
    reasons: type[TextChoices] | None = None


PENDING, ACCEPTED, REJECTED, CANCELLED, RESCINDED, COMPLETED = OfferStatus

OFFER = Move(
    Kind.OFFER,
    Role.CLEANER,
    offer_from=(None, RESCINDED),
    offer_to=PENDING,
    conditions=(Condition.NOT_HIDDEN, Condition.TAKES_OFFERS, Condition.OPEN_TO_CLEANER, Condition.NO_BLOCK),
)
REVISE = Move(
    Kind.REVISE,
    Role.CLEANER,
    offer_from=(PENDING,),
    offer_to=PENDING,
    conditions=(Condition.NOT_HIDDEN, Condition.TAKES_OFFERS, Condition.NO_BLOCK),
)
CONFIRM = Move(
    Kind.CONFIRM,
    Role.CLEANER,
    offer_from=(PENDING,),
    offer_to=PENDING,
    conditions=(Condition.NOT_HIDDEN, Condition.TAKES_OFFERS, Condition.OUTDATED, Condition.NO_BLOCK),
)
RESCIND = Move(Kind.RESCIND, Role.CLEANER, offer_from=(PENDING,), offer_to=RESCINDED)
REJECT = Move(Kind.REJECT, Role.OWNER, offer_from=(PENDING,), offer_to=REJECTED)
ACCEPT = Move(
    Kind.ACCEPT,
    Role.OWNER,
    offer_from=(PENDING,),
    offer_to=ACCEPTED,
    cleaning_to=CleaningStatus.ASSIGNED,
    others=(PENDING, REJECTED),
    # Else somebody would get the street of a job that may be a trap.
    conditions=(Condition.NOT_HIDDEN, Condition.CURRENT, Condition.CLEANER_ACTIVE, Condition.NO_BLOCK),
)
CANCEL = Move(
    Kind.CANCEL,
    Role.CLEANER,
    offer_from=(ACCEPTED,),
    offer_to=CANCELLED,
    cleaning_from=CleaningStatus.ASSIGNED,
    cleaning_to=CleaningStatus.OPEN,
    others=(REJECTED, PENDING),
    reasons=CancelReason,
)
RELEASE = Move(
    Kind.RELEASE,
    Role.OWNER,
    offer_from=(ACCEPTED,),
    offer_to=CANCELLED,
    cleaning_from=CleaningStatus.ASSIGNED,
    cleaning_to=CleaningStatus.OPEN,
    others=(REJECTED, PENDING),
    reasons=ReleaseReason,
)
COMPLETE = Move(
    Kind.COMPLETE,
    Role.OWNER,
    offer_from=(ACCEPTED,),
    offer_to=COMPLETED,
    cleaning_from=CleaningStatus.ASSIGNED,
    cleaning_to=CleaningStatus.COMPLETED,
    conditions=(Condition.STARTED,),
)

# The order on pages: what leads on first, what ends something last.
MOVES = (ACCEPT, COMPLETE, OFFER, CONFIRM, REVISE, REJECT, RESCIND, RELEASE, CANCEL)
OFFERS_WHEN_CLOSING = (PENDING, REJECTED)
MOVES_BY_KIND = {move.kind: move for move in MOVES}


@cache
def moves_from(offer: str | None, cleaning: str) -> tuple[Move, ...]:
    """By the two statuses alone; `Offer.allows` checks the rest."""
    return tuple(move for move in MOVES if offer in move.offer_from and cleaning == move.cleaning_from)


class TermsChanged(IllegalMove):
    """The person was shown other terms."""
