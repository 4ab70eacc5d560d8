"""Mails in the table of `notifications` are moved into the queue."""

import importlib
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from mailqueue.models import Mail
from mailqueue.tests.mails import states, work, write
from marketplace.testing import create_user

pytestmark = pytest.mark.django_db

migration = importlib.import_module("mailqueue.migrations.0002_move_content_type")


def write_as_before():
    """The row that the version before wrote for a mail."""
    return DBTaskResult.objects.create(
        status="READY",
        args_kwargs={
            "args": [],
            "kwargs": {
                "subject": "Choose a password",
                "headers": {
                    "References": "<7@swept.example>",
                    "Message-ID": "<179584461514.5971.11559972110447939161@localhost>",
                    "Auto-Submitted": "auto-generated",
                },
                "alternatives": [["<p>Text</p>", "text/html"]],
                "body": "Text",
                "from_email": "Swept <hello@swept.example>",
                "to": ["carl@example.org"],
                "cc": [],
                "bcc": [],
                "reply_to": [],
            },
        },
        priority=0,
        task_path="notifications.mail.deliver",
        worker_ids=[],
        queue_name="default",
        backend_name="default",
        run_after=datetime(9999, 1, 1, tzinfo=UTC),
        return_value=None,
        exception_class_path="",
        traceback="",
    )


def test_a_mail_of_the_version_before_is_sent(queue):
    write_as_before()
    work()
    (message,) = mail.outbox
    assert (message.subject, message.to, message.body) == ("Choose a password", ["carl@example.org"], "Text")
    assert message.extra_headers["Message-ID"] == "<179584461514.5971.11559972110447939161@localhost>"
    assert states() == ["SUCCESSFUL"]


def test_a_mail_of_the_version_before_that_fails_is_planned_again(broken):
    write_as_before()
    work()
    assert states() == ["READY"]
    assert Mail.objects.get().next_try_at is not None


def test_a_mail_that_a_worker_of_the_version_before_does_not_know_is_sent_by_the_next_worker(queue):
    write()
    # What such a worker leaves: it fails the row, and plans no next try.
    Mail.objects.update(
        status="FAILED",
        finished_at=datetime(2020, 1, 1, tzinfo=UTC),
        exception_class_path="builtins.ModuleNotFoundError",
        traceback="ModuleNotFoundError: No module named 'mailqueue'",
    )
    work()
    assert states() == ["SUCCESSFUL"]


@pytest.fixture
def owned():
    """Content type, permission and log as the version before had them, with a group and a person who may look."""
    old = ContentType.objects.create(app_label="notifications", model="mail")
    permission = Permission.objects.create(content_type=old, codename="view_mail", name="Can view mail")
    ada = create_user("ada", is_staff=True)
    ada.user_permissions.add(permission)
    Group.objects.create(name="readers").permissions.add(permission)
    LogEntry.objects.log_actions(ada.pk, [old], CHANGE, "Queued again.")
    LogEntry.objects.update(content_type=old)
    return old


def move(direction):
    state = MigrationLoader(connection).project_state(("mailqueue", "0002_move_content_type"))
    direction(state.apps, SimpleNamespace(connection=connection))
    ContentType.objects.clear_cache()


def holders(label):
    """Who holds the permission to look at mails of this app, and how many lines of the log are about them."""
    wanted = {"codename": "view_mail", "content_type__app_label": label}
    permissions = Permission.objects.filter(**wanted)
    people = permissions.values_list("user__username", flat=True)
    groups = permissions.values_list("group__name", flat=True)
    log = LogEntry.objects.filter(content_type__app_label=label).count()
    return set(people) - {None}, set(groups) - {None}, log


@pytest.mark.parametrize("is_doubled", [False, True])
def test_permissions_and_log_move_along(owned, is_doubled):
    if not is_doubled:
        ContentType.objects.get(app_label="mailqueue", model="mail").delete()
    assert holders("notifications") == ({"ada"}, {"readers"}, 1)
    move(migration.forwards)
    people, groups, log = holders("mailqueue")
    assert (people, groups - {"support"}, log) == ({"ada"}, {"readers"}, 1)
    assert not ContentType.objects.filter(app_label="notifications", model="mail").exists()


def test_they_move_back(owned):
    move(migration.forwards)
    move(migration.backwards)
    people, groups, log = holders("notifications")
    assert (people, groups - {"support"}, log) == ({"ada"}, {"readers"}, 1)
    assert not ContentType.objects.filter(app_label="mailqueue").exists()


def test_nothing_moves_where_there_is_nothing():
    before = set(ContentType.objects.values_list("app_label", "model"))
    move(migration.forwards)
    assert set(ContentType.objects.values_list("app_label", "model")) == before


def test_a_bookmark_of_the_queue_in_the_admin_still_leads_there(client):
    client.force_login(create_user("ada", is_staff=True, is_superuser=True))
    queue = reverse("admin:mailqueue_mail_changelist")
    assert queue == "/admin/mailqueue/mail/"
    for rest in ("", "?status=FAILED", "5/change/"):
        assert client.get(f"/admin/notifications/mail/{rest}").headers["Location"] == queue + rest
