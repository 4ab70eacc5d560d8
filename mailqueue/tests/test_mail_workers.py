"""Workers as they run: processes of their own, several on one queue, ended in the midst of a mail."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from time import sleep

import pytest
from django.conf import settings
from django.utils import timezone

from mailqueue.models import Mail
from mailqueue.tests.mails import in_time, states, write
from mailqueue.tests.smtp import HOLDS, MEETS
from marketplace.testing import create_cleaning, create_offer, create_user
from marketplace.tests.processes import address_of_the_test_database
from marketplace.tests.rounds import rounds
from notifications.models import Notification

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def start(server):
    """Starts a worker under production's settings, which sends to the server."""
    production = {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings",
        "SECRET_KEY": "for-a-worker-of-the-tests",
        "ALLOWED_HOSTS": "localhost",
        "DATABASE_URL": address_of_the_test_database(),
        "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
    }
    command = [sys.executable, "manage.py", "db_worker", "--no-startup-delay", "--interval=0.1"]
    started = []

    def start_worker(*options):
        environ = os.environ | production
        started.append(subprocess.Popen([*command, *options], cwd=settings.BASE_DIR, env=environ))
        return started[-1]

    yield start_worker
    server.let_go.set()
    for process in started:
        process.kill()
        process.wait()


def write_many(count):
    subjects = [f"Number {number:03}" for number in range(count)]
    for subject in subjects:
        write(subject=subject)
    return subjects


def subjects_taken(server):
    return sorted(message["Subject"] for message in server.taken)


def test_two_workers_share_a_queue_and_send_nothing_twice(server, start):
    written = write_many(500)
    server.faults.extend([MEETS, MEETS])
    assert [worker.wait(120) for worker in (start("--batch"), start("--batch"))] == [0, 0]
    assert subjects_taken(server) == written
    assert {mail.tries for mail in Mail.objects.all()} == {1}
    assert len({mail.worker_ids[0] for mail in Mail.objects.all()}) == 2


def test_two_workers_write_and_send_the_mails_that_are_due_once(server, start):
    olivia = create_user("olivia")
    with in_time(minutes=-11):
        for number in range(40):
            create_offer(cleaning=create_cleaning(owner=olivia, name=f"Attic {number:02}"))
    assert (Mail.objects.count(), Notification.objects.count()) == (0, 40)
    assert [worker.wait(120) for worker in (start("--batch"), start("--batch"))] == [0, 0]
    assert subjects_taken(server) == [f"New offer for “Attic {number:02}”" for number in range(40)]
    assert states() == ["SUCCESSFUL"] * 40


def wait_for(server, count):
    """Until the server has taken so many; a worker that never gets there fails the test."""
    for _ in range(2400):
        if len(server.taken) >= count:
            return
        sleep(0.05)
    raise AssertionError(f"There were only {len(server.taken)} mails.")


def test_of_many_mails_all_arrive_and_each_killed_worker_costs_at_most_one_copy(server, start):
    written, kills = write_many(rounds(200, full=1000)), rounds(3, full=20)
    for kill in range(1, kills + 1):
        killed = start()
        wait_for(server, 40 * kill)
        killed.send_signal(signal.SIGKILL)
        killed.wait(10)
        Mail.objects.filter(status="RUNNING").update(started_at=timezone.now() - timedelta(minutes=6))
    assert states().count("READY") > 0
    assert start("--batch").wait(120) == 0
    copies = Counter(subjects_taken(server))
    assert sorted(copies) == written
    assert copies.total() <= len(written) + kills
    assert states() == ["SUCCESSFUL"] * len(written)


def test_the_mail_of_a_killed_worker_is_sent_by_the_next(server, start):
    written = write_many(10)
    server.faults.append(HOLDS)
    killed = start()
    assert server.met.wait(30)
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    assert (states().count("RUNNING"), states().count("READY")) == (1, 9)
    Mail.objects.filter(status="RUNNING").update(started_at=timezone.now() - timedelta(minutes=6))
    assert start("--batch").wait(60) == 0
    assert subjects_taken(server) == written


def test_a_worker_that_is_asked_to_end_finishes_the_mail_in_hand(server, start):
    written = write_many(10)
    server.faults.append(HOLDS)
    ended = start()
    assert server.met.wait(30)
    ended.send_signal(signal.SIGTERM)
    server.let_go.set()
    assert ended.wait(30) == 0
    assert (states().count("SUCCESSFUL"), states().count("READY")) == (1, 9)
    assert start("--batch").wait(60) == 0
    assert subjects_taken(server) == written
