"""What runs again after a conflict of two transactions, how often, and what a failed attempt leaves behind."""

from types import SimpleNamespace

import pytest
from django.db import OperationalError, transaction

from accounts.models import User
from core.transactions import atomic
from marketplace.testing import create_offer, create_user

pytestmark = [pytest.mark.retries, pytest.mark.django_db(transaction=True)]

SERIALIZATION_FAILURE, DEADLOCK, LOCK_TIMEOUT = "40001", "40P01", "55P03"


class Failure(Exception):
    def __init__(self, sqlstate):
        self.sqlstate = sqlstate


def fail(sqlstate):
    raise OperationalError from Failure(sqlstate)


@pytest.fixture
def verb():
    """Fails so often with this code, and then makes Carl; it counts how often it ran."""
    counted = SimpleNamespace(attempts=0)

    @atomic
    def run(failures, sqlstate=SERIALIZATION_FAILURE):
        counted.attempts += 1
        create_user("carl")
        if counted.attempts <= failures:
            fail(sqlstate)

    counted.run = run
    return counted


@pytest.mark.parametrize("failures", [0, 1, 3])
def test_a_conflict_is_tried_again_up_to_three_times(verb, failures):
    verb.run(failures)
    assert (verb.attempts, User.objects.count()) == (failures + 1, 1)


@pytest.mark.parametrize(("sqlstate", "attempts"), [(SERIALIZATION_FAILURE, 4), (DEADLOCK, 4), (LOCK_TIMEOUT, 1)])
def test_what_fails_once_more_or_for_another_reason_is_raised(verb, sqlstate, attempts):
    with pytest.raises(OperationalError):
        verb.run(failures=100, sqlstate=sqlstate)
    assert (verb.attempts, User.objects.count()) == (attempts, 0)


def test_within_a_transaction_only_the_outermost_begins_again(verb):
    with pytest.raises(OperationalError), transaction.atomic():
        verb.run(failures=1)
    assert verb.attempts == 1
    outer = atomic(lambda: verb.run(failures=3))
    outer()
    assert verb.attempts == 4


def test_what_fails_behind_the_commit_is_not_done_once_more():
    attempts = []

    @atomic
    def run():
        attempts.append(create_user("carl"))
        transaction.on_commit(lambda: fail(SERIALIZATION_FAILURE))

    with pytest.raises(OperationalError):
        run()
    assert (len(attempts), User.objects.count()) == (1, 1)


def test_only_the_attempt_that_commits_does_what_follows_the_commit():
    attempts, done = [], []

    @atomic
    def run():
        attempts.append(1)
        transaction.on_commit(lambda: done.append(len(attempts)))
        if len(attempts) < 3:
            fail(DEADLOCK)

    run()
    assert done == [3]


def test_rows_are_as_before_when_an_attempt_begins():
    offer, seen = create_offer(), []

    @atomic
    def run(offer, *, by):
        seen.append((offer.pk, offer.revision, offer.cleaning.version, by.username, offer._state.adding))
        offer.pk, offer._state.adding = None, True
        offer.revision += 1
        offer.cleaning.version += 1
        by.username = "former"
        if len(seen) < 4:
            fail(SERIALIZATION_FAILURE)

    pk = offer.pk
    run(offer, by=offer.cleaner)
    assert seen == [(pk, 1, 1, "carl", False)] * 4
    assert (offer.pk, offer.revision, offer.cleaning.version) == (None, 2, 2)
