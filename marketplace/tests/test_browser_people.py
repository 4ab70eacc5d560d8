"""From a stranger's sign-up to what others say of them after a job: in a browser, with the script and without."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from cleanings.models import Cleaning
from evaluations.models import Evaluation
from marketplace.testing import move_start
from marketplace.tests.test_browser_journeys import accept, follow, make_offer, post_cleaning, press

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "seven brooms in a row"


def sign_up(page: Page, username: str) -> None:
    page.goto("/accounts/signup/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("E-mail address").fill(f"{username}@example.net")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Sign up")
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()


def log_in(page: Page, username: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail or username").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Log in")


def confirm_by_mail(page: Page, username: str) -> None:
    """Open the link of the mail and press its button, then log in."""
    letter = next(letter for letter in reversed(mail.outbox) if letter.to == [f"{username}@example.net"])
    link = re.search(r"http\S+/accounts/confirm-email/\S+", letter.body)[0]
    page.goto(urlsplit(link).path)
    press(page, "Yes, confirm my address")
    log_in(page, username)
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def evaluate(page: Page, name: str, stars: str, headline: str) -> None:
    page.goto(Cleaning.objects.get().get_absolute_url())
    follow(page, f"Review {name}")
    page.get_by_role("radiogroup", name="Overall").get_by_label(stars).check()
    page.get_by_label("Headline").fill(headline)
    press(page, "Send review")
    expect(page.get_by_role("status")).to_contain_text(f"our review of {name}")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_two_strangers_sign_up_do_a_job_and_evaluate_each_other(visit, script):
    petra, quinn, nobody = (visit(java_script_enabled=script) for _ in range(3))
    for page, username in ((petra, "petra"), (quinn, "quinn")):
        sign_up(page, username)
        log_in(page, username)
        expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
        confirm_by_mail(page, username)

    post_cleaning(petra)
    make_offer(quinn, "22.50")
    accept(petra, "quinn")
    cleaning = Cleaning.objects.get()
    move_start(cleaning, timedelta(hours=-1))
    petra.goto(cleaning.get_absolute_url())
    follow(petra, "Mark as done")
    press(petra, "Mark as done")

    evaluate(petra, "quinn", "4 Good", "Bright windows")
    nobody.goto("/people/quinn/")
    expect(nobody.get_by_role("main")).not_to_contain_text("Bright windows")
    quinn.goto("/notifications/")
    quinn.get_by_role("button", name="petra reviewed you").first.click()
    evaluate(quinn, "petra", "5 Excellent", "Fresh rolls")
    for username, mean, headline in (
        ("quinn", "4.0 of 5 · 1 review", "Bright windows"),
        ("petra", "5.0 of 5 · 1 review", "Fresh rolls"),
    ):
        nobody.goto(f"/people/{username}/")
        expect(nobody.get_by_role("main")).to_contain_text(mean)
        expect(nobody.get_by_role("heading", name=headline)).to_be_visible()
    assert Evaluation.objects.published().count() == 2
