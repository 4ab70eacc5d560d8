"""Every status x every move x every role, generated from the table of moves: over HTTP, and by the verbs."""

from itertools import product

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cleanings import states
from cleanings.models import Cleaning, Event
from cleanings.states import CleaningStatus, IllegalMove, Role
from marketplace.testing import create_cast, create_user, rolled_back
from notifications.models import Notification
from offers.actions import URL_NAMES
from offers.models import Offer
from offers.tests.scenarios import SCENARIOS

pytestmark = [pytest.mark.long, pytest.mark.django_db]

ROLES = ("anonymous", "stan", "carl", "olivia", "ada")
OFFER_TERMS = {"hourly_rate": "31.00", "message": "Other words"}


def rows():
    """All that a move may change."""
    return [list(model.objects.order_by("pk").values()) for model in (Cleaning, Offer, Event, Notification)]


def values_for(move, scenario):
    """What the page of the move would send."""
    if move is states.ACCEPT:
        return {"revision": scenario.offer.revision if scenario.offer_status else 1}
    return {
        states.OFFER: OFFER_TERMS,
        states.REVISE: OFFER_TERMS,
        states.CONFIRM: {"version": scenario.cleaning.version},
        states.CANCEL: {"reason": "agreed", "note": "We talked."},
        states.RELEASE: {"reason": "other"},
    }.get(move, {})


def was_made_by(person, move, scenario):
    """Whether the last thing that happened to Carl's offer was this very move by this person."""
    last = Event.objects.filter(cleaning=scenario.cleaning, cleaner=scenario.carl).order_by("-pk").first()
    return last is not None and (last.kind, last.actor.username) == (move.kind, person)


def verdict(role, move, scenario):
    """What the design says to the attempt: the status of a refusal, "done", or "again" for what was done before."""
    if role == "anonymous":
        return "log in"
    is_without_offer = role == "stan" or (role == "carl" and scenario.offer_status is None)
    if scenario.cleaning_status == CleaningStatus.CLOSED and is_without_offer:
        return 404
    if move is states.OFFER:
        if role == "olivia":
            return 403
        return "done" if scenario.allows(move, scenario.offer_status if role == "carl" else None) else 409
    if role not in ("carl", "olivia"):
        return 403
    if scenario.offer_status is None:
        return 404
    if (move.role is Role.OWNER) != (role == "olivia"):
        return 403
    if scenario.allows(move, scenario.offer_status):
        return "done"
    return "again" if was_made_by(role, move, scenario) else 409


# Over HTTP every pair of statuses with every role. The start is a matter of the verbs: they are tried in all scenarios.
OVER_HTTP = [
    pytest.param(scenario, id=str(scenario), marks=[] if scenario.start == "ahead" else [pytest.mark.thorough])
    for scenario in SCENARIOS
]


@pytest.mark.sqlite
@pytest.mark.parametrize("scenario", OVER_HTTP)
def test_every_move_of_everybody_over_http(scenario):
    create_cast()
    scenario.build()
    clients = {role: Client() for role in ROLES}
    for role in ROLES[1:]:
        clients[role].force_login(create_user(role))
    before = rows()
    for move, role in product(states.MOVES, ROLES):
        url = reverse(f"offers:{URL_NAMES.get(move.kind, move.kind)}", args=address(move, scenario))
        said = verdict(role, move, scenario)
        with rolled_back():
            answer = clients[role].post(url, values_for(move, scenario))
            assert answer.status_code == (302 if isinstance(said, str) else said), (role, move.kind)
            assert (rows() != before) == (said == "done"), (role, move.kind)
            assert (said == "log in") == (answer.get("Location", "").startswith(reverse("account_login")))
            if said == "done" and role in ("carl", "olivia"):
                assert_done(move, scenario)


def address(move, scenario):
    return [scenario.cleaning.pk] if move is states.OFFER else [scenario.cleaning.pk, "carl"]


def assert_done(move, scenario):
    """The two rows, and the other offers, are as the table says, and the timeline tells it."""
    assert scenario.status == move.offer_to
    assert Cleaning.objects.get(pk=scenario.cleaning.pk).status == (move.cleaning_to or move.cleaning_from)
    last = scenario.cleaning.events.filter(cleaner=scenario.carl).order_by("-pk").first()
    assert (last.kind, last.to_status) == (move.kind, move.offer_to)
    if move.others:
        assert move.others[0] not in scenario.cleaning.offers.exclude(cleaner=scenario.carl).values_list(
            "status", flat=True
        )


@pytest.mark.parametrize("scenario", [scenario for scenario in SCENARIOS if scenario.offer_status], ids=str)
def test_every_verb_refuses_in_the_shell_what_it_refuses_over_http(scenario):
    create_cast()
    scenario.build()
    before = rows()
    people = {role: create_user(role) for role in ("stan", "carl", "olivia")}
    for move, role in product(states.MOVES, people):
        if move is states.OFFER:
            continue
        said = verdict(role, move, scenario)
        refusal = {403: PermissionDenied, 404: PermissionDenied, 409: IllegalMove}.get(said)
        offer, values = scenario.offer, values_for(move, scenario)
        assert offer.allows(move, people[role]) == (said == "done"), (role, move.kind)
        with rolled_back():
            assert outcome(offer, move, people[role], values) is refusal, (role, move.kind)
            assert (rows() != before) == (said == "done"), (role, move.kind)


def outcome(offer, move, person, values):
    """The class of refusal that the verb answers with, or None when it did what was asked."""
    try:
        with transaction.atomic():
            getattr(offer, move.kind)(by=person, **values)
    except (PermissionDenied, IllegalMove) as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize(
    "scenario", [scenario for scenario in SCENARIOS if scenario.cleaning_status == "assigned"], ids=str
)
def test_a_no_show_can_be_said_by_either_side_once_the_job_has_started_and_answered_by_the_other(scenario):
    create_cast()
    scenario.build()
    offer = scenario.cleaning.chosen_offer
    sides = {states.RELEASE: (scenario.olivia, offer.cleaner), states.CANCEL: (offer.cleaner, scenario.olivia)}
    for move, (sayer, subject) in sides.items():
        offer = Offer.objects.get(pk=offer.pk)
        with rolled_back():
            if scenario.start == "ahead":
                with pytest.raises(ValidationError), transaction.atomic():
                    getattr(offer, move.kind)(by=sayer, reason=states.NO_SHOW)
            else:
                getattr(offer, move.kind)(by=sayer, reason=states.NO_SHOW)
            people = [*map(create_user, ROLES[1:]), scenario.cora]
            may_answer = [person for person in people if offer.can_answer_no_show(person)]
            assert may_answer == ([] if scenario.start == "ahead" else [subject])
