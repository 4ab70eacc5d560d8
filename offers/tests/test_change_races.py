"""Each pair of what can happen to a job with an open change, at once, over HTTP; with a control that must fail."""

from itertools import combinations

import pytest

from accounts.models import User
from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from marketplace.testing import create_cleaning, create_offer, create_user
from marketplace.tests.rounds import rounds
from offers.changes import Change
from offers.models import Offer
from offers.tests.invariants import contradictions, terms_nobody_agreed_on
from offers.tests.test_races import Session, at_once, meet, path_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROUNDS = rounds(4, full=100)
# Who does it; all are possible by themselves.
ACTS = {
    "agree": "olivia", "decline": "olivia", "withdraw": "carl", "change": "carl", "cancel": "carl",
    "release": "olivia", "complete": "olivia",
}  # fmt: skip
PAIRS = list(combinations(ACTS, 2))


class Job:
    """Carl's with Olivia, begun, without a date; he has suggested to be paid for more hours."""

    def __init__(self):
        self.cleaning = create_cleaning(owner=create_user("olivia"), starts_in=None)
        self.offer = create_offer(cleaning=self.cleaning, cleaner=create_user("carl"), status=OfferStatus.ACCEPTED)
        self.change = self.offer.suggest(by=self.offer.cleaner, estimated_hours="4", hourly_rate="25")

    def form(self, act):
        values = {"change": {"estimated_hours": "9"}, "cancel": {"reason": "other"}, "release": {"reason": "other"}}
        return path_of(act, self.offer), values.get(act, {"change": self.change.pk})

    def state(self):
        """All that the two may disagree about, without the order of what happened."""
        offer = Offer.objects.with_cleaning().get(pk=self.offer.pk)
        changes = sorted(self.offer.changes.values_list("status", flat=True))
        kinds = sorted(self.cleaning.events.values_list("kind", flat=True))
        terms = offer.hourly_rate, offer.cleaning.estimated_hours, offer.cleaning.version
        return offer.status, offer.cleaning.status, terms, changes, kinds


def sessions_of(live_server, *acts):
    return [Session(live_server, create_user(ACTS[act])) for act in acts]


def one_after_the_other(live_server, *acts):
    job = Job()
    answers = {
        act: at_once((session, *job.form(act)))[0][0]
        for act, session in zip(acts, sessions_of(live_server, *acts), strict=True)
    }
    return answers, job.state()


def rounds_of(live_server, pair, count):
    """What the two came to in each round, and the job."""
    sessions = sessions_of(live_server, *pair)
    for _ in range(count):
        job = Job()
        answers = at_once(*((session, *job.form(act)) for act, session in zip(pair, sessions, strict=True)))
        yield (dict(zip(pair, (status for status, _ in answers), strict=True)), job.state()), job


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_two_at_once_come_to_what_one_after_the_other_does(live_server, pair):
    expected = [one_after_the_other(live_server, *order) for order in (pair, pair[::-1])]
    assert expected[0] != expected[1]
    for found, job in rounds_of(live_server, pair, ROUNDS):
        assert found in expected
        assert (contradictions(job.cleaning), terms_nobody_agreed_on(job.cleaning)) == ([], [])


@pytest.fixture
def unguarded(monkeypatch):
    """The verbs without transaction, lock and condition: both have checked before either of them writes."""

    def set_status(change, status):
        Change.objects.filter(pk=change.pk).update(status=status, answered_at=change.created_at)
        change.offer.__dict__.pop("open_change", None)

    monkeypatch.setattr(Change, "_set_status", set_status)
    meet(monkeypatch, Change, "_set_status", 2, lambda *arguments: True)
    for verb in ("agree", "decline", "withdraw"):
        monkeypatch.setattr(Change, verb, getattr(Change, verb).__wrapped__)
    for verb in ("cancel", "release", "complete"):
        monkeypatch.setattr(Offer, verb, getattr(Offer, verb).__wrapped__)
    monkeypatch.setattr(Cleaning, "lock", lambda cleaning: cleaning.refresh_from_db())
    monkeypatch.setattr(type(User.objects), "lock_active", lambda manager, people: list(people))


@pytest.mark.parametrize("rival", ["decline", "withdraw", "cancel", "release", "complete"])
def test_control_without_lock_and_condition_both_happen(live_server, rival, request):
    expected = [one_after_the_other(live_server, *order) for order in (("agree", rival), (rival, "agree"))]
    request.getfixturevalue("unguarded")
    for found, _ in rounds_of(live_server, ("agree", rival), 2):
        answers, _ = found
        assert set(answers.values()) <= {302, 409}
        assert found not in expected
