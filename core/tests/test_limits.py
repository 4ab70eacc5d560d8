"""How often a person may write, counted from rows."""

from datetime import datetime, timedelta

import pytest
import time_machine

from accounts.models import User
from core.exceptions import LimitReached
from core.limits import RowLimit
from marketplace.testing import create_user

pytestmark = pytest.mark.django_db

TWO_AN_HOUR = RowLimit(2, timedelta(hours=1), "Two people an hour are enough.")
NOON = datetime.fromisoformat("2026-11-24 12:00+01:00")


def test_one_more_than_the_limit_is_refused_until_the_oldest_is_past():
    with time_machine.travel(NOON, tick=False) as clock:
        for name in ("carl", "cora"):
            TWO_AN_HOUR.require(User.objects.all(), "date_joined")
            create_user(name)
            clock.shift(timedelta(minutes=20))
        with pytest.raises(LimitReached, match="Two people an hour") as refusal:
            TWO_AN_HOUR.require(User.objects.all(), "date_joined")
        assert refusal.value.again == NOON + timedelta(hours=1)
        clock.move_to(refusal.value.again)
        TWO_AN_HOUR.require(User.objects.all(), "date_joined")


def test_several_at_once_are_refused_until_there_is_room_for_all():
    with time_machine.travel(NOON, tick=False) as clock:
        create_user("carl")
        clock.shift(timedelta(minutes=20))
        create_user("cora")
        clock.shift(timedelta(minutes=50))
        TWO_AN_HOUR.require(User.objects.all(), "date_joined")
        with pytest.raises(LimitReached) as refusal:
            TWO_AN_HOUR.require(User.objects.all(), "date_joined", more=2)
        assert refusal.value.again == NOON + timedelta(hours=1, minutes=20)
        clock.move_to(refusal.value.again)
        TWO_AN_HOUR.require(User.objects.all(), "date_joined", more=2)
