from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Avg, Case, Count, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Round
from django.utils import timezone

from accounts.models import FACE_COLUMNS, Block, User
from cleanings import states
from cleanings.models import Cleaning
from cleanings.states import (
    COMPLETES_ITSELF_AFTER,
    NO_SHOW,
    REMINDED_BEFORE,
    REVIVED_FOR,
    Kind,
    Move,
    OfferStatus,
    Role,
)
from cleanings.timeline import Event
from core.statements import Statement
from notifications.models import Notification
from offers import events

if TYPE_CHECKING:
    from offers.models import Offer

MOST_JOBS = 1_000_000
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@Statement
def offers_on(cleaning: int) -> models.QuerySet[Offer]:
    return Cleaning(pk=cleaning).offers.select_related("cleaner").order_by("pk")


def blocks_between_sides() -> models.QuerySet:
    return Block.objects.between(OuterRef("cleaner"), OuterRef("cleaning__owner"))


def was_missed(role: Role) -> Q:
    """`absentee` as a condition: the side in the role came, and the other did not."""
    said = Kind.RELEASE if role == Role.OWNER else Kind.CANCEL
    no_shows = Event.objects.filter(cleaning=OuterRef("cleaning"), cleaner=OuterRef("cleaner"), reason=NO_SHOW)
    return Q(Exists(no_shows.filter(kind=said)), status=OfferStatus.CANCELLED)


class OfferQuerySet(models.QuerySet["Offer"]):
    # The evaluations app, which is above this one, sets this.
    counted_evaluations: ClassVar[Callable[[datetime | None], models.QuerySet]]

    def pending(self) -> OfferQuerySet:
        return self.filter(status=OfferStatus.PENDING)

    def winning(self) -> OfferQuerySet:
        return self.filter(status__in=states.WINNING)

    def not_rescinded(self) -> OfferQuerySet:
        return self.exclude(status=OfferStatus.RESCINDED)

    def ahead(self) -> OfferQuerySet:
        return self.filter(status=OfferStatus.ACCEPTED).order_by(F("cleaning__starts_at").asc(nulls_last=True), "pk")

    def cleanings_ahead(self) -> models.QuerySet:
        return self.filter(status=OfferStatus.ACCEPTED).values("cleaning")

    def soon(self, at: datetime | None = None) -> OfferQuerySet:
        now = at or timezone.now()
        tomorrow = timezone.localdate(now) + timedelta(days=1)
        ahead = self.filter(status=OfferStatus.ACCEPTED, cleaning__starts_at__gt=now)
        return ahead.filter(cleaning__starts_at__date__lte=tomorrow)

    def begun(self, at: datetime | None = None) -> OfferQuerySet:
        begun = Q(cleaning__starts_at=None) | Q(cleaning__starts_at__lte=at or timezone.now())
        return self.filter(begun, status=OfferStatus.ACCEPTED)

    def past(self) -> OfferQuerySet:
        return self.filter(status__in=states.PAST).order_by("-status_since", "-pk")

    def to_accept(self) -> OfferQuerySet:
        acceptable = self.pending().filter(cleaning__hidden_at=None, cleaner__is_active=True)
        return acceptable.filter(cleaning_version=F("cleaning__version"))

    def to_confirm(self, at: datetime | None = None) -> OfferQuerySet:
        """`states.CONFIRM` as a query."""
        return (
            self.pending()
            .exclude(cleaning_version=F("cleaning__version"))
            .filter(cleaning__in=Cleaning.objects.taking_offers(at))
        )

    def revived(self, at: datetime | None = None) -> OfferQuerySet:
        now = at or timezone.now()
        about_offer = Event.objects.filter(cleaning=OuterRef("cleaning"), cleaner=OuterRef("cleaner"))
        last = about_offer.moves().order_by("-pk").values("kind")[:1]
        current = self.pending().filter(
            cleaning_version=F("cleaning__version"), cleaning__in=Cleaning.objects.taking_offers(now)
        )
        lately = current.filter(status_since__gt=now - REVIVED_FOR)
        return lately.alias(last=Subquery(last)).filter(last__in=(Kind.CANCEL, Kind.RELEASE))

    def received_by(self, owner: User) -> OfferQuerySet:
        return self.filter(cleaning__owner=owner)

    def with_rank(self) -> OfferQuerySet:
        """0 won, 1 pending, 2 over."""
        winning, in_play = When(status__in=states.WINNING, then=0), When(status__in=states.IN_PLAY, then=1)
        return self.annotate(rank=Case(winning, in_play, default=Value(2)))

    def with_start(self, never: datetime = NEVER) -> OfferQuerySet:
        """`start` is `never` for a date by agreement."""
        return self.annotate(start=Coalesce("cleaning__starts_at", Value(never, models.DateTimeField())))

    def to_remind(self) -> OfferQuerySet:
        """Jobs that start within a day and were agreed before that day; once for each version of the terms."""
        now, remind_at = timezone.now(), F("cleaning__starts_at") - REMINDED_BEFORE
        soon = self.filter(cleaning__starts_at__gt=now, cleaning__starts_at__lte=now + REMINDED_BEFORE)
        # An accepted offer changes only when its sides agree on a change.
        return soon.filter(status=OfferStatus.ACCEPTED, updated_at__lt=remind_at).not_reminded()

    def to_complete(self) -> OfferQuerySet:
        then = timezone.now() - COMPLETES_ITSELF_AFTER
        started = Q(cleaning__starts_at=None) | Q(cleaning__starts_at__lte=then)
        return self.filter(started, status=OfferStatus.ACCEPTED, cleaning__status_since__lte=then)

    def without_event(self, kind: Kind) -> OfferQuerySet:
        said = Event.objects.filter(kind=kind, cleaning=OuterRef("cleaning"), cleaner=OuterRef("cleaner"))
        return self.exclude(Exists(said))

    def not_reminded(self) -> OfferQuerySet:
        of_version = Event.objects.alias(version=Cast(KT("terms__cleaning_version"), models.IntegerField()))
        reminders = of_version.filter(kind=Kind.REMIND, version=OuterRef("cleaning_version"))
        return self.exclude(Exists(reminders.filter(cleaning=OuterRef("cleaning"), cleaner=OuterRef("cleaner"))))

    def others_of(self, offer: Offer, move: Move) -> OfferQuerySet:
        if move.others is None:
            return self.none()
        found = self.exclude(pk=offer.pk).filter(status=move.others[0], cleaner__is_active=True)
        return found.without_block()

    def with_jobs_done(self) -> OfferQuerySet:
        done = self.model.objects.filter(cleaner=OuterRef("cleaner"), status=OfferStatus.COMPLETED)
        count = done.order_by().values("cleaner").annotate(count=Count("pk")).values("count")
        return self.annotate(jobs_done=Coalesce(Subquery(count), 0))

    def with_jobs_gap(self) -> OfferQuerySet:
        """`jobs_gap` is lowest for the most jobs, because keyset pages ascend from 0. Needs `with_jobs_done`."""
        return self.annotate(jobs_gap=Value(MOST_JOBS) - F("jobs_done"))

    def with_number_waiting(self, cleaning: int) -> OfferQuerySet:
        """How many offers on the cleaning are pending, also on other pages. All rows are of that cleaning."""
        waiting = self.model.objects.pending().filter(cleaning=cleaning)
        count = waiting.order_by().values("cleaning").annotate(count=Count("pk")).values("count")
        return self.annotate(number_waiting=Coalesce(Subquery(count), 0))

    def with_ratings(self, at: datetime | None = None) -> OfferQuerySet:
        evaluations = type(self).counted_evaluations(at).filter(subject=OuterRef("cleaner"))
        ratings = evaluations.order_by().values("subject")
        return self.annotate(
            rating_count=Coalesce(Subquery(ratings.annotate(of=Count("overall_rating")).values("of")), 0),
            rating_mean=Subquery(ratings.annotate(of=Avg("overall_rating")).values("of")),
        )

    def with_rating_gap(self) -> OfferQuerySet:
        """How far the mean is below 5, in millionths, because keyset pages need whole numbers."""
        mean = Coalesce("rating_mean", 0.0)
        return self.annotate(rating_gap=Cast(Round((5.0 - mean) * 1_000_000.0), models.BigIntegerField()))

    def with_revision(self) -> OfferQuerySet:
        of_offer = {"cleaning": OuterRef("cleaning"), "cleaner": OuterRef("cleaner")}
        revisions = Event.objects.filter(kind=Kind.REVISE, **of_offer).order_by("-pk")
        # Offers that were never revised cost no look-up.
        return self.annotate(
            revised_terms=Case(When(revision__gt=1, then=Subquery(revisions.values("terms")[:1]))),
            revised_at=Case(When(revision__gt=1, then=Subquery(revisions.values("at")[:1]))),
        )

    def between(self, one: User, other: User) -> OfferQuerySet:
        return self.filter(Q(cleaner=one, cleaning__owner=other) | Q(cleaner=other, cleaning__owner=one))

    def with_block(self) -> OfferQuerySet:
        return self.annotate(has_block=Exists(blocks_between_sides()))

    def without_block(self) -> OfferQuerySet:
        return self.exclude(Exists(blocks_between_sides()))

    def naming_hidden(self) -> OfferQuerySet:
        people = Q(cleaner__profile__hidden_at__isnull=False) | Q(cleaning__owner__profile__hidden_at__isnull=False)
        return self.filter(people | Q(cleaning__hidden_at__isnull=False))

    def with_people(self) -> OfferQuerySet:
        return self.select_related("cleaner__profile")

    def with_faces(self) -> OfferQuerySet:
        """`with_people`, with no more columns of a person than a list prints."""
        own = (field.name for field in self.model._meta.concrete_fields)
        return self.with_people().only(*own, *(f"cleaner__{column}" for column in FACE_COLUMNS))

    def with_cleaning(self) -> OfferQuerySet:
        return self.select_related("cleaning__owner__profile")

    def notify(self, lines: Iterable[tuple[Event, Offer]]) -> None:
        Notification.objects.notify(each for line in lines for each in events.notifications(*line))

    def notify_of_lapse(self, event: Event) -> None:
        offers = list(self.with_people())
        has_offers_to_choose = any(not offer.why_not(states.ACCEPT) for offer in offers)
        Notification.objects.notify(events.lapsed(event, offers, has_offers_to_choose=has_offers_to_choose))

    def set_status_of_all(
        self, cleaning: Cleaning, kind: Kind, before: OfferStatus, after: OfferStatus, by: User | None
    ) -> list[tuple[Event, Offer]]:
        """Return each changed offer with its unsaved event. The cleaning is locked already."""
        revivable = self._lock_revivable(before) if after == OfferStatus.PENDING else None
        offers = [offer for offer in offers_on(cleaning.pk) if offer.status == before]
        if revivable is not None:
            offers = [offer for offer in offers if offer.pk in revivable]
        pks = [offer.pk for offer in offers]
        self.model.objects.filter(pk__in=pks, status=before).update(status=after, status_since=timezone.now())
        for offer in offers:
            offer.cleaning, offer.status = cleaning, after
        return [(offer.new_event(kind, by, from_status=before), offer) for offer in offers]

    def _lock_revivable(self, before: OfferStatus) -> set[int]:
        """Lock the cleaners. Return the ids of offers between two open accounts that have no block between them."""
        found = self.filter(status=before)
        open_accounts = User.objects.lock_active(found.values("cleaner"))
        revivable = found.without_block().filter(cleaner__in=open_accounts, cleaning__owner__is_active=True)
        return set(revivable.values_list("pk", flat=True))

    def delete(self):
        raise TypeError("Offers are rescinded, rejected or cancelled, but not deleted.")
