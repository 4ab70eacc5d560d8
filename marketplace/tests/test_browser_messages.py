"""Two people write to each other about a job, in two browsers, with the site's script and without."""

import pytest
from playwright.sync_api import Page, expect

from cleanings.states import OfferStatus
from conversations.models import Message
from conversations.notices import messages_url
from marketplace.testing import create_cast, create_cleaning, create_offer
from marketplace.tests.browsing import follow, press, with_and_without_script
from marketplace.tests.test_browser_notifications import link_in, mails_so_far, to_do
from notifications.models import Notification
from offers.models import Offer

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def attic(db) -> Offer:
    """Carl's offer for Olivia's attic, which she has accepted; both know of it."""
    create_cast()
    offer = create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.ACCEPTED)
    Notification.objects.mark_read()
    mails_so_far()
    return offer


def send(page: Page, text: str, to: str) -> None:
    page.get_by_label("Your message").fill(text)
    press(page, f"Send to {to}")
    expect(page.get_by_role("status").first).to_contain_text("Your message is sent.")


def read(page: Page) -> list[str]:
    return page.locator(".message .prose").all_inner_texts()


@with_and_without_script
def test_two_people_write_to_each_other(visit, attic, script):
    olivia, carl = (visit(name, java_script_enabled=script) for name in ("olivia", "carl"))
    olivia.goto(attic.cleaning.get_absolute_url())
    follow(olivia, "Write to carl")
    press(olivia, "Send to carl")
    expect(olivia.get_by_role("alert")).to_contain_text("Write a message.")
    send(olivia, "The bell is broken.\nCall me at the door.", "carl")
    send(olivia, "The key is under the mat.", "carl")

    mails = mails_so_far()
    assert list(mails) == ["carl"]
    assert "olivia wrote to you about “Attic”." in mails["carl"]
    assert "key" not in mails["carl"]
    assert to_do(carl)[0] == "olivia wrote to you about “Attic”."
    carl.goto(link_in(mails["carl"], "Read the messages"))
    assert read(carl) == ["The key is under the mat.", "The bell is broken.\nCall me at the door."]
    expect(carl.get_by_role("link", name="Notifications", exact=True)).to_be_visible()
    assert "wrote to you" not in " ".join(to_do(carl))

    follow(carl, "My offers")
    carl.get_by_role("link", name="Write to olivia about Attic").click()
    send(carl, "I will be there.", "olivia")
    olivia.goto("/dashboard/")
    olivia.get_by_role("link", name="Read the messages for Attic").click()
    expect(olivia.locator(".message .prose").first).to_have_text("I will be there.")

    follow(olivia, "Attic")
    follow(olivia, "Cancel the job")
    olivia.get_by_label("No longer needed").check()
    press(olivia, "Cancel the job")
    expect(olivia.get_by_role("status").first).to_contain_text("You cancelled the job with")
    carl.goto(messages_url(attic))
    expect(carl.get_by_role("main")).to_contain_text("This job was cancelled, so no more messages can be sent")
    assert (len(read(carl)), carl.get_by_role("textbox").count()) == (3, 0)


@with_and_without_script
def test_a_double_click_sends_one_message_and_lands_on_the_page(visit, attic, script):
    page = visit("carl", java_script_enabled=script)
    page.goto(messages_url(attic))
    page.get_by_label("Your message").fill("Where is the key?")
    page.get_by_role("button", name="Send to olivia").dblclick()
    expect(page.locator(".message")).to_have_count(1)
    assert page.url.endswith(messages_url(attic))
    assert [message.text for message in Message.objects.all()] == ["Where is the key?"]


def test_what_was_typed_is_kept_when_the_job_has_ended_meanwhile(visit, attic):
    page = visit("carl")
    page.goto(messages_url(attic))
    page.get_by_label("Your message").fill("I am on my way")
    attic.release(by=attic.cleaning.owner, reason="other")
    press(page, "Send to olivia")
    expect(page.get_by_role("heading", level=1)).to_have_text("Things have changed")
    expect(page.get_by_role("main")).to_contain_text("I am on my way")
    assert Message.objects.count() == 0
