"""The Redis of `CACHE_URL` does not answer: pages are as ever, what needs a limit is closed, and `/healthz` says so."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.tests.helpers import SIGN_UP, is_logged_in, log_in
from cleanings.models import Cleaning
from marketplace.testing import PASSWORD, create_cleaning, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def away(settings):
    """Takes the cache away, and gives it back."""
    works = settings.CACHES

    def is_away(gone=True):
        settings.CACHES = works | {"default": {"BACKEND": "accounts.tests.helpers.AwayCache"}} if gone else works

    is_away()
    return is_away


def client_for(person=None):
    client = Client(raise_request_exception=False)
    if person:
        client.force_login(person)
    return client


@pytest.mark.parametrize(
    "path", ["/", "/cleanings/", "/help/", "/accounts/login/", "/accounts/signup/", "/sitemap.xml"]
)
def test_strangers_read_on(away, path):
    assert client_for().get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/dashboard/", "/cleanings/mine/", "/notifications/", "/accounts/profile/", "/accounts/sessions/"]
)
def test_members_read_on(away, path):
    assert client_for(create_user("maria")).get(path).status_code == 200


def test_members_act_on(away):
    maria, cleaning = create_user("maria"), create_cleaning()
    typed = {"hourly_rate": "20", "message": "", "version": cleaning.version}
    assert client_for(maria).post(f"/cleanings/{cleaning.pk}/offers/new/", typed).status_code == 302
    assert Cleaning.objects.get().offers.get().cleaner == maria


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/accounts/login/", {"login": "maria", "password": PASSWORD}),
        ("/accounts/login/", {"login": "maria@example.org", "password": "wrong"}),
        ("/accounts/login/", {"login": "nobody", "password": "wrong"}),
        ("/accounts/signup/", SIGN_UP | {"username": "nova", "email": "nova@example.org"}),
        ("/accounts/password/reset/", {"email": "maria@example.org"}),
        ("/accounts/second-factor/webauthn/login/", {"credential": "{}"}),
    ],
)
def test_what_lets_somebody_in_is_closed(away, path, typed):
    create_user("maria")
    browser = client_for()
    refused = browser.post(path, typed)
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert (is_logged_in(browser), User.objects.count(), mail.outbox) == (False, 1, [])


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/accounts/reauthenticate/", {"password": PASSWORD}),
        ("/accounts/close/", {"password": PASSWORD}),
        ("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "another-broom-42"}),
        ("/accounts/email/", {"action_add": "1", "email": "new@example.org"}),
    ],
)
def test_what_asks_for_the_password_again_is_closed(away, path, typed):
    browser = client_for(create_user("maria"))
    refused = browser.post(path, typed)
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert User.objects.get().check_password(PASSWORD)
    assert is_logged_in(browser)


def test_codes_are_closed(away):
    maria = create_user("maria")
    TOTP.activate(maria, "A" * 32)
    code = RecoveryCodes.activate(maria).get_unused_codes()[0]
    browser = client_for()
    away(False)
    log_in(browser)
    away()
    assert browser.post("/accounts/second-factor/authenticate/", {"code": code}).status_code == 503
    assert not is_logged_in(browser)
    away(False)
    assert browser.post("/accounts/second-factor/authenticate/", {"code": code}).status_code == 302
    assert Authenticator.objects.count() == 2


def test_health_says_so_and_life_goes_on(away):
    assert [client_for().get(path).status_code for path in ("/healthz", "/livez")] == [503, 200]
    away(False)
    assert client_for().get("/healthz").status_code == 200
    create_user("maria")
    assert log_in(client_for()).status_code == 302
