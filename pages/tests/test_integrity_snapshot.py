"""The check of all that is stored disturbs nobody."""

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from marketplace.testing import create_user
from pages import integrity


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_reads_one_moment_and_writes_nothing():
    with CaptureQueriesContext(connection) as queries, pytest.raises(DatabaseError), integrity.snapshot():
        create_user("olivia")
    said = " ".join(query["sql"] for query in queries)
    assert ("REPEATABLE READ READ ONLY" if connection.vendor == "postgresql" else "BEGIN DEFERRED") in said
    assert create_user("olivia").pk
