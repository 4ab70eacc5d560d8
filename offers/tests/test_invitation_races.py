"""An invitation that is answered and ended at the same moment: one of the two comes first, always."""

from collections import Counter
from threading import Barrier

import pytest

from accounts.models import User
from cleanings.models import Cleaning
from cleanings.states import Kind
from marketplace.testing import create_cast, create_cleaning, create_offer
from marketplace.tests.rounds import rounds
from offers.models import Offer
from offers.tests.invariants import contradictions
from offers.tests.test_races import Session, at_once, meet

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROUNDS = rounds(6, full=100)
OFFER = ("offers/new", {"hourly_rate": "20", "message": "", "version": 1})
DECLINE, OPEN, CLOSE = ("decline", {}), ("open", {}), ("close", {})


def answer_at_once(live_server, carls, rival, *, then_open=False, rounds=ROUNDS):
    """In each round Carl answers an invitation while the rival move is sent; yields the cleaning and both statuses."""
    olivia, carl, *_ = create_cast()
    create_offer(cleaning=create_cleaning(), cleaner=carl, status="completed")
    rivals = Session(live_server, carl if rival in (DECLINE, OFFER) else olivia)
    sessions = [(Session(live_server, carl), *carls), (rivals, *rival)]
    for _ in range(rounds):
        cleaning = create_cleaning(owner=olivia, reserved_for=carl, reserved_days=1, then_open=then_open)
        posts = [(session, f"/cleanings/{cleaning.pk}/{move}/", values) for session, move, values in sessions]
        answers = at_once(*posts)
        yield Cleaning.objects.get(pk=cleaning.pk), tuple(status for status, _ in answers)


# What both may be answered: first Carl, then the rival.
@pytest.mark.usefixtures("without_row_limits")
@pytest.mark.parametrize(
    ("carls", "rival", "then_open", "possible"),
    [
        (DECLINE, OPEN, False, {(302, 302), (409, 302)}),
        (DECLINE, OPEN, True, {(302, 409), (409, 302)}),
        (DECLINE, CLOSE, False, {(302, 302), (409, 302), (404, 302)}),
        (DECLINE, DECLINE, True, {(302, 302)}),
        (OFFER, DECLINE, False, {(302, 409), (404, 302), (409, 302)}),
        (OFFER, OPEN, False, {(302, 302)}),
        (OFFER, CLOSE, False, {(302, 302), (404, 302), (409, 302)}),
    ],
)
def test_an_answer_and_a_rival_move_at_once_leave_no_contradiction(live_server, carls, rival, then_open, possible):
    seen = Counter()
    for cleaning, codes in answer_at_once(live_server, carls, rival, then_open=then_open):
        assert contradictions(cleaning) == []
        is_declined = (DECLINE, 302) in zip((carls, rival), codes, strict=True)
        assert cleaning.events.filter(kind=Kind.PASS).count() == (1 if is_declined else 0)
        assert cleaning.events.filter(kind=Kind.UNRESERVE).count() <= 1
        seen[codes] += 1
    print(f"{carls[0]} against {rival[0]}: {dict(seen)}")
    assert set(seen) <= possible


@pytest.fixture
def unguarded(monkeypatch):
    """The verbs without transaction and lock, and their updates without condition."""

    def write(cleaning, **fields):
        Cleaning.objects.filter(pk=cleaning.pk).update(**fields)
        cleaning._set(**fields)

    for name in ("decline", "unreserve"):
        monkeypatch.setattr(Cleaning, name, getattr(Cleaning, name).__wrapped__)
    monkeypatch.setattr(Offer, "make", classmethod(Offer.make.__func__.__wrapped__))
    monkeypatch.setattr(Cleaning, "lock", lambda cleaning: cleaning.refresh_from_db())
    monkeypatch.setattr(Cleaning, "_update", write)
    monkeypatch.setattr(User, "lock", lambda person: None)


def meet_in(monkeypatch, *methods):
    """Have one call of each of these methods wait for the other: both have checked before either of them writes."""
    barrier = Barrier(len(methods))

    def waiting(method):
        def wait_and_call(self, *args, **kwargs):
            if getattr(self, "cleaning", self).is_reserved:
                barrier.wait(timeout=60)
            return method(self, *args, **kwargs)

        return wait_and_call

    for owner, name in methods:
        monkeypatch.setattr(owner, name, waiting(getattr(owner, name)))


def test_control_without_lock_it_opens_twice(live_server, unguarded, monkeypatch):
    meet(monkeypatch, Cleaning, "_open_to_everyone", 2, lambda cleaning, by: True)
    rounds = answer_at_once(live_server, DECLINE, OPEN, then_open=True, rounds=3)
    assert [contradictions(cleaning) for cleaning, _ in rounds] == [["A cleaning opens to everyone once."]] * 3


def test_control_without_lock_somebody_who_declines_has_offered(live_server, unguarded, monkeypatch):
    meet_in(monkeypatch, (Cleaning, "_end_invitation"), (Offer, "_apply"))
    rounds = answer_at_once(live_server, OFFER, DECLINE, rounds=3)
    assert [contradictions(cleaning) for cleaning, _ in rounds] == [
        ["Only an invited cleaner offers on a reserved cleaning."]
    ] * 3
