"""For every move in every state that allows it, by its party or the staff: exactly who is notified, and of what."""

import pytest

from cleanings import states
from cleanings.models import Event
from cleanings.states import Kind, OfferStatus, Role
from marketplace.testing import create_cast, create_user, rolled_back
from notifications.topics import Topic
from offers.tests.scenarios import SCENARIOS
from offers.tests.test_matrix import outcome, values_for

pytestmark = [pytest.mark.long, pytest.mark.django_db]

# The table of moves in DESIGN's column "told": by what happened to an offer, whom of its two sides, and of what.
NOTIFIED = {
    (Kind.REVISE, OfferStatus.PENDING): (Role.OWNER, Topic.REVISED),
    (Kind.CONFIRM, OfferStatus.PENDING): (Role.OWNER, Topic.CONFIRMED),
    (Kind.RESCIND, OfferStatus.RESCINDED): (Role.OWNER, Topic.RESCINDED),
    (Kind.REJECT, OfferStatus.REJECTED): (Role.CLEANER, Topic.REJECTED),
    (Kind.ACCEPT, OfferStatus.ACCEPTED): (Role.CLEANER, Topic.CHOSEN),
    (Kind.ACCEPT, OfferStatus.REJECTED): (Role.CLEANER, Topic.NOT_CHOSEN),
    (Kind.CANCEL, OfferStatus.CANCELLED): (Role.OWNER, Topic.CANCELLED),
    (Kind.CANCEL, OfferStatus.PENDING): (Role.CLEANER, Topic.REOPENED),
    (Kind.RELEASE, OfferStatus.CANCELLED): (Role.CLEANER, Topic.RELEASED),
    (Kind.RELEASE, OfferStatus.PENDING): (Role.CLEANER, Topic.REOPENED),
    (Kind.COMPLETE, OfferStatus.COMPLETED): (Role.CLEANER, Topic.COMPLETED),
}


def expected(event):
    """Who is to be notified of a line of the timeline, with the topic."""
    if event.cleaner is None:
        return {}
    sides = {Role.OWNER: event.cleaning.owner.username, Role.CLEANER: event.cleaner.username}
    role, topic = NOTIFIED[Kind(event.kind), OfferStatus(event.to_status)]
    is_the_move_itself = event.to_status == states.MOVES_BY_KIND[Kind(event.kind)].offer_to
    notified = {sides[role]: topic}
    if is_the_move_itself and event.actor.username == "ada":
        other_topic = topic if event.kind == Kind.COMPLETE else Topic.IN_YOUR_PLACE
        notified = dict.fromkeys(sides.values(), other_topic) | notified
    return notified


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_every_move_tells_exactly_whom_it_concerns(scenario):
    create_cast()
    scenario.build()
    last = Event.objects.latest("pk").pk
    for move in set(states.MOVES) - {states.OFFER}:
        for actor in ("carl", "olivia", "ada"):
            with rolled_back():
                if (
                    scenario.offer
                    and outcome(scenario.offer, move, create_user(actor), values_for(move, scenario)) is None
                ):
                    events = Event.objects.filter(pk__gt=last).prefetch_related("notifications__recipient")
                    notified = [{n.recipient.username: n.topic for n in event.notifications.all()} for event in events]
                    assert notified == [expected(event) for event in events], (move.kind, actor)
