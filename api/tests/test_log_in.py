"""The log-in of programs asks for what that of the site does: a second factor and a confirmed address."""

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone

from accounts.tests.helpers import create_unconfirmed
from accounts.tests.test_mfa import code_for
from api.tests.programs import Program, program_of
from marketplace.testing import PASSWORD, create_user

pytestmark = pytest.mark.django_db


def log_in(**code):
    return Program().post("tokens/", {"login": "maria", "password": PASSWORD} | code)


@pytest.fixture
def frozen_clock():
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.mark.usefixtures("frozen_clock")
def test_whoever_has_a_second_factor_sends_a_code_that_was_not_used_before():
    maria, secret = create_user("maria"), generate_totp_secret()
    assert log_in().status_code == 201
    TOTP.activate(maria, secret)
    recovery, right = RecoveryCodes.activate(maria).get_unused_codes()[0], code_for(secret)
    assert "Send its code too" in log_in().json()["detail"]
    codes = ("", "000000", right, right, recovery, recovery)
    assert [log_in(code=code).status_code for code in codes] == [401, 401, 201, 401, 201, 401]


def test_staff_without_a_second_factor_get_no_token_and_use_none(settings):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    maria, program = create_user("maria"), program_of("maria")
    assert (program.get("me/").status_code, log_in().status_code) == (200, 201)
    maria.is_staff = True
    maria.save()
    assert (program.get("me/").status_code, log_in().status_code) == (403, 403)
    code = RecoveryCodes.activate(maria).get_unused_codes()[0]
    assert program.get("me/").status_code == 403
    TOTP.activate(maria, generate_totp_secret())
    assert (program.get("me/").status_code, log_in().status_code, log_in(code=code).status_code) == (200, 401, 201)


def test_an_unconfirmed_address_logs_no_program_in():
    maria = create_unconfirmed()
    assert log_in().status_code == 403
    maria.confirm_email()
    assert log_in().status_code == 201
