"""The pages for what did not work."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import timezone

from cleanings.forms import MOST_MEGABYTES_AT_ONCE
from core.exceptions import LimitReached
from core.photos import JPEG
from marketplace.testing import create_user, text_of
from marketplace.tests.helpers import TROUBLE
from pages import views

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(monkeypatch):
    """Makes the home page fail with an error, and gives a browser that is answered as in production."""

    def break_with(error):
        def fail(view, **kwargs):
            raise error

        monkeypatch.setattr(views.HomeView, "get_context_data", fail)
        return Client(raise_request_exception=False)

    return break_with


def test_an_error_of_ours_gets_a_reference_that_the_log_repeats(broken, caplog):
    answer = broken(ValueError("secret detail")).get("/")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "Sorry, something broke on our side" in page
    assert "secret detail" not in page
    reference = next(record.args[0] for record in caplog.records if record.name == "marketplace.errors")
    assert reference in page


def test_a_busy_database_says_when_to_try_again(broken):
    answer = broken(OperationalError("canceling statement due to lock timeout")).get("/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_too_many_tries_are_answered_429_with_a_time(client):
    wrong = {"login": "nobody", "password": "wrong"}
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.post("/accounts/login/", wrong)
        clock.shift(60)
        answers = [client.post("/accounts/login/", wrong) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert answers[4]["Retry-After"] == "240"
    assert "Wait 4 minutes" in text_of(answers[4])


def test_a_person_who_has_written_enough_reads_when_to_go_on_and_what_was_typed(broken):
    with time_machine.travel("2026-11-24 14:00:10+01:00", tick=False):
        refusal = LimitReached("You have written enough.", again=timezone.now() + timedelta(minutes=20))
        answer = broken(refusal).get("/")
    assert (answer.status_code, answer["Retry-After"]) == (429, "1200")
    assert "You have written enough." in text_of(answer)
    assert "You can go on at 14:21, Tue 24 Nov (Brussels time)" in text_of(answer)


def test_a_form_that_is_too_large_is_answered_413(client):
    client.force_login(create_user("olivia"))
    typed = urlencode({"description": "x" * 1_100_000})
    answer = client.post("/cleanings/new/", typed, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "too big" in answer.content.decode()


def test_a_page_that_was_open_too_long_shows_what_was_typed_but_no_password():
    typed = {
        "login": "olivia",
        "password": "hush-hush",
        "name": "Windows",
        "post_token": "abc",
        "initial-name": "Attic",
    }
    page = Client(enforce_csrf_checks=True).post("/accounts/login/", typed).content.decode()
    assert "Windows" in page
    assert not [hidden for hidden in ("hush-hush", "abc", "Attic") if hidden in page]


def test_the_page_for_too_big_a_form_names_both_limits():
    page = (settings.BASE_DIR / "deploy/errors/too-big.html").read_text()
    sentence = f"choose a photo under {JPEG.megabytes} MB, or fewer photos: together under {MOST_MEGABYTES_AT_ONCE} MB."
    assert sentence in page


def main_of(page):
    return page.partition("<main")[2].partition("</main>")[0]


def ways_on(page):
    """Links out of the page and forms that are sent, in its main part."""
    return re.findall(r'<a\b[^>]*\shref="(?!#)[^"]*"|<button\b[^>]*type="submit"', main_of(page))


@pytest.mark.parametrize("status", [*TROUBLE, "400", "403", "403_csrf", "404"])
def test_a_page_that_says_no_offers_three_ways_on(status):
    page = render_to_string(f"{status}.html", {"request": RequestFactory().get("/somewhere/"), "user": AnonymousUser()})
    assert len(ways_on(page)) >= 3
    assert len(re.findall("btn-primary", main_of(page))) == 1


def test_only_what_leads_out_of_the_main_part_is_a_way_on():
    assert ways_on('<a href="/">Home</a><main><a href="#x">Down</a></main><a href="/help/">Help</a>') == []
