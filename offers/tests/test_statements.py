"""How many statements a verb takes, called in a shell on rows that were read with their people."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from cleanings.terms import FIELDS
from marketplace.testing import create_cleaning, create_offer, create_user, move_start
from offers.models import Offer

pytestmark = pytest.mark.django_db

ACCEPTED, PENDING = OfferStatus.ACCEPTED, OfferStatus.PENDING
TERMS = {"hourly_rate": "20.00", "message": "Sooner"}
# Who moves the offer, from which status, with which facts, and the number of statements.
MOVES = {
    "revise": ("carl", PENDING, TERMS, 9),
    "confirm": ("carl", PENDING, {"version": 2}, 7),
    "rescind": ("carl", PENDING, {}, 6),
    "reject": ("olivia", PENDING, {}, 5),
    "accept": ("olivia", PENDING, {}, 10),
    "cancel": ("carl", ACCEPTED, {"reason": "other"}, 13),
    "release": ("olivia", ACCEPTED, {"reason": "other"}, 12),
    "complete": ("olivia", ACCEPTED, {}, 8),
}


def statements_of(act):
    """Those of transactions aside."""
    with CaptureQueriesContext(connection) as queries:
        act()
    return [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]


def person_called(name):
    return User.objects.select_related("profile").get(username=name)


@pytest.fixture(params=[1, 5])
def cleaning(request):
    """With so many offers of others, read again by itself."""
    cleaning = create_cleaning()
    for number in range(request.param):
        create_offer(cleaning=cleaning, cleaner=create_user(f"rival{number}"))
    return Cleaning.objects.with_owner().get()


@pytest.mark.parametrize("verb", MOVES)
def test_a_move_takes_so_many_statements(cleaning, verb):
    name, status, facts, number = MOVES[verb]
    offer = create_offer(cleaning=cleaning, status=status)
    if verb == "confirm":
        cleaning.edit(by=create_user("olivia"), estimated_hours=5)
    if verb == "complete":
        move_start(cleaning, timedelta(hours=-1))
    offer = Offer.objects.with_people().with_cleaning().get(pk=offer.pk)
    person = person_called(name)
    assert len(statements_of(lambda: getattr(offer, verb)(by=person, **facts))) == number


def test_an_offer_takes_so_many_statements(cleaning):
    create_user("carl")
    carl = person_called("carl")
    assert len(statements_of(lambda: Offer.make(cleaning, by=carl, **TERMS))) == 8


def test_posting_takes_so_many_statements(cleaning):
    facts = {name: getattr(cleaning, name) for name in FIELDS}
    olivia = person_called("olivia")
    assert len(statements_of(lambda: Cleaning.post(by=olivia, **facts))) == 5
