"""What was said of people, in templates: short beside a name, at length on a profile, and whose turn it is."""

from __future__ import annotations

from django import template
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from cleanings.states import OfferStatus
from core.text import clean_line, isolate, truncate
from evaluations.models import Evaluation
from evaluations.ratings import Record, Standing, mean_of, record_of, standing_of
from offers.events import answer_no_show, evaluate
from offers.models import Offer

register = template.Library()
NEWEST = 5


@register.inclusion_tag("evaluations/_rating.html")
def rating(person: User) -> dict:
    """The mean of a person's ratings beside the number of evaluations."""
    return mean_of(person)


@register.simple_tag
def standing(person: User) -> Standing:
    """What the published evaluations of a person add up to."""
    return standing_of(person)


@register.simple_tag
def record(person: User) -> Record:
    """What became of a person's jobs; head and body of a page both need it, and it is looked up once."""
    kept = vars(person)
    if "record" not in kept:
        kept["record"] = record_of(person)
    return kept["record"]


@register.simple_tag
def summary(person: User) -> str:
    """What a search engine says of somebody who may be found, in 50 to 160 characters: how their own words begin,
    and after few of them how they come to be here.
    """
    since = date_format(timezone.localtime(person.date_joined), "F Y")
    here = f"{person.isolated_name} has been a member since {since}, with jobs completed as an owner or a cleaner."
    return truncate(f"{isolate(clean_line(person.profile.bio))} {here}".strip(), 160)


@register.simple_tag
def newest_evaluations(person: User) -> list[Evaluation]:
    """The few that a profile shows; a link leads to all."""
    return list(person.evaluations.published().with_people().with_answers().newest_first()[:NEWEST])


@register.inclusion_tag("evaluations/_turn.html")
def turn(offer: Offer | None, user) -> dict:
    """What a side of a job that is over can say of the other, or how the evaluations stand; nothing for others."""
    if offer is None or offer.status not in (OfferStatus.COMPLETED, OfferStatus.CANCELLED) or not user.is_authenticated:
        return {}
    subject = offer.other_side(user)
    if subject is None:
        return {}
    # Read once, for the question as for the answer.
    prefetch_related_objects([offer], "evaluations")
    answer_url = answer_no_show(offer) if offer.no_show_can_be_answered_by(user) else ""
    if Evaluation.can_be_written_by(user, offer):
        url = evaluate(offer)
        return {"subject": subject, "url": url, "until": offer.evaluated_until, "answer_url": answer_url}
    written = {evaluation.author_id: evaluation for evaluation in offer.evaluations.all()}
    mine, theirs = written.get(user.pk), written.get(subject.pk)
    return {
        "subject": subject,
        "answer_url": answer_url,
        "mine": mine,
        "is_told_on": theirs is not None and theirs.is_published,
    }
