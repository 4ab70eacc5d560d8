from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from cleanings.states import OfferStatus
from offers.querysets import OfferQuerySet

# How long after the end of the job; a job that was cancelled ends the writing at once.
WRITTEN_FOR = timedelta(days=30)
# How long after the end of the writing.
READ_FOR = timedelta(days=90)


class MessageQuerySet(models.QuerySet):
    def newest_first(self) -> MessageQuerySet:
        return self.order_by("-pk")

    def with_author(self) -> MessageQuerySet:
        return self.select_related("author__profile")

    def unreadable(self) -> MessageQuerySet:
        """`Message.read_until` as a query."""
        now = timezone.now()
        done = Q(offer__status=OfferStatus.COMPLETED, offer__status_since__lte=now - WRITTEN_FOR - READ_FOR)
        ended = Q(offer__status=OfferStatus.CANCELLED, offer__status_since__lte=now - READ_FOR)
        return self.filter(done | ended)

    def unreadable_of(self, offers: OfferQuerySet) -> OfferQuerySet:
        return offers.filter(pk__in=self.unreadable().values("offer"))

    def update(self, **kwargs):
        raise TypeError("A message is never edited.")
