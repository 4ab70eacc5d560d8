"""Whatever people do with a job, in whichever order, its rows and its timeline go together."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanings.states import IllegalMove, OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, rolled_back
from marketplace.tests.rounds import rounds
from offers.changes import Change
from offers.models import Offer
from pages import integrity

pytestmark = [pytest.mark.long, pytest.mark.django_db]

TERMS = [
    {"hourly_rate": "25"},
    {"estimated_hours": "5"},
    {"hourly_rate": "21", "pets": "yes"},
    {"city": "Bruges", "street_address": "New Lane 9"},
]
MOVES = ("accept", "reject", "rescind", "confirm", "cancel", "release", "complete", "agree", "decline", "withdraw")
people, cleaners = st.sampled_from(["olivia", "carl", "cora"]), st.sampled_from(["carl", "cora"])
steps = st.one_of(
    st.tuples(st.sampled_from(MOVES), people, cleaners),
    st.tuples(st.just("suggest"), people, cleaners, st.sampled_from(TERMS)),
    st.tuples(st.just("move"), people, cleaners, st.integers(1, 20)),
    st.tuples(st.just("wait"), st.integers(1, 8)),
    st.tuples(st.just("edit")),
)


def take(step, cleaning, clock):
    """Some steps are refused, which is as good."""
    what, *rest = step
    try:
        with transaction.atomic():
            if what == "wait":
                clock.shift(timedelta(days=rest[0]))
                for change in Change.objects.to_expire().with_job():
                    change.expire()
            elif what == "edit":
                cleaning.edit(by=cleaning.owner, estimated_hours=cleaning.estimated_hours + 1)
            else:
                move(what, *rest)
    except (IllegalMove, PermissionDenied, ValidationError):
        return False
    return True


def move(what, by, cleaner, *more):
    offer = Offer.objects.with_people().with_cleaning().get(cleaner__username=cleaner)
    person = create_user(by)
    if what == "suggest":
        offer.suggest(by=person, **more[0])
    elif what == "move":
        offer.suggest(by=person, starts_at=offer.cleaning.starts_at + timedelta(days=more[0]))
    elif what in ("agree", "decline", "withdraw"):
        if change := offer.changes.order_by("-pk").first():
            getattr(change, what)(by=person)
    else:
        getattr(offer, what)(by=person, **({"reason": "other"} if what in ("cancel", "release") else {}))


@given(st.lists(steps, min_size=10, max_size=25))
@settings(max_examples=rounds(20, full=200))
def test_whatever_happens_to_a_job_leaves_no_contradiction(db, taken):
    with rolled_back(), time_machine.travel(timezone.now(), tick=False) as clock:
        create_cast()
        cleaning = create_cleaning(starts_in=timedelta(days=12))
        for name in ("cora", "carl"):
            offer = create_offer(cleaning=cleaning, cleaner=create_user(name))
        offer.accept(by=cleaning.owner)
        for step in taken:
            take(step, cleaning, clock)
        # Nobody sends mails or does what is due meanwhile.
        assert integrity.findings([name for name in integrity.NAMES if name.startswith("I")]) == []


def test_a_walk_meets_what_it_is_about():
    """The same steps lead to an agreed change, or the test above would prove nothing."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        create_cast()
        cleaning = create_cleaning(starts_in=timedelta(days=12))
        create_offer(cleaning=cleaning, cleaner=create_user("cora"))
        create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)
        walk = [
            ("suggest", "carl", "carl", TERMS[0]), ("agree", "olivia", "carl"), ("move", "olivia", "carl", 3),
            ("agree", "carl", "carl"), ("cancel", "carl", "carl"), ("confirm", "cora", "cora"),
            ("accept", "olivia", "cora"), ("suggest", "cora", "cora", TERMS[2]), ("wait", 8),
        ]  # fmt: skip
        assert [take(step, cleaning, clock) for step in walk] == [True] * len(walk)
    assert list(Change.objects.order_by("pk").values_list("status", flat=True)) == ["agreed", "agreed", "expired"]
