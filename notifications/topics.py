from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import TextChoices

if TYPE_CHECKING:
    from accounts.models import User


class Topic(TextChoices):
    OFFERED = "offered", "Someone makes an offer"
    REVISED = "revised", "An offer is changed"
    CONFIRMED = "confirmed", "An offer is kept after you changed the job"
    RESCINDED = "rescinded", "An offer is withdrawn"
    CANCELLED = "cancelled", "The chosen cleaner cancels"
    CHOSEN = "chosen", "You have the job"
    NOT_CHOSEN = "not_chosen", "Someone else is chosen"
    REJECTED = "rejected", "Your offer is turned down"
    CHANGED = "changed", "A job changes, and you can keep or change your offer"
    REOPENED = "reopened", "A job is open again, and your offer is back in play"
    RELEASED = "released", "The owner cancels a job with you"
    CLOSED = "closed", "A job is closed"
    LAPSED = "lapsed", "The start passes and nobody is chosen"
    REMINDED = "reminded", "A job is tomorrow"
    COMPLETED = "completed", "A job is done"
    EVALUATED = "evaluated", "Someone reviews you"
    NO_SHOW = "no_show", "Someone says that you didn’t turn up"
    ANSWERED = "answered", "Someone answers what you said about a no-show"
    SUGGESTED = "suggested", "Someone suggests a change to an agreed job"
    AGREED = "agreed", "A change is agreed"
    CHANGE_OVER = "change_over", "A suggested change is declined, withdrawn or runs out"
    ASKED = "asked", "Someone asks a question about your job"
    QUESTION_ANSWERED = "question_answered", "The owner answers a question"
    WRITTEN = "written", "Someone writes to you about a job"
    INVITED = "invited", "An owner invites you to a job"
    INVITATION_OVER = "invitation_over", "An invitation is declined, taken back or runs out"
    EVALUATION_DUE = "evaluation_due", "The days for a review are ending"
    PUBLISHED = "published", "A review is published"
    HIDDEN = "hidden", "The staff hide a review"
    ALERT = "alert", "New jobs match a search that you saved"
    REPORTED = "reported", "Our staff decide about something you reported"
    DECIDED = "decided", "Our staff decide about something of yours"
    IN_YOUR_PLACE = "in_your_place", "The staff, or the site by itself, act in your place"


class Mailing(TextChoices):
    WAITING = "waiting", "Waits for its mail"
    QUEUED = "queued", "In a mail"
    UNWANTED = "unwanted", "On the site only"


@dataclass(frozen=True)
class TopicRow:
    """`heading` is where people choose whether the topic is mailed. Without one its mail is never sent, or always.

    A topic that `asks` for something is not mailed once the person has done it.
    """

    topic: Topic
    heading: str
    asks: bool = False
    # What else ends when a person unsubscribes from its mails.
    on_unsubscribe: Callable[[User], object] | None = None
    # The sentence that says so.
    ending: str = ""


_rows: dict[str, TopicRow] = {}


def register(rows: Iterable[TopicRow]) -> None:
    _rows.update((row.topic, row) for row in rows)


def asks(topic: str) -> bool:
    return topic in _rows and _rows[topic].asks


def unsubscribed(person: User, topics: Iterable[str]) -> None:
    for topic in topics:
        if topic in _rows and (end := _rows[topic].on_unsubscribe):
            end(person)


def endings_of(topics: Iterable[str]) -> list[str]:
    return [_rows[topic].ending for topic in topics if topic in _rows and _rows[topic].ending]


def topics_by_heading() -> dict[str, list[Topic]]:
    """In the order of `Topic`, whichever app registered first."""
    groups: dict[str, list[Topic]] = {}
    for topic in Topic:
        if heading := _rows[topic].heading:
            groups.setdefault(heading, []).append(topic)
    return groups


class Notice(NamedTuple):
    recipient: User
    topic: Topic
    subject: str
    sentence: str
    url: str
    button: str
