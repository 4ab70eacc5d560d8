"""Moments as PostgreSQL writes them."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection

pytestmark = pytest.mark.django_db


def read(moment, zone="UTC"):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true), %s::timestamptz", [zone, moment])
        return cursor.fetchone()[1]


if connection.vendor == "postgresql":

    @pytest.mark.parametrize(
        "moment",
        [
            datetime(2026, 11, 29, 2, 26, 15, tzinfo=UTC),
            datetime(2026, 11, 29, 2, 26, 15, 900_000, tzinfo=UTC),
            datetime(2026, 11, 29, 2, 26, 15, 7, tzinfo=UTC),
            datetime(1, 1, 1, tzinfo=UTC),
            datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        ],
    )
    def test_moments_are_read_as_they_were_written(moment):
        assert (read(moment), read(moment).tzinfo) == (moment, UTC)

    def test_what_python_cannot_hold_is_refused():
        with pytest.raises(DataError):
            read("infinity")
