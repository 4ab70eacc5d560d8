"""What a person was told."""

from __future__ import annotations

import re

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from notifications.queue import Mail
from offers.states import REMARKS, Kind

__all__ = ["Mail", "Notification"]


class NotificationQuerySet(models.QuerySet):
    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at=None)

    def newest_first(self) -> NotificationQuerySet:
        return self.order_by("-created_at", "-pk")

    def mark_read(self) -> int:
        """Mark what is unread among these as read, and return how many that were."""
        return self.unread().update(read_at=timezone.now())

    def retell_without_name(self, person, username: str) -> None:
        """Tell anew, in the words of the timeline, what others were told of somebody whose account is closed.

        Names change, and nothing remembers the one that a sentence was written with; so each sentence that can hold one
        is written once more. `username` is the one that addresses were made with.
        """
        owner_is_named = Q(event__cleaning__owner=person, event__kind__in=(Kind.COMPLETE, *REMARKS))
        people = ("recipient", "event__cleaning__owner__profile", "event__actor__profile", "event__cleaner__profile")
        told = self.filter(Q(event__cleaner=person) | owner_is_named).select_related(*people)
        for notice in told:
            notice.sentence = notice.event.retold_to(notice.recipient)
            if notice.event.cleaner == person:
                notice.url = re.sub("(?<=/offers/)[^/]+", person.username, notice.url)
            if notice.url.startswith(reverse("accounts:profile", args=[username])):
                notice.url = reverse("home")
        self.bulk_update(told, ["sentence", "url"], batch_size=100)


class Notification(models.Model):
    """One event told to one person, in the words of its moment, with the address where they act on it."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    event = models.ForeignKey("cleanings.Event", models.CASCADE, related_name="notifications")
    sentence = models.CharField(max_length=300)
    url = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "recipient"], name="one_notification_per_event_and_person")
        ]
        indexes = [
            models.Index(fields=["recipient", "-created_at", "-id"], name="notification_newest_first"),
            models.Index(fields=["recipient"], condition=models.Q(read_at=None), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return self.sentence
