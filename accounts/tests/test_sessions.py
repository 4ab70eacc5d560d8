"""Where somebody is logged in: a list, an end for each, and an end by itself when nothing is asked for."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import OperationalError, ProgrammingError, connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tests.helpers import is_logged_in, log_in
from accounts.user_agents import describe_browser
from marketplace.testing import PASSWORD, create_user

pytestmark = pytest.mark.django_db

SESSIONS = "/accounts/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 Version/18.4 Mobile Safari/604.1"
DAY = 60 * 60 * 24


@pytest.fixture
def maria():
    return create_user("maria")


@pytest.fixture
def browsers(maria):
    """Maria's, this one first."""
    clients = [Client(headers={"user-agent": agent}) for agent in (FIREFOX, SAFARI, "")]
    for client in reversed(clients):
        log_in(client)
    return clients


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on an iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_named_in_plain_words(agent, words):
    assert describe_browser(agent) == words


def test_the_list_names_each_browser_and_marks_this_one_first(browsers):
    page = browsers[0].get(SESSIONS).content.decode()
    assert page.index("Firefox on Linux") < page.index("This one") < page.index("Safari on an iPhone")
    assert page.count("This one") == 1
    assert page.count('<li class="line">') == 3


def test_one_session_is_ended_and_only_by_whoever_has_it(browsers, maria):
    other = Client()
    create_user("carl")
    log_in(other, "carl")
    wanted = maria.usersession_set.get(user_agent=SAFARI).pk
    other.post(SESSIONS, {"end": wanted})
    browsers[0].get(f"{SESSIONS}?end={wanted}")
    assert [is_logged_in(client) for client in browsers] == [True, True, True]
    assert browsers[0].post(SESSIONS, {"end": wanted}).url == SESSIONS
    assert [is_logged_in(client) for client in browsers] == [True, False, True]
    for nonsense in ("", "x", "-1", "9" * 5000, "²"):
        browsers[0].post(SESSIONS, {"end": nonsense})
    assert [is_logged_in(client) for client in browsers] == [True, False, True]


@pytest.mark.parametrize(("end", "left"), [("others", [True, False, False]), ("all", [False, False, False])])
def test_all_sessions_are_ended(browsers, end, left):
    browsers[0].post(SESSIONS, {"end": end})
    assert [is_logged_in(client) for client in browsers] == left
    assert Session.objects.count() == sum(left)


def test_logging_in_takes_a_new_key_and_logging_out_ends_the_old_one(maria):
    client, thief = Client(), Client()
    client.post("/accounts/second-factor/webauthn/login/")
    before = client.session.session_key
    assert before
    log_in(client)
    assert client.session.session_key not in (None, before)
    thief.cookies = client.cookies.copy()
    assert is_logged_in(thief)
    client.post("/accounts/logout/")
    assert not is_logged_in(thief)


def test_the_password_once_more_takes_a_new_key_and_ends_the_old_one(browsers):
    client, thief = browsers[0], Client()
    thief.cookies = client.cookies.copy()
    client.post("/accounts/reauthenticate/", {"password": "wrong"})
    assert is_logged_in(thief)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert [is_logged_in(browser) for browser in (*browsers, thief)] == [True, True, True, False]
    assert client.get(SESSIONS).content.decode().count('<li class="line">') == 3


@pytest.mark.parametrize(("is_staff", "idle"), [(False, 14 * DAY), (True, 30 * 60)])
def test_a_session_ends_some_time_after_its_last_request(is_staff, idle):
    create_user("maria", is_staff=is_staff)
    client, left_at_once = Client(), Client()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        log_in(left_at_once)
        log_in(client)
        for _ in range(3):
            clock.shift(idle * 0.9)
            assert is_logged_in(client)
        assert not is_logged_in(left_at_once)
        clock.shift(idle + 1)
        assert not is_logged_in(client)


@pytest.mark.parametrize(("is_staff", "step", "lifetime"), [(False, 10 * DAY, 90 * DAY), (True, 1440, DAY / 2)])
def test_a_session_ends_some_time_after_its_log_in_however_much_it_is_used(is_staff, step, lifetime):
    create_user("maria", is_staff=is_staff)
    client = Client()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        log_in(client)
        for _ in range(int(lifetime / step) - 1):
            clock.shift(step)
            assert is_logged_in(client)
        clock.shift(step - 10)
        assert is_logged_in(client)
        clock.shift(5)
        # This writes the session, and does not move its end.
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        assert is_logged_in(client)
        clock.shift(6)
        assert not is_logged_in(client)


def test_a_session_without_a_noted_log_in_counts_from_its_next_request(browsers, settings):
    session, settings.SESSION_LIFETIME = browsers[0].session, 10 * DAY
    del session["logged_in_at"]
    session.save()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for expected in (True, True, True, False):
            clock.shift(4 * DAY)
            assert is_logged_in(browsers[0]) is expected


def test_whoever_joins_the_staff_gets_one_more_page_in_a_session_that_is_too_old(browsers, maria):
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        maria.is_staff = True
        maria.save()
        assert [is_logged_in(browsers[0]) for _ in range(2)] == [True, False]


def test_a_session_that_gets_another_key_for_that_of_the_site_is_listed_still(browsers, settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "k7Jq-" * 12
    before = browsers[0].session.session_key
    assert is_logged_in(browsers[0])
    key = browsers[0].session.session_key
    assert key != before
    assert UserSession.objects.filter(session_key__in=[before, key]).values_list("session_key", flat=True).get() == key


# Also where a session is about to end whatever is asked for.
@pytest.mark.parametrize("lifetime", [90 * DAY, 600])
def test_the_row_of_a_session_is_written_now_and_then_and_not_on_every_request(maria, settings, lifetime):
    settings.SESSION_LIFETIME = lifetime
    client = Client()

    def writes():
        clock.shift(1)
        with CaptureQueriesContext(connection) as queries:
            client.get("/help/")
        return [query for query in queries.captured_queries if query["sql"].startswith(("UPDATE", "INSERT"))]

    with time_machine.travel(timezone.now(), tick=False) as clock:
        log_in(client, follow=True)
        assert [len(writes()) for _ in range(3)] == [0, 0, 0]
        clock.shift(200)
        assert [len(writes()) > 0, len(writes())] == [True, 0]
        assert maria.usersession_set.get().last_seen_at == timezone.now() - timedelta(seconds=1)


@pytest.mark.parametrize(("error", "status"), [(OperationalError, 200), (ProgrammingError, 500)])
def test_a_fault_in_noting_a_request_is_raised_and_an_outage_is_not(maria, monkeypatch, error, status):
    client = Client(raise_request_exception=False)
    log_in(client)
    monkeypatch.setattr(QuerySet, "update", Mock(side_effect=error))
    with time_machine.travel(timezone.now() + timedelta(seconds=200)):
        assert client.get("/help/").status_code == status


CLEARED = '"cache", "storage"'


def test_what_a_browser_keeps_is_cleared_when_somebody_leaves(browsers, maria):
    here, other, third = browsers
    assert "Clear-Site-Data" not in here.get("/dashboard/")
    current = str(maria.usersession_set.get(session_key=here.session.session_key).pk)
    assert here.post("/accounts/logout/")["Clear-Site-Data"] == CLEARED
    # A browser drops it; Django's client sends it back empty.
    del here.cookies[settings.SESSION_COOKIE_NAME]
    assert "Clear-Site-Data" not in here.get("/")
    assert "Clear-Site-Data" not in other.post(SESSIONS, {"end": current})
    assert other.post(SESSIONS, {"end": "all"})["Clear-Site-Data"] == CLEARED
    # Ended from elsewhere.
    assert third.get("/dashboard/")["Clear-Site-Data"] == CLEARED


def test_closing_an_account_clears_what_the_browser_keeps(client, maria):
    log_in(client)
    answer = client.post("/accounts/close/", {"password": PASSWORD})
    assert (answer.status_code, answer["Clear-Site-Data"]) == (302, CLEARED)


@pytest.mark.parametrize("path", ["/", "/help/", "/accounts/login/", "/cleanings/", "/nowhere/", "/livez"])
def test_nothing_is_cleared_for_strangers(client, path):
    assert "Clear-Site-Data" not in client.get(path)


def test_other_cookies_stay_at_log_out(client, maria):
    log_in(client)
    client.cookies["other"] = "kept"
    assert "other" not in client.post("/accounts/logout/").cookies
