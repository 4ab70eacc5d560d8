"""How often one may try: so many times within so long, by account, mailbox and network address, and never for good."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.helpers import CountingHasher, is_logged_in, log_in, sign_up
from marketplace.testing import PASSWORD, create_user, text_of

pytestmark = [pytest.mark.long, pytest.mark.django_db]


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as moment:
        yield moment


def statuses(count, ask, *args, **kwargs):
    return [ask(*args, **kwargs).status_code for _ in range(count)]


def test_an_account_takes_five_wrong_passwords_in_five_minutes_by_whatever_name(clock):
    create_user("maria")
    for number, login in enumerate(("maria", "MARIA", "maria@example.org", " maria", "Maria@example.org")):
        extra = {"REMOTE_ADDR": f"10.0.0.{number}", "HTTP_HOST": f"localhost:{number}"}
        assert log_in(Client(), login, "wrong", **extra).status_code == 200
    refused = log_in(Client(), "maria", PASSWORD, REMOTE_ADDR="10.0.0.9")
    assert (refused.status_code, refused["Retry-After"]) == (429, "300")
    clock.shift(300)
    assert log_in(Client()).status_code == 302


def test_no_password_is_hashed_once_a_limit_is_reached(client, clock, settings):
    """Five passwords are tried, two of them by address, which takes three hashes; and five where she is known."""
    settings.PASSWORD_HASHERS = ["accounts.tests.helpers.CountingHasher"]
    client.force_login(create_user("maria"))
    CountingHasher.count = 0
    for number in range(25):
        log_in(Client(), ("maria", "maria@example.org")[number % 2], "wrong", REMOTE_ADDR=f"10.0.0.{number}")
    assert CountingHasher.count == 3 + 2 * 3
    for _ in range(25):
        client.post("/accounts/reauthenticate/", {"password": "wrong"})
        log_in(client, password="wrong")
        client.cookies.pop("device", None)
    assert CountingHasher.count == 3 + 2 * 3 + 5


def test_logging_in_does_not_count(clock):
    create_user("maria")
    assert statuses(12, lambda: log_in(Client())) == [302] * 12


def test_the_owner_of_an_account_under_attack_gets_in_within_minutes(clock):
    create_user("maria")
    for _ in range(60):
        log_in(Client(), password="wrong", REMOTE_ADDR="10.0.0.1")
        clock.shift(10)
    log_ins = []
    for _ in range(10):
        log_ins.append(log_in(Client()).status_code)
        clock.shift(60)
    assert 302 in log_ins


def fail(number, **extra):
    return log_in(Client(), f"nobody{number}", "wrong", **extra)


def test_a_network_address_takes_ten_failures_a_minute(clock):
    assert statuses(1, fail, 0) * 10 == [fail(number).status_code for number in range(1, 10)] + [200]
    refused = fail(11)
    assert (refused.status_code, refused["Retry-After"]) == (429, "60")
    assert "Wait a minute" in text_of(refused)
    clock.shift(60)
    assert [fail(number).status_code for number in range(20, 31)] == [200] * 10 + [429]


def test_a_network_address_with_a_hundred_failures_in_an_hour_has_one_a_minute(clock):
    for minute in range(10):
        assert [fail(minute * 10 + number).status_code for number in range(10)] == [200] * 10
        clock.shift(60)
    for number in range(5):
        assert [fail(100 + number).status_code, fail("x").status_code] == [200, 429]
        assert int(fail("x")["Retry-After"]) == 60
        clock.shift(60)
    create_user("maria")
    assert [log_in(Client()).status_code for _ in range(3)] == [302] * 3
    clock.shift(3600)
    assert [fail(200 + number).status_code for number in range(11)] == [200] * 10 + [429]


@pytest.mark.parametrize("others", ["2001:db8:1:2::2", "2001:db8:1:2:ffff::1", "2001:0DB8:0001:0002::9"])
def test_the_addresses_of_one_subscriber_count_as_one(clock, others):
    assert [fail(number, REMOTE_ADDR="2001:db8:1:2::1").status_code for number in range(10)] == [200] * 10
    assert fail("x", REMOTE_ADDR=others).status_code == 429
    assert fail("x", REMOTE_ADDR="2001:db8:1:3::1").status_code == 200


def test_what_the_address_is_refused_is_no_failure_of_the_account(clock):
    create_user("maria")
    for number in range(10):
        fail(number)
    assert statuses(20, log_in, Client(), "maria", "wrong") == [429] * 20
    assert log_in(Client(), REMOTE_ADDR="10.0.0.9").status_code == 302


def test_thirty_log_ins_a_minute_come_from_a_network_address(clock):
    people = [create_user(f"person{number}") for number in range(31)]
    answers = [log_in(Client(), person.username) for person in people]
    assert [answer.status_code for answer in answers] == [302] * 30 + [429]
    assert answers[30]["Retry-After"] == "60"
    assert log_in(Client(), "person30", REMOTE_ADDR="10.0.0.9").status_code == 302


def test_a_sign_up_that_is_undone_counts(clock, settings):
    settings.EMAIL_BACKEND = "accounts.tests.helpers.NoPost"
    browser = Client(raise_request_exception=False)
    assert statuses(20, sign_up, browser) == [500] * 20
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert sign_up(browser).status_code == 429
    assert not User.objects.exists()


def test_of_two_limits_the_longer_one_is_shown(clock):
    assert statuses(5, log_in, Client(), "maria", "wrong") == statuses(5, log_in, Client(), "carl", "wrong")
    assert [log_in(Client(), name, "wrong")["Retry-After"] for name in ("maria", "stan")] == ["300", "60"]


def test_a_limit_that_is_not_reached_keeps_nobody_waiting(client, clock):
    client.force_login(create_user("maria"))
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.post("/accounts/tokens/").status_code == 200
    typed = {"oldpassword": "wrong", "password1": "another-broom-42"}
    refused = [client.post("/accounts/password/change/", typed) for _ in range(6)][-1]
    assert (refused.status_code, refused["Retry-After"]) == (429, "300")


@pytest.mark.parametrize("login", ["nobody", "a\0b", "\ud800", "a" * 10_000, "", "ﬀ@é.example", "%s{}'"])
def test_a_limit_is_answered_whatever_was_typed(clock, login):
    login = login.encode(errors="replace").decode()
    assert set(statuses(12, log_in, Client(), login, "wrong")) <= {200, 429}
    assert {fail(number).status_code for number in range(12)} == {200, 429}
    assert set(statuses(2, log_in, Client(), login, "wrong")) <= {200, 429}


@pytest.mark.parametrize(("trusted", "counted"), [(0, [200] * 10 + [429]), (1, [200] * 11)])
def test_what_a_browser_says_of_its_address_counts_only_from_trusted_proxies(clock, settings, trusted, counted):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = trusted
    answers = [
        log_in(Client(), f"nobody{number}", "wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}").status_code
        for number in range(11)
    ]
    assert answers == counted


def test_fewer_proxies_than_are_trusted_are_no_error(clock, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    tries = [log_in(Client(), f"nobody{n}", "wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{n}") for n in range(11)]
    assert [answer.status_code for answer in tries] == [200] * 10 + [429]


@pytest.mark.parametrize("trusted", [0, 1, 2])
def test_whoever_comes_over_a_socket_counts_as_one(clock, settings, trusted):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = trusted
    tries = [log_in(Client(), f"nobody{n}", "wrong", REMOTE_ADDR="") for n in range(11)]
    assert [answer.status_code for answer in tries] == [200] * 10 + [429]


def test_the_log_in_of_the_admin_is_the_same(client):
    assert client.get("/admin/").url == "/admin/login/?next=/admin/"
    assert client.post("/admin/login/?next=/admin/").url.startswith("/accounts/login/?next=")


def test_the_admin_has_no_form_of_its_own_for_a_password(client):
    client.force_login(create_user("ada", is_staff=True))
    assert client.get("/admin/password_change/").url == "/accounts/password/change/"
    assert client.post("/admin/password_change/", {"old_password": "wrong"}).url == "/accounts/password/change/"


def test_twenty_sign_ups_an_hour_come_from_a_network_address(clock):
    for number in range(20):
        assert sign_up(Client(), username=f"nova{number}", email=f"nova{number}@example.org").status_code == 302
    refused = sign_up(Client())
    assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
    assert (User.objects.count(), len(mail.outbox)) == (20, 20)


def test_a_mailbox_gets_five_links_a_day(clock):
    create_user("maria")
    reset = {"path": "/accounts/password/reset/", "data": {"email": "maria@example.org"}}
    assert [Client().post(**reset, REMOTE_ADDR=f"10.0.0.{n}").status_code for n in range(6)] == [302] * 5 + [429]
    assert len(mail.outbox) == 5
    nobody = {"path": "/accounts/password/reset/", "data": {"email": "nobody@example.org"}}
    assert [Client().post(**nobody, REMOTE_ADDR=f"10.0.1.{n}").status_code for n in range(6)] == [302] * 5 + [429]
    refused = Client().post(**reset)
    assert refused["Retry-After"] == "86400"
    assert "Wait until" in text_of(refused)


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/accounts/reauthenticate/", {"password": "wrong"}),
        ("/accounts/password/change/", {"oldpassword": "wrong", "password1": "another-broom-42"}),
    ],
)
def test_the_password_is_asked_for_again_five_times(client, clock, path, typed):
    client.force_login(create_user("maria"))
    assert statuses(6, client.post, path, typed) == [200] * 5 + [429]
    clock.shift(timedelta(minutes=5))
    assert client.post(path, typed).status_code == 200
    assert is_logged_in(client)
