import logging
from typing import Any

from django.utils import timezone
from django_tasks_db.compat import TaskResultStatus

from mailqueue.models import RETRY_FOR, Mail
from mailqueue.tasks import deliver

logger = logging.getLogger(__name__)


def retry_failed_mail(sender, task_result: Any, **kwargs) -> None:
    """Plan the next try, for 24 hours. The log gets no traceback, which may quote text or recipient."""
    if task_result.task.module_path != deliver.module_path or task_result.status != TaskResultStatus.FAILED:
        return
    cause, now = task_result.errors[-1].exception_class_path, timezone.now()
    is_queued = hasattr(task_result, "db_result")
    if not is_queued or now >= task_result.enqueued_at + RETRY_FOR:
        logger.error("Mail %s was given up: %s", task_result.id, cause)
        return
    mail = Mail.objects.get(pk=task_result.id)
    # Another worker may have taken it meanwhile.
    failed = Mail.objects.filter(pk=mail.pk, status=TaskResultStatus.FAILED)
    failed.update(status=TaskResultStatus.READY, run_after=now + mail.wait, finished_at=None)
    logger.warning("Mail %s was not sent: %s; try %d follows in %s", mail.pk, cause, mail.tries + 1, mail.wait)
