"""The mail queue shares its table with other tasks, and its rows with other workers: each leaves the other's alone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from mailqueue.models import Mail
from mailqueue.signals import retry_failed_mail
from mailqueue.tasks import task
from mailqueue.tests.mails import in_time, states, work, write

pytestmark = pytest.mark.django_db


@task
def count() -> None:
    """What another part of a site might have done behind its pages."""


@task
def stumble() -> None:
    raise LookupError("no mail")


@pytest.mark.parametrize(("other", "end"), [(count, "SUCCESSFUL"), (stumble, "FAILED")])
def test_another_task_is_done_once_and_is_no_mail(queue, caplog, other, end):
    write()
    other.enqueue()
    work()
    with in_time(hours=1):
        work()
    assert states() == ["SUCCESSFUL"]
    row = DBTaskResult.objects.get(task_path__endswith=other.func.__name__)
    assert (row.status, len(row.worker_ids)) == (end, 1)
    assert "Mail" not in caplog.text


@pytest.mark.parametrize("age", [{"minutes": 6}, {"hours": 25}])
def test_another_task_is_neither_brought_back_nor_given_up_nor_queued_again(queue, age):
    write()
    count.enqueue()
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now())
    with in_time(**age):
        assert Mail.objects.retry_stuck() + Mail.objects.give_up() == 1
        assert Mail.objects.queue_again() == 1
    assert set(DBTaskResult.objects.values_list("task_path", "status")) == {
        ("mailqueue.tasks.deliver", "READY"), ("mailqueue.tests.test_mail_others.count", "RUNNING"),
    }  # fmt: skip


def test_a_mail_that_somebody_else_has_taken_meanwhile_is_left_to_them(broken):
    write()
    work()
    Mail.objects.update(status="FAILED", exception_class_path="builtins.OSError")
    failed = Mail.objects.get().task_result
    retry_failed_mail(None, failed)
    assert states() == ["READY"]
    began = timezone.now() - timedelta(seconds=1)
    Mail.objects.update(status="RUNNING", run_after=began)
    retry_failed_mail(None, failed)
    assert list(Mail.objects.values_list("status", "run_after")) == [("RUNNING", began)]
