from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.blocks import is_block_between
from accounts.hiding import Hideable, hidden_by_someone
from accounts.models import Block, User
from cleanings import sentences, states
from cleanings.constraints import rate_in_range, rate_validators
from cleanings.models import Cleaning, Event
from cleanings.states import (
    EVALUATED_WITHIN,
    LATE_BEFORE,
    NEVER_LATE_FOR,
    NO_SHOW,
    CleaningStatus,
    Condition,
    IllegalMove,
    Kind,
    Move,
    OfferStatus,
    Role,
    TermsChanged,
)
from cleanings.terms import PAY, PLACE, TERMS, TermChange
from cleanings.timeline import OFFERS, EventQuerySet, now
from core.addresses import address
from core.fields import CleanTextField
from core.formatting import day_label, in_a_row, money, rate_label
from core.inserts import insert
from core.limits import RowLimit
from core.statements import Statement
from core.text import clean_text
from core.transactions import atomic
from notifications.models import Notification
from offers import events
from offers.changes import Change
from offers.querysets import OfferQuerySet

MOST_CHARACTERS_OF_ANSWER = 500
HOURLY = RowLimit(
    60, timedelta(hours=1), OFFERS, "You’ve made or changed 60 offers within an hour, and that’s the most."
)
# The fields of an offer that moves change.
CHANGES = ("status", "status_since", "hourly_rate", "message", "cleaning_version", "revision", "updated_at")
UNMADE: dict[str, Any] = {"status": None, "revision": 0, "cleaning_version": 1}


@Statement
def between_sides(cleaning: int, cleaner: int) -> models.QuerySet[Cleaning]:
    reader = User(pk=cleaner)
    return Cleaning.objects.filter(pk=cleaning).only("pk").with_block(reader).with_offer_of(reader)


@Statement
def offer_rows(cleaning: int, cleaner: int) -> models.QuerySet[Offer]:
    return Offer.objects.filter(cleaning=cleaning, cleaner=cleaner)


class Offer(Hideable):
    """At most one per cleaner and cleaning; at most one wins a cleaning.

    Every move locks the cleaning, reads both rows again, checks, writes by conditional updates, and notifies.

    It raises PermissionDenied when the move is another person's, and IllegalMove, with a sentence, when it is not
    possible. The same person repeating a finished move changes nothing.
    """

    cleaning = models.ForeignKey(Cleaning, models.CASCADE, verbose_name="job", related_name="offers")
    cleaner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="offers")
    hourly_rate = models.DecimalField(max_digits=6, decimal_places=2, validators=rate_validators)
    message = CleanTextField(max_length=1000, blank=True, validators=[MaxLengthValidator(1000)])
    status = models.CharField(max_length=10, choices=OfferStatus, default=OfferStatus.PENDING, editable=False)
    status_since = models.DateTimeField(default=now, editable=False)
    # The version of the cleaning that the offer was made for, and how often the offer was made or revised.
    cleaning_version = models.PositiveIntegerField(editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField("made", default=now, editable=False)
    updated_at = models.DateTimeField("changed", default=now, editable=False)

    # Annotated by with_revision and with_jobs_done.
    revised_at: datetime
    jobs_done: int

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
            hidden_by_someone("offer_hidden_by_someone"),
        ]
        indexes = [models.Index(fields=["cleaner", "-created_at", "-id"], name="offer_of_cleaner_newest")]

    def __str__(self) -> str:
        return f"{self.cleaner}'s offer on {self.cleaning}"

    def get_absolute_url(self) -> str:
        return address("offers:detail", self.cleaning_id, self.cleaner.username)

    @property
    def author_pk(self) -> int:
        return self.cleaner_id

    @property
    def parties(self) -> set[int]:
        return {self.cleaner_id, self.cleaning.owner_id}

    @classmethod
    def of_party(cls, user: User) -> Q:
        return Q(cleaner=user) | Q(cleaning__owner=user)

    def lock_cleaning(self) -> None:
        self.cleaning.lock()

    @property
    def rate_label(self) -> str:
        return rate_label(self.hourly_rate, self.cleaning.estimated_hours)

    @property
    def total(self) -> Decimal:
        return self.hourly_rate * self.cleaning.estimated_hours

    @property
    def revision_label(self) -> str:
        """Like "Was €19.50, lowered on 24 Nov 2026"; needs `with_revision`."""
        terms = getattr(self, "revised_terms", None)
        if not terms or terms["revision"] != self.revision:
            return ""
        before, day = Decimal(terms["rate_before"]), day_label(self.revised_at)
        if before == self.hourly_rate:
            return f"Changed on {day}"
        return f"Was {money(before)}, {'lowered' if self.hourly_rate < before else 'raised'} on {day}"

    @property
    def jobs_label(self) -> str:
        """Needs `with_jobs_done`."""
        if not self.jobs_done:
            return "no jobs done yet"
        return "1 job done" if self.jobs_done == 1 else f"{self.jobs_done:,} jobs done"

    @property
    def difference_label(self) -> str:
        if not self.difference:
            return "as you asked"
        return f"{money(self.difference)} {'more' if self.asks_more else 'less'} than asked"

    @property
    def job_is_not_hidden(self) -> bool:
        return not self.cleaning.is_hidden

    @property
    def takes_offers(self) -> bool:
        return self.cleaning.takes_offers

    @property
    def is_open_to_cleaner(self) -> bool:
        return self.cleaning.is_open_to(self.cleaner)

    @property
    def has_started(self) -> bool:
        return self.cleaning.has_started

    @property
    def is_current(self) -> bool:
        return self.cleaning_version == self.cleaning.version

    @property
    def is_outdated(self) -> bool:
        return not self.is_current

    @property
    def is_winning(self) -> bool:
        return self.status in states.WINNING

    @property
    def has_been_agreed(self) -> bool:
        return self.is_winning or self.status == OfferStatus.CANCELLED

    @property
    def cleaner_is_active(self) -> bool:
        return self.cleaner.is_active

    def other_side(self, person: User | AnonymousUser) -> User | None:
        """None for everybody but the two sides."""
        if person.pk == self.cleaning.owner_id:
            return self.cleaner
        return self.cleaning.owner if person.pk == self.cleaner_id else None

    @cached_property
    def has_block(self) -> bool:
        """Between its two sides; lists ask for it by `with_block`."""
        return is_block_between(self.cleaner_id, self.cleaning.owner_id)

    @property
    def has_no_block(self) -> bool:
        return not self.has_block

    @property
    def sides(self) -> tuple[User, User]:
        return self.cleaning.owner, self.cleaner

    @property
    def role_with_closed_account(self) -> Role | None:
        if not self.cleaner_is_active:
            return Role.CLEANER
        return None if self.cleaning.owner.is_active else Role.OWNER

    @property
    def is_revived(self) -> bool:
        """Whether it is pending again because the agreement with another cleaner ended."""
        if self.status != OfferStatus.PENDING:
            return False
        last = self.cleaning.events.about(self.cleaner).moves().order_by("-pk").first()
        return last is not None and last.kind in (Kind.CANCEL, Kind.RELEASE)

    @property
    def evaluated_until(self) -> datetime:
        return self.status_since + EVALUATED_WITHIN

    @property
    def is_late(self) -> bool:
        """Judged by the start of a day before: moving the job neither spares one side nor makes the other one late."""
        now = timezone.now()
        agreed_at = self.status_since
        if now - agreed_at <= NEVER_LATE_FOR:
            return False
        stood = [event.terms for event in self.cleaning.own_events if event.at <= max(agreed_at, now - LATE_BEFORE)]
        start = stood[0]["starts_at"] if stood else None
        return start is not None and datetime.fromisoformat(start) - LATE_BEFORE <= now

    @classmethod
    def get_or_new(cls, cleaning: Cleaning, cleaner: User) -> Offer:
        """A new offer is unsaved and its status is None. Raises IllegalMove if the job has been deleted."""
        between = between_sides.first(cleaning.pk, cleaner.pk)
        if between is None:
            raise IllegalMove(sentences.DELETED)
        made = offer_rows(cleaning.pk, cleaner.pk) if between.has_offer_of_reader else []
        offer = made[0] if made else cls(**UNMADE)
        offer.cleaning, offer.cleaner, offer.has_block = cleaning, cleaner, between.has_block
        return offer

    @property
    def waits_for_confirmation(self) -> bool:
        return self.status == OfferStatus.PENDING and self.is_outdated

    @property
    def difference(self) -> Decimal:
        return abs(self.hourly_rate - self.cleaning.hourly_rate)

    @property
    def asks_more(self) -> bool:
        return self.hourly_rate > self.cleaning.hourly_rate

    @property
    def changed_terms(self) -> list[TermChange]:
        return [] if self.is_current else self.cleaning.changes_since(self.cleaning_version)

    @property
    def changed_names(self) -> str:
        return in_a_row([f"the {change.name}" for change in self.changed_terms])

    def rate_at(self, revision: int) -> Decimal | None:
        all_terms = self.cleaning.events.about(self.cleaner).order_by("-pk").values_list("terms", flat=True)
        return next((Decimal(terms["hourly_rate"]) for terms in all_terms if terms["revision"] == revision), None)

    def has_role_for(self, user: User | AnonymousUser, move: Move) -> bool:
        is_owner = user.pk == self.cleaning.owner_id
        if move.role is Role.OWNER:
            return is_owner
        return user.pk == self.cleaner_id and not is_owner

    def why_not(self, move: Move) -> str:
        """The reason as a sentence; empty when the move is possible."""
        if self.cleaning.status != move.cleaning_from:
            return sentences.CLEANING_STATUS[CleaningStatus(self.cleaning.status)]
        if self.status not in move.offer_from:
            by_status = sentences.OWN_OFFER_STATUS if move is states.OFFER else sentences.OFFER_STATUS
            return by_status[OfferStatus(self.status) if self.status else None]
        unmet = next((condition for condition in move.conditions if not getattr(self, condition)), None)
        if unmet is Condition.NO_BLOCK:
            owner, cleaner = self.sides
            return self.why_no_contact(owner if move.role is Role.OWNER else cleaner, sentences.OVER_BLOCK[move.role])
        return sentences.UNMET_CONDITION[unmet] if unmet else ""

    def allows(self, move: Move, user: User | AnonymousUser) -> bool:
        return self.has_role_for(user, move) and not self.why_not(move)

    def moves_for(self, user: User | AnonymousUser) -> list[Move]:
        return [move for move in states.moves_from(self.status, self.cleaning.status) if self.allows(move, user)]

    def reasons_for(self, move: Move) -> list[tuple[str, str]]:
        choices = move.reasons.choices if move.reasons else []
        return [(value, label) for value, label in choices if value != NO_SHOW or self.has_started]

    @cached_property
    def open_change(self) -> Change | None:
        if self.status != OfferStatus.ACCEPTED:
            return None
        return next((change for change in self.changes.open() if not change.has_run_out), None)

    def term(self, name: str) -> Any:
        """Its own rate; all other terms are those of the cleaning."""
        return self.hourly_rate if name == "hourly_rate" else getattr(self.cleaning, name)

    def terms_to_suggest(self, user: User | AnonymousUser) -> Collection[str]:
        """Only the owner suggests another place. After the start, hours and rate alone can be changed."""
        if self.cleaning.start_has_passed:
            return PAY
        return [name for name in TERMS if name not in PLACE or self.cleaning.is_owned_by(user)]

    def why_not_suggest(self, user: User | AnonymousUser) -> str:
        if self.status != OfferStatus.ACCEPTED:
            return sentences.OFFER_STATUS[OfferStatus(self.status) if self.status else None]
        if self.role_with_closed_account:
            return sentences.CHANGE_WITH_CLOSED_ACCOUNT
        if self.open_change and self.open_change.by_id != user.pk:
            return sentences.CHANGE_TO_ANSWER_FIRST
        return self.why_no_contact(user, sentences.CHANGE_OVER_BLOCK)

    def can_suggest(self, user: User | AnonymousUser) -> bool:
        return self.other_side(user) is not None and not self.why_not_suggest(user)

    def why_no_contact(self, reader: User | AnonymousUser, sentence: str) -> str:
        """`reader` is one of the two sides; see `Block.objects.why_no_contact`."""
        other = self.other_side(reader)
        return Block.objects.why_no_contact(reader, other, sentence) if self.has_block else ""

    @property
    def absentee(self) -> User | None:
        if self.status != OfferStatus.CANCELLED:
            return None
        event = self.cleaning.events.about(self.cleaner).filter(reason=NO_SHOW).last()
        if event is None:
            return None
        return self.cleaner if event.kind == Kind.RELEASE else self.cleaning.owner

    def is_said_absent(self, person: User) -> bool:
        if self.absentee == person:
            return True
        evaluations = self.evaluations.all() if self.other_side(person) else ()
        return any(each.no_show and each.subject_id == person.pk and not each.is_hidden for each in evaluations)

    def no_show_answers_of(self, person: User) -> EventQuerySet:
        return self.cleaning.events.about(self.cleaner).filter(kind=Kind.ANSWER, actor=person)

    def why_not_answer_no_show(self, person: User) -> str:
        if not self.is_said_absent(person):
            return "Nobody says that you missed this job, so there’s nothing to answer."
        if self.no_show_answers_of(person).exists():
            return "You’ve told your side already. What you wrote stays as it is."
        return ""

    def can_answer_no_show(self, person: User) -> bool:
        return not self.why_not_answer_no_show(person)

    @classmethod
    @atomic
    def make(
        cls, cleaning: Cleaning, *, by: User, hourly_rate: Decimal, message: str = "", version: int | None = None
    ) -> Offer:
        """Make an offer, or renew a rescinded one, for the `version` of the cleaning that was shown."""
        seen = cleaning.version if version is None else version
        cleaning.lock()
        by.lock()
        offer = cls.get_or_new(cleaning, by)
        if not (by.is_active and offer.has_role_for(by, states.OFFER)):
            raise PermissionDenied("Nobody offers on a cleaning of their own, or from a closed account.")
        terms = offer._terms_for(hourly_rate, message, seen)
        if offer.status == OfferStatus.PENDING and offer._has_terms(terms):
            return offer
        if why_not := offer.why_not(states.OFFER):
            raise IllegalMove(why_not)
        HOURLY.require(by)
        offer._apply(states.OFFER, by, created_at=timezone.now(), **terms)
        cleaning.count_offer(+1)
        return offer

    @atomic
    def revise(self, *, by: User, hourly_rate: Decimal, message: str = "", version: int | None = None) -> None:
        seen = self.cleaning.version if version is None else version
        if self._lock_and_check(
            states.REVISE, by, lambda: self._has_terms(self._terms_for(hourly_rate, message, seen))
        ):
            terms = self._terms_for(hourly_rate, message, seen)
            if not (self._has_terms(terms) and self.is_current):
                by.lock()
                HOURLY.require(by)
                self._apply(states.REVISE, by, more_terms={"rate_before": f"{self.hourly_rate:.2f}"}, **terms)

    @atomic
    def confirm(self, *, by: User, version: int | None = None) -> None:
        """`version` is the one that was shown; TermsChanged where it has changed since."""
        seen = self.cleaning.version if version is None else version
        if self._lock_and_check(states.CONFIRM, by, lambda: self.is_current):
            if seen != self.cleaning.version:
                raise TermsChanged("The job changed once more while you were looking.")
            self._apply(states.CONFIRM, by, cleaning_version=self.cleaning.version)

    @atomic
    def rescind(self, *, by: User | None) -> None:
        """Without `by` the site acts, for a cleaner whose account has ended."""
        if self._lock_and_check(states.RESCIND, by):
            self._apply(states.RESCIND, by)
            self.cleaning.count_offer(-1)

    @atomic
    def reject(self, *, by: User) -> None:
        if self._lock_and_check(states.REJECT, by):
            self._apply(states.REJECT, by)

    @atomic
    def accept(self, *, by: User, revision: int | None = None, version: int | None = None) -> int:
        """Assign the cleaning, reject the other pending offers, and return how many other cleaners are notified.

        Raises TermsChanged if `revision` or `version` is outdated.
        """
        seen_revision = self.revision if revision is None else revision
        seen_version = self.cleaning.version if version is None else version
        if not self._lock_and_check(states.ACCEPT, by):
            return 0
        if seen_revision != self.revision:
            raise TermsChanged("The offer changed after you opened the page.")
        if seen_version != self.cleaning.version:
            raise TermsChanged("The job changed after you opened the page, and the offer was kept for it.")
        return self._apply(states.ACCEPT, by)

    @atomic
    def cancel(self, *, by: User, reason: str, note: str = "") -> int:
        """Open the cleaning, or close it if its owner has left; revive rejected offers and return how many."""
        return self._end_agreement(states.CANCEL, by, reason, note)

    @atomic
    def release(self, *, by: User, reason: str, note: str = "") -> int:
        return self._end_agreement(states.RELEASE, by, reason, note)

    @atomic
    def complete(self, *, by: User | None = None) -> None:
        """Without `by` the site completes, 14 days after the start."""
        if self._lock_and_check(states.COMPLETE, by):
            if by is None and timezone.now() < self.cleaning.completes_itself_at:
                raise IllegalMove("The site completes a job only 14 days after its start.")
            self._apply(states.COMPLETE, by)

    def suggest(self, *, by: User, note: str = "", **terms) -> Change:
        """Raises TypeError for a name that is no term, ValidationError for a change of nothing or out of range."""
        return Change.make(self, by=by, note=note, **terms)

    def write_agreed(self, hourly_rate: Decimal | None) -> None:
        """Write the current version of the cleaning and, if given, another rate. The offer is locked already."""
        fields: dict[str, Any] = {"cleaning_version": self.cleaning.version}
        if hourly_rate is not None:
            fields |= {"hourly_rate": hourly_rate, "revision": self.revision + 1}
        self._update(**fields)

    @atomic
    def remind(self) -> None:
        self.lock()
        if not type(self).objects.to_remind().filter(pk=self.pk).exists():
            raise IllegalMove("Nobody has to be reminded of this job.")
        event = self.new_event(Kind.REMIND, None, from_status=OfferStatus.ACCEPTED)
        event.save()
        self.cleaning.offers.notify([(event, self)])

    @atomic
    def answer_no_show(self, *, by: User, answer: str) -> None:
        """The side that is said to have been absent answers once. The same words again change nothing."""
        other = self.other_side(by)
        if other is None:
            raise PermissionDenied("Only the two sides of a job answer each other.")
        self.lock_with(by, other)
        if not by.is_active:
            raise PermissionDenied("A closed account answers nothing.")
        note = self._cleaned_answer(answer)
        if self.no_show_answers_of(by).filter(note=note).exists():
            return
        if why_not := self.why_not_answer_no_show(by):
            raise IllegalMove(why_not)
        event = self.new_event(Kind.ANSWER, by, from_status=self.status, note=note)
        event.save()
        told = events.notifications(event, self)
        if self.has_block:
            # The words stand beside the review, but are sent to nobody.
            for each in told:
                each.leave_note_out()
        Notification.objects.notify(told)

    def delete(self, *args, **kwargs):
        raise TypeError("Offers are rescinded, rejected or cancelled, but not deleted.")

    def lock(self) -> None:
        """Lock the cleaning, and read both rows again."""
        self.cleaning.lock()
        self._read_again()
        for cached in ("open_change", "has_block"):
            self.__dict__.pop(cached, None)

    def _read_again(self) -> None:
        for row in offer_rows(self.cleaning_id, self.cleaner_id):
            for name in CHANGES:
                setattr(self, name, getattr(row, name))

    def lock_with(self, *people: User) -> None:
        """Lock the cleaning, then the people, so that no later notification keeps the name of a closed account."""
        self.lock()
        open_accounts = User.objects.lock_active([person.pk for person in people])
        for person in people:
            person.is_active = person.pk in open_accounts

    def new_event(
        self, kind: Kind, by: User | None, *, from_status: str, reason: str = "", note: str = "", **terms
    ) -> Event:
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

    def _lock_and_check(self, move: Move, by: User | None, is_done: Callable[[], bool] | None = None) -> bool:
        """Return False where the same person repeats a move; `is_done` replaces the comparison of the status alone."""
        self.lock()
        if Condition.NO_BLOCK in move.conditions:
            self.cleaner.lock()
        self._authorise(move, by)
        why_not = self.why_not(move)
        if not why_not:
            return True
        is_reached = is_done() if is_done else self.status == move.offer_to
        if is_reached and self.status == move.offer_to and self.cleaning.was_done_by(by, move.kind, self.cleaner):
            return False
        raise IllegalMove(why_not)

    def _authorise(self, move: Move, by: User | None) -> None:
        if by is None:
            if not self._is_automatic(move):
                raise PermissionDenied(f"The site itself does not {move.kind} this offer.")
        elif not by.is_active or not (self.has_role_for(by, move) or self._can_be_moved_by_staff(by)):
            raise PermissionDenied(f"This offer is not yours to {move.kind}.")

    def _can_be_moved_by_staff(self, user: User) -> bool:
        """Staff who are a party of the job cannot: nobody acts for the other side."""
        return user.has_perm("offers.change_offer") and user.pk not in self.cleaning.parties

    def _is_automatic(self, move: Move) -> bool:
        """The site completes forgotten jobs, and rescinds for accounts that have ended."""
        if move is states.RESCIND:
            self.cleaner.lock()
        return move is states.COMPLETE or (move is states.RESCIND and not self.cleaner.is_active)

    def _end_agreement(self, move: Move, by: User, reason: str, note: str) -> int:
        if not self._lock_and_check(move, by):
            return 0
        self._require_contact_for(note, by)
        others = self._apply(move, by, reason=reason, note=note, more_terms={"late": self.is_late})
        self._close_without_owner()
        return others

    def _apply(
        self,
        move: Move,
        by: User | None,
        *,
        reason: str = "",
        note: str = "",
        more_terms: dict | None = None,
        **fields,
    ) -> int:
        """Return how many other cleaners are notified because the move changes their offers."""
        note = self._clean_reason(move, reason, note)
        before = self.status
        about_changes = [change.end_with_job() for change in self._open_changes_ended_by(move)]
        self._update(status=move.offer_to, status_since=timezone.now(), **fields)
        event = self.new_event(move.kind, by, from_status=before, reason=reason, note=note, **(more_terms or {}))
        about_cleaning = [self.cleaning.set_status(move.cleaning_to, move.kind, by)] if move.cleaning_to else []
        set_status_of_all = self.cleaning.offers.set_status_of_all
        about_others = set_status_of_all(self.cleaning, move.kind, *move.others, by) if move.others else []
        about_offers = [(event, self), *about_others]
        insert([*about_changes, *about_cleaning, *(event for event, _ in about_offers)])
        self.cleaning.offers.notify(about_offers)
        return len([offer for _, offer in about_others if offer.cleaner_is_active])

    def _clean_reason(self, move: Move, reason: str, note: str) -> str:
        if move.reasons and reason not in dict(self.reasons_for(move)):
            is_known = reason in move.reasons.values
            raise ValidationError({"reason": sentences.NO_SHOW_TOO_EARLY if is_known else "Choose a reason."})
        return Event._meta.get_field("note").clean(note, None)

    def _require_contact_for(self, note: str, by: User) -> None:
        """Staff may write a note over a block."""
        if note and by in self.sides:
            # The lock puts a block before or after the note. It takes the people whose offers are revived as well, to
            # keep the order of ids.
            User.objects.lock_active([by.pk, *self.cleaning.offers.values_list("cleaner", flat=True)])
            if why_not := self.why_no_contact(by, sentences.NOTE_OVER_BLOCK):
                raise IllegalMove(why_not)

    def _open_changes_ended_by(self, move: Move) -> Iterable[Change]:
        return self.changes.open() if OfferStatus.ACCEPTED in move.offer_from else ()

    def _close_without_owner(self) -> None:
        if not User.objects.filter(pk=self.cleaning.owner_id, is_active=True).exists():
            self.cleaning.close(by=None)

    def _update(self, **fields) -> None:
        unchanged = type(self).objects.filter(pk=self.pk, status=self.status, revision=self.revision)
        if self.pk and not unchanged.update(**fields, updated_at=timezone.now()):
            raise IllegalMove("Someone else changed this offer at the same moment. Look again before you decide.")
        for name, value in fields.items():
            setattr(self, name, value)
        if not self.pk:
            insert([self])

    def _terms_for(self, hourly_rate: Decimal, message: str, seen: int) -> dict:
        """`cleaning_version` never goes back to an earlier version."""
        typed = type(self)(hourly_rate=hourly_rate, message=message)
        typed.clean_fields(exclude=["cleaning", "cleaner", "cleaning_version"])
        version = max(self.cleaning_version, min(seen, self.cleaning.version))
        terms = {"hourly_rate": typed.hourly_rate, "message": typed.message}
        return terms | {"revision": self.revision + 1, "cleaning_version": version}

    def _has_terms(self, terms: dict) -> bool:
        return (self.hourly_rate, self.message) == (terms["hourly_rate"], terms["message"])

    @staticmethod
    def _cleaned_answer(answer: str) -> str:
        cleaned = clean_text(answer)
        if not cleaned:
            raise ValidationError({"answer": "Write what happened."})
        if len(cleaned) > MOST_CHARACTERS_OF_ANSWER:
            raise ValidationError({"answer": f"Use at most {MOST_CHARACTERS_OF_ANSWER} characters."})
        return cleaned
