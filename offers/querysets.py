"""The words in which the rest of the site asks for offers, and what another person's move does to many of them."""

from __future__ import annotations

from itertools import chain

from django.apps import apps
from django.db import models
from django.db.models import Avg, Case, Count, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from cleanings.timeline import Event
from notifications.models import Notification
from offers import notifications, states
from offers.states import Kind, Move, OfferStatus


class OfferQuerySet(models.QuerySet):
    def pending(self) -> OfferQuerySet:
        return self.filter(status=OfferStatus.PENDING)

    def winning(self) -> OfferQuerySet:
        """Those that were accepted, whether or not the job is done: at most one a cleaning."""
        return self.filter(status__in=states.WINNING)

    def standing(self) -> OfferQuerySet:
        """All but the rescinded ones, which are in no list."""
        return self.exclude(status=OfferStatus.RESCINDED)

    def ahead(self) -> OfferQuerySet:
        """Accepted, the soonest job first and those by agreement after them."""
        return self.filter(status=OfferStatus.ACCEPTED).order_by(F("cleaning__starts_at").asc(nulls_last=True), "pk")

    def past(self) -> OfferQuerySet:
        """Those from which nothing more is to come, as things stand; the latest first."""
        return self.filter(status__in=states.PAST).order_by("-status_since", "-pk")

    def in_play_first(self, *then: str) -> OfferQuerySet:
        """The one that won, then the pending ones, then those that are over; in each group ordered by `then`."""
        winning, in_play = When(status__in=states.WINNING, then=0), When(status__in=states.IN_PLAY, then=1)
        rank = Case(winning, in_play, default=Value(2))
        return self.order_by(rank, *then)

    def others_of(self, offer, move: Move) -> OfferQuerySet:
        """The other offers that the move would change."""
        if move.others is None:
            return self.none()
        return self.exclude(pk=offer.pk).filter(status=move.others[0], cleaner__is_active=True)

    def with_jobs_done(self) -> OfferQuerySet:
        """Each with `jobs_done`, how many jobs its cleaner has completed."""
        done = self.model.objects.filter(cleaner=OuterRef("cleaner"), status=OfferStatus.COMPLETED)
        count = done.order_by().values("cleaner").annotate(count=Count("pk")).values("count")
        return self.annotate(jobs_done=Coalesce(Subquery(count), 0))

    def with_ratings(self) -> OfferQuerySet:
        """Each with `rating_count` and `rating_mean` of its cleaner, over what is published; no mean of nothing."""
        # By its label, because evaluations stand above the bargain; what counts as published is theirs to say.
        counted = apps.get_model("evaluations", "Evaluation").objects.counted()
        ratings = counted.filter(subject=OuterRef("cleaner")).order_by().values("subject")
        return self.annotate(
            rating_count=Coalesce(Subquery(ratings.annotate(of=Count("overall_rating")).values("of")), 0),
            rating_mean=Subquery(ratings.annotate(of=Avg("overall_rating")).values("of")),
        )

    def newest_first(self) -> OfferQuerySet:
        return self.order_by("-created_at", "-pk")

    def with_people(self) -> OfferQuerySet:
        return self.select_related("cleaner__profile")

    def with_cleaning(self) -> OfferQuerySet:
        return self.select_related("cleaning__owner__profile")

    def tell_of_edit(self, event: Event) -> None:
        """Tell the cleaner of each that the terms changed."""
        told = [notice for offer in self.with_people() for notice in notifications.notices(event, offer)]
        Notification.objects.bulk_create(told)

    def shift(self, kind: Kind, before: OfferStatus, after: OfferStatus, by) -> None:
        """Take each offer of one status to another, as part of a move on their locked cleaning; record and tell each.

        Rejected offers count again when a chosen cleaner is gone; those of closed accounts, or to one, stay out.
        """
        offers = self.filter(status=before)
        if after == OfferStatus.PENDING:
            here = User.objects.lock_open(offers.values("cleaner"))
            offers = offers.filter(cleaner__in=here, cleaning__owner__is_active=True)
        offers = list(offers.with_people().order_by("pk"))
        pks = [offer.pk for offer in offers]
        self.model.objects.filter(pk__in=pks, status=before).update(status=after, status_since=timezone.now())
        for offer in offers:
            offer.status = after
        events = Event.objects.bulk_create([offer.line(kind, by, from_status=before) for offer in offers])
        pairs = zip(events, offers, strict=True)
        Notification.objects.bulk_create(chain.from_iterable(notifications.notices(*pair) for pair in pairs))

    def delete(self):
        raise TypeError("Offers are rescinded, rejected or cancelled, but not deleted.")
