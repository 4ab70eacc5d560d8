from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django_tasks_db.compat import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from core.batches import delete_in_batches
from core.transactions import atomic
from mailqueue.tasks import deliver

logger = logging.getLogger(__name__)

# The second is the task's name in earlier versions, whose rows may still wait.
TASK_PATHS = [deliver.module_path, "notifications.mail.deliver"]
RETRY_FOR = timedelta(hours=24)
KEEP_FOR = timedelta(days=30)
# Between two tries; it doubles with each.
SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=10)
# A worker that is alive has finished by then: it waits EMAIL_TIMEOUT seconds for each answer of the mail server.
LEASE = timedelta(minutes=5)
# A worker that is alive has planned the next try of a failed mail by then.
TIME_TO_PLAN_RETRY = timedelta(minutes=1)
WORKER_DIED = "The worker died over it."


class MailQuerySet(models.QuerySet["Mail"]):
    def abandoned(self) -> MailQuerySet:
        return self.filter(status=TaskResultStatus.RUNNING, started_at__lt=timezone.now() - LEASE)

    def stuck(self) -> MailQuerySet:
        """Mails of the last 24 hours whose worker died, sending or before it planned the next try."""
        unplanned = self.filter(status=TaskResultStatus.FAILED, finished_at__lt=timezone.now() - TIME_TO_PLAN_RETRY)
        return (self.abandoned() | unplanned).filter(enqueued_at__gt=timezone.now() - RETRY_FOR)

    def unsent(self) -> MailQuerySet:
        return self.filter(status__in=[TaskResultStatus.READY, TaskResultStatus.FAILED])

    def failed(self) -> MailQuerySet:
        return self.filter(status=TaskResultStatus.FAILED)

    def late(self) -> MailQuerySet:
        """Those that no worker has sent in the time that a worker takes between two tries."""
        return self.filter(status=TaskResultStatus.READY, enqueued_at__lt=timezone.now() - LONGEST_WAIT)

    def retry_stuck(self) -> int:
        return self.stuck().update(status=TaskResultStatus.READY, run_after=timezone.now(), finished_at=None)

    def give_up(self) -> int:
        """Fail mails over which workers still die after 24 hours: the mail may be the cause. Return how many."""
        fatal = self.abandoned().filter(enqueued_at__lte=timezone.now() - RETRY_FOR)
        failed = {"status": TaskResultStatus.FAILED, "finished_at": timezone.now(), "traceback": WORKER_DIED}
        given_up = [pk for pk in fatal.values_list("pk", flat=True) if fatal.filter(pk=pk).update(**failed)]
        for pk in given_up:
            logger.error("Mail %s was given up: %s", pk, WORKER_DIED)
        return len(given_up)

    def clear_finished(self) -> int:
        return delete_in_batches(
            self.filter(
                status__in=[TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED],
                finished_at__lte=timezone.now() - KEEP_FOR,
            ).order_by()
        )

    @atomic
    def queue_again(self) -> int:
        now = timezone.now()
        return self.unsent().update(status=TaskResultStatus.READY, run_after=now, enqueued_at=now, finished_at=None)


MailQuerySetManager = models.Manager.from_queryset(MailQuerySet)


class MailManager(MailQuerySetManager["Mail"]):
    def get_queryset(self) -> models.QuerySet[Mail]:
        return super().get_queryset().filter(task_path__in=TASK_PATHS)


class Mail(DBTaskResult):
    objects: ClassVar[Any] = MailManager()

    class Meta:
        proxy = True
        default_permissions = ["view", "change"]
        verbose_name = "mail"

    def __str__(self) -> str:
        # The staff's log keeps this, so it holds no address.
        return f"Mail {self.pk}"

    @property
    def recipient(self) -> str:
        return ", ".join(self.args_kwargs["kwargs"]["to"])

    @property
    def subject(self) -> str:
        return self.args_kwargs["kwargs"]["subject"]

    @property
    def is_private(self) -> bool:
        """Who gets it, and about what, is for its recipient alone."""
        return "Sensitivity" in self.args_kwargs["kwargs"].get("headers", {})

    @property
    def tries(self) -> int:
        return len(self.worker_ids)

    @property
    def last_error(self) -> str:
        # A mail server may quote a link of the text, which may hold a key.
        return re.sub(r"\S*/\S*", "...", self.traceback.strip().rpartition("\n")[2])

    @property
    def next_try_at(self) -> datetime | None:
        """None for at once, and for a mail that no worker will take."""
        is_put_off = self.status == TaskResultStatus.READY and self.run_after != get_date_max()
        return self.run_after if is_put_off else None

    @property
    def wait(self) -> timedelta:
        return min(SHORTEST_WAIT * 2 ** min(self.tries - 1, 10), LONGEST_WAIT)
