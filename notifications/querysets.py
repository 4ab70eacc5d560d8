"""The words in which the rest of the site asks for notifications, and how they become mail."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable
from datetime import timedelta
from traceback import extract_tb
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from cleanings.states import REMARKS, Kind
from notifications.emails import letter_about
from notifications.topics import Mailing

if TYPE_CHECKING:
    from notifications.models import Notification

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=180)


class NotificationQuerySet(models.QuerySet):
    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at=None)

    def newest_first(self) -> NotificationQuerySet:
        return self.order_by("-created_at", "-pk")

    def mark_read(self) -> int:
        """Mark what is unread among these as read, and return how many that were."""
        return self.unread().update(read_at=timezone.now())

    def tell(self, notices: Iterable[Notification]) -> None:
        """Write these in one go. Their mails follow once they have waited for what else happens; see `queue_mails`."""
        self.bulk_create(notices)
        if not settings.MAIL_GATHERED_FOR:
            transaction.on_commit(self.model.objects.queue_mails, robust=True)

    # Mail

    def due(self) -> NotificationQuerySet:
        """Those that have waited for their mail so long that nothing more is gathered into it."""
        return self.filter(mailing=Mailing.WAITING, created_at__lte=timezone.now() - settings.MAIL_GATHERED_FOR)

    def queue_mails(self) -> tuple[int, int]:
        """Put the mails that are due into the queue, one for each person and cleaning; return how many, and how many
        could not be written.

        What was told in the same minutes goes into the same mail: all that waits, not only what is due itself. A mail
        that cannot be written is logged, stops no other, and is tried again each time.
        """
        pairs = self.due().order_by("recipient", "event__cleaning").values_list("recipient", "event__cleaning")
        results = [self._queue_safely(*pair) for pair in pairs.distinct()]
        return results.count(True), results.count(None)

    def _queue_safely(self, recipient: int, cleaning: int) -> bool | None:
        """Whether there was a mail to write; None where it failed. No traceback is logged: it may quote the mail."""
        try:
            return self._queue_mail(recipient, cleaning)
        except Exception as error:
            place, words = extract_tb(error.__traceback__)[-1], "could not be written"
            cause = f"{type(error).__name__} in {place.filename}, line {place.lineno}"
            logger.error("The mail to person %s about cleaning %s %s: %s", recipient, cleaning, words, cause)
            return None

    @transaction.atomic
    def _queue_mail(self, recipient: int, cleaning: int) -> bool:
        """Write one mail about all that waits to be told to one person of one cleaning; whether there was any.

        Of several workers the first one locks the rows, and the others leave them to it.
        """
        waiting = self.filter(mailing=Mailing.WAITING, recipient=recipient, event__cleaning=cleaning)
        locked = waiting.select_for_update(of=("self",), skip_locked=True).order_by("pk")
        notices = list(locked.select_related("recipient__profile", "event__cleaning"))
        if not notices or notices[0].created_at > timezone.now() - settings.MAIL_GATHERED_FOR:
            return False
        person = notices[0].recipient
        wanted = self._wanted(notices) if person.is_active and person.email else []
        self._settle(notices, Mailing.UNWANTED)
        if wanted:
            self._settle(wanted, Mailing.QUEUED)
            letter_about(wanted).send()
        return bool(wanted)

    def _wanted(self, notices: list[Notification]) -> list[Notification]:
        """What its person wants by mail, and has not seen to: not that they have the job, once they cancelled it."""
        person, cleaning = notices[0].recipient, notices[0].event.cleaning
        acts = list(cleaning.events.acts_of(person))
        site_only = person.site_only.topics()
        return [told for told in notices if told.topic not in site_only and not told.is_seen_to_by(acts)]

    def _settle(self, notices: list[Notification], mailing: Mailing) -> None:
        self.filter(pk__in=[notice.pk for notice in notices]).update(mailing=mailing)

    # What is forgotten

    def clear_old(self, batch: int = 1000) -> int:
        """Delete what was told more than half a year ago, read or not, and return how much that was.

        A batch at a time from the oldest on, so that no lock lasts: ids are given in the order of time.
        """
        cleared = 0
        while oldest := list(self.order_by("pk").values_list("pk", "created_at")[:batch]):
            old = [pk for pk, created_at in oldest if created_at < timezone.now() - KEPT_FOR]
            cleared += self.filter(pk__in=old).delete()[0]
            if len(old) < batch:
                break
        return cleared

    def retell_without_name(self, person, username: str) -> None:
        """Tell anew, in the words of the timeline, what others were told of somebody whose account is closed.

        Names change, and nothing remembers the one that a sentence was written with; so each sentence that can hold one
        is written once more. `username` is the one that addresses were made with.
        """
        owner_is_named = Q(event__cleaning__owner=person, event__kind__in=(Kind.COMPLETE, *REMARKS))
        people = ("recipient", "event__cleaning__owner__profile", "event__actor__profile", "event__cleaner__profile")
        told = self.filter(Q(event__cleaner=person) | owner_is_named).select_related(*people)
        for notice in told:
            notice.subject = notice.event.heading
            notice.sentence = notice.event.retold_to(notice.recipient)
            if notice.event.cleaner == person:
                notice.url = re.sub("(?<=/offers/)[^/]+", person.username, notice.url)
            if notice.url.startswith(reverse("accounts:profile", args=[username])) or notice.url.endswith("/evaluate/"):
                # Nobody evaluates, or reads about, who is gone.
                notice.url = notice.event.cleaning.get_absolute_url()
        self.bulk_update(told, ["subject", "sentence", "url"], batch_size=100)


class SiteOnlyQuerySet(models.QuerySet):
    def topics(self) -> set[str]:
        return set(self.values_list("topic", flat=True))

    @transaction.atomic
    def choose(self, person, topics: Collection[str]) -> None:
        """Tell the person of these topics on the site only, and of all others by mail too."""
        self.filter(person=person).exclude(topic__in=topics).delete()
        self.add(person, topics)

    def add(self, person, topics: Collection[str]) -> None:
        """Tell the person of these topics, too, on the site only; those that are chosen so already stay so.

        In one order always, so that two who choose at once do not wait for each other in a ring.
        """
        self.bulk_create([self.model(person=person, topic=topic) for topic in sorted(topics)], ignore_conflicts=True)
