"""The words in which the rest of the site asks for notifications, and how they become mail."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from traceback import extract_tb
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from notifications import threads
from notifications.emails import email_about
from notifications.topics import Mailing

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

    def mark_read(self) -> int:
        """Mark what is unread among these as read, and return how many that were."""
        return self.unread().update(read_at=timezone.now())

    def notify(self, notifications: Iterable[Notification]) -> None:
        """Write these in one go. Their mails follow once they have waited for what else happens; see `queue_mails`."""
        rows: NotificationQuerySet = self.model.objects.all()
        rows.bulk_create(notifications)
        if not settings.MAIL_GATHERED_FOR:
            transaction.on_commit(rows.queue_mails, robust=True)

    # Mail

    def due(self) -> NotificationQuerySet:
        """Those that have waited for their mail so long that nothing more is gathered into it."""
        return self.filter(mailing=Mailing.WAITING, created_at__lte=timezone.now() - settings.MAIL_GATHERED_FOR)

    def queue_mails(self) -> tuple[int, int]:
        """Put the mails that are due into the queue, one for each person and thread; return how many, and how many
        could not be written.

        What happened in the same minutes goes into the same mail: all that waits, not only what is due itself. A mail
        that cannot be written is logged, stops no other, and is tried again each time.
        """
        results = [self._queue_safely(*pair) for pair in self._due_threads()]
        return results.count(True), results.count(None)

    def _due_threads(self) -> Iterable[tuple[int, str]]:
        # An earlier version that still runs during an upgrade writes no thread.
        unnamed = self.filter(mailing=Mailing.WAITING, thread="", event__isnull=False)
        if unnamed.exists():
            for handler in threads.handlers():
                handler.name_threads(unnamed)
        return self.due().order_by("recipient", "thread").values_list("recipient", "thread").distinct()

    def _queue_safely(self, recipient: int, thread: str) -> bool | None:
        """Whether there was a mail to write; None where it failed. No traceback is logged: it may quote the mail."""
        try:
            return self._queue_mail(recipient, thread)
        except Exception as error:
            place, words = extract_tb(error.__traceback__)[-1], "could not be written"
            cause = f"{type(error).__name__} in {place.filename}, line {place.lineno}"
            logger.error("The mail to person %s about %s %s: %s", recipient, thread, words, cause)
            return None

    @transaction.atomic
    def _queue_mail(self, recipient: int, thread: str) -> bool:
        """Write one mail about all that waits for one person in one thread; whether there was any.

        Of several workers the first one locks the rows, and the others leave them to it.
        """
        waiting = self.filter(mailing=Mailing.WAITING, recipient=recipient, thread=thread)
        locked = waiting.select_for_update(of=("self",), skip_locked=True).order_by("pk")
        notices = list(locked.select_related("recipient__profile", "event"))
        if not notices or notices[0].created_at > timezone.now() - settings.MAIL_GATHERED_FOR:
            return False
        person = notices[0].recipient
        wanted = self._wanted(notices) if person.is_active and person.email else []
        self._settle(notices, Mailing.UNWANTED)
        if wanted:
            self._settle(wanted, Mailing.QUEUED)
            email_about(wanted).send()
        return bool(wanted)

    def _wanted(self, notices: Sequence[Notification]) -> list[Notification]:
        """What its person wants by mail, and has not seen to: not that they have the job, once they cancelled it."""
        person, thread = notices[0].recipient, notices[0].thread
        site_only = person.site_only.topics()
        handled = threads.handler_of(thread).handled(thread, person, notices)
        return [notice for notice in notices if notice.topic not in site_only and notice not in handled]

    def _settle(self, notices: Sequence[Notification], mailing: Mailing) -> None:
        self.filter(pk__in=[notice.pk for notice in notices]).update(mailing=mailing)

    # What is forgotten

    def clear_old(self, batch: int = 1000) -> int:
        """Delete what is more than half a year old, read or not, and return how much that was.

        A batch at a time from the oldest on, so that no lock lasts: ids are given in the order of time.
        """
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

    @transaction.atomic
    def choose(self, person: User, topics: Collection[str]) -> None:
        """Tell the person of these topics on the site only, and of all others by mail too."""
        self.filter(person=person).exclude(topic__in=topics).delete()
        self.add(person, topics)

    def add(self, person: User, topics: Collection[str]) -> None:
        """Tell the person of these topics, too, on the site only; those that are chosen so already stay so.

        In one order always, so that two who choose at once do not wait for each other in a ring.
        """
        self.bulk_create([self.model(person=person, topic=topic) for topic in sorted(topics)], ignore_conflicts=True)
