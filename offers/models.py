"""The bargain: an offer, how it stands, and who may make which move with it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import partialmethod

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse

from cleanings import states
from cleanings.constraints import rate_in_range, rate_validators
from cleanings.models import Cleaning
from cleanings.states import EVALUATED_WITHIN, CleaningStatus, Condition, Kind, Move, OfferStatus, Role
from cleanings.terms import Change
from cleanings.timeline import now
from core.fields import CleanTextField
from core.formatting import day_label, money, rate_label
from offers.moves import Moves
from offers.no_shows import NoShows
from offers.querysets import OfferQuerySet

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
    Condition.HERE: "The member who made this offer has closed the account.",
    Condition.OUTDATED: "This offer is already for the cleaning as it is now. There is nothing to confirm.",
}


class Offer(Moves, NoShows, models.Model):
    """One member's proposal to do one cleaning. At most one per cleaner and cleaning; at most one wins a cleaning.

    This page says what an offer is, how it stands and who may move it; `offers/moves.py` says what each move does.
    """

    cleaning = models.ForeignKey(Cleaning, models.CASCADE, related_name="offers")
    cleaner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="offers")
    hourly_rate = models.DecimalField(max_digits=6, decimal_places=2, validators=rate_validators)
    message = CleanTextField(max_length=1000, blank=True, validators=[MaxLengthValidator(1000)])
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

    @property
    def revision_label(self) -> str:
        """What its last revision changed: "was €19.50 an hour, changed on 24 Nov 2026"; needs `with_revision`."""
        terms = getattr(self, "revised_terms", None)
        if not terms or terms["revision"] != self.revision:
            return ""
        before = Decimal(terms["rate_before"])
        was = f"was {money(before)} an hour, " if before != self.hourly_rate else ""
        return f"{was}changed on {day_label(self.revised_at)}"  # type: ignore[attr-defined]

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

    @property
    def cleaner_is_here(self) -> bool:
        """Whether its cleaner still has an account."""
        return self.cleaner.is_active

    def other_side(self, person):
        """The cleaner for the owner, the owner for the cleaner, and None for everybody else."""
        return {self.cleaning.owner_id: self.cleaner, self.cleaner_id: self.cleaning.owner}.get(person.pk)

    @property
    def role_of_who_is_gone(self) -> Role | None:
        """The side whose account has ended while the job was agreed, if one has."""
        if not self.cleaner_is_here:
            return Role.CLEANER
        return None if self.cleaning.owner.is_active else Role.OWNER

    @property
    def counts_again(self) -> bool:
        """Whether it is pending as it was made because a chosen cleaner is gone."""
        if self.status != OfferStatus.PENDING:
            return False
        last = self.cleaning.events.about(self.cleaner).moves().order_by("-pk").first()
        return last.kind in (Kind.CANCEL, Kind.RELEASE)

    @property
    def evaluated_until(self) -> datetime:
        """Until when the two sides may evaluate each other, given that the job is over."""
        return self.status_since + EVALUATED_WITHIN

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
        lines = self.cleaning.events.about(self.cleaner).order_by("-pk").values_list("terms", flat=True)
        return next((Decimal(terms["hourly_rate"]) for terms in lines if terms["revision"] == revision), None)

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

    def delete(self, *args, **kwargs):
        raise TypeError("Offers are rescinded, rejected or cancelled, but not deleted.")

    can_be_made_by = partialmethod(allows, states.OFFER)
    can_be_revised_by = partialmethod(allows, states.REVISE)
    can_be_confirmed_by = partialmethod(allows, states.CONFIRM)
    can_be_rescinded_by = partialmethod(allows, states.RESCIND)
    can_be_rejected_by = partialmethod(allows, states.REJECT)
    can_be_accepted_by = partialmethod(allows, states.ACCEPT)
    can_be_cancelled_by = partialmethod(allows, states.CANCEL)
    can_be_released_by = partialmethod(allows, states.RELEASE)
    can_be_completed_by = partialmethod(allows, states.COMPLETE)
