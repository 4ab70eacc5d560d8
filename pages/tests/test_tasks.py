"""What waits for whom: the to-do of everybody in every state, against what the legal moves tell of the same state."""

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
from marketplace.testing import CAST, create_cast, create_cleaning, create_offer, create_user, move_start
from offers.models import Offer
from offers.tests.worlds import STARTS, WORLDS, World
from pages.dashboard import MOST_TASKS, tasks_for

pytestmark = pytest.mark.django_db

BRUSSELS = ZoneInfo("Europe/Brussels")
NOON = datetime(2026, 11, 24, 12, tzinfo=BRUSSELS)
# What those of the bargain leave out: starts close by, and offers that count again and are out of date.
NEAR = (timedelta(hours=3), timedelta(hours=30))
STATES = [
    *WORLDS,
    *(World(OfferStatus.CANCELLED, CleaningStatus.OPEN, start, is_outdated=True) for start in STARTS),
]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def expected(user):
    """Where the person has something to do, told from the moves that each offer allows, one by one."""
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


@pytest.fixture
def worlds(monkeypatch):
    """Every state at once, on cleanings of the same people; no list of theirs ends early."""
    monkeypatch.setattr("pages.dashboard.MOST_TASKS", 1000)
    create_cast()
    return [world.build() for world in STATES]


def test_to_do_as_days_pass_is_what_the_moves_allow(worlds, clock):
    for days in (0, 6, 7, 8, 13, 14, 15):
        clock.move_to(NOON + timedelta(days=days))
        assert_as_expected()


def test_to_do_close_to_the_start_is_what_the_moves_allow(worlds):
    for starts_in in NEAR:
        for world in worlds:
            if world.start == "ahead":
                move_start(world.cleaning, starts_in)
        assert_as_expected()


def test_to_do_after_a_release_is_what_the_moves_allow(worlds):
    for reason in ("no_show", "other"):
        for offer in Offer.objects.filter(status=OfferStatus.ACCEPTED):
            offer.release(by=create_user("olivia"), reason=reason if offer.has_started else "other")
        assert_as_expected()
        for world in worlds:
            pending = [offer for offer in offers_on(world.cleaning) if offer.allows(states.ACCEPT, world.olivia)]
            for offer in pending[:1]:
                offer.accept(by=world.olivia)


def test_to_do_beside_a_closed_account_is_what_the_moves_allow(worlds):
    for gone in ("olivia", "carl", "cora"):
        User.objects.update(is_active=True)
        User.objects.filter(username=gone).update(is_active=False)
        assert_as_expected()


def test_every_kind_of_task_is_met_in_these_worlds(worlds, clock):
    """Else two empty lists would be equal everywhere."""
    met = set()
    for days in (0, 2):
        clock.move_to(NOON + timedelta(days=days))
        met |= {(name, task.action.label) for name in CAST for task in tasks_for(create_user(name))}
    assert met >= {("olivia", "Compare offers"), ("olivia", "Move the start"), ("olivia", "See the job")}
    assert met >= {("olivia", "Complete the job"), ("olivia", "Evaluate carl"), ("carl", "Confirm offer")}
    assert met >= {("cora", "See your offer"), ("carl", "See the job"), ("carl", "Evaluate olivia")}
    assert {name for name, _ in met} == {"olivia", "carl", "cora"}


def test_evaluation_is_due_until_it_is_written():
    offer = create_offer(status=OfferStatus.COMPLETED)
    assert [urls(name) for name in ("olivia", "carl")] == [[f"{offer.get_absolute_url()}evaluate/"]] * 2
    Evaluation.write(offer, by=offer.cleaner, overall_rating=5)
    assert [urls(name) for name in ("olivia", "carl")] == [[f"{offer.get_absolute_url()}evaluate/"], []]


def test_revived_offer_is_recalled_until_its_cleaner_revises_it():
    cleaning = create_cleaning()
    coras = create_offer(cleaning=cleaning, cleaner=create_user("cora"))
    create_offer(cleaning=cleaning, status=OfferStatus.CANCELLED)
    assert urls("cora") == [coras.get_absolute_url()]
    Offer.objects.get(pk=coras.pk).revise(by=coras.cleaner, hourly_rate=25)
    assert urls("cora") == []


@pytest.mark.parametrize(
    ("start", "word"),
    [
        (datetime(2026, 11, 24, 12, 1), "today at 12:01"),
        (datetime(2026, 11, 24, 23, 59), "today at 23:59"),
        (datetime(2026, 11, 25, 0, 0), "tomorrow at 00:00"),
        (datetime(2026, 11, 25, 23, 59), "tomorrow at 23:59"),
        (datetime(2026, 11, 26, 0, 0), None),
    ],
)
def test_today_and_tomorrow_end_at_midnight_in_brussels(start, word):
    cleaning = create_offer(status=OfferStatus.ACCEPTED).cleaning
    move_start(cleaning, start.replace(tzinfo=BRUSSELS) - timezone.now())
    said = {name: [task.sentence for task in tasks_for(create_user(name))] for name in ("olivia", "carl")}
    owners, cleaners = f"carl comes {word} for “{cleaning.name}”.", f"You clean “{cleaning.name}” for olivia {word}."
    assert said == {"olivia": [owners] if word else [], "carl": [cleaners] if word else []}


def test_days_are_those_of_brussels_in_the_night_when_clocks_change(clock):
    clock.move_to(datetime(2026, 10, 24, 0, 30, tzinfo=BRUSSELS))
    cleaning = create_offer(status=OfferStatus.ACCEPTED).cleaning
    for start, found in ((datetime(2026, 10, 25, 23, 30), 1), (datetime(2026, 10, 26, 0, 30), 0)):
        move_start(cleaning, start.replace(tzinfo=BRUSSELS).astimezone(ZoneInfo("UTC")) - timezone.now())
        assert len(urls("carl")) == found


def test_only_offers_that_can_be_accepted_are_counted():
    cleaning = create_cleaning(name="Attic")
    for name in ("carl", "cora", "stan"):
        create_offer(cleaning=cleaning, cleaner=create_user(name))
    cleaning.edit(by=cleaning.owner, estimated_hours=5)
    for name in ("carl", "cora"):
        Offer.get_or_new(cleaning, create_user(name)).confirm(by=create_user(name))
    User.objects.filter(username="cora").update(is_active=False)
    sentences = [task.sentence for task in tasks_for(cleaning.owner)]
    assert sentences == ["1 offer for “Attic” waits for your answer. It starts on Fri 27 Nov 2026, 12:00."]


def test_most_urgent_comes_first_and_what_has_no_date_last():
    names = {"Passed": -1, "Soon": 2, "Later": 50, "Never": None}
    for name, hours in reversed(names.items()):
        cleaning = create_cleaning(name=name, starts_in=None if hours is None else timedelta(hours=abs(hours)))
        create_offer(cleaning=cleaning)
        move_start(cleaning, None if hours is None else timedelta(hours=hours))
    job = create_offer(cleaning=create_cleaning(name="Job"), status=OfferStatus.ACCEPTED).cleaning
    move_start(job, timedelta(hours=1))
    create_offer(cleaning=create_cleaning(name="Done"), status=OfferStatus.COMPLETED)
    found = [task.cleaning.name for task in tasks_for(create_user("olivia"))]
    assert found == ["Passed", "Job", "Soon", "Later", "Done", "Never"]


def test_of_many_the_most_urgent_are_read_and_one_more_than_is_shown():
    for hours in range(MOST_TASKS + 5):
        for status in (OfferStatus.PENDING, OfferStatus.ACCEPTED):
            cleaning = create_cleaning(starts_in=timedelta(days=9))
            create_offer(cleaning=cleaning, status=status)
            move_start(cleaning, timedelta(hours=-hours))
    tasks = tasks_for(create_user("olivia"))
    assert [task.deadline for task in tasks] == sorted(Cleaning.objects.values_list("starts_at", flat=True))[
        : MOST_TASKS + 1
    ]
