"""Who is told of an evaluation, in what words, and where it leads: one function per event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from cleanings.events import EventType, Sentences, always, register
from cleanings.states import HideReason, Kind
from cleanings.timeline import Event
from core.formatting import day_label
from notifications.topics import Told, Topic
from offers.events import answer_no_show, evaluate

if TYPE_CHECKING:
    from accounts.models import User
    from evaluations.models import Evaluation
    from offers.models import Offer

EVENT_TYPES = [
    EventType(
        kind=Kind.EVALUATE,
        sentences=Sentences(you="You evaluated {other}.", party="{doer} evaluated {other}."),
        to_concerned=Sentences(party="{doer} evaluated you."),
    ),
    EventType(
        kind=Kind.HIDE,
        sentences=Sentences(you="The staff hid your evaluation.", party="The staff hid {doer}’s evaluation."),
    ),
    EventType(kind=Kind.DUE, sentences=always("The site reminded who had not evaluated the other side.")),
    EventType(
        kind=Kind.PUBLISH,
        sentences=Sentences(you="The site published your evaluation.", party="The site published {doer}’s evaluation."),
    ),
]
register(EVENT_TYPES)


def evaluated(event: Event, evaluation: Evaluation) -> list[Told]:
    """The other side can read it, or may answer, blind, until it is published."""
    subject, offer, name = evaluation.subject, evaluation.offer, evaluation.author.isolated_name
    sentence, url = f"{name} has evaluated you for {event.heading}.", readable(evaluation)
    date = day_label(evaluation.publishes_at)
    if evaluation.is_published:
        sentence += " You can read it on your profile."
    elif type(evaluation).why_not(offer, subject):
        sentence += f" You can read it from {date} on."
    else:
        sentence += f" You can read it once you have written too, or from {date} on."
        url = evaluate(offer)
    if evaluation.no_show:
        return [no_show(event, evaluation, sentence)]
    return [Told(subject, Topic.EVALUATED, f"You have been evaluated for {event.heading}", sentence, url)]


def no_show(event: Event, evaluation: Evaluation, sentence: str) -> Told:
    """The one who is said not to have turned up hears so at once, without a word of the evaluation, and can answer."""
    subject, offer, url = evaluation.subject, evaluation.offer, readable(evaluation)
    what = "you did not turn up" if evaluation.is_by_owner else "nobody let them in"
    sentence += f" It says that {what}."
    if offer.no_show_can_be_answered_by(subject):
        sentence += " You can answer that, once."
        url = answer_no_show(offer)
    return Told(subject, Topic.NO_SHOW, f"A no-show is reported for {event.heading}", sentence, url)


def hidden(event: Event, evaluation: Evaluation) -> list[Told]:
    """Both hear why, each with their own part in it."""
    author, subject = evaluation.author, evaluation.subject
    hid = f"The staff have hidden your evaluation of {subject.isolated_name}"
    hid_of_you = f"The staff have hidden {author.isolated_name}’s evaluation of you"
    heading, why = f"An evaluation for {event.heading} is hidden", HideReason(evaluation.hide_reason).label
    return [
        Told(person, Topic.HIDDEN, heading, f"{words} for {event.heading}. Reason: {why}.", readable(evaluation))
        for person, words in ((author, hid), (subject, hid_of_you))
    ]


def due(event: Event, offer: Offer, person: User) -> Told:
    """To one who has not written yet."""
    other = offer.other_side(person)
    sentence = f"You can evaluate {other.isolated_name} for {event.heading} until {day_label(offer.evaluated_until)}."
    subject = f"The days to evaluate {event.heading} are ending"
    return Told(person, Topic.EVALUATION_DUE, subject, sentence, evaluate(offer))


def published(event: Event, evaluation: Evaluation) -> list[Told]:
    """Both hear that it can be read; the author, too, who waited for the other side."""
    author, subject, what = evaluation.author, evaluation.subject, event.heading
    sentences = {
        author: f"Your evaluation of {subject.isolated_name} for {what} is published.",
        subject: f"{author.isolated_name}’s evaluation of you for {what} is published.",
    }
    heading, url = f"An evaluation for {what} is published", readable(evaluation)
    return [Told(person, Topic.PUBLISHED, heading, sentence, url) for person, sentence in sentences.items()]


def readable(evaluation: Evaluation) -> str:
    """The address of the evaluations of its subject, or of the job where the subject's account has ended."""
    subject = evaluation.subject
    if subject.is_active:
        return reverse("evaluations:list", args=[subject.username])
    return evaluation.offer.cleaning.get_absolute_url()
