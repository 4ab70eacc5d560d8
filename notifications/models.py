"""What a person was told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class NotificationQuerySet(models.QuerySet):
    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at=None)

    def newest_first(self) -> NotificationQuerySet:
        return self.order_by("-created_at", "-pk")

    def mark_read(self) -> int:
        """Mark what is unread among these as read, and return how many that were."""
        return self.unread().update(read_at=timezone.now())


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
