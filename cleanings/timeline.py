from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from accounts.models import NAME_COLUMNS, User
from cleanings.events import EventType, event_type
from cleanings.states import (
    CHANGE_KINDS,
    KINDS_WITHOUT_MOVE,
    NO_SHOW,
    SCHEDULED_KINDS,
    CancelReason,
    CleaningStatus,
    HideReason,
    Kind,
    OfferStatus,
    ReleaseReason,
    Role,
)
from cleanings.terms import TermChange, listed, term_changes
from core.fields import CleanTextField
from core.formatting import money
from core.limits import Written
from core.statements import Statement

if TYPE_CHECKING:
    from cleanings.models import Cleaning

OFFERING = (Kind.OFFER, Kind.REVISE)
# What the limit of offers counts; its condition is the one of an index.
OFFERS = Written("cleanings_event", "actor_id", "at", f"kind IN ('{Kind.OFFER}', '{Kind.REVISE}')")
EDITS = Written("cleanings_event", "actor_id", "at", f"kind = '{Kind.EDIT}'", deleted_as="cleanings.edit")
# What makes or changes a job that everyone sees.
NEWS = (Kind.POST, Kind.UNRESERVE, Kind.EDIT)
# What of a cleaning is dealt with by which act of the same person, though no status changes.
ANSWERS: dict[str, Kind] = {Kind.LAPSE: Kind.EDIT, Kind.INVITE: Kind.PASS}
SEEN = {
    ("street_address",): "street",
    ("phone_number",): "phone number",
    ("street_address", "phone_number"): "street and phone number",
    # By staff alone, because of a report.
    ("messages",): "the messages between owner and cleaner",
    ("photo",): "a photo that only owner and cleaner see",
}

THREAD_PREFIX = "cleaning-"
REASONS = {Kind.HIDE: HideReason, Kind.CANCEL: CancelReason, Kind.RELEASE: ReleaseReason}
KNOWN_REASONS = list(dict.fromkeys(reason for reasons in REASONS.values() for reason in reasons.values))


def now() -> datetime:
    """Looked up at each call, so that the demo can set the time."""
    return timezone.now()


class EventQuerySet(models.QuerySet):
    def visible_to(self, user) -> EventQuerySet:
        """All for owner and staff; for a cleaner the cleaning's and their own."""
        if user.is_staff:
            return self
        takes_part = Q(cleaning__in=user.offers.values("cleaning"))
        return self.filter(Q(cleaning__owner=user) | takes_part & (Q(cleaner=None) | Q(cleaner=user)))

    def news_of(self, cleanings) -> EventQuerySet:
        return self.filter(kind__in=NEWS, cleaning__in=cleanings)

    def oldest_first(self) -> EventQuerySet:
        return self.order_by("pk")

    def about(self, cleaner) -> EventQuerySet:
        """None stands for the cleaning's own events."""
        return self.filter(cleaner=cleaner)

    def moves(self) -> EventQuerySet:
        return self.exclude(kind__in=KINDS_WITHOUT_MOVE)

    def acts_of(self, person) -> EventQuerySet:
        return self.filter(actor=person).exclude(kind=Kind.SEE)

    def offering(self) -> EventQuerySet:
        return self.filter(actor__isnull=False, kind__in=OFFERING)

    def edits(self) -> EventQuerySet:
        return self.filter(actor__isnull=False, kind=Kind.EDIT)

    def lines_for(self, reader) -> list[tuple[Event, str]]:
        return with_sentences(self.visible_to(reader).with_people().oldest_first(), reader)

    def with_sides(self) -> EventQuerySet:
        """With the columns of actor and cleaner that a line names."""
        people = ("actor", "cleaner")
        of_people = [f"{person}__{column}" for person in people for column in NAME_COLUMNS]
        own = [field.name for field in self.model._meta.concrete_fields]
        return self.select_related(*(f"{person}__profile" for person in people)).only(*own, *of_people)

    def with_people(self) -> EventQuerySet:
        return self.select_related("cleaning__owner__profile", "actor__profile", "cleaner__profile")

    def update(self, **kwargs):
        raise TypeError("An event is never changed.")

    def delete(self):
        raise TypeError("An event is never deleted, but with its cleaning.")


def with_sentences(events: Iterable[Event], reader) -> list[tuple[Event, str]]:
    """Oldest first, with their sentences; several views on a day are one line, and so is what happened to both."""
    lines: dict[object, list[Event]] = {}
    before = None
    for event in events:
        if before and event.says_more_than(before):
            del lines[before.pk]
        lines.setdefault(event.view_key or event.pk, []).append(event)
        before = event
    return [(same[0], same[0].sentence_for(reader, times=len(same))) for same in lines.values()]


class Event(models.Model):
    """Without a cleaner, it is the cleaning's own; without an actor, the site acted. `terms` never holds the street."""

    cleaning = models.ForeignKey("cleanings.Cleaning", models.CASCADE, verbose_name="job", related_name="events")
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
            # Terms, not a column: earlier versions of the site write them too.
            models.UniqueConstraint(
                "cleaning",
                "cleaner",
                "kind",
                KT("terms__cleaning_version"),
                condition=Q(kind__in=SCHEDULED_KINDS),
                name="event_once_per_version",
            ),
            models.CheckConstraint(condition=Q(reason__in=["", *KNOWN_REASONS]), name="event_reason_known"),
            models.CheckConstraint(condition=Q(LessThanOrEqual(Length("note"), 500)), name="event_note_length"),
        ]
        indexes = [
            models.Index(fields=["actor", "-at"], condition=Q(kind__in=OFFERING), name="event_offers_newest"),
            models.Index(fields=["-id"], condition=Q(kind__in=NEWS), name="event_of_jobs_newest"),
        ]

    def __str__(self) -> str:
        return f"Event {self.pk} on job {self.cleaning_id}"

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            raise TypeError("An event is never changed.")
        # A number set by hand must not overwrite another event.
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *args, **kwargs):
        raise TypeError("An event is never deleted, but with its cleaning.")

    @property
    def reason_label(self) -> str:
        return str(REASONS[Kind(self.kind)](self.reason).label) if self.reason else ""

    @property
    def is_no_show(self) -> bool:
        return self.reason == NO_SHOW

    def names_hidden_from(self, reader) -> bool:
        """Whether staff have hidden the job, or the profile of somebody who is named."""
        people = filter(None, (self.cleaning.owner, self.actor, self.cleaner))
        return self.cleaning.is_hidden_from(reader) or any(person.profile.is_hidden for person in people)

    def heading_for(self, reader) -> str:
        return self.cleaning.quoted_name_for(reader)

    @property
    def changes(self) -> list[TermChange]:
        if "after" not in self.terms:
            return []
        before, after, changed = (self.terms[name] for name in ("before", "after", "changed"))
        return term_changes(before, after, changed, self.cleaning.field_labels)

    @property
    def thread(self) -> str:
        return f"{THREAD_PREFIX}{self.cleaning_id}"

    def is_answered_by(self, act: Event, person) -> bool:
        """Whether the person's later act has dealt with it: a change of status, or one of ANSWERS."""
        if act.pk <= self.pk:
            return False
        if act.cleaner_id is not None:
            return act.cleaner_id in (self.cleaner_id, person.pk)
        return act.from_status != act.to_status or ANSWERS.get(self.kind) == act.kind

    def says_more_than(self, before: Event) -> bool:
        """Whether it is the same act as the cleaning's own event before it, told about an offer."""
        is_same_act = before.cleaner_id is None and self.cleaner_id is not None and before.kind == self.kind
        # That an offer is back in play does not say why.
        return is_same_act and self.to_status != OfferStatus.PENDING

    @property
    def view_key(self) -> tuple | None:
        """Groups views of contacts: what, whose and by whom, on which day."""
        if self.kind != Kind.SEE:
            return None
        return self.actor_id, self.cleaner_id, *self.terms["seen"], timezone.localdate(self.at)

    def sentence_for(self, reader, times: int = 1) -> str:
        row = event_type(self.kind, self.to_status, is_about_offer=self.cleaner is not None)
        if times > 1 and row.repeated:
            row = row.repeated
        doer, other = self._sides(row)
        sentences = row.sentences_for(is_concerned=other == reader)
        template = getattr(sentences, self._who_acted(doer, reader))
        return template.format_map(Facts(self, doer, other, times))

    def sentence_after_heading(self, reader) -> str:
        return f"{self.heading_for(reader)}: {self.sentence_for(reader)}"

    def _sides(self, row: EventType) -> tuple:
        """The party that acts and the other one; where either may act, the author and the other side."""
        owner, cleaner = self.cleaning.owner, self.cleaner
        if self.kind not in (*KINDS_WITHOUT_MOVE, Kind.AGREE):
            return (cleaner if row.by is Role.CLEANER else owner), cleaner
        doer = self.terms.get("author", self.actor_id)
        return (owner, cleaner) if doer == owner.pk else (cleaner, owner)

    def _who_acted(self, party, reader) -> str:
        if self.kind == Kind.SEE and self.actor not in (self.cleaning.owner, self.cleaner):
            return "staff"
        if self.cleaner and self.kind in KINDS_WITHOUT_MOVE and self.kind not in CHANGE_KINDS:
            return "you" if party == reader else "party"
        if self.actor is None:
            return "site"
        if self.actor == reader:
            return "you"
        return "party" if self.actor == party else "staff"


class Facts:
    """What a sentence may name; a line makes only those that it names."""

    def __init__(self, event: Event, doer, other, times: int) -> None:
        self.event, self._doer, self._other = event, doer, other
        self.times = "twice" if times == 2 else f"{times} times"

    def __getitem__(self, name: str) -> object:
        return getattr(self, name)

    @property
    def changed(self) -> str:
        labels = self.event.cleaning.field_labels
        return ", ".join(labels[name] for name in self.event.terms.get("changed", ()))

    @property
    def changes(self) -> str:
        return listed(self.event.changes)

    @property
    def rate(self) -> str:
        return money(Decimal(self.event.terms.get("hourly_rate", "0")))

    @property
    def seen(self) -> str:
        return SEEN.get(tuple(self.event.terms.get("seen", ())), "")

    @property
    def cleaner(self) -> str:
        return self.event.cleaner.isolated_name if self.event.cleaner else ""

    @property
    def doer(self) -> str:
        return self._doer.isolated_name if self._doer else ""

    @property
    def other(self) -> str:
        return self._other.isolated_name if self._other else ""


@Statement
def events_of(cleaning: int) -> EventQuerySet:
    return Event.objects.filter(cleaning=cleaning).with_sides().oldest_first()


@Statement
def events_for_cleaner(cleaning: int, cleaner: int) -> EventQuerySet:
    seen = Event.objects.filter(Q(cleaner=None) | Q(cleaner=cleaner), cleaning=cleaning)
    return seen.with_sides().oldest_first()


def events_shown_to(reader: User, cleaning: Cleaning) -> list[Event]:
    """Oldest first; none to people who take no part."""
    if cleaning.is_owned_by(reader) or reader.is_staff:
        events = events_of(cleaning.pk)
    elif cleaning.offer_of(reader):
        events = events_for_cleaner(cleaning.pk, reader.pk)
    else:
        return []
    for event in events:
        event.cleaning = cleaning
    return events
