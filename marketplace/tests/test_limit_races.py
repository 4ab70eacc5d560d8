"""What a person may do so often, twenty times at the same moment: exactly as often as is left."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from cleanings.models import Cleaning, Photo
from conversations.models import Question
from core.exceptions import LimitReached
from core.limits import RowLimit
from evaluations.models import Evaluation
from marketplace.testing import create_user
from marketplace.tests.limits import adding_photos, asking, editing, evaluating, offering, posting, revising, suggesting
from offers.changes import Change
from offers.models import Offer

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("private")]

TWENTY, LEFT = 20, 7
# The set-up, how often it may be done, and the verb; messages race in conversations/tests/test_message_races.py.
RACES = [
    (posting, 20, Cleaning, "post"),
    (offering, 60, Offer, "make"),
    (revising, 60, Offer, "revise"),
    (editing, 60, Cleaning, "edit"),
    (suggesting, 60, Change, "make"),
    (evaluating, 20, Evaluation, "write"),
    (asking, 20, Question, "ask"),
    (adding_photos, 20, Photo, "_add"),
]
NAMES = [name for *_, name in RACES]


def twenty_at_once(act):
    """How many of twenty threads, each with a connection of its own, did it."""
    barrier = Barrier(TWENTY)

    def try_once(number):
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            act(number)
            return 1
        except LimitReached:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(TWENTY) as pool:
        return sum(pool.map(try_once, range(TWENTY)))


@pytest.mark.parametrize(("set_up", "amount", "model", "verb"), RACES, ids=NAMES)
def test_of_twenty_at_once_as_many_succeed_as_are_left(set_up, amount, model, verb):
    create_user("carl")
    act = set_up(amount - LEFT, timezone.now(), TWENTY)
    assert twenty_at_once(act) == LEFT


@pytest.mark.parametrize(("set_up", "amount", "model", "verb"), RACES, ids=NAMES)
def test_control_without_the_lock_all_of_them_succeed(monkeypatch, set_up, amount, model, verb):
    act = set_up(amount - LEFT, timezone.now(), TWENTY)
    unlock(monkeypatch, model, verb)
    assert twenty_at_once(act) == TWENTY


def test_one_form_sent_twenty_times_at_once_is_one_cleaning():
    act = posting(19, timezone.now(), 1)
    before = Cleaning.objects.count()
    assert twenty_at_once(lambda number: act(0)) == TWENTY
    assert Cleaning.objects.count() == before + 1


def unlock(monkeypatch, model, verb):
    """All have counted before any of them writes, and nobody waits for a lock or a transaction."""
    require, barrier, found = RowLimit.require, Barrier(TWENTY), vars(model)[verb]

    def require_and_wait(*args, **kwargs):
        require(*args, **kwargs)
        barrier.wait(timeout=60)

    monkeypatch.setattr(RowLimit, "require", require_and_wait)
    unwrapped = classmethod(found.__wrapped__.__wrapped__) if isinstance(found, classmethod) else found.__wrapped__
    monkeypatch.setattr(model, verb, unwrapped)
    monkeypatch.setattr(Cleaning, "lock", lambda cleaning: cleaning.refresh_from_db())
    monkeypatch.setattr(User, "lock", lambda person: None)
    monkeypatch.setattr(type(User.objects), "lock_active", lambda users, people: list(people))
