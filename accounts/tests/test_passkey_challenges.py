"""What a passkey signs to log somebody in: asked for without a session, and good once."""

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.tests.helpers import is_logged_in
from accounts.tests.passkey import LOGIN, UP, Phone, challenge_in
from marketplace.testing import create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone():
    return Phone(create_user("maria"))


def ask(browser):
    return challenge_in(browser.get(LOGIN))


def answer(browser, credential, **data):
    browser.post(LOGIN, {"credential": credential} | data)
    return is_logged_in(browser)


@pytest.mark.parametrize("query", ["", "?next=/offers/"])
def test_a_visit_of_a_stranger_writes_no_session(query):
    browser = Client()
    for _ in range(3):
        page = browser.get(LOGIN + query)
        assert page.status_code == 200
        assert "no-store" in page.headers["Cache-Control"]
    assert set(browser.cookies) == {"csrftoken", "passkey"}
    assert not Session.objects.exists()


def test_a_passkey_logs_in_by_the_challenge_of_the_page(phone):
    browser = Client()
    assert answer(browser, phone.answer(ask(browser)))
    assert browser.cookies["passkey"].value == ""


def test_an_answer_counts_once_even_with_the_cookie_that_it_came_with(phone):
    browser, thief = Client(), Client()
    credential = phone.answer(ask(browser))
    thief.cookies.load({name: cookie.value for name, cookie in browser.cookies.items()})
    assert answer(browser, credential)
    assert not answer(thief, credential)


def test_an_answer_counts_only_where_it_was_asked_for_and_for_five_minutes(phone):
    asked, other = Client(), Client()
    ask(other)
    credential = phone.answer(ask(asked))
    assert not answer(other, credential)
    assert not answer(Client(), credential)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        late = Client()
        credential = phone.answer(ask(late))
        clock.shift(301)
        assert not answer(late, credential)
    assert answer(asked, phone.answer(ask(asked)))


@pytest.mark.parametrize("cookie", ["", "x", "x:y:z", "e30:1vB:abc", "9" * 4000])
def test_no_cookie_of_ones_own_making_stands_for_a_challenge(phone, cookie):
    browser = Client()
    credential = phone.answer(ask(browser))
    browser.cookies["passkey"] = cookie
    assert not answer(browser, credential)
    assert answer(browser, phone.answer(ask(browser)))


def test_what_was_refused_once_is_not_tried_again_with_the_same_challenge(phone):
    browser = Client()
    challenge = ask(browser)
    kept = browser.cookies["passkey"].value
    assert not answer(browser, phone.answer(challenge, flags=UP))
    browser.cookies["passkey"] = kept
    assert not answer(browser, phone.answer(challenge))


def test_over_https_no_other_host_can_set_the_cookie_and_no_script_read_it(settings):
    settings.SESSION_COOKIE_SECURE = True
    cookie = Client().get(LOGIN, secure=True).cookies["__Host-passkey"]
    facts = [cookie[name] for name in ("secure", "httponly", "samesite", "path", "domain")]
    assert facts == [True, True, "Lax", "/", ""]
    assert cookie["max-age"] == 300
