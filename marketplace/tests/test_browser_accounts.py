"""Getting in, as people do it: from the sign-up to the mail and back, with the site's script and without."""

import re

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from playwright.sync_api import Page, expect

from accounts.models import User
from marketplace.testing import PASSWORD, create_user
from marketplace.tests.test_browser_journeys import follow, press, with_and_without_script

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def link_in_mail() -> str:
    return re.search(r"http://localhost:8000(/accounts/\S+)", mail.outbox[-1].body)[1]


def log_in(page: Page, login: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail or username").fill(login)
    page.get_by_label("Password", exact=True).fill(password)
    press(page, "Log in")


@with_and_without_script
def test_a_newcomer_signs_up_confirms_logs_in_and_logs_out(visit, script):
    page = visit(java_script_enabled=script)
    page.goto("/")
    follow(page, "Sign up")
    page.get_by_label("Username").fill("maria")
    page.get_by_label("E-mail address").fill("maria@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Sign up")
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()

    elsewhere = visit(java_script_enabled=script)
    elsewhere.goto(link_in_mail())
    press(elsewhere, "Yes, confirm my address")
    expect(elsewhere.get_by_role("status")).to_contain_text("maria@example.org is confirmed")
    expect(elsewhere.get_by_role("heading", name="Log in")).to_be_visible()

    log_in(page, "maria", PASSWORD)
    expect(page.get_by_role("status")).to_contain_text("You are logged in as maria")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("status")).to_contain_text("You are logged out")


@with_and_without_script
def test_a_forgotten_password_is_chosen_anew(visit, script):
    create_user("maria")
    page = visit(java_script_enabled=script)
    page.goto("/accounts/login/")
    follow(page, "Reset a forgotten password")
    page.get_by_label("E-mail address").fill("maria@example.org")
    press(page, "Send the link")
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    page.goto(link_in_mail())
    page.get_by_label("New password", exact=True).fill("another-broom-42")
    press(page, "Save new password")
    log_in(page, "maria@example.org", "another-broom-42")
    expect(page.get_by_role("status")).to_contain_text("You are logged in as maria")


@with_and_without_script
def test_staff_set_up_an_app_before_anything_else(visit, settings, script):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    User.objects.create_superuser("root", "root@example.org", PASSWORD)
    page = visit(java_script_enabled=script)
    log_in(page, "root", PASSWORD)
    page.goto("/admin/")
    expect(page.get_by_text("Set up a second factor first")).to_be_visible()
    follow(page, "Set up an app")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Continue")
    secret = page.locator(".typed-key").inner_text()
    code = [format_hotp_value(hotp_value(secret, counter)) for counter in yield_hotp_counters_from_time()][1]
    page.get_by_label("Code").fill(code)
    press(page, "Turn it on")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the codes").click()
    assert len(download.value.path().read_text().split()) == 10
    page.goto("/admin/")
    expect(page.get_by_role("heading", name="Site administration")).to_be_visible()
