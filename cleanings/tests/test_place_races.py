"""Two loads of places at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections

from cleanings.models import Place
from cleanings.places import PlaceQuerySet
from marketplace.tests.rounds import rounds
from offers.tests.test_races import meet

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = rounds(4, full=100)


def places(longitude):
    facts = {"country": "BE", "latitude": 50, "longitude": longitude}
    return [Place(postcode=f"{1000 + number}", name="Town", key="town", **facts) for number in range(300)]


def load_at_once():
    """Two loads begin at the same moment; return the longitudes that are there at the end."""
    barrier = Barrier(2)

    def load(longitude):
        barrier.wait(timeout=60)
        try:
            Place.objects.replace("BE", places(longitude))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(load, (4, 5)))
    return list(Place.objects.values_list("longitude", flat=True))


def test_two_loads_at_once_leave_one_of_them_whole():
    for _ in range(ROUNDS):
        found = load_at_once()
        assert (len(found), len(set(found))) == (300, 1)


def test_control_without_the_lock_one_of_them_fails(monkeypatch):
    monkeypatch.setattr(PlaceQuerySet, "lock_table", lambda places: None)
    if connection.vendor == "sqlite":
        # There the transaction itself is the lock.
        monkeypatch.setattr(PlaceQuerySet, "replace", PlaceQuerySet.replace.__wrapped__)
    meet(monkeypatch, PlaceQuerySet, "bulk_create", 2, lambda *args: True)
    with pytest.raises(IntegrityError):
        load_at_once()
