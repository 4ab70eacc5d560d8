from __future__ import annotations

from django import template
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from cleanings.states import OfferStatus
from core.text import clean_line, isolate, truncate
from evaluations.models import Evaluation
from evaluations.ratings import JobHistory, RatingSummary, job_history, mean_rating, rating_summary
from offers.actions import evaluation_url, no_show_answer_url
from offers.models import Offer

register = template.Library()
NEWEST = 5


register.inclusion_tag("evaluations/_rating.html", name="rating")(mean_rating)


@register.simple_tag(name="rating_summary")
def cached_rating_summary(person: User) -> RatingSummary:
    cached = vars(person)
    if "rating_summary" not in cached:
        cached["rating_summary"] = rating_summary(person)
    return cached["rating_summary"]


@register.simple_tag(name="job_history")
def cached_job_history(person: User) -> JobHistory:
    cached = vars(person)
    if "job_history" not in cached:
        cached["job_history"] = job_history(person)
    return cached["job_history"]


@register.simple_tag
def profile_description(person: User) -> str:
    """The start of the bio, with the date of joining: 50 to 160 characters for search engines."""
    since = date_format(timezone.localtime(person.date_joined), "F Y")
    member = f"{person.isolated_name} has been a member since {since}, with jobs done as an owner or a cleaner."
    bio = "" if person.profile.is_hidden else person.profile.bio
    return truncate(f"{isolate(clean_line(bio))} {member}".strip(), 160)


@register.simple_tag
def newest_evaluations(person: User) -> dict:
    found = list(person.evaluations.published().with_people().with_answers().newest_first()[: NEWEST + 1])
    return {"shown": found[:NEWEST], "are_more": len(found) > NEWEST}


@register.inclusion_tag("evaluations/_own_evaluation.html")
def own_evaluation(offer: Offer, user: User) -> dict:
    """Empty for people who were no side of an ended job."""
    subject = offer.other_side(user)
    if subject is None or offer.status not in (OfferStatus.COMPLETED, OfferStatus.CANCELLED):
        return {}
    # Both the question and the answer need it.
    prefetch_related_objects([offer], "evaluations")
    answer_url = no_show_answer_url(offer) if offer.can_answer_no_show(user) else ""
    if Evaluation.can_be_written_by(user, offer):
        url = evaluation_url(offer)
        return {"subject": subject, "url": url, "until": offer.evaluated_until, "answer_url": answer_url}
    written = {evaluation.author_id: evaluation for evaluation in offer.evaluations.all()}
    mine, theirs = written.get(user.pk), written.get(subject.pk)
    return {
        "subject": subject,
        "answer_url": answer_url,
        "mine": mine,
        "is_evaluated": theirs is not None and theirs.is_published,
    }
