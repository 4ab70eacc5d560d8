"""What a person was told, and what of it they want to have mailed."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import resolve
from django.utils import timezone

from cleanings.states import Kind
from core.text import truncate
from mailqueue.backends import LONGEST_SUBJECT
from notifications.querysets import NotificationQuerySet, SiteOnlyQuerySet
from notifications.topics import ASKING, LINKS, Mailing, Told, Topic


class Notification(models.Model):
    """One event told to one person, in the words of its moment, with the address where they act on it."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    event = models.ForeignKey("cleanings.Event", models.CASCADE, related_name="notifications")
    # Code that knows of no topics, still running while the site is upgraded, leaves them to the database.
    topic = models.CharField(max_length=20, choices=Topic, blank=True, db_default="")
    subject = models.CharField(max_length=LONGEST_SUBJECT, blank=True, db_default="")
    sentence = models.CharField(max_length=800)
    url = models.CharField(max_length=200)
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
    def of(cls, event, told: Iterable[Told]) -> list[Notification]:
        """What is to be told of an event, unsaved: never to the one who acted, nor to one whose account has ended."""
        concerned = [notice for notice in told if notice.recipient != event.actor and notice.recipient.is_active]
        return [
            cls(
                event=event,
                created_at=event.at,
                **notice._replace(subject=truncate(notice.subject, LONGEST_SUBJECT))._asdict(),
            )
            for notice in concerned
        ]

    @property
    def note(self) -> str:
        """What the one who acted has added in their own words."""
        return self.event.note

    @property
    def act(self) -> str:
        """What the link to where one acts is called."""
        return LINKS[resolve(self.url).view_name]

    def is_seen_to_by(self, acts: Iterable) -> bool:
        """Whether one of these acts of its recipient, lines of the timeline, came later and did what this asks for.

        That is what they did with the offer that this is about, with their own, or with the whole cleaning.
        """
        event = self.event
        concerned = {cleaner for cleaner in (event.cleaner_id, self.recipient_id) if cleaner is not None}
        return self.topic in ASKING and any(
            act.pk > event.pk and (act.cleaner_id in concerned or self._is_answered_by(act)) for act in acts
        )

    def _is_answered_by(self, act) -> bool:
        """Whether an act on the whole cleaning answers it: another status, or an edit after a start that passed."""
        is_edit_of_lapsed = act.kind == Kind.EDIT and self.event.kind == Kind.LAPSE
        return act.cleaner_id is None and (act.from_status != act.to_status or is_edit_of_lapsed)


class SiteOnly(models.Model):
    """A kind of news that a person wants to hear of on the site, but not by mail."""

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
        return f"{self.person}: {self.get_topic_display()}"
