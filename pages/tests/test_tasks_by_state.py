"""The to-do of everybody in every state, against what the legal moves tell of the same state."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cleanings import states
from cleanings.models import Cleaning
from cleanings.states import CleaningStatus, Kind, OfferStatus
from evaluations.models import Evaluation
from marketplace.testing import CAST, create_cast, create_user, move_start
from offers.models import Offer
from offers.tests.scenarios import SCENARIOS, STARTS, Scenario
from pages.tasks import tasks_for

pytestmark = [pytest.mark.long, pytest.mark.django_db]

BRUSSELS = ZoneInfo("Europe/Brussels")
NOON = datetime(2026, 11, 24, 12, tzinfo=BRUSSELS)
# What those of offers leave out: starts close by, and offers that count again and are out of date.
NEAR = (timedelta(hours=3), timedelta(hours=30))
STATES = [
    *SCENARIOS,
    *(Scenario(OfferStatus.CANCELLED, CleaningStatus.OPEN, start, is_outdated=True) for start in STARTS),
]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def expected(user):
    """Where the person has something to do, by the moves that each offer allows, one by one."""
    found = set()
    for cleaning in Cleaning.objects.filter(owner=user):
        if any(offer.allows(states.ACCEPT, user) for offer in offers_on(cleaning)):
            found.add(reverse("offers:list", args=[cleaning.pk]))
        elif cleaning.can_be_edited_by(user) and cleaning.start_has_passed:
            found.add(reverse("cleanings:update", args=[cleaning.pk]))
    for cleaning in Cleaning.objects.all():
        for offer in offers_on(cleaning):
            found |= expected_of(offer, user)
    return found


def expected_of(offer, user):
    moves = offer.moves_for(user)
    place = [offer.cleaning_id, offer.cleaner.username]
    if states.CONFIRM in moves:
        return {reverse("offers:confirm", args=place)}
    if states.REVISE in moves and was_revived(offer) and timezone.now() < offer.status_since + timedelta(days=7):
        return {reverse("offers:detail", args=place)}
    if states.COMPLETE in moves or ({states.RELEASE, states.CANCEL} & {*moves} and is_near(offer.cleaning)):
        return {reverse("cleanings:detail", args=[offer.cleaning_id])}
    if Evaluation.can_be_written_by(user, offer):
        return {reverse("evaluations:create", args=place)}
    return set()


def offers_on(cleaning):
    return cleaning.offers.select_related("cleaning__owner__profile", "cleaner__profile")


def was_revived(offer):
    return offer.cleaning.events.about(offer.cleaner).moves().last().kind in (Kind.CANCEL, Kind.RELEASE)


def is_near(cleaning):
    if cleaning.starts_at is None or cleaning.has_started:
        return False
    return (timezone.localtime(cleaning.starts_at).date() - timezone.localdate()).days in (0, 1)


def urls(name):
    return [task.action.url for task in tasks_for(create_user(name))]


def assert_as_expected():
    for name in CAST:
        shown = urls(name)
        assert (set(shown), len(shown)) == (expected(create_user(name)), len(set(shown))), name


@pytest.fixture(scope="module")
def built(module_db):
    """Every state at once, on cleanings of the same people."""
    with time_machine.travel(NOON, tick=False):
        create_cast()
        return [scenario.build() for scenario in STATES]


@pytest.fixture
def scenarios(built, db, monkeypatch):
    """The same for one test, and no list of anybody's tasks ends early."""
    monkeypatch.setattr("pages.tasks.MOST_TASKS", 1000)
    for scenario in built:
        scenario.cleaning.refresh_from_db()
    return built


def test_to_do_as_days_pass_is_what_the_moves_allow(scenarios, clock):
    for days in (0, 6, 7, 8, 13, 14, 15):
        clock.move_to(NOON + timedelta(days=days))
        assert_as_expected()


def test_to_do_close_to_the_start_is_what_the_moves_allow(scenarios):
    for starts_in in NEAR:
        for scenario in scenarios:
            if scenario.start == "ahead":
                move_start(scenario.cleaning, starts_in)
        assert_as_expected()


def test_to_do_after_a_release_is_what_the_moves_allow(scenarios):
    for reason in ("no_show", "other"):
        for offer in Offer.objects.filter(status=OfferStatus.ACCEPTED):
            offer.release(by=create_user("olivia"), reason=reason if offer.has_started else "other")
        assert_as_expected()
        for scenario in scenarios:
            pending = [offer for offer in offers_on(scenario.cleaning) if offer.allows(states.ACCEPT, scenario.olivia)]
            for offer in pending[:1]:
                offer.accept(by=scenario.olivia)


def test_to_do_beside_a_closed_account_is_what_the_moves_allow(scenarios):
    for gone in ("olivia", "carl", "cora"):
        User.objects.update(is_active=True)
        User.objects.filter(username=gone).update(is_active=False)
        assert_as_expected()


def test_every_kind_of_task_is_met_in_these_worlds(scenarios, clock):
    """Else two empty lists would be equal everywhere."""
    met = set()
    for days in (0, 2):
        clock.move_to(NOON + timedelta(days=days))
        met |= {(name, task.action.label) for name in CAST for task in tasks_for(create_user(name))}
    assert met >= {("olivia", "Compare offers"), ("olivia", "Move the start"), ("olivia", "See the job")}
    assert met >= {("olivia", "Mark as done"), ("olivia", "Review carl"), ("carl", "Keep your offer")}
    assert met >= {("cora", "See your offer"), ("carl", "See the job"), ("carl", "Review olivia")}
    assert {name for name, _ in met} == {"olivia", "carl", "cora"}
