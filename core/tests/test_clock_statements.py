"""Statements that follow the clock."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from cleanings.models import Cleaning
from core.clock_statements import ClockStatement
from marketplace.testing import create_cleaning

pytestmark = pytest.mark.django_db


def ahead(owner):
    return Cleaning.objects.filter(owner=owner, starts_at__gt=timezone.now())


def from_tomorrow_on(owner):
    return Cleaning.objects.filter(owner=owner, starts_at__date__gt=timezone.localdate())


@pytest.mark.parametrize("build", [ahead, from_tomorrow_on])
def test_what_is_ahead_is_ahead_of_the_moment_of_asking(build):
    cleaning = create_cleaning(starts_at=timezone.now() + timedelta(days=3))
    statement = ClockStatement(build)
    for days, is_ahead in ((0, True), (2, True), (4, False), (-30, True), (2, True)):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            found = statement(cleaning.owner_id)
            assert found == list(build(cleaning.owner_id))
            assert bool(found) is is_ahead
