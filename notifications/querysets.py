from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from accounts.blocks import Block
from core.inserts import insert
from core.transactions import atomic
from notifications import threads
from notifications.emails import email_about
from notifications.topics import Mailing, unsubscribed

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import Notification

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=180)


class NotificationQuerySet(models.QuerySet["Notification"]):
    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at=None)

    def newest_first(self) -> NotificationQuerySet:
        return self.order_by("-created_at", "-pk")

    def with_event(self) -> NotificationQuerySet:
        people = (f"event__{person}__profile" for person in ("cleaning__owner", "actor", "cleaner"))
        return self.select_related(*people)

    def with_job(self) -> NotificationQuerySet:
        event: Any = self.model._meta.get_field("event").related_model
        own, of_event = ([field.name for field in model._meta.concrete_fields] for model in (self.model, event))
        of_event = [f"event__{name}" for name in of_event if name != "cleaning"]
        of_cleaning = (f"event__cleaning__{name}" for name in ("owner", "name", "area", "hidden_at"))
        return self.select_related("event__cleaning").only(*own, *of_event, *of_cleaning)

    @atomic
    def mark_read(self) -> int:
        return self.unread().update(read_at=timezone.now())

    def notify(self, notifications: Iterable[Notification]) -> None:
        insert(notifications)
        if not settings.MAIL_GATHERED_FOR:
            transaction.on_commit(self.model.objects.queue_mails, robust=True)

    def to_mail(self) -> NotificationQuerySet:
        return self.filter(mailing=Mailing.WAITING, created_at__lte=timezone.now() - settings.MAIL_GATHERED_FOR)

    def queue_mails(self) -> tuple[int, int]:
        """Queues all that waits in a thread once part of it is due; returns how many mails were queued and failed."""
        results = [self._queue_safely(*pair) for pair in self._threads_to_mail()]
        return results.count(True), results.count(None)

    def _threads_to_mail(self) -> Iterable[tuple[int, str]]:
        # An earlier version that still runs during an upgrade writes no thread.
        unnamed = self.filter(mailing=Mailing.WAITING, thread="", event__isnull=False)
        if unnamed.exists():
            for handler in threads.handlers():
                handler.name_threads(unnamed)
        return self.to_mail().order_by("recipient", "thread").values_list("recipient", "thread").distinct()

    def _queue_safely(self, recipient: int, thread: str) -> bool | None:
        """Return None where it failed. No traceback is logged: it may quote the mail."""
        try:
            return self._queue_mail(recipient, thread)
        except Exception as error:
            place, words = extract_tb(error.__traceback__)[-1], "could not be written"
            cause = f"{type(error).__name__} in {place.filename}, line {place.lineno}"
            logger.error("The mail to person %s about %s %s: %s", recipient, thread, words, cause)
            return None

    @atomic
    def _queue_mail(self, recipient: int, thread: str) -> bool:
        """Locks the rows, which other workers then skip. Returns whether there was a mail."""
        waiting = self.filter(mailing=Mailing.WAITING, recipient=recipient, thread=thread)
        locked = waiting.select_for_update(of=("self",), skip_locked=True).order_by("pk")
        notices = list(locked.with_event().select_related("recipient__profile"))
        if not notices or notices[0].created_at > timezone.now() - settings.MAIL_GATHERED_FOR:
            return False
        person = notices[0].recipient
        wanted = self._wanted(notices) if person.is_active and person.email else []
        self._settle(notices, Mailing.UNWANTED)
        if wanted:
            self._settle(wanted, Mailing.QUEUED)
            threads.reword(wanted)
            self._leave_notes_out(wanted)
            email_about(wanted).send()
        return bool(wanted)

    def _wanted(self, notices: Sequence[Notification]) -> list[Notification]:
        person, thread = notices[0].recipient, notices[0].thread
        site_only = person.site_only.topics()
        handled = threads.handler_of(thread).handled(thread, person, notices)
        return [notice for notice in notices if notice.topic not in site_only and notice not in handled]

    def _leave_notes_out(self, notices: Sequence[Notification]) -> None:
        """Over a block that was made meanwhile, the mail holds no note of the other side. Nothing is stored."""
        with_note = [notice for notice in notices if notice.note]
        blocked = set(Block.objects.others_of(notices[0].recipient)) if with_note else set()
        for notice in with_note:
            if notice.event and notice.event.actor_id in blocked:
                notice.leave_note_out()

    def _settle(self, notices: Sequence[Notification], mailing: Mailing) -> None:
        self.filter(pk__in=[notice.pk for notice in notices]).update(mailing=mailing)

    def clear_old(self, batch: int = 1000) -> int:
        """In batches, so that no lock is held for long. Returns how many were deleted."""
        cleared = 0
        while oldest := list(self.order_by("pk").values_list("pk", "created_at")[:batch]):
            old = [pk for pk, created_at in oldest if created_at < timezone.now() - KEPT_FOR]
            cleared += self.filter(pk__in=old).delete()[0]
            if len(old) < batch:
                break
        return cleared


class SiteOnlyQuerySet(models.QuerySet):
    def topics(self) -> set[str]:
        return set(self.values_list("topic", flat=True))

    @atomic
    def choose(self, person: User, topics: Collection[str]) -> None:
        self.filter(person=person).exclude(topic__in=topics).delete()
        self.add(person, topics)

    @atomic
    def unsubscribe(self, person: User, topics: Collection[str]) -> None:
        person.lock()
        self.add(person, topics)
        unsubscribed(person, topics)

    def add(self, person: User, topics: Collection[str]) -> None:
        """Sorted, so that two requests at once do not deadlock."""
        self.bulk_create([self.model(person=person, topic=topic) for topic in sorted(topics)], ignore_conflicts=True)
