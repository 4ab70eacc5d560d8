"""A block at the moment in which one reaches the other: one of the two comes first, and nothing comes after a block."""

from collections import Counter
from threading import Event as Signal

import pytest
from django.db.models import Q

from accounts.managers import MemberManager
from accounts.models import Block, User
from accounts.tests.test_closing_races import CLEANING
from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from conversations.models import Message, Question
from marketplace.testing import PASSWORD, create_cleaning, create_offer, create_user
from marketplace.tests.rounds import rounds
from offers.changes import Change
from offers.models import Offer
from offers.tests.invariants import contradictions
from offers.tests.test_races import Session, at_once, path_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROUNDS = rounds(5, full=100)
# Seconds that the block and the rival wait, so that either comes first in some rounds on any machine.
HEAD_STARTS = ((0, 0), (0.1, 0), (0.02, 0), (0.01, 0), (0, 0.02))


@pytest.fixture(autouse=True)
def no_second_attempt(monkeypatch):
    """So that a deadlock would be seen."""
    monkeypatch.setattr("core.transactions.RETRIES", 0)


def make(olivia, carl):
    path = f"/cleanings/{create_cleaning(owner=olivia).pk}/offers/new/"
    return carl, path, {"hourly_rate": "20", "message": "", "version": 1}


def accept(olivia, carl):
    offer = create_offer(cleaning=create_cleaning(owner=olivia), cleaner=carl)
    return olivia, path_of("accept", offer), {"revision": 1}


def revive(olivia, carl):
    """Olivia releases Cora, which brings Carl's rejected offer back."""
    cleaning = create_cleaning(owner=olivia)
    create_offer(cleaning=cleaning, cleaner=carl)
    coras = create_offer(cleaning=cleaning, cleaner=create_user("cora"), status=OfferStatus.ACCEPTED)
    return olivia, path_of("release", coras), {"reason": "other"}


def ask(olivia, carl):
    path = f"/cleanings/{create_cleaning(owner=olivia).pk}/questions/"
    return carl, path, {"text": "Is there a lift?"}


def agreed(olivia, carl):
    return create_offer(cleaning=create_cleaning(owner=olivia), cleaner=carl, status=OfferStatus.ACCEPTED)


def write(olivia, carl):
    return carl, f"{agreed(olivia, carl).get_absolute_url()}messages/", {"text": "Where is the key?"}


def suggest(olivia, carl):
    return olivia, path_of("change", agreed(olivia, carl)), {"estimated_hours": "5"}


def post_for(olivia, carl):
    create_offer(cleaning=create_cleaning(owner=olivia), cleaner=carl, status=OfferStatus.COMPLETED)
    return olivia, "/cleanings/new/", CLEANING | {"reserved_for": carl.username, "reserved_days": "2"}


def block_back(olivia, carl):
    create_offer(cleaning=create_cleaning(owner=olivia), cleaner=carl)
    create_offer(cleaning=create_cleaning(owner=carl), cleaner=olivia)
    return olivia, f"/people/{carl.username}/block/", {}


def close(olivia, carl):
    create_offer(cleaning=create_cleaning(owner=olivia), cleaner=carl)
    return carl, "/accounts/close/", {"password": PASSWORD}


def over_a_block(owner, cleaner):
    """What is pending or open over the block between the two, or came after it."""
    block = Block.objects.between(owner, cleaner).order_by("at").first()
    if block is None:
        return []
    offers = Offer.objects.between(owner, cleaner)
    accepted_later = Q(status=OfferStatus.ACCEPTED, status_since__gt=block.at)
    return [
        *offers.filter(Q(status=OfferStatus.PENDING) | accepted_later),
        *Change.objects.between(owner, cleaner).open(),
        *Question.objects.between(owner, cleaner).unanswered(),
        *Message.objects.filter(offer__in=offers, at__gt=block.at),
        *Cleaning.objects.with_invitation_between(owner, cleaner),
    ]


def block_against(live_server, rival, rounds=ROUNDS):
    """In each round the side that does not make the rival move blocks the other; yields both people and statuses."""
    olivia = create_user("olivia")
    for number in range(rounds):
        carl = create_user(f"carl{number}")
        actor, path, values = rival(olivia, carl)
        blocker, blocked = (olivia, carl) if actor == carl else (carl, olivia)
        waits = HEAD_STARTS[number % len(HEAD_STARTS)]
        answers = at_once(
            (Session(live_server, blocker), f"/people/{blocked.username}/block/", {}, waits[0]),
            (Session(live_server, actor), path, values, waits[1]),
        )
        yield olivia, carl, tuple(status for status, _ in answers)


@pytest.mark.usefixtures("without_row_limits")
@pytest.mark.parametrize("rival", [make, accept, revive, ask, write, suggest, post_for, block_back])
def test_nothing_comes_after_a_block(live_server, rival):
    seen = Counter()
    for olivia, carl, codes in block_against(live_server, rival):
        assert codes[0] == 302
        assert Block.objects.between(olivia, carl).count() == (2 if rival is block_back else 1)
        assert over_a_block(olivia, carl) == []
        seen[codes] += 1
    assert {code for _, code in seen} <= {200, 302, 409}
    assert [contradictions(cleaning) for cleaning in Cleaning.objects.all() if contradictions(cleaning)] == []
    print(f"block against {rival.__name__}: {dict(seen)}")


def test_a_closed_account_has_no_block(live_server):
    seen = Counter()
    for _, carl, codes in block_against(live_server, close):
        carl.refresh_from_db()
        assert (carl.is_closed, Block.objects.filter(blocked=carl).exists()) == (True, False)
        seen[codes] += 1
    assert {code for code, _ in seen} <= {302, 404, 409}
    print(f"block against close: {dict(seen)}")


def wait_for_the_block(monkeypatch, model, verb, write_row):
    """Without transaction and locks, what has passed all checks waits for the block, which waits for the checks."""
    checked, blocked, block, method = Signal(), Signal(), User.block, getattr(model, write_row)

    def block_once_all_is_checked(user, person):
        assert checked.wait(timeout=60)
        block(user, person)
        blocked.set()

    def write_after_the_block(row, *args, **kwargs):
        checked.set()
        assert blocked.wait(timeout=60)
        return method(row, *args, **kwargs)

    monkeypatch.setattr(model, verb, classmethod(getattr(model, verb).__func__.__wrapped__))
    monkeypatch.setattr(User, "block", block_once_all_is_checked)
    monkeypatch.setattr(model, write_row, write_after_the_block)
    monkeypatch.setattr(Cleaning, "lock", lambda cleaning: cleaning.refresh_from_db())
    monkeypatch.setattr(User, "lock", lambda user: None)
    monkeypatch.setattr(MemberManager, "lock_active", lambda manager, people: list(people))


UNGUARDED = [
    (make, Offer, "make", "_apply"),
    (ask, Question, "ask", "save"),
    (suggest, Change, "make", "save"),
]


@pytest.mark.parametrize(("rival", "model", "verb", "write_row"), UNGUARDED)
def test_control_without_the_lock_it_comes_after_the_block(live_server, monkeypatch, rival, model, verb, write_row):
    # As `block_against` will, but before the verbs that lead there wait as well.
    move = rival(create_user("olivia"), create_user("carl0"))
    wait_for_the_block(monkeypatch, model, verb, write_row)
    ((olivia, carl, codes),) = block_against(live_server, lambda *people: move, rounds=1)
    assert (codes, len(over_a_block(olivia, carl))) == ((302, 302), 1)
