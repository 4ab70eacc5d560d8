"""Changes of an agreed job, which bind once its other side agrees."""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cleanings import sentences
from cleanings.constraints import NEW_START_SENTENCE, start_is_in_range
from cleanings.contact import Contact, is_shown
from cleanings.models import Cleaning, Event
from cleanings.querysets import STREET_REMOVED
from cleanings.states import CHANGE_ENDS, CHANGE_OPEN_FOR, ChangeStatus, IllegalMove, Kind, OfferStatus
from cleanings.terms import FIELDS, PAY, PLACE, TERMS, printed, stored
from cleanings.timeline import now
from core.fields import CleanTextField
from core.formatting import money
from core.limits import RowLimit, Written
from core.statements import Statement
from core.transactions import atomic

if TYPE_CHECKING:
    from offers.models import Offer

MOST_CHARACTERS_OF_NOTE = 500
HOURLY = RowLimit(
    60,
    timedelta(hours=1),
    Written("offers_change", "by_id", "created_at"),
    "You’ve suggested 60 changes within an hour, and that’s the most.",
)


class Comparison(NamedTuple):
    label: str
    current: str
    suggested: str

    @property
    def differs(self) -> bool:
        return self.current != self.suggested


class ChangeQuerySet(models.QuerySet["Change"]):
    def open(self) -> ChangeQuerySet:
        return self.filter(status=ChangeStatus.OPEN)

    def between(self, one: User, other: User) -> ChangeQuerySet:
        sides = Q(offer__cleaner=one, offer__cleaning__owner=other)
        return self.filter(sides | Q(offer__cleaner=other, offer__cleaning__owner=one))

    def to_expire(self) -> ChangeQuerySet:
        return self.open().filter(expires_at__lte=timezone.now())

    def of(self, user: User) -> ChangeQuerySet:
        return self.filter(Q(offer__cleaner=user) | Q(offer__cleaning__owner=user))

    def to_answer_by(self, user: User, at: datetime | None = None) -> ChangeQuerySet:
        return self.of(user).open().filter(expires_at__gt=at or timezone.now()).exclude(by=user)

    def attach_to(self, offers: Collection[Offer]) -> None:
        """Set `open_change` on each offer, by one query for all."""
        asked = open_changes_of.for_ids(offer.pk for offer in offers)
        found = {each.offer_id: each for each in asked if each.is_open}
        for offer in offers:
            offer.open_change = found.get(offer.pk)
            if offer.open_change:
                offer.open_change.offer = offer

    def remove_streets_of(self, owner: User) -> None:
        for change in self.filter(offer__cleaning__owner=owner, terms__has_key="street_address"):
            change.terms["street_address"] = STREET_REMOVED
            change.save(update_fields=["terms"])

    def with_job(self) -> ChangeQuerySet:
        return self.select_related("offer__cleaner__profile", "offer__cleaning__owner__profile", "by__profile")


@Statement
def open_changes_of(offers: str) -> models.QuerySet[Change]:
    return Change.objects.open().filter(offer__pk__among=offers)


class Change(models.Model):
    """Each verb locks the cleaning, reads again, checks, writes, adds its Event and notifies.

    It raises PermissionDenied where the verb is another person's, and IllegalMove, with a sentence, where it is not
    possible.
    """

    offer = models.ForeignKey("offers.Offer", models.CASCADE, related_name="changes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="suggested_changes")
    # Only terms that differ, in the form of `Cleaning.terms`, and the street, which no event holds.
    terms = models.JSONField()
    note = CleanTextField(
        max_length=MOST_CHARACTERS_OF_NOTE, blank=True, validators=[MaxLengthValidator(MOST_CHARACTERS_OF_NOTE)]
    )
    status = models.CharField(max_length=10, choices=ChangeStatus, default=ChangeStatus.OPEN, editable=False)
    made_for = models.PositiveIntegerField("made for version", editable=False)
    created_at = models.DateTimeField("suggested", default=now, editable=False)
    expires_at = models.DateTimeField("runs out", editable=False)
    answered_at = models.DateTimeField("ended", null=True, editable=False)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "suggested change"
        constraints = [
            # A cleaning has one accepted offer, and only that one has open changes.
            models.UniqueConstraint(
                fields=["offer"], condition=Q(status=ChangeStatus.OPEN), name="one_open_change_per_cleaning"
            ),
            models.CheckConstraint(condition=Q(status__in=ChangeStatus.values), name="change_status_known"),
            models.CheckConstraint(
                condition=Q(status=ChangeStatus.OPEN, answered_at=None)
                | ~Q(status=ChangeStatus.OPEN) & Q(answered_at__isnull=False),
                name="change_is_open_or_answered",
            ),
            models.CheckConstraint(
                condition=Q(LessThanOrEqual(Length("note"), MOST_CHARACTERS_OF_NOTE)), name="change_note_length"
            ),
            models.CheckConstraint(condition=Q(made_for__gte=1), name="change_made_for_from_1"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(status=ChangeStatus.OPEN), name="change_open_runs_out")
        ]

    def __str__(self) -> str:
        return f"{self.by}'s change of {self.offer.cleaning}"

    def get_absolute_url(self) -> str:
        return reverse("offers:change", args=[self.offer.cleaning_id, self.offer.cleaner.username])

    @property
    def cleaning(self) -> Cleaning:
        return self.offer.cleaning

    @property
    def is_open(self) -> bool:
        return self.status == ChangeStatus.OPEN and not self.has_run_out

    @property
    def has_run_out(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def values(self) -> dict[str, Any]:
        return Cleaning.cleaned(self.terms, exclude=set(FIELDS) - set(self.terms))

    @property
    def suggested_job(self) -> Cleaning:
        """A copy of the cleaning as it would be."""
        job = copy(self.cleaning)
        for name, value in self.values.items():
            setattr(job, name, value)
        return job

    def shows_street_to(self, reader: User | AnonymousUser) -> bool:
        """The cleaner sees it as long as the address of the job, and each look is recorded."""
        if "street_address" not in self.terms:
            return False
        is_cleaner = reader.pk == self.offer.cleaner_id and self.offer.status == OfferStatus.ACCEPTED
        return self.cleaning.is_owned_by(reader) or (is_cleaner and is_shown(self.cleaning))

    def record_look(self, *, by: User) -> None:
        if self.shows_street_to(by):
            contact = Contact(self.cleaning.owner, self.offer, self.cleaning.street_address)
            contact.record_view(by=by, names=("street_address",))

    def rows_for(self, reader: User | AnonymousUser) -> list[Comparison]:
        """A row for each term that differs, the start first."""
        current = {name: stored(name, self.offer.term(name)) for name in TERMS}
        suggested, labels = current | self.terms, self.cleaning.field_labels
        return [
            Comparison(labels[name], printed(name, current), printed(name, suggested))
            if name != "street_address" or self.shows_street_to(reader)
            else Comparison(labels[name], "", "another one")
            for name in dict.fromkeys(("starts_at", *TERMS))
            if name in self.terms
        ]

    @property
    def pay_row(self) -> Comparison:
        rate, hours = (self.offer.term(name) for name in PAY)
        pay = rate * hours, self.values.get("hourly_rate", rate) * self.values.get("estimated_hours", hours)
        return Comparison("in all", *map(money, pay))

    def has_role_for(self, user: User | AnonymousUser, kind: Kind) -> bool:
        """Who suggested it withdraws it; the other side answers."""
        is_mine = user.pk == self.by_id
        if kind == Kind.WITHDRAW:
            return is_mine
        return not is_mine and user.pk in (self.offer.cleaner_id, self.cleaning.owner_id)

    def why_not(self, kind: Kind) -> str:
        if self.status != ChangeStatus.OPEN:
            return sentences.CHANGE_STATUS[ChangeStatus(self.status)]
        if self.offer.status != OfferStatus.ACCEPTED:
            return sentences.OFFER_STATUS[OfferStatus(self.offer.status)]
        if self.has_run_out:
            return sentences.CHANGE_STATUS[ChangeStatus.EXPIRED]
        if kind == Kind.AGREE and self.made_for != self.cleaning.version:
            return sentences.CHANGE_OUTDATED
        if kind == Kind.AGREE and self.offer.role_with_closed_account:
            return sentences.CHANGE_WITH_CLOSED_ACCOUNT
        if kind == Kind.AGREE and self.offer.has_block:
            return sentences.CHANGE_OVER_BLOCK
        return ""

    def allows(self, kind: Kind, user: User | AnonymousUser) -> bool:
        return self.has_role_for(user, kind) and not self.why_not(kind)

    @classmethod
    @atomic
    def make(cls, offer: Offer, *, by: User, note: str = "", **terms) -> Change:
        """Replaces an open change of the same person. The same terms and note again change nothing."""
        if offer.other_side(by) is None:
            raise PermissionDenied("Only the two sides of a job suggest changes.")
        offer.lock_with(*offer.sides, by)
        if not by.is_active:
            raise PermissionDenied("A closed account suggests nothing.")
        if why_not := offer.why_not_suggest(by):
            raise IllegalMove(why_not)
        change = cls(offer=offer, by=by, note=note, terms=cls._differing(offer, by, terms))
        change.made_for, change.expires_at = offer.cleaning.version, change._last_moment()
        change.clean_fields(exclude=["offer", "by"])
        if offer.open_change and offer.open_change._suggests_the_same(change):
            return offer.open_change
        HOURLY.require(by)
        for earlier in offer.changes.open():
            if earlier.has_run_out:
                earlier._run_out()
            else:
                earlier._set_status(ChangeStatus.WITHDRAWN)
        change.save(force_insert=True)
        offer.open_change = change
        change._record(Kind.SUGGEST, by, **change._compared())
        return change

    @atomic
    def agree(self, *, by: User) -> None:
        """Write the rate to the offer and all else to the cleaning; both carry the next version."""
        if self._lock_and_check(Kind.AGREE, by):
            compared = self._compared()
            self._set_status(ChangeStatus.AGREED)
            terms = self.values
            rate = terms.pop("hourly_rate", None)
            event = self.cleaning.write_agreed(terms, by=by)
            self.offer.write_agreed(rate)
            if event:
                event.save()
            self._record(Kind.AGREE, by, **compared)

    @atomic
    def decline(self, *, by: User) -> None:
        self._end_by(Kind.DECLINE, by)

    @atomic
    def withdraw(self, *, by: User) -> None:
        self._end_by(Kind.WITHDRAW, by)

    @atomic
    def expire(self) -> None:
        self._lock()
        if self.status != ChangeStatus.OPEN or not self.has_run_out:
            raise IllegalMove("This suggestion has not run out.")
        self._run_out()

    @atomic
    def end_with_account(self) -> None:
        """The site calls it when the account of either side ends."""
        self._lock()
        if not self.offer.role_with_closed_account:
            raise IllegalMove("Both sides can still answer this change.")
        self._run_out()

    def end_with_job(self) -> Event:
        """Return the unsaved event, from which the end of the job notifies. The cleaning is locked already."""
        self._set_status(ChangeStatus.EXPIRED)
        return self._new_event(Kind.EXPIRE, None)

    def _end_by(self, kind: Kind, by: User) -> None:
        if self._lock_and_check(kind, by):
            self._set_status(CHANGE_ENDS[kind])
            self._record(kind, by)

    def _run_out(self) -> None:
        self._set_status(ChangeStatus.EXPIRED)
        self._record(Kind.EXPIRE, None)

    def _lock(self, *people: User) -> None:
        self.offer.lock_with(*self.offer.sides, *people)
        self.refresh_from_db(fields=["status", "terms", "answered_at"])

    def _lock_and_check(self, kind: Kind, by: User) -> bool:
        """Return False where the same person repeats what they did."""
        self._lock(by)
        may_act = self.has_role_for(by, kind) or (by.pk != self.by_id and by.has_perm("offers.change_change"))
        if not (by.is_active and may_act):
            raise PermissionDenied(f"This change is not yours to {kind}.")
        why_not = self.why_not(kind)
        if why_not and not self._was_ended_by(by, kind):
            raise IllegalMove(why_not)
        return not why_not

    def _was_ended_by(self, by: User, kind: Kind) -> bool:
        events = self.cleaning.events.about(self.offer.cleaner).filter(kind=kind, actor=by, terms__change=self.pk)
        return self.status == CHANGE_ENDS[kind] and events.exists()

    def _set_status(self, status: ChangeStatus) -> None:
        ended = timezone.now()
        if not Change.objects.filter(pk=self.pk, status=ChangeStatus.OPEN).update(status=status, answered_at=ended):
            raise IllegalMove("Someone else answered at the same moment. Look again before you decide.")
        self.status, self.answered_at = status, ended
        self.offer.__dict__.pop("open_change", None)

    def _record(self, kind: Kind, by: User | None, **terms) -> None:
        event = self._new_event(kind, by, **terms)
        event.save()
        self.cleaning.offers.notify([(event, self.offer)])

    def _new_event(self, kind: Kind, by: User | None, **terms) -> Event:
        """`author` is the side that acts, which staff may do in its place."""
        is_answer = kind in (Kind.AGREE, Kind.DECLINE)
        side = (self.offer.other_side(self.by) if is_answer else None) or self.by
        note = self.note if kind == Kind.SUGGEST else ""
        terms |= {"change": self.pk, "author": side.pk}
        return self.offer.new_event(kind, by, from_status=self.offer.status, note=note, **terms)

    def _compared(self) -> dict:
        after = {name: value for name, value in self.terms.items() if name != "street_address"}
        before = {name: stored(name, self.offer.term(name)) for name in after}
        return {"before": before, "after": after, "changed": [name for name in TERMS if name in self.terms]}

    def _suggests_the_same(self, other: Change) -> bool:
        return (self.terms, self.note, self.made_for) == (other.terms, other.note, other.made_for)

    def _last_moment(self) -> datetime:
        """A change of more than hours and rate runs out at the start of the job or the suggested one, if earlier."""
        moments = [timezone.now() + CHANGE_OPEN_FOR]
        if not set(self.terms) <= set(PAY):
            moments += [start for start in (self.cleaning.starts_at, self.values.get("starts_at")) if start]
        return min(moments)

    @staticmethod
    def _differing(offer: Offer, by: User, terms: dict) -> dict:
        if unknown := set(terms) - set(TERMS):
            raise TypeError(f"Nobody suggests {', '.join(sorted(unknown))}.")
        cleaned = Cleaning.cleaned(terms, exclude=set(FIELDS) - set(terms))
        differing = {name: cleaned[name] for name in TERMS if name in cleaned and cleaned[name] != offer.term(name)}
        if not differing:
            raise ValidationError(sentences.CHANGE_OF_NOTHING)
        if not set(PLACE).isdisjoint(differing) and not offer.cleaning.is_owned_by(by):
            raise PermissionDenied("Only the owner suggests another place.")
        if not set(differing) <= set(offer.terms_to_suggest(by)):
            raise IllegalMove(sentences.CHANGE_AFTER_START)
        if "starts_at" in differing and not (differing["starts_at"] and start_is_in_range(differing["starts_at"])):
            raise ValidationError({"starts_at": NEW_START_SENTENCE})
        return {name: stored(name, value) for name, value in differing.items()}
