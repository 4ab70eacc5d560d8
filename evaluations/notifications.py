"""Who is told of an evaluation, in what words, and where it leads: one function per event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from cleanings.labels import day_label
from offers.notifications import Told, quoted
from offers.states import HideReason

if TYPE_CHECKING:
    from evaluations.models import Evaluation


def evaluated(evaluation: Evaluation) -> list[Told]:
    """The other side can read it, or may answer, blind, until it is published."""
    subject, offer = evaluation.subject, evaluation.offer
    sentence = f"{evaluation.author.display_name} has evaluated you for {quoted(offer)}."
    if evaluation.is_published:
        return [Told(subject, f"{sentence} You can read it on your profile.", all_about(subject))]
    date = day_label(evaluation.publishes_at)
    if type(evaluation).objection(offer, subject):
        return [Told(subject, f"{sentence} You can read it from {date} on.", all_about(subject))]
    url = reverse("evaluations:create", args=[offer.cleaning_id, offer.cleaner.username])
    return [Told(subject, f"{sentence} You can read it once you have written too, or from {date} on.", url)]


def hidden(evaluation: Evaluation) -> list[Told]:
    """Both hear why, each with their own part in it."""
    why = f"for {quoted(evaluation.offer)}. Reason: {HideReason(evaluation.hide_reason).label}."
    author, subject = evaluation.author, evaluation.subject
    return [
        Told(author, f"The staff have hidden your evaluation of {subject.display_name} {why}", all_about(subject)),
        Told(subject, f"The staff have hidden {author.display_name}’s evaluation of you {why}", all_about(subject)),
    ]


def all_about(person) -> str:
    """The address of the evaluations of a person, or home where the account is closed."""
    return reverse("evaluations:list", args=[person.username]) if person.is_active else reverse("home")
