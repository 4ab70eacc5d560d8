"""No-shows: when one side of a job may say that the other did not turn up, and how that one answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from accounts.models import User
from cleanings.states import NO_SHOW, IllegalMove, Kind, Move, OfferStatus
from cleanings.timeline import EventQuerySet
from core.text import clean_text
from notifications.models import Notification
from offers import events

if TYPE_CHECKING:
    from offers.models import Offer

MOST_CHARACTERS = 500
NOT_YET = "The job has not started yet, so nobody has failed to turn up."


class NoShows:
    """What an offer says of no-shows."""

    def reasons_for(self: Offer, move: Move) -> list[tuple[str, str]]:
        """The reasons that can be given for the move now, each with its label."""
        choices = move.reasons.choices if move.reasons else []
        return [(value, label) for value, label in choices if value != NO_SHOW or self.has_started]

    @property
    def absentee(self: Offer) -> User | None:
        """The side that did not turn up, as the other side said that ended the job for it."""
        if self.status != OfferStatus.CANCELLED:
            return None
        kind = self.cleaning.events.about(self.cleaner).filter(reason=NO_SHOW).values_list("kind", flat=True).last()
        return {Kind.RELEASE: self.cleaner, Kind.CANCEL: self.cleaning.owner}[Kind(kind)] if kind else None

    def is_said_absent(self: Offer, person) -> bool:
        """Whether the other side says that this one did not turn up, in ending the job or in evaluating it."""
        if self.absentee == person:
            return True
        said = self.evaluations.all() if self.other_side(person) else ()
        return any(one.no_show and one.subject_id == person.pk and not one.is_hidden for one in said)

    def no_show_answers_of(self: Offer, person) -> EventQuerySet:
        """The line with which the person answered, if they did."""
        return self.cleaning.events.about(self.cleaner).filter(kind=Kind.ANSWER, actor=person)

    def objection_to_answer(self: Offer, person) -> str:
        """Why the person cannot answer a no-show as things stand, as a sentence; empty when they can."""
        if not self.is_said_absent(person):
            return "Nobody says that you did not turn up for this job, so there is nothing to answer."
        if self.no_show_answers_of(person).exists():
            return "You have answered. What you wrote stays as it is."
        return ""

    def no_show_can_be_answered_by(self: Offer, person) -> bool:
        return not self.objection_to_answer(person)

    @transaction.atomic
    def answer_no_show(self: Offer, *, by, answer: str) -> None:
        """Say what happened, once, by the side that is said not to have turned up; the other side is told.

        `answer` has up to 500 characters; the same words again change nothing. PermissionDenied for all but the two
        sides, IllegalMove where there is nothing to answer, ValidationError for no words or too many.
        """
        other = self.other_side(by)
        if other is None:
            raise PermissionDenied("Only the two sides of a job answer each other.")
        self.cleaning.lock()
        here = User.objects.lock_open([by.pk, other.pk])
        other.is_active = other.pk in here
        if by.pk not in here:
            raise PermissionDenied("A closed account answers nothing.")
        self.refresh_from_db(fields=["status"])
        note = self._cleaned_answer(answer)
        if self.no_show_answers_of(by).filter(note=note).exists():
            return
        if objection := self.objection_to_answer(by):
            raise IllegalMove(objection)
        event = self.line(Kind.ANSWER, by, from_status=self.status, note=note)
        event.save()
        Notification.objects.tell(Notification.of(event, [events.answered(event, self, other)]))

    @staticmethod
    def _cleaned_answer(answer: str) -> str:
        cleaned = clean_text(answer)
        if not cleaned:
            raise ValidationError({"answer": "Write what happened."})
        if len(cleaned) > MOST_CHARACTERS:
            raise ValidationError({"answer": f"Use at most {MOST_CHARACTERS} characters."})
        return cleaned
