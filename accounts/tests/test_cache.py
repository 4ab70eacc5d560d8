"""The cache in the database: what one process writes all others see, and of several at once one is the first."""

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.cache import CacheEntry, DatabaseCache

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as moment:
        yield moment


@pytest.mark.parametrize("value", [True, "y", 0, 1.25, [1764292800.123456, 2.0], {"a": None}])
def test_a_value_comes_back_as_it_was(value):
    cache.set("key", value)
    assert (cache.get("key"), cache.get_many(["key", "other"])) == (value, {"key": value})


def test_an_entry_is_added_once_until_its_time_is_over(clock):
    assert [cache.add("code", number, timeout=90) for number in range(3)] == [True, False, False]
    clock.shift(89.9)
    assert (cache.add("code", 3, timeout=90), cache.get("code")) == (False, 0)
    clock.shift(0.1)
    assert (cache.get("code"), cache.add("code", 4, timeout=90), cache.get("code")) == (None, True, 4)


def test_an_entry_can_be_replaced_prolonged_and_deleted(clock):
    cache.set("key", 1, timeout=10)
    cache.set("key", 2, timeout=10)
    assert (cache.get("key"), cache.touch("key", 100), cache.touch("other", 100)) == (2, True, False)
    clock.shift(99)
    assert (cache.get("key"), cache.delete("key"), cache.delete("key"), cache.get("key", "none")) == (
        2,
        True,
        False,
        "none",
    )
    cache.set("forever", 1, timeout=None)
    clock.shift(10**9)
    assert cache.get("forever") == 1
    cache.clear()
    assert not CacheEntry.objects.exists()


def test_many_entries_push_out_none_that_counts():
    cache.set("a", 1, timeout=1000)
    CacheEntry.objects.bulk_create(
        CacheEntry(key=f"{number}", value="1", expires_at=timezone.now()) for number in range(2000)
    )
    cache.set("b", 2)
    assert cache.get_many(["a", "b"]) == {"a": 1, "b": 2}


def test_what_is_over_is_cleared_by_run_due(clock):
    for number in range(5):
        cache.set(f"key-{number}", True, timeout=number * 100)
    clock.shift(200)
    call_command("run_due", "limits")
    assert CacheEntry.objects.count() == 2
    assert cache.get_many([f"key-{number}" for number in range(5)]).keys() == {"key-3", "key-4"}


ADDRESS, MAILBOX = "203.0.113.77", "zelda@canary.example"


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/accounts/login/", {"login": MAILBOX, "password": "wrong"}),
        ("/accounts/login/", {"login": "zelda-77", "password": "wrong"}),
        ("/accounts/password/reset/", {"email": MAILBOX}),
        ("/accounts/password/reset/key/1-set-password/", {"password1": "x"}),
        ("/accounts/signup/", {"username": "zelda-77", "email": MAILBOX, "password1": "correct horse"}),
    ],
)
def test_the_table_tells_neither_who_tried_nor_from_where(client, path, typed):
    client.post(path, typed, REMOTE_ADDR=ADDRESS)
    entries = str(list(CacheEntry.objects.values_list("key", "value")))
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in (ADDRESS, MAILBOX, "zelda-77")]
    assert len(entries) > 70
    assert [text for text in (ADDRESS, MAILBOX, "zelda", *digests) if text in entries] == []


def test_a_key_is_hashed_with_the_secret_of_the_site(settings):
    cache.set("key", 1)
    settings.SECRET_KEY = "another-secret"
    assert (cache.get("key"), cache.add("key", 2), CacheEntry.objects.count()) == (None, True, 2)


@pytest.mark.parametrize("key", ["", " ", "a" * 300, "ключ", "b\x7f", "c:d:e"])
def test_any_text_is_a_key(key):
    cache.set(key, 1)
    cache.set(key, 2, version=2)
    assert (cache.get(key), cache.get_many([key, "other"]), cache.get(key, version=2)) == (1, {key: 1}, 2)


def test_what_cannot_be_written_is_an_error_and_no_pass():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_cacheentry RENAME TO elsewhere")
    for write in (cache.add, cache.set):
        with pytest.raises(DatabaseError), transaction.atomic():
            write("key", True)


class CarelessCache(DatabaseCache):
    """Looks and then writes, as a cache does whose `add` is two steps."""

    def add(self, key, value, timeout=None, version=None):
        if self.get(key, version=version) is not None:
            return False
        self.set(key, value, timeout, version)
        return True


def first_of_twenty(tried, key):
    """How many of twenty threads, each with a connection of its own, hear that they were the first."""
    barrier = Barrier(20)

    def add(number):
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            return tried.add(key, number, timeout=60)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        return Counter(pool.map(add, range(20)))[True]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seconds_ago", [None, 5])
def test_of_twenty_at_once_one_is_the_first_also_where_an_old_entry_lies(seconds_ago):
    rounds = [f"key-{number}" for number in range(20)]

    def race(tried):
        for key in rounds if seconds_ago else ():
            tried.set(key, "old", timeout=-seconds_ago)
        return [first_of_twenty(tried, key) for key in rounds]

    assert race(DatabaseCache("", {})) == [1] * 20
    CacheEntry.objects.all().delete()
    assert max(race(CarelessCache("", {}))) > 1
