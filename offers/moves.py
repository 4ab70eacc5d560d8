"""What each move does: the verbs of an offer, and what they are made of."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cleanings import states
from cleanings.models import Cleaning, Event
from cleanings.states import Condition, IllegalMove, Kind, LookAgain, Move, OfferStatus
from offers.no_shows import NOT_YET

if TYPE_CHECKING:
    from offers.models import Offer


class Moves:
    """The verbs of Offer.

    Every verb opens a transaction, locks the cleaning, reads both rows again, checks, changes them by conditional
    updates, and writes the Events and the notifications, in that order. It raises PermissionDenied when the move is
    another person's and IllegalMove, with a sentence for the person, when it is not possible as things stand. The same
    person repeating a finished move changes nothing.
    """

    @classmethod
    @transaction.atomic
    def make(
        cls, cleaning: Cleaning, *, by, hourly_rate: Decimal, message: str = "", version: int | None = None
    ) -> Offer:
        """Offer to do a cleaning, or offer anew after rescinding; the owner is told. Return the offer.

        `version` is the one of the cleaning that the person was shown (as loaded, unless given): the offer is made for
        that one. Raises ValidationError for a rate or a message out of bounds.
        """
        seen = cleaning.version if version is None else version
        cleaning.lock()
        by.lock()
        offer = cls.of(cleaning, by)
        if not (by.is_active and offer.is_up_to(by, states.OFFER)):
            raise PermissionDenied("Nobody offers on a cleaning of their own, or from a closed account.")
        terms = offer._terms_for(hourly_rate, message, seen)
        if offer.status == OfferStatus.PENDING:
            if offer._has(terms):
                return offer
            raise IllegalMove("You have an offer on this cleaning already. You can revise it.")
        if objection := offer.objection(states.OFFER):
            raise IllegalMove(objection)
        offer._carry_out(states.OFFER, by, created_at=timezone.now(), **terms)
        cleaning.count_offer(+1)
        return offer

    @transaction.atomic
    def revise(self, *, by, hourly_rate: Decimal, message: str = "", version: int | None = None) -> None:
        """Offer at another rate or with other words, for the version of the cleaning that was shown; the owner is told.

        Raises ValidationError for a rate or a message out of bounds.
        """
        seen = self.cleaning.version if version is None else version
        if self._begin(states.REVISE, by, lambda: self._has(self._terms_for(hourly_rate, message, seen))):
            terms = self._terms_for(hourly_rate, message, seen)
            if not (self._has(terms) and self.is_current):
                self._carry_out(states.REVISE, by, more={"rate_before": f"{self.hourly_rate:.2f}"}, **terms)

    @transaction.atomic
    def confirm(self, *, by, version: int | None = None) -> None:
        """Let the offer stand for the cleaning as it is described now; the owner is told.

        `version` is the one that the person was shown (as loaded, unless given): LookAgain when it has changed since.
        """
        seen = self.cleaning.version if version is None else version
        if self._begin(states.CONFIRM, by, lambda: self.is_current):
            if seen != self.cleaning.version:
                raise LookAgain("The cleaning changed once more while you were looking.")
            self._carry_out(states.CONFIRM, by, cleaning_version=self.cleaning.version)

    @transaction.atomic
    def rescind(self, *, by) -> None:
        """Take a pending offer back; the owner is told. The same person may offer anew.

        Without `by` the site itself does, for a cleaner whose account has ended.
        """
        if self._begin(states.RESCIND, by):
            self._carry_out(states.RESCIND, by)
            self.cleaning.count_offer(-1)

    @transaction.atomic
    def reject(self, *, by) -> None:
        """Turn a pending offer down; its cleaner is told. It counts again only should an accepted one fall through."""
        if self._begin(states.REJECT, by):
            self._carry_out(states.REJECT, by)

    @transaction.atomic
    def accept(self, *, by, revision: int | None = None, version: int | None = None) -> None:
        """Choose this offer: it is accepted, the cleaning assigned, every other pending offer rejected; all are told.

        `revision` and `version` are those of offer and cleaning that the owner was shown (as loaded, unless given):
        LookAgain when the offer was revised, or the cleaning changed, since.
        """
        seen_revision = self.revision if revision is None else revision
        seen_version = self.cleaning.version if version is None else version
        if self._begin(states.ACCEPT, by):
            if seen_revision != self.revision:
                raise LookAgain("The offer was revised after you opened the page.")
            if seen_version != self.cleaning.version:
                raise LookAgain("The cleaning changed after you opened the page, and the offer was confirmed for it.")
            self._carry_out(states.ACCEPT, by)

    @transaction.atomic
    def cancel(self, *, by, reason: str, note: str = "") -> None:
        """Back out of the job: the cleaning is open again and every rejected offer pending; owner and they are told.

        Where the owner's account has ended, the site closes it at once instead, and no offer counts again.
        `reason` is a CancelReason, `note` up to 500 characters; ValidationError for any other.
        """
        if self._begin(states.CANCEL, by):
            self._carry_out(states.CANCEL, by, reason=reason, note=note)
            self._close_without_owner()

    @transaction.atomic
    def release(self, *, by, reason: str, note: str = "") -> None:
        """Let the chosen cleaner go: the cleaning is open again and every rejected offer pending; all of them are told.

        Where the owner's account has ended, the site closes it at once instead, and no offer counts again.
        `reason` is a ReleaseReason, `note` up to 500 characters; ValidationError for any other.
        """
        if self._begin(states.RELEASE, by):
            self._carry_out(states.RELEASE, by, reason=reason, note=note)
            self._close_without_owner()

    @transaction.atomic
    def complete(self, *, by=None) -> None:
        """Say that the job is done; the cleaner is told. Without `by` the site itself does, 14 days after the start."""
        if self._begin(states.COMPLETE, by):
            if by is None and timezone.now() < self.cleaning.completes_itself_at:
                raise IllegalMove("The site completes a job only 14 days after its start.")
            self._carry_out(states.COMPLETE, by)

    @transaction.atomic
    def remind(self) -> None:
        """Remind both sides of a job that starts within a day: the site itself does, once, or it is IllegalMove."""
        self.cleaning.lock()
        self.refresh_from_db(fields=["status", "hourly_rate", "revision", "cleaning_version"])
        if not type(self).objects.to_remind().filter(pk=self.pk).exists():
            raise IllegalMove("Nobody has to be reminded of this job.")
        (event := self.line(Kind.REMIND, None, from_status=OfferStatus.ACCEPTED)).save()
        self.cleaning.offers.tell([(event, self)])

    # What verbs are made of

    def line(self, kind: Kind, by, *, from_status: str, reason: str = "", note: str = "", **terms) -> Event:
        """The line of the timeline, unsaved, that tells what happened to this offer."""
        terms |= {
            "hourly_rate": f"{self.hourly_rate:.2f}",
            "revision": self.revision,
            "cleaning_version": self.cleaning_version,
        }
        return Event(
            cleaning=self.cleaning,
            cleaner=self.cleaner,
            actor=by,
            kind=kind,
            from_status=from_status or "",
            to_status=self.status,
            terms=terms,
            reason=reason,
            note=note,
        )

    def _begin(self, move: Move, by, is_done: Callable[[], bool] | None = None) -> bool:
        """Lock, read again, check. False when this person has made this very move already: nothing is left to do.

        `is_done` tells whether the row holds what the move would bring; without it, whether it has the move's status.
        """
        self.cleaning.lock()
        self.refresh_from_db(fields=["status", "hourly_rate", "message", "cleaning_version", "revision"])
        if Condition.HERE in move.conditions:
            self.cleaner.lock()
        self._authorise(move, by)
        objection = self.objection(move)
        if not objection:
            return True
        is_reached = is_done() if is_done else self.status == move.offer_to
        if is_reached and self.status == move.offer_to and self.cleaning.was_done_by(by, move.kind, self.cleaner):
            return False
        raise IllegalMove(objection)

    def _authorise(self, move: Move, by) -> None:
        """Let pass the party whose move it is, staff in the party's place, and the site where it acts by itself."""
        if by is None:
            if not self._is_up_to_the_site(move):
                raise PermissionDenied(f"The site itself does not {move.kind} this offer.")
        elif not by.is_active or not (self.is_up_to(by, move) or by.has_perm("offers.change_offer")):
            raise PermissionDenied(f"This offer is not yours to {move.kind}.")

    def _is_up_to_the_site(self, move: Move) -> bool:
        """The site completes what an owner forgot, and rescinds for a cleaner whose account has ended."""
        if move is states.RESCIND:
            self.cleaner.lock()
        return move is states.COMPLETE or (move is states.RESCIND and not self.cleaner.is_active)

    def _carry_out(
        self, move: Move, by, *, reason: str = "", note: str = "", more: dict | None = None, **fields
    ) -> None:
        """Change the locked rows as the table of moves says, then record it, then tell it."""
        if move.reasons and reason not in dict(self.reasons_for(move)):
            raise ValidationError({"reason": NOT_YET if reason in move.reasons.values else "Choose a reason."})
        note = Event._meta.get_field("note").clean(note, None)
        before = self.status
        self._change(status=move.offer_to, status_since=timezone.now(), **fields)
        told = [(self.line(move.kind, by, from_status=before, reason=reason, note=note, **more or {}), self)]
        own = [self.cleaning.become(move.cleaning_to, move.kind, by)] if move.cleaning_to else []
        if move.others:
            told += self.cleaning.offers.shift(move.kind, *move.others, by)
        Event.objects.bulk_create(own + [event for event, _ in told])
        self.cleaning.offers.tell(told)

    def _close_without_owner(self) -> None:
        """Close the cleaning that is open again, if nobody is there who could choose from its offers."""
        if not User.objects.filter(pk=self.cleaning.owner_id, is_active=True).exists():
            self.cleaning.close(by=None)

    def _change(self, **fields) -> None:
        """Write these fields, provided that the row still is what was read under the lock."""
        unchanged = type(self).objects.filter(pk=self.pk, status=self.status, revision=self.revision)
        if self.pk and not unchanged.update(**fields, updated_at=timezone.now()):
            raise IllegalMove("Somebody else changed this offer at the same moment. Look again before you decide.")
        for name, value in fields.items():
            setattr(self, name, value)
        if not self.pk:
            self.save(force_insert=True)

    def _terms_for(self, hourly_rate: Decimal, message: str, seen: int) -> dict:
        """The fields of a made or revised offer, within their bounds; never for an older version than it was before."""
        typed = type(self)(hourly_rate=hourly_rate, message=message)
        typed.clean_fields(exclude=["cleaning", "cleaner", "cleaning_version"])
        version = max(self.cleaning_version, min(seen, self.cleaning.version))
        terms = {"hourly_rate": typed.hourly_rate, "message": typed.message}
        return terms | {"revision": self.revision + 1, "cleaning_version": version}

    def _has(self, terms: dict) -> bool:
        """Whether the offer says this already."""
        return (self.hourly_rate, self.message) == (terms["hourly_rate"], terms["message"])
