from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.urls import reverse

from cleanings.events import CLEANING, ON_BOTH, EventType, Link, NoticeType, Sentences, always, register
from cleanings.states import HideReason, Kind, Role
from cleanings.timeline import Event
from core.formatting import day_label
from notifications import topics
from notifications.models import Notification
from notifications.topics import Notice, Topic, TopicRow
from offers.events import ANSWER_NO_SHOW, EVALUATE

if TYPE_CHECKING:
    from accounts.models import User
    from evaluations.models import Evaluation
    from offers.models import Offer

topics.register(
    [
        TopicRow(Topic.EVALUATED, ON_BOTH, asks=True),
        TopicRow(Topic.NO_SHOW, ON_BOTH),
        TopicRow(Topic.EVALUATION_DUE, ON_BOTH, asks=True),
        TopicRow(Topic.PUBLISHED, ON_BOTH),
        TopicRow(Topic.HIDDEN, ON_BOTH),
    ]
)

READ = Link(
    "Read the reviews",
    lambda event, evaluation: reverse("evaluations:list", args=[evaluation.subject.username]),
)

EVENT_TYPES = [
    EventType(
        kind=Kind.EVALUATE,
        sentences=Sentences(you="You reviewed {other}.", party="{doer} reviewed {other}."),
        to_concerned=Sentences(party="{doer} reviewed you."),
    ),
    EventType(
        kind=Kind.HIDE,
        sentences=Sentences(you="The staff hid your review.", party="The staff hid {doer}’s review."),
    ),
    EventType(kind=Kind.DUE, sentences=always("We reminded anyone who hadn’t written a review.")),
    EventType(
        kind=Kind.PUBLISH,
        sentences=Sentences(you="We published your review.", party="We published {doer}’s review."),
    ),
]
register(EVENT_TYPES)

EVALUATED = "You have a new review for {cleaning}"
READABLE = NoticeType(
    topic=Topic.EVALUATED,
    subject=EVALUATED,
    sentence="{author} reviewed you for {cleaning}. You can read it on your profile.",
    link=READ,
)
READABLE_LATER = NoticeType(
    topic=Topic.EVALUATED,
    subject=EVALUATED,
    sentence="{author} reviewed you for {cleaning}. You can read it from {date} on.",
    link=READ,
)
TO_EVALUATE_TOO = NoticeType(
    topic=Topic.EVALUATED,
    subject=EVALUATED,
    sentence="{author} reviewed you for {cleaning}. You can read it once you have written too, or from {date} on.",
    link=EVALUATE,
)
NO_SHOW_SENTENCES = {
    (READABLE, Role.CLEANER): "{author} reviewed you for {cleaning}. You can read it on your profile."
    " It says that you didn’t turn up.",
    (READABLE, Role.OWNER): "{author} reviewed you for {cleaning}. You can read it on your profile."
    " It says that nobody let them in.",
    (READABLE_LATER, Role.CLEANER): "{author} reviewed you for {cleaning}. You can read it from {date} on."
    " It says that you didn’t turn up.",
    (READABLE_LATER, Role.OWNER): "{author} reviewed you for {cleaning}. You can read it from {date} on."
    " It says that nobody let them in.",
    (TO_EVALUATE_TOO, Role.CLEANER): "{author} reviewed you for {cleaning}."
    " You can read it once you have written too, or from {date} on. It says that you didn’t turn up.",
    (TO_EVALUATE_TOO, Role.OWNER): "{author} reviewed you for {cleaning}."
    " You can read it once you have written too, or from {date} on. It says that nobody let them in.",
}
NO_SHOW_TO_ANSWER = {
    (READABLE, Role.CLEANER): "{author} reviewed you for {cleaning}. You can read it on your profile."
    " It says that you didn’t turn up. You can answer that once.",
    (READABLE, Role.OWNER): "{author} reviewed you for {cleaning}. You can read it on your profile."
    " It says that nobody let them in. You can answer that once.",
    (READABLE_LATER, Role.CLEANER): "{author} reviewed you for {cleaning}. You can read it from {date} on."
    " It says that you didn’t turn up. You can answer that once.",
    (READABLE_LATER, Role.OWNER): "{author} reviewed you for {cleaning}. You can read it from {date} on."
    " It says that nobody let them in. You can answer that once.",
    (TO_EVALUATE_TOO, Role.CLEANER): "{author} reviewed you for {cleaning}."
    " You can read it once you have written too, or from {date} on."
    " It says that you didn’t turn up. You can answer that once.",
    (TO_EVALUATE_TOO, Role.OWNER): "{author} reviewed you for {cleaning}."
    " You can read it once you have written too, or from {date} on."
    " It says that nobody let them in. You can answer that once.",
}
NO_SHOW = "A no-show is reported for {cleaning}"
HIDDEN = "A review for {cleaning} is hidden"
HIDDEN_OF_AUTHOR = NoticeType(
    topic=Topic.HIDDEN,
    subject=HIDDEN,
    sentence="The staff have hidden your review of {subject} for {cleaning}. Reason: {why}.",
    link=READ,
)
HIDDEN_OF_SUBJECT = NoticeType(
    topic=Topic.HIDDEN,
    subject=HIDDEN,
    sentence="The staff have hidden {author}’s review of you for {cleaning}. Reason: {why}.",
    link=READ,
)
DUE = NoticeType(
    topic=Topic.EVALUATION_DUE,
    subject="The days to review {cleaning} are ending",
    sentence="You can review {other} for {cleaning} until {until}.",
    link=EVALUATE,
)
PUBLISHED = "A review for {cleaning} is published"
PUBLISHED_OF_AUTHOR = NoticeType(
    topic=Topic.PUBLISHED,
    subject=PUBLISHED,
    sentence="Your review of {subject} for {cleaning} is published.",
    link=READ,
)
PUBLISHED_OF_SUBJECT = NoticeType(
    topic=Topic.PUBLISHED,
    subject=PUBLISHED,
    sentence="{author}’s review of you for {cleaning} is published.",
    link=READ,
)


def evaluated(event: Event, evaluation: Evaluation) -> list[Notification]:
    """The subject of a no-show gets a notice at once, without a word of the evaluation."""
    subject, offer = evaluation.subject, evaluation.offer
    row = _readable_when(evaluation)
    if evaluation.no_show:
        can_answer = offer.can_answer_no_show(subject)
        sentences = NO_SHOW_TO_ANSWER if can_answer else NO_SHOW_SENTENCES
        sentence = sentences[row, Role.CLEANER if evaluation.is_by_owner else Role.OWNER]
        link = ANSWER_NO_SHOW if can_answer else READ
        row = replace(row, topic=Topic.NO_SHOW, subject=NO_SHOW, sentence=sentence, link=link)
    return Notification.for_event(event, [_notice(row, subject, event, evaluation)])


def hidden(event: Event, evaluation: Evaluation, *, tell_author: bool) -> list[Notification]:
    """Author and subject each get the reason."""
    if tell_author:
        return _to_both(HIDDEN_OF_AUTHOR, HIDDEN_OF_SUBJECT, event, evaluation)
    return Notification.for_event(event, [_notice(HIDDEN_OF_SUBJECT, evaluation.subject, event, evaluation)])


def published(event: Event, evaluation: Evaluation) -> list[Notification]:
    """The author, who waited for the other side, gets one too."""
    return _to_both(PUBLISHED_OF_AUTHOR, PUBLISHED_OF_SUBJECT, event, evaluation)


def due(event: Event, offer: Offer, people: list[User]) -> list[Notification]:
    """`people` are those who have not written yet."""
    until = day_label(offer.evaluated_until)
    notices = [
        DUE.notice(person, event, offer, other=other.isolated_name, until=until)
        for person in people
        if (other := offer.other_side(person))
    ]
    return Notification.for_event(event, notices)


def _readable_when(evaluation: Evaluation) -> NoticeType:
    if evaluation.is_published:
        return READABLE
    return READABLE_LATER if type(evaluation).why_not(evaluation.offer, evaluation.subject) else TO_EVALUATE_TOO


def _to_both(to_author: NoticeType, to_subject: NoticeType, event: Event, evaluation: Evaluation) -> list[Notification]:
    notices = [
        _notice(to_author, evaluation.author, event, evaluation),
        _notice(to_subject, evaluation.subject, event, evaluation),
    ]
    return Notification.for_event(event, notices)


def _notice(row: NoticeType, recipient: User, event: Event, evaluation: Evaluation) -> Notice:
    """Evaluations of ended accounts have no page, so the link leads to the cleaning."""
    author, subject = evaluation.author, evaluation.subject
    if row.link is READ and not subject.is_active:
        row = replace(row, link=CLEANING)
    why = HideReason(evaluation.hide_reason).label if evaluation.hide_reason else ""
    names = {"author": author.isolated_name, "subject": subject.isolated_name}
    return row.notice(recipient, event, evaluation, date=day_label(evaluation.publishes_at), why=str(why), **names)
