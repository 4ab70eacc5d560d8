"""The timeline of a cleaning: who did what, when. Lines are added by the verbs and never changed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from cleanings.events import EventType, event_type
from cleanings.states import (
    NO_SHOW,
    REMARKS,
    SCHEDULED_KINDS,
    CancelReason,
    CleaningStatus,
    HideReason,
    Kind,
    OfferStatus,
    ReleaseReason,
    Role,
)
from core.fields import CleanTextField
from core.formatting import money

SEEN = {
    ("street_address",): "street",
    ("phone_number",): "phone number",
    ("street_address", "phone_number"): "street and phone number",
}

THREAD_PREFIX = "cleaning-"
REASONS = {Kind.HIDE: HideReason, Kind.CANCEL: CancelReason, Kind.RELEASE: ReleaseReason}
KNOWN_REASONS = list(dict.fromkeys(reason for reasons in REASONS.values() for reason in reasons.values))


def now() -> datetime:
    """The time, for the defaults of fields: looked up at each call, so that the past can be played at its moments."""
    return timezone.now()


class EventQuerySet(models.QuerySet):
    """Events can be added and read; the database keeps them until their cleaning is deleted."""

    def visible_to(self, user) -> EventQuerySet:
        """The lines that somebody may read: all for owner and staff; for a cleaner the cleaning's and their own."""
        if user.is_staff:
            return self
        takes_part = Q(cleaning__in=user.offers.values("cleaning"))
        return self.filter(Q(cleaning__owner=user) | takes_part & (Q(cleaner=None) | Q(cleaner=user)))

    def oldest_first(self) -> EventQuerySet:
        return self.order_by("pk")

    def about(self, cleaner) -> EventQuerySet:
        """The lines about one cleaner's offer; about None, the cleaning's own."""
        return self.filter(cleaner=cleaner)

    def moves(self) -> EventQuerySet:
        """The lines that tell of a move; what somebody looked at or said afterwards is none."""
        return self.exclude(kind__in=REMARKS)

    def acts_of(self, person) -> EventQuerySet:
        """What the person did; what they looked at is left out."""
        return self.filter(actor=person).exclude(kind=Kind.SEE)

    def lines_for(self, reader) -> list[tuple[Event, str]]:
        """The lines that the reader may see, oldest first, each with its sentence.

        What somebody looked at several times a day is one line, which says how often.
        """
        lines: dict[object, list[Event]] = {}
        for event in self.visible_to(reader).with_people().oldest_first():
            lines.setdefault(event.view_key or event.pk, []).append(event)
        return [(same[0], same[0].sentence_for(reader, times=len(same))) for same in lines.values()]

    def with_people(self) -> EventQuerySet:
        return self.select_related("cleaning__owner__profile", "actor__profile", "cleaner__profile")

    def update(self, **kwargs):
        raise TypeError("An event is never changed.")

    def delete(self):
        raise TypeError("An event is never deleted, but with its cleaning.")


class Event(models.Model):
    """One line of a timeline. Without a cleaner it is the cleaning's own; without an actor, the site acted by itself.

    `terms` holds what was on the table at that moment, never the street. Of the cleaning: its version, rate, hours,
    type, start, postcode and city, and after an edit the names of the fields changed. Of an offer: its rate, its
    revision and the version it was made for.
    """

    cleaning = models.ForeignKey("cleanings.Cleaning", models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    cleaner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    terms = models.JSONField(default=dict)
    reason = models.CharField(max_length=20, blank=True)
    note = CleanTextField(max_length=500, blank=True, validators=[MaxLengthValidator(500)])
    at = models.DateTimeField(default=now)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="event_kind_known"),
            models.CheckConstraint(
                condition=Q(cleaner=None, to_status__in=CleaningStatus.values)
                | Q(cleaner__isnull=False, to_status__in=OfferStatus.values),
                name="event_status_known",
            ),
            models.UniqueConstraint(
                fields=["cleaning", "cleaner", "kind"],
                condition=Q(kind__in=SCHEDULED_KINDS),
                name="event_told_in_time_once",
            ),
            models.CheckConstraint(condition=Q(reason__in=["", *KNOWN_REASONS]), name="event_reason_known"),
            models.CheckConstraint(condition=Q(LessThanOrEqual(Length("note"), 500)), name="event_note_length"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on cleaning {self.cleaning_id}"

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            raise TypeError("An event is never changed.")
        # One made by hand under the number of another would take its place.
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *args, **kwargs):
        raise TypeError("An event is never deleted, but with its cleaning.")

    @property
    def reason_label(self) -> str:
        return str(REASONS[Kind(self.kind)](self.reason).label) if self.reason else ""

    @property
    def is_no_show(self) -> bool:
        return self.reason == NO_SHOW

    @property
    def heading(self) -> str:
        """What it is about, as sentences and subjects of mails quote it."""
        return self.cleaning.quoted_name

    @property
    def thread(self) -> str:
        """What groups the mails about it."""
        return f"{THREAD_PREFIX}{self.cleaning_id}"

    def is_answered_by(self, act: Event, person) -> bool:
        """Whether the person has done with a later act of theirs what a notification of this event asks for.

        That is what they did with the offer that this is about, with their own, or with the whole cleaning: another
        status, or an edit after a start that passed.
        """
        if act.pk <= self.pk:
            return False
        if act.cleaner_id is not None:
            return act.cleaner_id in (self.cleaner_id, person.pk)
        is_edit_of_lapsed = act.kind == Kind.EDIT and self.kind == Kind.LAPSE
        return act.from_status != act.to_status or is_edit_of_lapsed

    @property
    def view_key(self) -> tuple | None:
        """For a line that tells of a look at somebody's contact: who looked at what of whose, on which day."""
        if self.kind != Kind.SEE:
            return None
        return self.actor_id, self.cleaner_id, *self.terms["seen"], timezone.localdate(self.at)

    def sentence_for(self, reader, times: int = 1) -> str:
        """The line as one sentence for the reader; `times` is how often it happened that day."""
        row = event_type(self.kind, self.to_status, is_about_offer=self.cleaner is not None)
        if times > 1 and row.repeated:
            row = row.repeated
        doer, other = self._sides(row)
        sentences = row.sentences_for(is_concerned=other == reader)
        template = getattr(sentences, self._who_acted(doer, reader))
        return template.format(**self._facts(doer, other), times=times)

    def sentence_after_heading(self, reader) -> str:
        return f"{self.heading}: {self.sentence_for(reader)}"

    def _sides(self, row: EventType) -> tuple:
        """The party whose move it is, and the person whom the line is about; of a remark, who made it and the other."""
        owner, cleaner = self.cleaning.owner, self.cleaner
        if self.kind not in REMARKS:
            return (cleaner if row.by is Role.CLEANER else owner), cleaner
        doer = self.terms.get("author", self.actor_id)
        return (owner, cleaner) if doer == owner.pk else (cleaner, owner)

    def _who_acted(self, party, reader) -> str:
        """Which of the row's sentences it is; remarks are only ever made by a party, or in its name."""
        if self.cleaner and self.kind in REMARKS:
            return "you" if party == reader else "party"
        if self.actor is None:
            return "site"
        if self.actor == reader:
            return "you"
        return "party" if self.actor == party else "staff"

    def _facts(self, doer, other) -> dict[str, str]:
        labels = self.cleaning.field_labels
        fields = [labels[name] for name in self.terms.get("changed", ())]
        return {
            "changed": ", ".join(fields),
            "rate": money(Decimal(self.terms.get("hourly_rate", "0"))),
            "seen": SEEN.get(tuple(self.terms.get("seen", ())), ""),
            "cleaner": self.cleaner.isolated_name if self.cleaner else "",
            "doer": doer.isolated_name if doer else "",
            "other": other.isolated_name if other else "",
        }
