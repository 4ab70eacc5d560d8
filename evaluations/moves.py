"""What writing and hiding an evaluation do: its two verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cleanings.models import Event
from cleanings.states import HideReason, IllegalMove, Kind
from evaluations import events
from notifications.models import Notification
from offers.models import NOT_YET

if TYPE_CHECKING:
    from evaluations.models import Evaluation
    from offers.models import Offer

# What an author says; the parts are for owners, who saw the work.
SAID = ("no_show", "overall_rating", "headline", "comment")
SAID_BY_OWNERS = (*SAID, "professionalism", "completeness", "efficiency")


class Moves:
    """The verbs of Evaluation.

    Each locks the cleaning and then its two people, reads again, checks, writes, and adds its Event and the
    notifications. It raises PermissionDenied when it is not for this person, and IllegalMove when it is not possible as
    things stand.
    """

    @classmethod
    @transaction.atomic
    def write(cls, offer: Offer, *, by, **said) -> Evaluation:
        """Say what one side of a job thinks of the other, once and for good; the other side is told that it was said.

        `said` are the fields of SAID, and for an owner those of SAID_BY_OWNERS: ratings from 1 to 5, or none. The
        second evaluation of a job publishes both; else it is published 14 days after the job. Of a job that ended with
        a no-show all that can be said is that. Raises ValidationError for values out of bounds.
        """
        subject = offer.other_side(by)
        if subject is None:
            raise PermissionDenied("Only the two sides of a job evaluate each other.")
        _lock(offer, by, subject)
        if not by.is_active:
            raise PermissionDenied("A closed account evaluates nobody.")
        if objection := cls.objection(offer, by):
            raise IllegalMove(objection)
        evaluation = cls(offer=offer, author=by, subject=subject, publishes_at=offer.evaluated_until, **said)
        evaluation._require_in_bounds(said)
        first = offer.evaluations.by(subject).first()
        if first:
            first.publishes_at = evaluation.publishes_at = timezone.now()
            first.save(update_fields=["publishes_at"])
        evaluation.save()
        event = offer.line(Kind.EVALUATE, by, from_status=offer.status)
        event.save()
        Notification.objects.tell(Notification.of(event, events.evaluated(event, evaluation)))
        return evaluation

    @transaction.atomic
    def hide(self, *, by, reason: str, note: str = "") -> None:
        """Take an evaluation out of sight and out of the sums, for a HideReason; author and subject are told why.

        `note`, of up to 500 characters, is for the two of them. That it was hidden stays readable for everybody.
        """
        if not self.can_be_hidden_by(by):
            raise PermissionDenied("Only staff hide evaluations, and nobody one of their own jobs.")
        if reason not in HideReason.values:
            raise ValidationError({"reason": "Choose a reason."})
        note = Event._meta.get_field("note").clean(note, None)
        _lock(self.offer, self.author, self.subject)
        self.refresh_from_db(fields=["hidden_at", "hidden_by", "hide_reason"])
        if self.is_hidden:
            raise IllegalMove("This evaluation is hidden already.")
        hidden = {"hidden_at": timezone.now(), "hidden_by": by, "hide_reason": reason}
        for name, value in hidden.items():
            setattr(self, name, value)
        self.save(update_fields=list(hidden))
        event = self.offer.line(
            Kind.HIDE, by, from_status=self.offer.status, reason=reason, note=note, author=self.author_id
        )
        event.save()
        Notification.objects.tell(Notification.of(event, events.hidden(event, self)))

    @classmethod
    @transaction.atomic
    def remind(cls, offer: Offer) -> None:
        """Remind whoever has not evaluated the other side that the days for it are ending: the site itself does, once.

        IllegalMove where nobody has to be reminded.
        """
        sides = (offer.cleaning.owner, offer.cleaner)
        _lock(offer, *sides)
        if not type(offer).objects.to_evaluate_soon().filter(pk=offer.pk).exists():
            raise IllegalMove("Nobody has to be reminded to evaluate this job.")
        event = offer.line(Kind.DUE, None, from_status=offer.status)
        event.save()
        told = [events.due(event, offer, side) for side in sides if cls.can_be_written_by(side, offer)]
        Notification.objects.tell(Notification.of(event, told))

    @transaction.atomic
    def announce(self) -> None:
        """Tell both sides that an evaluation was published because its 14 days are over: the site itself does, once.

        IllegalMove where there is nothing to announce.
        """
        _lock(self.offer, self.author, self.subject)
        if not type(self).objects.to_announce().filter(pk=self.pk).exists():
            raise IllegalMove("Nobody has to be told of this evaluation.")
        event = self.offer.line(Kind.PUBLISH, None, from_status=self.offer.status, author=self.author_id)
        event.save()
        Notification.objects.tell(Notification.of(event, events.published(event, self)))

    def _require_in_bounds(self, said: dict) -> None:
        """Raise ValidationError for what cannot be said, TypeError for what is nothing to say."""
        allowed = SAID_BY_OWNERS if self.is_by_owner else SAID
        if unknown := {name for name, value in said.items() if value is not None} - set(allowed):
            raise TypeError(f"This side of a job says nothing of {', '.join(sorted(unknown))}.")
        self.clean_fields(exclude=["offer", "author", "subject"])
        if self.offer.absentee and not self.no_show:
            raise ValidationError({"no_show": "Of a job that ended with a no-show, all that can be said is that."})
        if self.no_show and not (self.offer.absentee or self.offer.has_started):
            raise ValidationError({"no_show": NOT_YET})
        if self.no_show and self.ratings:
            raise ValidationError({"overall_rating": "A no-show is counted by itself, without any rating."})
        if not self.no_show and self.overall_rating is None:
            raise ValidationError({"overall_rating": "Choose an overall rating."})


def _lock(offer: Offer, *people: User) -> None:
    """Lock the cleaning and then the people, and read again how the job and their accounts stand.

    Else an account could be closed meanwhile, and a notification written after it would keep the name.
    """
    offer.cleaning.lock()
    offer.refresh_from_db(fields=["status", "status_since"])
    here = User.objects.lock_open([person.pk for person in people])
    for person in people:
        person.is_active = person.pk in here
