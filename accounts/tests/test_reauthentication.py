"""What is asked for before an account changes: as much as a log-in takes, whichever page and method one begins with."""

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessToken, User
from accounts.tests.helpers import is_logged_in
from accounts.tests.passkey import UP, UV, Phone, challenge_in
from accounts.tests.test_mfa import code_for
from marketplace.testing import PASSWORD, create_user
from marketplace.tests.helpers import routes

pytestmark = [pytest.mark.long, pytest.mark.django_db]

SECRET = "JBSWY3DPEHPK3PXP"
AGAIN, HOME = "/accounts/reauthenticate/", "/dashboard/"
CODE, PASSKEY = ("/accounts/second-factor/reauthenticate/", "/accounts/second-factor/webauthn/reauthenticate/")
TOKENS, EMAIL, FIRST = "/accounts/tokens/", "/accounts/email/", "/accounts/password/set/"
TOKEN = {"name": "My script", "scope": "read", "days": "30"}
ADDRESS = {"action_add": "1", "email": "new@example.org"}

# Every page that asks, with the methods that do. A first password that is sent leads to its page, which asks.
PROTECTED = {
    "account_email": {"post"},
    "account_set_password": {"get"},
    "accounts:tokens": {"get", "post"},
    "mfa_activate_totp": {"get", "post"},
    "mfa_add_webauthn": {"get", "post"},
    "mfa_deactivate_totp": {"get", "post"},
    "mfa_download_recovery_codes": {"get", "post"},
    "mfa_edit_webauthn": {"get", "post"},
    "mfa_generate_recovery_codes": {"get", "post"},
    "mfa_remove_webauthn": {"get", "post"},
    "mfa_view_recovery_codes": {"get"},
}
# The steps themselves, and what ends the session.
OTHERS = ("account_reauthenticate", "account_logout", "mfa_reauthenticate")
EACH = [(name, method) for name, methods in PROTECTED.items() for method in sorted(methods)]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(timezone.now(), tick=False) as moment:
        yield moment


@pytest.fixture
def maria():
    return create_user("maria")


@pytest.fixture
def app(maria):
    """The recovery codes of Maria, who has an app too."""
    TOTP.activate(maria, SECRET)
    return RecoveryCodes.activate(maria).get_unused_codes()


def lose_password(maria):
    maria.set_unusable_password()
    maria.save()


@pytest.fixture
def client(maria):
    """Where Maria has been logged in for a while."""
    browser = Client()
    browser.force_login(maria)
    return browser


def address(name):
    return reverse(name, kwargs={"pk": 1} if dict(routes())[name] else {})


def led_to(answer):
    """The page that an answer leads to, without its query."""
    return answer.get("Location", "").partition("?")[0]


def asks(client, name, method):
    return led_to(getattr(client, method)(address(name), ADDRESS))


def unlock(client, phone, flags=UP | UV, **data):
    credential = phone.answer(challenge_in(client.get(PASSKEY)), flags)
    return client.post(PASSKEY, {"credential": credential} | data)


def is_proved(client):
    return client.get(TOKENS).status_code == 200


def test_these_pages_ask_and_no_others(app, client):
    asking = {}
    for name, arguments in routes():
        if name.startswith(OTHERS) or set(arguments) - {"pk"}:
            continue
        for method in ("get", "post"):
            if asks(client, name, method) == AGAIN:
                asking.setdefault(name, set()).add(method)
    assert asking == PROTECTED


@pytest.mark.parametrize(("name", "method"), EACH)
def test_no_page_opens_before_both_steps_are_made(app, client, name, method):
    assert asks(client, name, method) == AGAIN
    client.post(AGAIN, {"password": "wrong"})
    client.post(CODE, {"code": code_for(SECRET)})
    assert asks(client, name, method) == AGAIN
    client.post(AGAIN, {"password": PASSWORD})
    client.post(CODE, {"code": "000000"})
    assert asks(client, name, method) == CODE
    assert client.post(CODE, {"code": code_for(SECRET)}).url == HOME
    assert asks(client, name, method) not in {AGAIN, CODE, PASSKEY}


@pytest.mark.parametrize(("name", "method"), EACH)
def test_a_passkey_that_is_unlocked_opens_each_page_by_itself(maria, app, client, name, method):
    phone = Phone(maria)
    unlock(client, phone, flags=UP)
    assert asks(client, name, method) == AGAIN
    assert unlock(client, phone).url == HOME
    assert asks(client, name, method) not in {AGAIN, CODE, PASSKEY}


def test_the_steps_lead_to_each_other_and_then_to_what_was_sent(app, maria, client):
    asked = client.post(TOKENS, TOKEN)
    assert asked.url == f"{AGAIN}?next=%2Faccounts%2Ftokens%2F"
    assert "A code comes next." in client.get(asked.url).content.decode()
    step = client.post(AGAIN, {"password": PASSWORD, "next": TOKENS})
    assert (step.url, AccessToken.objects.exists()) == (f"{CODE}?next=%2Faccounts%2Ftokens%2F", False)
    assert f'name="next" value="{TOKENS}"' in client.get(step.url).content.decode()
    assert client.post(CODE, {"code": "000000", "next": TOKENS}).status_code == 200
    assert client.post(CODE, {"code": code_for(SECRET), "next": TOKENS}).status_code == 200
    assert maria.access_tokens.get().name == "My script"


def test_a_step_that_is_called_out_of_turn_leads_to_the_one_that_is_due(app, client):
    for ask in (client.get, client.post):
        assert led_to(ask(CODE, {"code": code_for(SECRET)})) == AGAIN
    client.post(AGAIN, {"password": PASSWORD})
    for ask in (client.get, client.post):
        assert led_to(ask(AGAIN, {"password": PASSWORD})) == CODE
        assert led_to(ask(PASSKEY)) == CODE
    assert not is_proved(client)


def test_the_steps_lead_nowhere_off_the_site(app, client):
    step = client.post(AGAIN, {"password": PASSWORD, "next": "//evil.example"})
    assert client.post(step.url, {"code": code_for(SECRET)}).url == HOME


def test_the_first_step_counts_for_five_minutes_and_once(app, client, clock):
    for wait in (301, 299):
        client.post(AGAIN, {"password": PASSWORD})
        clock.shift(wait)
        client.post(CODE, {"code": code_for(SECRET)})
        assert is_proved(client) is (wait < 300)
    clock.shift(301)
    assert led_to(client.get(CODE)) == AGAIN
    client.post(AGAIN, {"password": PASSWORD})
    client.post(CODE, {"code": code_for(SECRET)})
    assert led_to(client.get(CODE)) == AGAIN


def test_the_first_step_counts_in_one_browser_and_takes_a_new_key(app, maria, client):
    other, thief = Client(), Client()
    other.force_login(maria)
    thief.cookies = client.cookies.copy()
    client.post(AGAIN, {"password": PASSWORD})
    assert [is_logged_in(browser) for browser in (client, other, thief)] == [True, True, False]
    assert [led_to(browser.get(CODE)) for browser in (client, other)] == ["", AGAIN]


def test_wrong_tries_count_as_at_a_log_in(app, client):
    client.post(AGAIN, {"password": PASSWORD})
    assert [client.post(CODE, {"code": "000000"}).status_code for _ in range(6)] == [200] * 5 + [429]
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": "maria", "password": PASSWORD})
    answer = client.post("/accounts/second-factor/authenticate/", {"code": code_for(SECRET)})
    assert answer.status_code == 429


def test_whoever_lost_the_app_removes_it_with_a_recovery_code(app, client):
    client.post(AGAIN, {"password": PASSWORD})
    assert "Enter one of your recovery codes above." in client.get(CODE).content.decode()
    assert client.post(CODE, {"code": app[0]}).url == HOME
    client.post("/accounts/second-factor/totp/deactivate/")
    assert not Authenticator.objects.exists()


def test_whoever_has_no_second_factor_enters_the_password_alone(maria, client):
    # They count for nothing by themselves, at a log-in either.
    RecoveryCodes.activate(maria)
    assert "A code comes next." not in client.get(AGAIN).content.decode()
    assert [led_to(client.get(path)) for path in (CODE, PASSKEY)] == [AGAIN, AGAIN]
    client.post(AGAIN, {"password": PASSWORD})
    assert is_proved(client)


def test_what_is_set_up_after_the_password_asks_for_no_code_at_once(maria, client):
    client.post(AGAIN, {"password": PASSWORD})
    TOTP.activate(maria, SECRET)
    assert is_proved(client)


def test_whoever_has_passkeys_and_no_password_uses_one(maria, client):
    phone = Phone(maria)
    RecoveryCodes.activate(maria)
    lose_password(maria)
    client.force_login(maria)
    assert [led_to(client.get(path)) for path in (TOKENS, AGAIN, CODE)] == [PASSKEY] * 3
    client.post(CODE, {"code": RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()[0]})
    assert not is_proved(client)
    unlock(client, phone)
    assert is_proved(client)


def test_whoever_has_a_password_and_a_passkey_without_codes_uses_the_passkey(maria, client):
    phone = Phone(maria)
    assert [led_to(client.get(path)) for path in (TOKENS, AGAIN, CODE)] == [PASSKEY] * 3
    assert led_to(client.post(AGAIN, {"password": PASSWORD})) == PASSKEY
    unlock(client, phone)
    assert is_proved(client)


def test_whoever_has_lost_the_passkey_enters_password_and_recovery_code(maria, client):
    Phone(maria)
    codes = RecoveryCodes.activate(maria).get_unused_codes()
    assert led_to(client.get(TOKENS)) == PASSKEY
    assert "Use your password and a code" in client.get(PASSKEY).content.decode()
    client.post(AGAIN, {"password": PASSWORD})
    assert not is_proved(client)
    client.post(CODE, {"code": codes[0]})
    assert is_proved(client)


def test_whoever_has_an_app_and_no_password_enters_the_code(app, maria, client):
    lose_password(maria)
    client.force_login(maria)
    assert client.post(FIRST, {"password1": "another-broom-42"}).url == FIRST
    assert led_to(client.get(FIRST)) == CODE
    assert not User.objects.get().has_usable_password()
    client.post(CODE, {"code": code_for(SECRET)})
    client.post(FIRST, {"password1": "another-broom-42"})
    assert User.objects.get().check_password("another-broom-42")


def test_whoever_has_neither_is_asked_for_nothing(maria, client):
    lose_password(maria)
    client.force_login(maria)
    assert is_proved(client)
