"""Many tries at the same moment: exactly so many pass as one after the other, and all if each counts for itself."""

import http.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from threading import Barrier
from urllib.parse import urlencode, urlsplit

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client

from accounts.models import User
from accounts.tests.helpers import log_in
from accounts.tests.test_mfa import ENTER, code_for
from marketplace.testing import PASSWORD, create_cleaning, create_user
from reports.models import Report
from reports.tests.helpers import TEXT

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TOKEN = "t" * 32
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def behind_a_proxy(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1


class LonelyCache(LocMemCache):
    """Each thread counts for itself, as processes do that share no cache."""

    def __init__(self, name, params):
        super().__init__(token_hex(), params)


@pytest.fixture(params=["accounts.cache.DatabaseCache", f"{__name__}.LonelyCache"], ids=["together", "alone"])
def is_exact(request, settings):
    """Whether all count together; the other one is the control."""
    settings.CACHES = settings.CACHES | {"default": {"BACKEND": request.param}}
    return request.param == "accounts.cache.DatabaseCache"


def passed(server, posts):
    """Send each (path, values, address, cookies) at the same moment; how many were answered as each status.

    Without values the page is only read.
    """
    barrier = Barrier(len(posts))

    def post(path, values, address, cookies):
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        connection.connect()
        barrier.wait(timeout=60)
        cookie = "; ".join([f"{settings.CSRF_COOKIE_NAME}={TOKEN}", *cookies])
        headers = {"Cookie": cookie, "X-Forwarded-For": address, "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(values | {"csrfmiddlewaretoken": TOKEN}) if values else None
        connection.request("POST" if values else "GET", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    with ThreadPoolExecutor(len(posts)) as pool:
        return Counter(pool.map(lambda form: post(*form), posts))


def test_twenty_guesses_at_once_at_one_account_are_five(live_server, is_exact):
    create_user("maria")
    typed = {"login": "maria", "password": "wrong"}
    answers = passed(live_server, [("/accounts/login/", typed, f"10.0.0.{number}", []) for number in range(20)])
    assert answers == ({200: 5, 429: 15} if is_exact else {200: 20})


def test_twenty_guesses_at_once_from_one_address_are_ten(live_server, is_exact):
    names = [{"login": f"nobody{number}", "password": "wrong"} for number in range(20)]
    answers = passed(live_server, [("/accounts/login/", typed, "10.0.0.1", []) for typed in names])
    assert answers == ({200: 10, 429: 10} if is_exact else {200: 20})


def test_thirty_sign_ups_at_once_from_one_address_are_twenty(live_server, is_exact):
    people = [
        {"username": f"nova{number}", "email": f"nova{number}@example.org", "password1": PASSWORD}
        for number in range(30)
    ]
    answers = passed(live_server, [("/accounts/signup/", typed, "10.0.0.1", []) for typed in people])
    assert answers == ({302: 20, 429: 10} if is_exact else {302: 30})
    assert User.objects.count() == answers[302]


def test_sixty_searches_at_once_from_one_address_are_fifty(live_server, is_exact):
    answers = passed(live_server, [(f"/cleanings/?q=attic{number}", {}, "10.0.0.1", []) for number in range(60)])
    assert answers == ({200: 50, 429: 10} if is_exact else {200: 60})


def test_six_reports_at_once_from_one_address_are_three(live_server, is_exact):
    typed = {"reason": "other", "text": TEXT, "name": "Nora", "email": "nora@example.net", "good_faith": "on"}
    jobs = [create_cleaning() for _ in range(6)]
    reports = [(f"/report/?of=cleaning-{job.pk}", typed, "10.0.0.1", []) for job in jobs]
    answers = passed(live_server, reports)
    assert answers == ({302: 3, 429: 3} if is_exact else {302: 6})
    assert Report.objects.count() == answers[302]


def test_one_code_at_once_in_four_browsers_opens_one(live_server):
    TOTP.activate(create_user("maria"), SECRET)
    browsers = [Client() for _ in range(4)]
    for browser in browsers:
        log_in(browser, headers={"x-forwarded-for": "10.0.0.1"})
    code = {"code": code_for(SECRET)}
    name = settings.SESSION_COOKIE_NAME
    keys = [f"{name}={browser.cookies[name].value}" for browser in browsers]
    answers = passed(live_server, [(ENTER, code, f"10.0.0.{number}", [key]) for number, key in enumerate(keys)])
    assert answers == {302: 1, 200: 3}
