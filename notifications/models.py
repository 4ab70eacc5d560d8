from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.text import truncate
from mailqueue.backends import LONGEST_SUBJECT
from notifications import topics
from notifications.querysets import NotificationQuerySet, SiteOnlyQuerySet
from notifications.topics import Mailing, Notice, Topic

if TYPE_CHECKING:
    from accounts.models import User


JOB_URL = re.compile(r"/cleanings/(\d+)/")


class Notification(models.Model):
    """`thread` groups the mails; without one they are grouped by recipient alone."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    event = models.ForeignKey("cleanings.Event", models.CASCADE, null=True, blank=True, related_name="notifications")
    # These have a `db_default`, because an earlier version that still runs during an upgrade does not write them.
    thread = models.CharField(max_length=40, blank=True, db_default="")
    button = models.CharField(max_length=60, blank=True, db_default="")
    topic = models.CharField(max_length=20, choices=Topic, blank=True, db_default="")
    subject = models.CharField(max_length=LONGEST_SUBJECT, blank=True, db_default="")
    sentence = models.CharField(max_length=800)
    url = models.CharField(max_length=200)
    # For threads whose mail says more than the sentence, and for a note that this recipient does not read.
    facts = models.JSONField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)
    mailing = models.CharField(
        max_length=10, choices=Mailing, default=Mailing.WAITING, db_default=Mailing.UNWANTED, editable=False
    )

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "recipient"], name="one_notification_per_event_and_person"),
            models.CheckConstraint(condition=Q(topic__in=["", *Topic.values]), name="notification_topic_known"),
            models.CheckConstraint(condition=Q(mailing__in=Mailing.values), name="notification_mailing_known"),
        ]
        indexes = [
            models.Index(fields=["recipient", "-created_at", "-id"], name="notification_newest_first"),
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(
                fields=["created_at"], condition=Q(mailing=Mailing.WAITING), name="notification_waits_for_mail"
            ),
        ]

    def __str__(self) -> str:
        return self.sentence

    @classmethod
    def for_event(cls, event, notices: Iterable[Notice]) -> list[Notification]:
        return cls.in_thread(event.thread, notices, by=event.actor, event=event, created_at=event.at)

    @classmethod
    def in_thread(cls, thread: str, notices: Iterable[Notice], *, by: User | None, **facts: Any) -> list[Notification]:
        """Return unsaved notifications, without the person who acted and without accounts that have ended."""
        return [
            cls(
                thread=thread,
                **facts,
                **notice._replace(subject=truncate(notice.subject, LONGEST_SUBJECT))._asdict(),
            )
            for notice in notices
            if notice.recipient != by and notice.recipient.is_active
        ]

    @property
    def person(self) -> User | None:
        """The side of the job who acted; None for staff, who are never shown."""
        event = self.event
        return event.actor if event and event.actor_id in (event.cleaning.owner_id, event.cleaner_id) else None

    @property
    def job(self) -> str:
        """The key of its group in the list: the id of a job, or else its thread."""
        of_job = JOB_URL.match(self.url)
        return str(self.event.cleaning_id) if self.event else of_job[1] if of_job else self.thread

    @property
    def note(self) -> str:
        """What the person who acted wrote, where `facts` say nothing else for this recipient."""
        written = self.event.note if self.event else ""
        return (self.facts or {}).get("note", written)

    def leave_note_out(self) -> None:
        """Over a block, neither side receives words of the other."""
        self.facts = {"note": ""}

    @property
    def button_label(self) -> str:
        return self.button or "See it on the site"

    @property
    def asks(self) -> bool:
        return topics.asks(self.topic)


class SiteOnly(models.Model):
    """A topic that a person reads on the site only, without mail."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="site_only")
    topic = models.CharField(max_length=20, choices=Topic)

    objects = SiteOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = "kind of news on the site only"
        verbose_name_plural = "kinds of news on the site only"
        constraints = [
            models.UniqueConstraint(fields=["person", "topic"], name="one_choice_per_person_and_topic"),
            models.CheckConstraint(condition=Q(topic__in=Topic.values), name="site_only_topic_known"),
        ]

    def __str__(self) -> str:
        return f"Choice {self.pk}"
