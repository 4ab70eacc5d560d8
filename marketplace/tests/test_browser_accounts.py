"""Getting in, as people do it: from the sign-up to the mail and back, with the site's script and without."""

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page, expect

from accounts.models import User
from marketplace.testing import PASSWORD
from marketplace.tests.browsing import follow, press, with_and_without_script

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def log_in(page: Page, login: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail or username").fill(login)
    page.get_by_label("Password", exact=True).fill(password)
    press(page, "Log in")


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
