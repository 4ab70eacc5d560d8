"""What was said of people, in templates: short beside a name, at length on a profile, and whose turn it is."""

from __future__ import annotations

from django import template
from django.urls import reverse

from accounts.models import User
from evaluations.models import Evaluation
from evaluations.sums import Record, Standing, record_of, standing_of
from offers.models import Offer
from offers.states import OfferStatus

register = template.Library()
NEWEST = 5


@register.inclusion_tag("evaluations/_rating.html")
def rating(person: User) -> dict:
    """The mean of a person's ratings beside the number of evaluations."""
    standing = standing_of(person)
    return {"mean": standing.mean, "count": standing.count}


@register.simple_tag
def standing(person: User) -> Standing:
    """What the published evaluations of a person add up to."""
    return standing_of(person)


@register.simple_tag
def record(person: User) -> Record:
    """What became of a person's jobs."""
    return record_of(person)


@register.simple_tag
def newest_evaluations(person: User) -> list[Evaluation]:
    """The few that a profile shows; a link leads to all."""
    return list(person.evaluations.published().with_people().newest_first()[:NEWEST])


@register.inclusion_tag("evaluations/_turn.html")
def turn(offer: Offer | None, user) -> dict:
    """What a side of a job that is over can say of the other, or how the evaluations stand; nothing for others."""
    if offer is None or offer.status not in (OfferStatus.COMPLETED, OfferStatus.CANCELLED) or not user.is_authenticated:
        return {}
    subject = Evaluation.other_side(offer, user)
    if subject is None:
        return {}
    if Evaluation.can_be_written_by(user, offer):
        url = reverse("evaluations:create", args=[offer.cleaning_id, offer.cleaner.username])
        return {"subject": subject, "url": url, "until": offer.evaluated_until}
    written = {evaluation.author_id: evaluation for evaluation in offer.evaluations.all()}
    mine, theirs = written.get(user.pk), written.get(subject.pk)
    return {"subject": subject, "mine": mine, "is_told_on": theirs is not None and theirs.is_published}
