"""The check of all that is stored disturbs nobody."""

from time import monotonic

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from bench.fill import fill
from marketplace.testing import create_user
from offers.models import Offer
from pages import integrity


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_reads_one_moment_and_writes_nothing():
    with CaptureQueriesContext(connection) as queries, pytest.raises(DatabaseError), integrity.snapshot():
        create_user("olivia")
    said = " ".join(query["sql"] for query in queries)
    assert ("REPEATABLE READ READ ONLY" if connection.vendor == "postgresql" else "BEGIN DEFERRED") in said
    assert create_user("olivia").pk


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
def test_500_000_offers_are_checked_within_a_minute():
    fill(connection, 100_000)
    began = monotonic()
    lines = integrity.findings()
    took = monotonic() - began
    print(f"{Offer.objects.count():,} offers checked in {took:.0f} s")
    # The bench writes no line for each move of those that are over.
    assert {line.partition(":")[0] for line in lines} <= {"I7", "I8"}
    assert took <= 60
