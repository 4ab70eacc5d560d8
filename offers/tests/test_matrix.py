"""Every status x every move x every role, generated from the table of moves: over HTTP, and by the verbs."""

from contextlib import contextmanager
from itertools import product

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cleanings import states
from cleanings.models import Cleaning, Event
from cleanings.states import CleaningStatus, IllegalMove, Role
from marketplace.testing import create_cast, create_user
from notifications.models import Notification
from offers.actions import URL_NAMES
from offers.models import Offer
from offers.tests.worlds import WORLDS

pytestmark = [pytest.mark.long, pytest.mark.django_db]

ROLES = ("anonymous", "stan", "carl", "olivia", "ada")
OFFER_TERMS = {"hourly_rate": "31.00", "message": "Other words"}


def rows():
    """All that a move may change."""
    return [list(model.objects.order_by("pk").values()) for model in (Cleaning, Offer, Event, Notification)]


@contextmanager
def undone():
    """Takes back what was done inside, so that the next attempt meets the same world."""
    savepoint = transaction.savepoint()
    yield
    transaction.savepoint_rollback(savepoint)
    # A savepoint that is only rolled back stays, and thousands of them one in another fill PostgreSQL's table of locks.
    transaction.savepoint_commit(savepoint)


def values_for(move, world):
    """What the page of the move would send."""
    if move is states.ACCEPT:
        return {"revision": world.offer.revision if world.offer_status else 1}
    return {
        states.OFFER: OFFER_TERMS,
        states.REVISE: OFFER_TERMS,
        states.CONFIRM: {"version": world.cleaning.version},
        states.CANCEL: {"reason": "agreed", "note": "We talked."},
        states.RELEASE: {"reason": "other"},
    }.get(move, {})


def was_made_by(person, move, world):
    """Whether the last thing that happened to Carl's offer was this very move by this person."""
    last = Event.objects.filter(cleaning=world.cleaning, cleaner=world.carl).order_by("-pk").first()
    return last is not None and (last.kind, last.actor.username) == (move.kind, person)


def verdict(role, move, world):
    """What the design says to the attempt: the status of a refusal, "done", or "again" for what was done before."""
    if role == "anonymous":
        return "log in"
    is_without_offer = role == "stan" or (role == "carl" and world.offer_status is None)
    if world.cleaning_status == CleaningStatus.CLOSED and is_without_offer:
        return 404
    if move is states.OFFER:
        if role == "olivia":
            return 403
        return "done" if world.allows(move, world.offer_status if role == "carl" else None) else 409
    if role not in ("carl", "olivia"):
        return 403
    if world.offer_status is None:
        return 404
    if (move.role is Role.OWNER) != (role == "olivia"):
        return 403
    if world.allows(move, world.offer_status):
        return "done"
    return "again" if was_made_by(role, move, world) else 409


# Over HTTP every pair of statuses with every role. The start is a matter of the verbs, which are tried in every world.
OVER_HTTP = [
    pytest.param(world, id=str(world), marks=[] if world.start == "ahead" else [pytest.mark.thorough])
    for world in WORLDS
]


@pytest.mark.parametrize("world", OVER_HTTP)
def test_every_move_of_everybody_over_http(world):
    create_cast()
    world.build()
    clients = {role: Client() for role in ROLES}
    for role in ROLES[1:]:
        clients[role].force_login(create_user(role))
    before = rows()
    for move, role in product(states.MOVES, ROLES):
        url = reverse(f"offers:{URL_NAMES.get(move.kind, move.kind)}", args=address(move, world))
        said = verdict(role, move, world)
        with undone():
            answer = clients[role].post(url, values_for(move, world))
            assert answer.status_code == (302 if isinstance(said, str) else said), (role, move.kind)
            assert (rows() != before) == (said == "done"), (role, move.kind)
            assert (said == "log in") == (answer.get("Location", "").startswith(reverse("account_login")))
            if said == "done" and role in ("carl", "olivia"):
                assert_done(move, world)


def address(move, world):
    return [world.cleaning.pk] if move is states.OFFER else [world.cleaning.pk, "carl"]


def assert_done(move, world):
    """The two rows, and the other offers, are as the table says, and the timeline tells it."""
    assert world.status == move.offer_to
    assert Cleaning.objects.get(pk=world.cleaning.pk).status == (move.cleaning_to or move.cleaning_from)
    last = world.cleaning.events.filter(cleaner=world.carl).order_by("-pk").first()
    assert (last.kind, last.to_status) == (move.kind, move.offer_to)
    if move.others:
        assert move.others[0] not in world.cleaning.offers.exclude(cleaner=world.carl).values_list("status", flat=True)


@pytest.mark.parametrize("world", [world for world in WORLDS if world.offer_status], ids=str)
def test_every_verb_refuses_in_the_shell_what_it_refuses_over_http(world):
    create_cast()
    world.build()
    before = rows()
    people = {role: create_user(role) for role in ("stan", "carl", "olivia")}
    for move, role in product(states.MOVES, people):
        if move is states.OFFER:
            continue
        said = verdict(role, move, world)
        refusal = {403: PermissionDenied, 404: PermissionDenied, 409: IllegalMove}.get(said)
        offer, values = world.offer, values_for(move, world)
        assert offer.allows(move, people[role]) == (said == "done"), (role, move.kind)
        with undone():
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


@pytest.mark.parametrize("world", [world for world in WORLDS if world.cleaning_status == "assigned"], ids=str)
def test_a_no_show_can_be_said_by_either_side_once_the_job_has_started_and_answered_by_the_other(world):
    create_cast()
    world.build()
    offer = world.cleaning.chosen_offer
    sides = {states.RELEASE: (world.olivia, offer.cleaner), states.CANCEL: (offer.cleaner, world.olivia)}
    for move, (sayer, subject) in sides.items():
        offer = Offer.objects.get(pk=offer.pk)
        with undone():
            if world.start == "ahead":
                with pytest.raises(ValidationError), transaction.atomic():
                    getattr(offer, move.kind)(by=sayer, reason=states.NO_SHOW)
            else:
                getattr(offer, move.kind)(by=sayer, reason=states.NO_SHOW)
            people = [*map(create_user, ROLES[1:]), world.cora]
            may_answer = [person for person in people if offer.no_show_can_be_answered_by(person)]
            assert may_answer == ([] if world.start == "ahead" else [subject])
