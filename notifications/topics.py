"""What people are told of: the kinds of news, for each of which they choose whether it is mailed to them too."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import TextChoices

if TYPE_CHECKING:
    from accounts.models import User


class Topic(TextChoices):
    """A kind of news, called as the person who is told of it would."""

    OFFERED = "offered", "Somebody makes an offer"
    REVISED = "revised", "An offer is revised"
    CONFIRMED = "confirmed", "An offer is confirmed after you changed the cleaning"
    RESCINDED = "rescinded", "An offer is rescinded"
    CANCELLED = "cancelled", "The chosen cleaner cancels"
    CHOSEN = "chosen", "You have the job"
    NOT_CHOSEN = "not_chosen", "Somebody else is chosen"
    REJECTED = "rejected", "Your offer is rejected"
    CHANGED = "changed", "The cleaning changes, and your offer has to be confirmed"
    REOPENED = "reopened", "The cleaning is open again, and your offer counts again"
    RELEASED = "released", "You are released from the job"
    CLOSED = "closed", "The cleaning is closed"
    LAPSED = "lapsed", "The start passes and nobody is chosen"
    REMINDED = "reminded", "A job is tomorrow"
    COMPLETED = "completed", "A job is completed"
    EVALUATED = "evaluated", "You are evaluated"
    NO_SHOW = "no_show", "Somebody says that you did not turn up"
    ANSWERED = "answered", "Somebody answers what you said of a no-show"
    EVALUATION_DUE = "evaluation_due", "The days in which you can evaluate are ending"
    PUBLISHED = "published", "An evaluation is published"
    HIDDEN = "hidden", "The staff hide an evaluation"
    IN_YOUR_PLACE = "in_your_place", "The staff, or the site by itself, act in your place"


class Mailing(TextChoices):
    """What becomes of a notification by mail."""

    WAITING = "waiting", "Waits for its mail"
    QUEUED = "queued", "In a mail"
    UNWANTED = "unwanted", "On the site only"


# In the order in which a person chooses among them, and under which heading.
CHOICES = {
    "On your cleanings": (Topic.OFFERED, Topic.REVISED, Topic.CONFIRMED, Topic.RESCINDED, Topic.CANCELLED),
    "On your offers": (
        *(Topic.CHOSEN, Topic.NOT_CHOSEN, Topic.REJECTED, Topic.CHANGED),
        *(Topic.REOPENED, Topic.RELEASED, Topic.CLOSED),
    ),
    "On your cleanings and offers": (
        *(Topic.LAPSED, Topic.REMINDED, Topic.COMPLETED, Topic.EVALUATED, Topic.NO_SHOW, Topic.ANSWERED),
        *(Topic.EVALUATION_DUE, Topic.PUBLISHED, Topic.HIDDEN, Topic.IN_YOUR_PLACE),
    ),
}

# What is asked of somebody by these is no news any more once they have done it; all else is.
ASKING = frozenset(
    {
        *(Topic.OFFERED, Topic.REVISED, Topic.CONFIRMED, Topic.CANCELLED, Topic.CHOSEN, Topic.CHANGED),
        *(Topic.REOPENED, Topic.LAPSED, Topic.REMINDED, Topic.COMPLETED, Topic.EVALUATED, Topic.EVALUATION_DUE),
    }
)


class Notice(NamedTuple):
    """What one person hears of one event, and where they act on it; `subject` is that of the mail."""

    recipient: User
    topic: Topic
    subject: str
    sentence: str
    url: str
    button: str
