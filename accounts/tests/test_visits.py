"""When a member was here before, and what has opened since."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session

from accounts.visits import LAST_VISIT_KEY
from cleanings.cards import NEW
from cleanings.models import Cleaning
from marketplace.testing import create_cleaning, create_user

pytestmark = [pytest.mark.long, pytest.mark.django_db]

NOON = datetime.fromisoformat("2026-11-24 12:00:00+01:00")


@pytest.fixture
def at_noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def wait(at_noon):
    return lambda minutes: at_noon.shift(timedelta(minutes=minutes))


def marked_new(client, path="/cleanings/"):
    return [Cleaning.objects.get(pk=card.pk).name for card in client.get(path).context["cards"] if card.mark == NEW]


@pytest.fixture
def carl(client, at_noon):
    carl = create_user("carl")
    client.force_login(carl)
    create_cleaning(name="Old")
    assert marked_new(client) == []
    return carl


def test_what_has_opened_since_the_last_visit_is_new_for_all_of_this_visit(client, carl, wait):
    wait(40)
    create_cleaning(name="First")
    create_cleaning(name="Own", owner=carl)
    wait(40)
    for path in ("/cleanings/", "/", "/cleanings/?sort=lowest"):
        assert marked_new(client, path) == ["First"]
    wait(10)
    create_cleaning(name="Second")
    wait(10)
    assert marked_new(client) == ["Second", "First"]
    wait(31)
    assert marked_new(client) == []


@pytest.mark.parametrize(("minutes", "new"), [(29, []), (31, ["First"])])
def test_a_visit_ends_after_half_an_hour(client, carl, wait, minutes, new):
    wait(1)
    create_cleaning(name="First")
    wait(minutes)
    assert marked_new(client) == new


def test_a_reopened_job_is_new_again(client, carl, wait):
    wait(40)
    Cleaning.objects.update(status_since=NOON + timedelta(minutes=35))
    assert marked_new(client) == ["Old"]


def test_the_session_is_written_with_its_renewal_and_not_besides(client, carl, wait):
    wait(40)
    client.get("/cleanings/")
    assert client.session[LAST_VISIT_KEY] == int(NOON.timestamp())
    written = Session.objects.get().session_data
    wait(2)
    client.get("/cleanings/")
    assert Session.objects.get().session_data == written


def test_nobody_without_a_session_is_shown_a_mark(client, at_noon):
    create_cleaning()
    assert "tag-new" not in client.get("/cleanings/").content.decode()
    assert not client.cookies
