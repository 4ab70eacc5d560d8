"""The types of events of a cleaning; each app above registers its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from cleanings.states import Kind, OfferStatus, Role
from notifications import topics
from notifications.topics import Notice, Topic, TopicRow

if TYPE_CHECKING:
    from accounts.models import User
    from cleanings.timeline import Event


@dataclass(frozen=True)
class Sentences:
    """A line of the timeline by who acted; staff and site act in the place of the party."""

    you: str = ""
    party: str = ""
    staff: str = ""
    site: str = ""


@dataclass(frozen=True)
class Link:
    label: str
    url: Callable[[Event, Any], str]


CLEANING = Link("See the job", lambda event, about: reverse("cleanings:detail", args=[event.cleaning_id]))
OTHER_CLEANINGS = Link("Find other jobs", lambda event, about: reverse("cleanings:list"))


def _no_facts(event: Event, about: Any) -> dict[str, str]:
    return {}


def _any(event: Event, about: Any) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class NoticeType:
    """What the party that `hears` gets, or either; of an event's rows the first whose `when` holds counts."""

    hears: Role | None = None
    topic: Topic
    subject: str
    sentence: str
    link: Link
    when: Callable[[Event, Any], bool] = _any
    facts: Callable[[Event, Any], dict[str, str]] = _no_facts

    def says(self, word: str) -> bool:
        """Whether a text names the word. Facts that no text names are not looked up."""
        return f"{{{word}}}" in f"{self.subject} {self.sentence}"

    def notice(self, recipient: User, event: Event, about: Any = None, **names: str) -> Notice:
        words = names | self.facts(event, about)
        words |= {"cleaning": event.heading_for(recipient), "reason": event.reason_label}
        if self.says("line"):
            words["line"] = event.sentence_for(recipient)
        subject, sentence = self.subject.format(**words), self.sentence.format(**words)
        return Notice(recipient, self.topic, subject, sentence, self.link.url(event, about), self.link.label)


@dataclass(frozen=True, kw_only=True)
class EventType:
    """`status` is the offer's after the event, None for any; `repeated` is for several events on a day."""

    kind: Kind
    status: OfferStatus | None = None
    is_about_offer: bool = True
    by: Role = Role.OWNER
    sentences: Sentences
    to_concerned: Sentences | None = None
    repeated: EventType | None = None
    notices: tuple[NoticeType, ...] = ()

    def sentences_for(self, *, is_concerned: bool) -> Sentences:
        return self.to_concerned if is_concerned and self.to_concerned else self.sentences


def always(sentence: str) -> Sentences:
    return Sentences(you=sentence, party=sentence, staff=sentence, site=sentence)


_event_types: dict[tuple[bool, Kind, OfferStatus | None], EventType] = {}


def register(event_types: Iterable[EventType]) -> None:
    for row in event_types:
        _event_types[row.is_about_offer, row.kind, row.status] = row


def event_type(kind: str, status: str, *, is_about_offer: bool) -> EventType:
    found = _event_types.get((is_about_offer, Kind(kind), None))
    return found or _event_types[is_about_offer, Kind(kind), OfferStatus(status)]


ON_CLEANINGS, ON_OFFERS, ON_BOTH = "On your jobs", "On your offers", "On your jobs and offers"
topics.register(
    [
        TopicRow(Topic.IN_YOUR_PLACE, ON_BOTH),
        TopicRow(Topic.INVITED, ON_OFFERS, asks=True),
        TopicRow(Topic.INVITATION_OVER, ON_BOTH),
    ]
)

STAFF_ACTED = NoticeType(
    hears=Role.OWNER,
    topic=Topic.IN_YOUR_PLACE,
    subject="The staff changed {cleaning}",
    sentence="{cleaning}: {line}",
    link=CLEANING,
)

INVITED = NoticeType(
    hears=Role.CLEANER,
    topic=Topic.INVITED,
    subject="{owner} invites you to {cleaning}",
    sentence="{owner} invites you to {cleaning}. {summary} Only the two of you see it."
    " You can make an offer or decline until {until}.",
    link=CLEANING,
)
OPENED_TO_EVERYONE = NoticeType(
    hears=Role.CLEANER,
    topic=Topic.INVITATION_OVER,
    subject="{cleaning} is open to everyone",
    sentence="{cleaning}, which you were invited to, is now open to everyone.",
    link=CLEANING,
)
INVITATION_CLOSED = NoticeType(
    hears=Role.CLEANER,
    topic=Topic.INVITATION_OVER,
    subject="{cleaning} was closed",
    sentence="The owner closed {cleaning}, which you were invited to.",
    link=OTHER_CLEANINGS,
)
# These name nobody, so that nothing has to be removed from them when an account is closed.
DECLINED = NoticeType(
    hears=Role.OWNER,
    topic=Topic.INVITATION_OVER,
    subject="Your invitation to {cleaning} was declined",
    sentence="Your invitation to {cleaning} was declined. Open it to everyone, invite someone else, or close it.",
    link=CLEANING,
)
DECLINED_AND_OPEN = replace(
    DECLINED, sentence="Your invitation to {cleaning} was declined. It’s now open to everyone, as you chose."
)
INVITATION_ENDED = replace(
    DECLINED,
    subject="Your invitation to {cleaning} is over",
    sentence="Your invitation to {cleaning} is over. Open it to everyone, invite someone else, or close it.",
)
INVITATION_ENDED_AND_OPEN = replace(
    INVITATION_ENDED, sentence="Your invitation to {cleaning} is over. It’s now open to everyone, as you chose."
)
INVITATION_ENDED_WITH_OFFER = replace(
    INVITATION_ENDED,
    sentence="Your invitation to {cleaning} is over. The offer it brought is still waiting for your answer.",
)


def invitation_over(event: Event, *, opens: bool, has_offer: bool) -> NoticeType:
    if event.actor is None and has_offer:
        return INVITATION_ENDED_WITH_OFFER
    if event.actor is None:
        return INVITATION_ENDED_AND_OPEN if opens else INVITATION_ENDED
    return DECLINED_AND_OPEN if opens else DECLINED


SITE_ACTED = replace(STAFF_ACTED, subject="{cleaning} has changed")

# Other cleaners read these lines too, so they name no cleaner.
register(
    [
        EventType(
            kind=Kind.POST,
            is_about_offer=False,
            sentences=Sentences(
                you="You posted the job.",
                party="The owner posted the job.",
                staff="The staff posted the job.",
                site="The site posted the job.",
            ),
        ),
        EventType(
            kind=Kind.EDIT,
            is_about_offer=False,
            sentences=Sentences(
                you="You changed the job: {changed}.",
                party="The owner changed the job: {changed}.",
                staff="The staff changed the job: {changed}.",
                site="The site changed the job: {changed}.",
            ),
        ),
        EventType(
            kind=Kind.ACCEPT,
            is_about_offer=False,
            sentences=Sentences(
                you="You chose a cleaner, so no more offers can be made.",
                party="The owner chose a cleaner, so no more offers can be made.",
                staff="The staff chose a cleaner, so no more offers can be made.",
                site="The site chose a cleaner, so no more offers can be made.",
            ),
        ),
        EventType(
            kind=Kind.AGREE,
            is_about_offer=False,
            sentences=always("Owner and cleaner agreed on a change: {changed}."),
        ),
        EventType(
            kind=Kind.CANCEL,
            is_about_offer=False,
            sentences=always("The chosen cleaner cancelled."),
        ),
        EventType(
            kind=Kind.RELEASE,
            is_about_offer=False,
            sentences=Sentences(
                you="You cancelled with the chosen cleaner.",
                party="The owner cancelled with the chosen cleaner.",
                staff="The staff cancelled with the chosen cleaner.",
                site="The site cancelled with the chosen cleaner.",
            ),
        ),
        EventType(kind=Kind.COMPLETE, is_about_offer=False, sentences=always("The job is done.")),
        EventType(
            kind=Kind.CLOSE,
            is_about_offer=False,
            sentences=Sentences(
                you="You closed the job.",
                party="The owner closed the job.",
                staff="The staff closed the job.",
                site="The site closed the job.",
            ),
        ),
        EventType(
            kind=Kind.LAPSE,
            is_about_offer=False,
            sentences=always("The start passed, and nobody had been chosen."),
        ),
        EventType(
            kind=Kind.INVITE,
            is_about_offer=False,
            sentences=Sentences(
                you="You invited a cleaner. Nobody else sees the job.",
                party="The owner invited a cleaner.",
                staff="The staff invited a cleaner.",
                site="The site invited a cleaner.",
            ),
        ),
        EventType(
            kind=Kind.PASS,
            is_about_offer=False,
            sentences=Sentences(
                you="You declined the invitation.",
                party="The invited cleaner declined.",
                staff="The invited cleaner declined.",
                site="The invitation ended.",
            ),
        ),
        EventType(
            kind=Kind.UNRESERVE,
            is_about_offer=False,
            sentences=Sentences(
                you="You opened the job to everyone.",
                party="The owner opened the job to everyone.",
                staff="The staff opened the job to everyone.",
                site="The job opened to everyone.",
            ),
        ),
    ]
)
