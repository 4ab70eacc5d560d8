"""The mail queue: the rows of the task backend that are mails, and what brings back those that got stuck."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.dispatch import receiver
from django.utils import timezone
from django_tasks_db.compat import TaskResultStatus, task_finished
from django_tasks_db.models import DBTaskResult, get_date_max

from core.batches import delete_in_batches

logger = logging.getLogger(__name__)

DELIVER = "notifications.mail.deliver"
TRIED_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=30)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=10)
# A worker that is alive has finished by then: each answer of the mail server is waited for EMAIL_TIMEOUT seconds.
LEASE = timedelta(minutes=5)
# How long a failed mail may be without its next try before somebody else sees to it.
OVERSIGHT = timedelta(minutes=1)
# What the staff read of a mail that no worker lived to fail.
DIED = "The worker died over it."


class MailQuerySet(models.QuerySet):
    def left_behind(self) -> MailQuerySet:
        """Those whose worker died over them: one that is alive has finished by now."""
        return self.filter(status=TaskResultStatus.RUNNING, started_at__lt=timezone.now() - LEASE)

    def stuck(self) -> MailQuerySet:
        """Those of the last 24 hours whose worker died: over the mail itself, or before it had planned the next try."""
        unplanned = self.filter(status=TaskResultStatus.FAILED, finished_at__lt=timezone.now() - OVERSIGHT)
        return (self.left_behind() | unplanned).filter(enqueued_at__gt=timezone.now() - TRIED_FOR)

    def unsent(self) -> MailQuerySet:
        """Those that wait for a try, or were given up."""
        return self.filter(status__in=[TaskResultStatus.READY, TaskResultStatus.FAILED])

    def revive(self) -> int:
        """Make what is stuck ready for the next worker, and return how many that were."""
        return self.stuck().update(status=TaskResultStatus.READY, run_after=timezone.now(), finished_at=None)

    def give_up(self) -> int:
        """Fail those over which workers still die 24 hours later, and return how many: it may be the mail that kills.

        The staff see them among the failed ones, and may queue them again.
        """
        fatal = self.left_behind().filter(enqueued_at__lte=timezone.now() - TRIED_FOR)
        fate = {"status": TaskResultStatus.FAILED, "finished_at": timezone.now(), "traceback": DIED}
        given_up = [pk for pk in fatal.values_list("pk", flat=True) if fatal.filter(pk=pk).update(**fate)]
        for pk in given_up:
            logger.error("Mail %s was given up: %s", pk, DIED)
        return len(given_up)

    def clear_finished(self) -> int:
        """Delete those that were sent or given up a month ago, and return how many."""
        return delete_in_batches(
            self.filter(
                status__in=[TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED],
                finished_at__lte=timezone.now() - KEPT_FOR,
            ).order_by()
        )

    def queue_again(self) -> int:
        """Try the unsent ones at once, and for another 24 hours. Returns how many; what was sent is left alone."""
        now = timezone.now()
        return self.unsent().update(status=TaskResultStatus.READY, run_after=now, enqueued_at=now, finished_at=None)


class MailManager(models.Manager.from_queryset(MailQuerySet)):
    def get_queryset(self) -> MailQuerySet:
        return super().get_queryset().filter(task_path=DELIVER)


class Mail(DBTaskResult):
    """One message in the queue. Its text is for its recipient alone: no page and no log shows it."""

    objects = MailManager()

    class Meta:
        proxy = True
        default_permissions = ["view", "change"]
        verbose_name = "mail"
        verbose_name_plural = "mail queue"

    def __str__(self) -> str:
        # Without an address, because the staff's log keeps it.
        return f"Mail {self.pk}"

    @property
    def recipient(self) -> str:
        return ", ".join(self.args_kwargs["kwargs"]["to"])

    @property
    def subject(self) -> str:
        return self.args_kwargs["kwargs"]["subject"]

    @property
    def tries(self) -> int:
        return len(self.worker_ids)

    @property
    def last_error(self) -> str:
        """What the last try met, without addresses: a server may quote a link of the text, and that may hold a key."""
        return re.sub(r"\S*/\S*", "...", self.traceback.strip().rpartition("\n")[2])

    @property
    def next_try_at(self) -> datetime | None:
        """When a worker may take it again; None for at once, and for what no worker will take."""
        is_put_off = self.status == TaskResultStatus.READY and self.run_after != get_date_max()
        return self.run_after if is_put_off else None

    @property
    def wait(self) -> timedelta:
        """How long to wait after the tries so far: 30 seconds, doubling to 10 minutes."""
        return min(FIRST_WAIT * 2 ** min(self.tries - 1, 10), LONGEST_WAIT)


@receiver(task_finished)
def try_again(sender, task_result: Any, **kwargs) -> None:
    """Plan the next try of a mail that could not be sent, in the same row; after 24 hours it stays failed.

    Neither the text nor the recipient is logged, and no traceback, which may quote both.
    """
    if task_result.task.module_path != DELIVER or task_result.status != TaskResultStatus.FAILED:
        return
    cause, now = task_result.errors[-1].exception_class_path, timezone.now()
    if now >= task_result.enqueued_at + TRIED_FOR or not hasattr(task_result, "db_result"):
        logger.error("Mail %s was given up: %s", task_result.id, cause)
        return
    mail = Mail.objects.get(pk=task_result.id)
    failed = Mail.objects.filter(pk=mail.pk, status=TaskResultStatus.FAILED)
    failed.update(status=TaskResultStatus.READY, run_after=now + mail.wait, finished_at=None)
    logger.warning("Mail %s was not sent: %s; try %d follows in %s", mail.pk, cause, mail.tries + 1, mail.wait)
