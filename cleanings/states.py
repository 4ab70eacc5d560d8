"""Which statuses exist, and which moves are legal: the one page that buttons, querysets, admin and tests derive from.

It imports no model, so that every app may import it.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db.models import TextChoices

from core.exceptions import IllegalMove as IllegalMove


class OfferStatus(TextChoices):
    PENDING = "pending", "Pending"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    CANCELLED = "cancelled", "Cancelled"
    RESCINDED = "rescinded", "Rescinded"
    COMPLETED = "completed", "Completed"


class CleaningStatus(TextChoices):
    OPEN = "open", "Open"
    ASSIGNED = "assigned", "Assigned"
    COMPLETED = "completed", "Completed"
    CLOSED = "closed", "Closed"


# The offers of which a cleaning can have at most one, and those that an owner still compares.
WINNING = (OfferStatus.ACCEPTED, OfferStatus.COMPLETED)
IN_PLAY = (*WINNING, OfferStatus.PENDING)
# Those from which nothing more is to come, as things stand.
PAST = (OfferStatus.REJECTED, OfferStatus.CANCELLED, OfferStatus.COMPLETED)
# What each list of a cleaner's own offers holds.
OFFER_LISTS = {"ahead": (OfferStatus.ACCEPTED,), "pending": (OfferStatus.PENDING,), "past": PAST}


class Kind(TextChoices):
    """What can happen to a cleaning or an offer: the kinds of Event, and the names of the verbs."""

    POST = "post", "posted"
    EDIT = "edit", "edited"
    OFFER = "offer", "made"
    REVISE = "revise", "revised"
    CONFIRM = "confirm", "confirmed"
    RESCIND = "rescind", "rescinded"
    REJECT = "reject", "rejected"
    ACCEPT = "accept", "accepted"
    CANCEL = "cancel", "cancelled"
    RELEASE = "release", "released"
    COMPLETE = "complete", "completed"
    CLOSE = "close", "closed"
    SEE = "see", "seen"
    EVALUATE = "evaluate", "evaluated"
    HIDE = "hide", "hidden"
    LAPSE = "lapse", "lapsed"
    REMIND = "remind", "reminded"
    DUE = "due", "due"
    PUBLISH = "publish", "published"
    ANSWER = "answer", "answered"


# What the site tells about an offer as time passes, once each.
TOLD_IN_TIME = (Kind.REMIND, Kind.DUE, Kind.PUBLISH)
# What is written into a timeline and moves nothing: the status stays what it is.
REMARKS = (Kind.SEE, Kind.EVALUATE, Kind.HIDE, Kind.LAPSE, Kind.ANSWER, *TOLD_IN_TIME)


# When the site acts by itself. A job that is left open it completes so long after its start.
COMPLETES_ITSELF_AFTER = timedelta(days=14)
# So long both sides may evaluate each other, and so long a single evaluation waits for the other one.
EVALUATED_WITHIN = timedelta(days=14)
# So long before a job, and before the days of its evaluation end, it reminds of them.
REMINDED_BEFORE, DUE_BEFORE = timedelta(days=1), timedelta(days=3)
# So long a cleaner has to do with an offer that counts again.
RECALLED_FOR = timedelta(days=7)
# What has been due for longer than that is told to nobody any more.
TOLD_LATE = timedelta(days=14)


# The reason, on either side, that can be given only once the job has started.
NO_SHOW = "no_show"


class CancelReason(TextChoices):
    CANNOT_COME = "cannot_come", "I cannot come"
    AGREED = "agreed", "Agreed with the owner"
    NO_SHOW = NO_SHOW, "Nobody let me in"
    OTHER = "other", "Another reason"


class ReleaseReason(TextChoices):
    NO_SHOW = NO_SHOW, "Did not turn up"
    NOT_NEEDED = "not_needed", "No longer needed"
    OTHER = "other", "Another reason"


class HideReason(TextChoices):
    """Why the staff hide an evaluation."""

    INSULTS = "insults", "It insulted somebody"
    PRIVATE = "private", "It told something private"
    UNRELATED = "unrelated", "It was not about the job"
    OTHER = "other", "Another reason"


class Role(StrEnum):
    OWNER = "owner"
    CLEANER = "cleaner"


class Condition(StrEnum):
    """What a move needs besides the statuses; each is the name of a property of Offer."""

    TAKES_OFFERS = "takes_offers"
    STARTED = "has_started"
    CURRENT = "is_current"
    OUTDATED = "is_outdated"
    CLEANER_ACTIVE = "cleaner_is_active"


@dataclass(frozen=True)
class Move:
    """One row of the table of moves. A status of None is an offer that nobody has made yet."""

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
    Kind.OFFER, Role.CLEANER, offer_from=(None, RESCINDED), offer_to=PENDING, conditions=(Condition.TAKES_OFFERS,)
)
REVISE = Move(Kind.REVISE, Role.CLEANER, offer_from=(PENDING,), offer_to=PENDING, conditions=(Condition.TAKES_OFFERS,))
CONFIRM = Move(
    Kind.CONFIRM,
    Role.CLEANER,
    offer_from=(PENDING,),
    offer_to=PENDING,
    conditions=(Condition.TAKES_OFFERS, Condition.OUTDATED),
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
    conditions=(Condition.CURRENT, Condition.CLEANER_ACTIVE),
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

# In the order in which a page draws them: what leads on first, what ends something last.
MOVES = (ACCEPT, COMPLETE, OFFER, CONFIRM, REVISE, REJECT, RESCIND, RELEASE, CANCEL)
# What closing the cleaning does to each pending offer.
CLOSING = (PENDING, REJECTED)
BY_KIND = {move.kind: move for move in MOVES}


class TermsChanged(IllegalMove):
    """A move that is possible, but whose terms are not those that the person was shown."""
