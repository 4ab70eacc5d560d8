"""What the log says of log-ins, of tries that failed, and of changes of what lets somebody in."""

import re

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.tests.helpers import link_in, log_in
from accounts.tests.passkey import LOGIN, Phone, challenge_in
from accounts.tests.test_email_change import ADD, EMAIL
from accounts.tests.test_mfa import ENTER, HERE, code_for, set_up
from accounts.tests.test_reset import NEW, ask, use
from marketplace.testing import PASSWORD, create_user

pytestmark = pytest.mark.django_db

WRONG = "not-the-broom-42"
AGAIN = "/accounts/reauthenticate/"


@pytest.fixture
def maria():
    with time_machine.travel(timezone.now(), tick=False):
        yield create_user("maria")


@pytest.fixture
def said(caplog, maria):
    """What was logged since the last call, with her name in the place of her number."""
    caplog.set_level("INFO", "accounts.security_events")

    def since_last_call():
        records = [record for record in caplog.records if record.name == "accounts.security_events"]
        caplog.clear()
        assert {record.request.META["REMOTE_ADDR"] for record in records} == {"127.0.0.1"}
        return [re.sub(rf"\b([Aa]ccount) {maria.pk}\b", r"\1 of Maria", record.getMessage()) for record in records]

    return since_last_call


def test_a_log_in_by_password_and_each_wrong_one_is_logged(said):
    browser = Client()
    log_in(browser, password=WRONG)
    log_in(browser, "nobody@example.org")
    log_in(browser, "maria@example.org")
    assert said() == [
        "Wrong password for account of Maria",
        "Wrong password for an unknown account",
        "Account of Maria logged in by password",
    ]
    browser.post(AGAIN, {"password": WRONG})
    browser.post(AGAIN, {"password": PASSWORD})
    browser.post("/accounts/logout/")
    assert said() == [
        "Wrong password for account of Maria",
        "Account of Maria proved itself again by password",
        "Account of Maria logged out",
    ]


def test_a_log_in_by_code_and_each_wrong_one_is_logged(said, maria):
    TOTP.activate(maria, "JBSWY3DPEHPK3PXP")
    browser, other = Client(), Client()
    code = code_for("JBSWY3DPEHPK3PXP")
    for client, typed in ((browser, "000000"), (browser, code), (other, code)):
        log_in(client)
        client.post(ENTER, {"code": typed})
    assert said() == [
        "Wrong code for account of Maria",
        "Account of Maria logged in by password and code",
        "Wrong code for account of Maria",
    ]


def test_each_step_of_another_proof_is_logged(said, maria):
    browser = Client()
    log_in(browser)
    TOTP.activate(maria, "JBSWY3DPEHPK3PXP")
    said()
    browser.post(AGAIN, {"password": PASSWORD})
    for typed in ("000000", code_for("JBSWY3DPEHPK3PXP")):
        browser.post(f"{HERE}reauthenticate/", {"code": typed})
    assert said() == [
        "Account of Maria entered its password again, before a code",
        "Wrong code for account of Maria",
        "Account of Maria proved itself again by code",
    ]


def test_a_log_in_by_passkey_and_each_wrong_one_is_logged(said, maria):
    phone, browser = Phone(maria), Client()
    browser.post(LOGIN, {"credential": phone.answer("AAAA")})
    browser.post(LOGIN, {"credential": phone.answer(challenge_in(browser.get(LOGIN)))})
    assert said() == [
        "Wrong passkey for an unknown account",
        "Account of Maria logged in by passkey",
    ]


def test_a_program_that_logs_in_is_logged(said):
    for password in (WRONG, PASSWORD):
        payload = {"login": "maria", "password": password}
        Client().post("/api/v1/tokens/", payload, content_type="application/json")
    assert said() == [
        "Wrong password for account of Maria",
        "Account of Maria logged in for an access token",
    ]


@pytest.mark.django_db(transaction=True)
def test_changes_of_what_lets_somebody_in_are_logged(said):
    browser = Client()
    use(Client(), ask(), NEW)
    log_in(browser, password=NEW)
    browser.post(AGAIN, {"password": NEW})
    set_up(browser)
    browser.post(f"{HERE}recovery-codes/generate/")
    browser.post(f"{HERE}totp/deactivate/")
    browser.post(EMAIL, ADD)
    browser.post(link_in(mail.outbox[-1]))
    browser.post("/accounts/password/change/", {"oldpassword": NEW, "password1": PASSWORD})
    assert said() == [
        "Account of Maria reset its password by mail",
        "Account of Maria logged in by password",
        "Account of Maria proved itself again by password",
        "Account of Maria added a second factor",
        "Account of Maria added a second factor",
        "Account of Maria made new recovery codes",
        "Account of Maria removed a second factor",
        "Account of Maria removed a second factor",
        "Account of Maria changed its e-mail address",
        "Account of Maria changed its password",
    ]
