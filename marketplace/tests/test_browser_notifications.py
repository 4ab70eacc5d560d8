"""Hearing of things, in a browser: the dashboard, the notifications, the mails and where their links lead."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from cleanings.models import Cleaning
from marketplace.testing import create_cast, create_cleaning, create_offer, move_start
from marketplace.tests.browsing import follow, press, with_and_without_script
from notifications.models import Notification

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def attic(db):
    """Olivia's cleaning with offers of Carl's and Cora's, of which she has read."""
    olivia, carl, cora, *_ = create_cast()
    cleaning = create_cleaning(owner=olivia, name="Attic")
    for cleaner in (carl, cora):
        create_offer(cleaning=cleaning, cleaner=cleaner)
    olivia.notifications.mark_read()
    mails_so_far()
    return cleaning


def mails_so_far() -> dict[str, str]:
    """What is mailed to whom once ten minutes have passed."""
    mail.outbox.clear()
    Notification.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    Notification.objects.queue_mails()
    return {message.to[0].partition("@")[0]: message.body for message in mail.outbox}


def link_in(body: str, what: str) -> str:
    """The path of the link that a mail has behind these words."""
    return re.search(rf"{what}: http://localhost:8000(\S+)", body)[1]


def to_do(page: Page) -> list[str]:
    page.goto("/dashboard/")
    return page.get_by_role("region", name="To do").get_by_role("listitem").locator("p").all_inner_texts()


def open_notification(page: Page, sentence: str) -> None:
    page.goto("/notifications/")
    page.get_by_role("button", name=sentence).first.click()


@with_and_without_script
def test_two_people_hear_of_a_job_from_its_offers_to_its_evaluations(visit, attic, script):
    olivia, carl = (visit(username, java_script_enabled=script) for username in ("olivia", "carl"))
    carl.goto("/dashboard/")
    expect(carl.get_by_role("main")).to_contain_text("You’re up to date")

    assert to_do(olivia)[0].startswith("2 offers for “Attic” wait for your answer.")
    olivia.get_by_role("link", name="Compare offers for Attic").first.click()
    follow(olivia, "Accept carl")
    press(olivia, "Accept carl")
    expect(olivia.get_by_role("status").first).to_contain_text("You chose carl.")

    carl.goto("/")
    carl.get_by_role("link", name="Notifications 1 new").click()
    open_notification(carl, "You’ve got the job")
    expect(carl.get_by_role("heading", level=1)).to_have_text("Attic")
    expect(carl.get_by_role("link", name="Notifications", exact=True)).to_be_visible()
    expect(carl.get_by_role("main")).to_contain_text("The owner accepted your offer at €22.50 an hour.")

    mails = mails_so_far()
    assert sorted(mails) == ["carl", "cora"]
    carl.goto(link_in(mails["carl"], "See the job"))
    expect(carl.get_by_role("heading", level=1)).to_have_text("Attic")
    stop_mails_logged_out(visit(java_script_enabled=script), link_in(mails["cora"], "Unsubscribe"))

    move_start(attic, timedelta(hours=-1))
    assert len(to_do(carl)) == 0
    assert to_do(olivia)[0].endswith("Mark it as done once it is, or cancel it.")
    olivia.get_by_role("link", name="Mark as done for Attic").first.click()
    follow(olivia, "Mark as done")
    press(olivia, "Mark as done")
    expect(olivia.get_by_role("status").first).to_contain_text("The job is done.")
    assert "You can review olivia until" in to_do(carl)[0]
    assert "You can review carl until" in to_do(olivia)[0]
    assert "You can review olivia until" in mails_so_far()["carl"]


def stop_mails_logged_out(page: Page, path: str) -> None:
    """Stop mails like this one by the link in it: a look changes nothing, the button does."""
    page.goto(path)
    expect(page.get_by_role("listitem").filter(has_text="Someone else is chosen")).to_be_visible()
    press(page, "Unsubscribe")
    expect(page.get_by_role("heading", level=1)).to_have_text("These mails have stopped")


@with_and_without_script
def test_a_cleaner_keeps_up_with_changes_and_chooses_what_is_mailed(visit, attic, script):
    carl = visit("carl", java_script_enabled=script)
    attic.edit(by=attic.owner, hourly_rate="21")
    assert to_do(carl) == ["“Attic” has changed. Keep or change your offer, or nobody can accept it."]
    carl.get_by_role("link", name="Keep your offer for Attic").first.click()
    press(carl, "Keep your offer")
    expect(carl.get_by_role("status").first).to_contain_text("You kept your offer.")
    assert to_do(carl) == []

    carl.goto("/notifications/")
    follow(carl, "Choose what we mail you")
    carl.get_by_label("A job is closed").uncheck()
    press(carl, "Save choices")
    expect(carl.get_by_role("status")).to_contain_text("Your choices are saved.")
    expect(carl.get_by_label("A job is closed")).not_to_be_checked()
    mails_so_far()
    Cleaning.objects.get().close(by=attic.owner)
    assert sorted(mails_so_far()) == ["cora"]
    open_notification(carl, "This job was closed")
    carl.goto("/notifications/")
    press(carl, "Mark all as read")
    expect(carl.get_by_text("New", exact=True)).to_have_count(0)
