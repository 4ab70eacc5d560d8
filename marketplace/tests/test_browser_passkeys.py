"""Passkeys in a real browser, whose authenticator is Chromium's virtual one."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from marketplace.testing import PASSWORD, create_user
from marketplace.tests.browsing import press

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
LOG_IN = "Log in with a passkey"


def give_authenticator(page: Page, **differences):
    """Let the browser have what keeps passkeys; returns the function that changes whether its owner unlocks it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE | differences})

    def unlock(unlocks: bool) -> None:
        session.send("WebAuthn.setUserVerified", added | {"isUserVerified": unlocks})

    return unlock


def add_passkey(page: Page) -> None:
    page.goto("/accounts/")
    page.get_by_role("link", name="Second factor and passkeys").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Continue")
    page.get_by_label("Name (optional)").fill("My phone")
    press(page, "Add passkey")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def test_a_passkey_is_added_and_logs_in_by_itself(visit):
    page = visit("olivia")
    give_authenticator(page)
    add_passkey(page)
    assert Authenticator.objects.get(type="webauthn").wrap().name == "My phone"
    page.get_by_role("button", name="Log out").click()
    page.goto("/offers/")
    page.get_by_role("link", name=LOG_IN).click()
    press(page, "Choose a passkey")
    expect(page.get_by_role("heading", name="My offers")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("You are logged in as olivia")


def test_a_passkey_is_the_second_factor_behind_a_password(visit):
    page = visit("olivia")
    give_authenticator(page)
    add_passkey(page)
    page.get_by_role("button", name="Log out").click()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail or username").fill("olivia")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Log in")
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()
    press(page, "Use a passkey instead")
    expect(page.get_by_role("status")).to_contain_text("You are logged in as olivia")


def test_a_passkey_is_renamed_removed_and_asked_for_again(visit):
    page = visit("olivia")
    give_authenticator(page)
    add_passkey(page)
    page.goto("/accounts/second-factor/webauthn/")
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name", exact=True).fill("Old phone")
    press(page, "Save name")
    page.goto("/accounts/second-factor/webauthn/reauthenticate/?next=/accounts/second-factor/webauthn/")
    press(page, "Use your passkey")
    page.get_by_role("link", name="Remove").click()
    press(page, "Remove passkey")
    expect(page.get_by_role("heading", name="No passkeys yet")).to_be_visible()
    assert not Authenticator.objects.exists()


def test_whoever_does_not_unlock_the_passkey_is_asked_to_try_again(visit):
    page = visit("olivia")
    unlock = give_authenticator(page)
    add_passkey(page)
    page.get_by_role("button", name="Log out").click()
    page.goto("/accounts/second-factor/webauthn/login/")
    unlock(False)
    press(page, "Choose a passkey")
    expect(page.get_by_text("Your browser gave no passkey. Try again.")).to_be_visible()
    unlock(True)
    press(page, "Choose a passkey")
    expect(page.get_by_role("status")).to_contain_text("You are logged in as olivia")


def test_without_script_nobody_is_offered_a_passkey(visit):
    create_user("olivia")
    page = visit(java_script_enabled=False)
    page.goto("/accounts/login/")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    expect(page.get_by_role("link", name=LOG_IN)).to_be_hidden()
    page.goto("/accounts/second-factor/webauthn/login/")
    expect(page.get_by_text("Passkeys need a browser that has them")).to_be_visible()
    expect(page.get_by_role("button", name="Choose a passkey")).to_be_hidden()
