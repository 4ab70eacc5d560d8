"""How often a person may write, counted from rows."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Deletion
from core.exceptions import LimitReached
from core.limits import RowLimit, Written
from marketplace.testing import create_user

pytestmark = pytest.mark.django_db

WRITTEN, DELETED = "x", "accounts.deletion"
TWO_AN_HOUR = RowLimit(
    2, timedelta(hours=1), Written("accounts_deletion", "person_id", "at", f"kind = '{WRITTEN}'"), "Two an hour."
)
NOON = datetime.fromisoformat("2026-11-24 12:00+01:00")


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def write(person, kind=WRITTEN):
    TWO_AN_HOUR.require(person)
    Deletion.objects.create(person=person, kind=kind, at=timezone.now())


@pytest.mark.parametrize("kind", [WRITTEN, DELETED])
def test_one_more_than_the_limit_is_refused_until_the_oldest_is_past(clock, kind):
    carl, cora = create_user("carl"), create_user("cora")
    for _ in range(2):
        write(carl, kind)
        write(cora)
        clock.shift(timedelta(minutes=20))
    with pytest.raises(LimitReached, match="Two an hour") as refusal:
        write(carl)
    assert refusal.value.again == NOON + timedelta(hours=1)
    clock.move_to(refusal.value.again)
    write(carl)


def test_what_does_not_meet_the_condition_does_not_count(clock):
    carl = create_user("carl")
    for _ in range(3):
        write(carl, kind="y")


def test_several_at_once_are_refused_until_there_is_room_for_all(clock):
    carl = create_user("carl")
    write(carl)
    clock.shift(timedelta(minutes=20))
    write(carl)
    clock.shift(timedelta(minutes=50))
    TWO_AN_HOUR.require(carl)
    with pytest.raises(LimitReached) as refusal:
        TWO_AN_HOUR.require(carl, more=2)
    assert refusal.value.again == NOON + timedelta(hours=1, minutes=20)
    clock.move_to(refusal.value.again)
    TWO_AN_HOUR.require(carl, more=2)
