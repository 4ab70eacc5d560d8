"""Both sides at once, and one side twice, over HTTP against a real server."""

from collections import Counter

import pytest

from accounts.models import User
from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from evaluations.models import Evaluation
from marketplace.testing import create_cleaning, create_offer, create_user
from marketplace.tests.rounds import rounds
from notifications.models import Notification
from offers.tests.test_races import Session, at_once, meet

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = rounds(5, full=100)


def race(live_server, *usernames, rounds=ROUNDS):
    """In each round these people evaluate a job of theirs at the same moment; yields the offer and the answers."""
    sessions = [Session(live_server, create_user(username)) for username in usernames]
    for _ in range(rounds):
        offer = create_offer(cleaning=create_cleaning(), status=OfferStatus.COMPLETED)
        path = f"/cleanings/{offer.cleaning_id}/offers/carl/evaluate/"
        Notification.objects.all().delete()
        yield offer, at_once(*((session, path, {"overall_rating": 4}) for session in sessions))


def test_one_side_twice_at_once_has_said_it_once(live_server):
    create_user("olivia")
    for offer, answers in race(live_server, "carl", "carl", "carl"):
        assert Counter(status for status, _ in answers) == {302: 1, 409: 2}
        assert offer.evaluations.count() == Notification.objects.count() == 1


def both_at_once(live_server, rounds=ROUNDS):
    for offer, answers in race(live_server, "olivia", "carl", rounds=rounds):
        assert [status for status, _ in answers] == [302, 302]
        yield offer.evaluations.published().count()


def test_both_sides_at_once_are_both_published(live_server):
    assert Counter(both_at_once(live_server)) == {2: ROUNDS}


def test_control_without_the_lock_both_stay_unpublished(live_server, monkeypatch):
    meet(monkeypatch, Evaluation, "save", 2, lambda evaluation: evaluation._state.adding)
    monkeypatch.setattr(Cleaning, "lock", lambda cleaning: cleaning.refresh_from_db())
    monkeypatch.setattr(type(User.objects), "lock_active", lambda users, people: people)
    monkeypatch.setattr(Evaluation, "write", classmethod(Evaluation.write.__func__.__wrapped__))
    assert Counter(both_at_once(live_server, rounds=3)) == {0: 3}
