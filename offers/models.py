"""The bargain: an offer, and every move that its cleaner or the owner can make with it."""

from __future__ import annotations

from decimal import Decimal
from functools import partialmethod

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils import timezone

from cleanings.labels import rate_label
from cleanings.models import Cleaning, Event
from cleanings.terms import Change, rate_in_range, rate_validators
from cleanings.timeline import now
from notifications.models import Notification
from offers import notifications, states
from offers.querysets import OfferQuerySet
from offers.states import CleaningStatus, Condition, IllegalMove, Kind, LookAgain, Move, OfferStatus, Role

# Why a move is not possible: by how the cleaning stands, and by the condition that is not met.
CLEANING_IS = {
    CleaningStatus.OPEN: "Nobody is chosen for this cleaning at the moment",
    CleaningStatus.ASSIGNED: "Somebody has been chosen for this cleaning",
    CleaningStatus.COMPLETED: "This job is done",
    CleaningStatus.CLOSED: "The owner closed this cleaning",
}
OBJECTIONS = {
    Condition.TAKES_OFFERS: "The start has passed, so this cleaning takes no more offers.",
    Condition.STARTED: "The job has not started yet. It can be completed once it has.",
    Condition.CURRENT: "The cleaning changed after this offer was made, so its cleaner has to confirm it first.",
    Condition.OUTDATED: "This offer already counts for the cleaning as it stands. There is nothing to confirm.",
}


class Offer(models.Model):
    """One member's proposal to do one cleaning. At most one per cleaner and cleaning; at most one wins a cleaning.

    Every verb opens a transaction, locks the cleaning, reads both rows again, checks, changes them by conditional
    updates, and writes the Events and the notifications, in that order. It raises PermissionDenied when the move is
    another person's and IllegalMove, with a sentence for the person, when it is not possible as things stand. The same
    person repeating a finished move changes nothing.
    """

    cleaning = models.ForeignKey(Cleaning, models.CASCADE, related_name="offers")
    cleaner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="offers")
    hourly_rate = models.DecimalField(max_digits=6, decimal_places=2, validators=rate_validators)
    message = models.TextField(max_length=1000, blank=True, validators=[MaxLengthValidator(1000)])
    status = models.CharField(max_length=10, choices=OfferStatus, default=OfferStatus.PENDING, editable=False)
    status_since = models.DateTimeField(default=now, editable=False)
    # The version of the cleaning that the offer was made for, and how often the offer itself was made or revised.
    cleaning_version = models.PositiveIntegerField(editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField("made", default=now, editable=False)
    updated_at = models.DateTimeField("changed", default=now, editable=False)

    objects = OfferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cleaning", "cleaner"], name="one_offer_per_cleaning_and_cleaner"),
            models.UniqueConstraint(
                fields=["cleaning"], condition=Q(status__in=states.WINNING), name="one_winner_per_cleaning"
            ),
            models.CheckConstraint(condition=rate_in_range, name="offer_rate_in_range"),
            models.CheckConstraint(condition=Q(LessThanOrEqual(Length("message"), 1000)), name="offer_message_length"),
            models.CheckConstraint(condition=Q(status__in=OfferStatus.values), name="offer_status_known"),
            models.CheckConstraint(condition=Q(cleaning_version__gte=1, revision__gte=1), name="offer_versions_from_1"),
        ]
        indexes = [models.Index(fields=["cleaner", "-created_at", "-id"], name="offer_of_cleaner_newest")]

    def __str__(self) -> str:
        return f"{self.cleaner}'s offer on {self.cleaning}"

    def get_absolute_url(self) -> str:
        return reverse("offers:detail", args=[self.cleaning_id, self.cleaner.username])

    @property
    def rate_label(self) -> str:
        return rate_label(self.hourly_rate, self.cleaning.estimated_hours)

    # How it stands

    @property
    def takes_offers(self) -> bool:
        return self.cleaning.takes_offers

    @property
    def has_started(self) -> bool:
        return self.cleaning.has_started

    @property
    def is_current(self) -> bool:
        """Whether it was made or confirmed for the cleaning as it is described now."""
        return self.cleaning_version == self.cleaning.version

    @property
    def is_outdated(self) -> bool:
        return not self.is_current

    @classmethod
    def of(cls, cleaning: Cleaning, cleaner) -> Offer:
        """The person's offer on the cleaning, or one that nobody has made yet: unsaved, with a status of None."""
        made = cleaning.offers.with_people().filter(cleaner=cleaner).first()
        return made or cls(cleaning=cleaning, cleaner=cleaner, status=None, revision=0, cleaning_version=1)

    @property
    def waits_for_confirmation(self) -> bool:
        return self.status == OfferStatus.PENDING and self.is_outdated

    @property
    def difference(self) -> Decimal:
        """By how much an hour it differs from the rate that the owner asked for."""
        return abs(self.hourly_rate - self.cleaning.hourly_rate)

    @property
    def asks_more(self) -> bool:
        return self.hourly_rate > self.cleaning.hourly_rate

    @property
    def changed_terms(self) -> list[Change]:
        """What changed in the cleaning's terms after the offer was made or confirmed."""
        return [] if self.is_current else self.cleaning.changes_since(self.cleaning_version)

    def rate_at(self, revision: int) -> Decimal | None:
        """The hourly rate that a revision of this offer had, told from the timeline."""
        lines = self.cleaning.events.filter(cleaner=self.cleaner).order_by("-pk").values_list("terms", flat=True)
        return next((Decimal(terms["hourly_rate"]) for terms in lines if terms["revision"] == revision), None)

    def timeline_for(self, reader) -> list[tuple[Event, str]]:
        """This offer's own lines of the timeline, oldest first, each with its sentence for the reader."""
        events = self.cleaning.events.visible_to(reader).filter(cleaner=self.cleaner).with_people().oldest_first()
        return [(event, event.sentence_for(reader)) for event in events]

    # Who may

    def is_up_to(self, user, move: Move) -> bool:
        """Whether the move belongs to this person, whatever the state of things; nobody cleans for themselves."""
        owner = self.cleaning.owner_id
        return user.pk == (owner if move.role is Role.OWNER else self.cleaner_id != owner and self.cleaner_id)

    def objection(self, move: Move) -> str:
        """Why the move is not possible as things stand, as a sentence; empty when it is."""
        if self.cleaning.status != move.cleaning_from:
            return f"{CLEANING_IS[CleaningStatus(self.cleaning.status)]}, so this offer cannot be {move.participle}."
        if self.status not in move.offer_from:
            return f"This offer is {self.get_status_display().lower()}, so it cannot be {move.participle}."
        return next((OBJECTIONS[needed] for needed in move.conditions if not getattr(self, needed)), "")

    def allows(self, move: Move, user) -> bool:
        return self.is_up_to(user, move) and not self.objection(move)

    def moves_for(self, user) -> list[Move]:
        """The moves that this person can make now, in the order in which a page draws them."""
        return [move for move in states.MOVES if self.allows(move, user)]

    can_be_made_anew_by = partialmethod(allows, states.OFFER)
    can_be_revised_by = partialmethod(allows, states.REVISE)
    can_be_confirmed_by = partialmethod(allows, states.CONFIRM)
    can_be_rescinded_by = partialmethod(allows, states.RESCIND)
    can_be_rejected_by = partialmethod(allows, states.REJECT)
    can_be_accepted_by = partialmethod(allows, states.ACCEPT)
    can_be_cancelled_by = partialmethod(allows, states.CANCEL)
    can_be_released_by = partialmethod(allows, states.RELEASE)
    can_be_completed_by = partialmethod(allows, states.COMPLETE)

    # Verbs

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
        offer = cls.of(cleaning, by)
        if not offer.is_up_to(by, states.OFFER):
            raise PermissionDenied("Nobody offers on a cleaning of their own.")
        if offer.status == OfferStatus.PENDING:
            if (offer.hourly_rate, offer.message) == (hourly_rate, message):
                return offer
            raise IllegalMove("You have an offer on this cleaning already. You can revise it.")
        if objection := offer.objection(states.OFFER):
            raise IllegalMove(objection)
        offer._carry_out(states.OFFER, by, created_at=timezone.now(), **offer._terms_for(hourly_rate, message, seen))
        cleaning.count_offer(+1)
        return offer

    @transaction.atomic
    def revise(self, *, by, hourly_rate: Decimal, message: str = "", version: int | None = None) -> None:
        """Offer at another rate or with other words, for the version of the cleaning that was shown; the owner is told.

        Raises ValidationError for a rate or a message out of bounds.
        """
        seen = self.cleaning.version if version is None else version
        if self._begin(states.REVISE, by):
            is_same = (self.hourly_rate, self.message) == (hourly_rate, message) and self.is_current
            if not is_same:
                self._carry_out(states.REVISE, by, **self._terms_for(hourly_rate, message, seen))

    @transaction.atomic
    def confirm(self, *, by, version: int | None = None) -> None:
        """Let the offer stand for the cleaning as it is described now; the owner is told.

        `version` is the one that the person was shown (as loaded, unless given): LookAgain when it has changed since.
        """
        seen = self.cleaning.version if version is None else version
        if self._begin(states.CONFIRM, by):
            if seen != self.cleaning.version:
                raise LookAgain("The cleaning changed once more while you were looking. Look again, then confirm.")
            self._carry_out(states.CONFIRM, by, cleaning_version=self.cleaning.version)

    @transaction.atomic
    def rescind(self, *, by) -> None:
        """Take a pending offer back; the owner is told. The same person may offer anew."""
        if self._begin(states.RESCIND, by):
            self._carry_out(states.RESCIND, by)
            self.cleaning.count_offer(-1)

    @transaction.atomic
    def reject(self, *, by) -> None:
        """Turn a pending offer down; its cleaner is told. It counts again only should an accepted one fall through."""
        if self._begin(states.REJECT, by):
            self._carry_out(states.REJECT, by)

    @transaction.atomic
    def accept(self, *, by, revision: int | None = None) -> None:
        """Choose this offer: it is accepted, the cleaning assigned, every other pending offer rejected; all are told.

        `revision` is the one that the owner was shown (as loaded, unless given): LookAgain when it was revised since.
        """
        seen = self.revision if revision is None else revision
        if self._begin(states.ACCEPT, by):
            if seen != self.revision:
                raise LookAgain("The offer was revised after you opened the page. Look again at what it says now.")
            self._carry_out(states.ACCEPT, by)

    @transaction.atomic
    def cancel(self, *, by, reason: str, note: str = "") -> None:
        """Back out of the job: the cleaning is open again and every rejected offer pending; owner and they are told.

        `reason` is a CancelReason, `note` up to 500 characters; ValidationError for any other.
        """
        if self._begin(states.CANCEL, by):
            self._carry_out(states.CANCEL, by, reason=reason, note=note)

    @transaction.atomic
    def release(self, *, by, reason: str, note: str = "") -> None:
        """Let the chosen cleaner go: the cleaning is open again and every rejected offer pending; all of them are told.

        `reason` is a ReleaseReason, `note` up to 500 characters; ValidationError for any other.
        """
        if self._begin(states.RELEASE, by):
            self._carry_out(states.RELEASE, by, reason=reason, note=note)

    @transaction.atomic
    def complete(self, *, by=None) -> None:
        """Say that the job is done; the cleaner is told. Without `by` the site itself does, 14 days after the start."""
        if self._begin(states.COMPLETE, by):
            self._carry_out(states.COMPLETE, by)

    # What verbs are made of

    def line(self, kind: Kind, by, *, from_status: str, reason: str = "", note: str = "", **terms) -> Event:
        """The line of the timeline, unsaved, that tells what happened to this offer."""
        terms |= {
            "hourly_rate": f"{self.hourly_rate:.2f}",
            "revision": self.revision,
            "cleaning_version": self.cleaning_version,
        }
        event = Event(
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
        event.clean_fields(exclude=["actor"])
        return event

    def _begin(self, move: Move, by) -> bool:
        """Lock, read again, check. False when this person has made this very move already: nothing is left to do."""
        self.cleaning.lock()
        self.refresh_from_db(fields=["status", "hourly_rate", "message", "cleaning_version", "revision"])
        self._authorise(move, by)
        objection = self.objection(move)
        if objection and self.status == move.offer_to and self.cleaning.was_done_by(by, move.kind, self.cleaner):
            return False
        if objection:
            raise IllegalMove(objection)
        return True

    def _authorise(self, move: Move, by) -> None:
        """Let pass the party whose move it is, staff in the party's place, and the site when a job is long over."""
        if by is None:
            if move is not states.COMPLETE or timezone.now() < self.cleaning.completes_itself_at:
                raise PermissionDenied("The site itself does nothing but complete a job, 14 days after its start.")
        elif not (self.is_up_to(by, move) or by.has_perm("offers.change_offer")):
            raise PermissionDenied(f"This offer is not yours to {move.kind}.")

    def _carry_out(self, move: Move, by, *, reason: str = "", note: str = "", **fields) -> None:
        """Change the locked rows as the table of moves says, then record it, then tell it."""
        if move.reasons and reason not in move.reasons.values:
            raise ValidationError({"reason": "Choose a reason."})
        before, rate_before = self.status, str(self.hourly_rate)
        self._change(status=move.offer_to, status_since=timezone.now(), **fields)
        event = self.line(move.kind, by, from_status=before, reason=reason, note=note, rate_before=rate_before)
        if move.cleaning_to:
            self.cleaning.become(move.cleaning_to, move.kind, by)
        event.save()
        if move.others:
            self.cleaning.offers.shift(move.kind, *move.others, by)
        Notification.objects.bulk_create(notifications.notices(event, self))

    def _change(self, **fields) -> None:
        """Write these fields, provided that the row still is what was read under the lock."""
        unchanged = Offer.objects.filter(pk=self.pk, status=self.status, revision=self.revision)
        for name, value in fields.items():
            setattr(self, name, value)
        if self._state.adding:
            self.save(force_insert=True)
        elif not unchanged.update(**fields, updated_at=timezone.now()):
            raise IllegalMove("Somebody else changed this offer at the same moment. Look again at how it stands.")

    def _terms_for(self, hourly_rate: Decimal, message: str, seen: int) -> dict:
        """The fields of a made or revised offer, within their bounds; never for an older version than it was before."""
        typed = Offer(hourly_rate=hourly_rate, message=message)
        typed.clean_fields(exclude=["cleaning", "cleaner", "cleaning_version"])
        return {
            "hourly_rate": typed.hourly_rate,
            "message": typed.message,
            "revision": self.revision + 1,
            "cleaning_version": max(self.cleaning_version, min(seen, self.cleaning.version)),
        }
