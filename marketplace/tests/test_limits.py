"""How often a person may write and a network address may ask: one more is 429, and leaves nothing."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.apps import apps
from django.core.cache import caches
from django.db import OperationalError, ProgrammingError
from django.test import Client
from django.utils import timezone

from accounts import rate_limits
from accounts.cache import DatabaseCache, RedisError
from accounts.models import Deletion
from accounts.rate_limits import EXPORTS_PER_PERSON, SEARCHES_PER_ADDRESS, AddressLimit, Limit, RateLimitExceeded
from accounts.tests.helpers import log_in
from cleanings.models import Cleaning, Photo
from conversations.models import Question
from core.exceptions import LimitReached
from marketplace.testing import create_user, text_of
from marketplace.tests.limits import LIMITS as LIMITS_OF_A_PERSON
from marketplace.tests.limits import adding_photos, asking, editing, offering, posting, revising, saying, suggesting
from offers.models import Offer

pytestmark = [pytest.mark.long, pytest.mark.django_db]

SEARCH = "/feed/?city=Ghent"
LIMITS = [limit for limit in vars(rate_limits).values() if isinstance(limit, Limit)]


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as moment:
        yield moment


def search(times, **address):
    return [Client().get(SEARCH, **address).status_code for _ in range(times)]


def test_fifty_searches_in_ten_seconds_come_from_a_network_address(client, clock):
    assert [*search(49), client.head("/cleanings/?q=attic").status_code] == [200] * 50
    for path in ("/cleanings/?q=attic", "/cleanings/?&", SEARCH):
        for refused in (client.get(path), client.head(path)):
            assert (refused.status_code, refused["Retry-After"]) == (429, "10")
    assert "so many searches at once" in text_of(client.get("/cleanings/?q=attic"))
    assert [client.get(path).status_code for path in ("/cleanings/", "/feed/")] == [200, 200]
    assert search(1, REMOTE_ADDR="10.0.0.9") == [200]
    clock.shift(10)
    assert search(51) == [200] * 50 + [429]


def test_members_search_as_often_as_everybody_else(client, clock):
    client.force_login(create_user("carl"))
    for _ in range(50):
        SEARCHES_PER_ADDRESS.consume("127.0.0.1")
    assert [client.get(path).status_code for path in ("/cleanings/", SEARCH)] == [200, 429]


def test_a_search_that_is_answered_from_a_copy_does_not_count(settings, clock):
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "copies"}
    settings.CACHES = settings.CACHES | {"pages": memory}
    caches["pages"].clear()
    for _ in range(49):
        SEARCHES_PER_ADDRESS.consume("127.0.0.1")
    assert search(3) == [200] * 3
    assert Client().get("/feed/?city=Bruges").status_code == 429


@pytest.mark.parametrize(("trusted", "answered"), [(0, 429), (1, 200)])
def test_where_a_search_comes_from_is_believed_of_trusted_proxies_only(settings, clock, trusted, answered):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = trusted
    for number in range(50):
        assert search(1, HTTP_X_FORWARDED_FOR=f"10.0.0.{number}") == [200]
    assert search(1, HTTP_X_FORWARDED_FOR="10.0.0.99") == [answered]


@pytest.mark.parametrize(("fault", "answered"), [(RedisError, 200), (OperationalError, 200), (ProgrammingError, 500)])
def test_a_search_that_cannot_be_counted_is_answered_while_the_database_cannot_write(monkeypatch, fault, answered):
    def fail(*args):
        raise fault

    monkeypatch.setattr(DatabaseCache, "add", fail)
    assert Client(raise_request_exception=False).get(SEARCH).status_code == answered


def test_a_person_downloads_their_data_twenty_times_an_hour(client, clock):
    client.force_login(create_user("carl"))
    for _ in range(19):
        EXPORTS_PER_PERSON.consume(f"{create_user('carl').pk}")
    assert [client.get("/accounts/export/").status_code, client.head("/accounts/export/").status_code] == [200, 429]
    refused = client.get("/accounts/export/")
    assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
    assert "20 times within an hour" in text_of(refused)
    client.force_login(create_user("cora"))
    assert client.get("/accounts/export/").status_code == 200


def is_reached(limit):
    try:
        for _ in range(limit.amount + 1):
            limit.consume("key")
    except RateLimitExceeded:
        return True
    return False


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_without_limits_those_of_addresses_are_off_and_those_of_accounts_hold(settings, clock, limit):
    assert is_reached(limit)
    clock.shift(limit.seconds)
    settings.LIMITS = False
    assert is_reached(limit) == (not isinstance(limit, AddressLimit))


def test_without_limits_an_account_still_takes_five_wrong_passwords(settings, clock):
    settings.LIMITS = False
    create_user("maria")
    assert [log_in(Client(), f"nobody{number}", "wrong").status_code for number in range(11)] == [200] * 11
    assert [log_in(Client(), "maria", "wrong").status_code for _ in range(6)] == [200] * 5 + [429]


NOON = datetime.fromisoformat("2026-11-24 12:00+01:00")
NAMES = [f"{set_up.__name__}-{amount}" for set_up, amount, _ in LIMITS_OF_A_PERSON]


def rows():
    return {model.__name__: model.objects.count() for model in apps.get_models()}


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize(("set_up", "amount", "period"), LIMITS_OF_A_PERSON, ids=NAMES)
def test_one_more_than_a_person_may_is_refused_until_the_oldest_is_past(set_up, amount, period):
    with time_machine.travel(NOON, tick=False) as clock:
        act = set_up(amount - 1, NOON - period / 2, 2)
        act(0)
        before = rows()
        with pytest.raises(LimitReached, match=rf"\b{amount}\b") as refusal:
            act(1)
        assert (rows(), refusal.value.again) == (before, NOON + period / 2)
        clock.move_to(refusal.value.again)
        act(1)


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize("set_up", [posting, offering, revising, editing, suggesting, asking, saying, adding_photos])
def test_what_is_sent_twice_is_no_one_more(set_up):
    amount = next(amount for each, amount, _ in LIMITS_OF_A_PERSON if each is set_up)
    act = set_up(amount - 2, timezone.now(), 3)
    act(0)
    before = rows()
    act(0)
    assert rows() == before
    act(1)
    act(1)
    with pytest.raises(LimitReached):
        act(2)


def delete_job():
    Cleaning.objects.filter(offers=None).latest("pk").delete(by=create_user("olivia"))


def end_offer_and_job():
    offer = Offer.objects.filter(cleaner=create_user("carl")).latest("pk")
    offer.rescind(by=offer.cleaner)
    offer.cleaning.delete(by=create_user("olivia"))


def close_job():
    Question.objects.latest("pk").cleaning.close(by=create_user("olivia"))


def remove_photo():
    Photo.objects.latest("pk").remove(by=create_user("olivia"))


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize(
    ("set_up", "amount", "delete"),
    [
        (posting, 20, delete_job), (posting, 50, delete_job), (offering, 60, end_offer_and_job),
        (editing, 60, lambda: Cleaning.objects.earliest("pk").delete(by=create_user("olivia"))),
        (asking, 20, close_job),
        (asking, 20, lambda: Question.objects.latest("pk").cleaning.delete(by=create_user("olivia"))),
        (adding_photos, 20, remove_photo),
        (adding_photos, 20, lambda: Photo.objects.latest("pk").cleaning.delete(by=create_user("olivia"))),
    ],
)  # fmt: skip
def test_what_is_deleted_counts_like_the_rest_as_long_as_that(set_up, amount, delete):
    period = next(period for each, most, period in LIMITS_OF_A_PERSON if (each, most) == (set_up, amount))
    with time_machine.travel(NOON, tick=False) as clock:
        act = set_up(amount - 1, NOON - period / 2, 2)
        act(0)
        delete()
        with pytest.raises(LimitReached) as refusal:
            act(1)
        assert refusal.value.again == NOON + period / 2
        clock.move_to(refusal.value.again)
        act(1)
        clock.shift(timedelta(days=1))
        assert Deletion.objects.clear_old() > 0
        assert not Deletion.objects.exists()


def test_without_limits_those_of_a_person_hold(settings):
    settings.LIMITS = False
    act = posting(20, timezone.now(), 1)
    with pytest.raises(LimitReached):
        act(0)


def test_over_http_one_more_is_429_with_what_was_typed_and_no_mail(client, mailoutbox):
    offering(60, timezone.now() - timedelta(minutes=15), 1)
    client.force_login(create_user("carl"))
    before, typed = rows(), {"hourly_rate": "21", "message": "I can come", "version": 1}
    answer = client.post(f"{Cleaning.objects.earliest('pk').get_absolute_url()}offers/new/", typed)
    assert (answer.status_code, 2690 < int(answer["Retry-After"]) <= 2700) == (429, True)
    page = text_of(answer)
    assert "60 offers within an hour" in page
    assert "I can come" in page
    assert (rows(), mailoutbox) == (before, [])
