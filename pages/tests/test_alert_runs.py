"""`run_due alerts` as it runs: processes of their own, ended in the midst, and two at once."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from time import sleep

import pytest
from django.conf import settings
from django.utils import timezone

from cleanings.models import Cleaning, SavedSearch
from marketplace.testing import create_cleaning, create_user
from marketplace.tests.processes import PRODUCTION, address_of_the_test_database
from notifications.models import Notification

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PEOPLE = 150
COMMAND = [sys.executable, "manage.py", "run_due", "alerts"]


@pytest.fixture
def start():
    environ = os.environ | PRODUCTION | {"ALLOWED_HOSTS": "localhost", "DATABASE_URL": address_of_the_test_database()}
    started = []

    def start_run():
        started.append(subprocess.Popen(COMMAND, cwd=settings.BASE_DIR, env=environ, stdout=subprocess.DEVNULL))
        return started[-1]

    yield start_run
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def searches():
    """Of many people, and a job that opened since."""
    now = timezone.now()
    people = [create_user(f"member{number}") for number in range(PEOPLE)]
    SavedSearch.objects.bulk_create(
        SavedSearch(
            person=person, name="Ghent", query="city=Ghent", cadence="at_once", last_seen=now - timedelta(hours=1)
        )
        for person in people
    )
    create_cleaning()
    Cleaning.objects.update(status_since=now - timedelta(minutes=5))


def told():
    return list(Notification.objects.filter(topic="alert").values_list("recipient", flat=True))


def kill_in_the_midst(process):
    """As soon as somebody has been told; return whether others had not."""
    while not told() and process.poll() is None:
        sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    return 0 < len(told()) < PEOPLE


def test_a_run_that_is_killed_is_made_up_for_by_the_next_and_nobody_is_told_twice(start, searches):
    for _ in range(5):
        if kill_in_the_midst(start()):
            break
        # It was done before it could be killed: once more from the start.
        Notification.objects.all().delete()
        SavedSearch.objects.update(last_seen=timezone.now() - timedelta(hours=1))
    assert 0 < len(told()) < PEOPLE
    for _ in range(2):
        assert start().wait(60) == 0
    assert (len(told()), len(set(told()))) == (PEOPLE, PEOPLE)


def test_two_runs_at_once_tell_everybody_once(start, searches):
    assert [run.wait(60) for run in [start(), start()]] == [0, 0]
    assert (len(told()), len(set(told()))) == (PEOPLE, PEOPLE)
