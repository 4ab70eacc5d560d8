"""From an offer to the end of a job: several browsers at once, with the site's script and without."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.tests.pictures import corners, saved
from cleanings.models import Cleaning, Event
from cleanings.states import Kind
from core.formatting import short_when_label, when_label
from marketplace.testing import PASSWORD, create_cast, create_cleaning, create_offer, move_start
from offers.models import Offer

pytestmark = [pytest.mark.slow, pytest.mark.browser]

with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


def press(page: Page, name: str) -> None:
    """Press the button that sends the page's form."""
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()


def log_in(page: Page, username: str) -> None:
    page.goto("/")
    follow(page, "Log in")
    page.get_by_label("E-mail or username").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Log in")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def post_cleaning(page: Page) -> None:
    follow(page, "Post a job")
    page.get_by_label("Name", exact=True).fill("Windows of a bakery")
    page.get_by_label("Spot clean").check()
    page.get_by_role("textbox", name="City").fill("Ghent")
    page.get_by_label("Postcode").fill("9000")
    page.get_by_label("Street and number").fill("Hidden Lane 12")
    page.get_by_label("Start").fill(f"{timezone.localtime(timezone.now() + timedelta(days=3)):%Y-%m-%dT%H:%M}")
    page.get_by_label("Estimated hours").fill("3")
    page.get_by_label("Hourly rate").fill("€ 20,00")
    press(page, "Post the job")
    expect(page.get_by_role("status")).to_contain_text("Your job is open.")


def make_offer(page: Page, rate: str) -> None:
    page.goto("/cleanings/")
    follow(page, "Windows of a bakery")
    follow(page, "Make an offer")
    page.get_by_label("Your rate an hour").fill(rate)
    press(page, "Make an offer")
    expect(page.get_by_role("status")).to_contain_text("Your offer is sent.")


def accept(page: Page, name: str) -> None:
    page.goto("/notifications/")
    follow(page, "My jobs")
    page.get_by_role("link", name="Compare offers").click()
    follow(page, f"Accept {name}")
    press(page, f"Accept {name}")
    expect(page.get_by_role("status")).to_contain_text(f"You chose {name}.")


def sees_contact(page: Page, address: str) -> bool:
    """Whether the cleaning's page shows street and the other side's phone: both or neither."""
    page.goto(address)
    text = page.inner_text("body")
    shown = {"Hidden Lane 12" in text, "+32 2 555 12 34" in text}
    assert len(shown) == 1
    return shown.pop()


@with_and_without_script
def test_two_cleaners_and_an_owner_bring_a_job_to_its_end(visit, script):
    for person in create_cast():
        person.profile.phone_number = "+32 2 555 12 34"
        person.profile.save()
    olivia, carl, cora = (visit(java_script_enabled=script) for _ in range(3))
    for page, username in ((olivia, "olivia"), (carl, "carl"), (cora, "cora")):
        log_in(page, username)

    post_cleaning(olivia)
    cleaning = Cleaning.objects.get()
    make_offer(carl, "24")
    make_offer(cora, "22,50")
    follow(carl, "Change your offer")
    carl.get_by_label("Your rate an hour").fill("21.50")
    press(carl, "Change your offer")
    expect(carl.get_by_role("status")).to_contain_text("Your offer is changed")

    accept(olivia, "cora")
    assert [sees_contact(page, cleaning.get_absolute_url()) for page in (olivia, carl, cora)] == [True, False, True]
    expect(carl.get_by_role("main")).to_contain_text("Turned down")

    follow(cora, "Cancel the job")
    press(cora, "Cancel the job")
    expect(cora.get_by_role("alert")).to_contain_text("Choose a reason.")
    cora.get_by_label("I can’t come").check()
    press(cora, "Cancel the job")
    expect(cora.get_by_role("status")).to_contain_text("You cancelled the job.")
    carl.goto("/notifications/")
    carl.get_by_role("button", name="is open again").first.click()
    expect(carl.get_by_role("main")).to_contain_text("Waiting")

    accept(olivia, "carl")
    assert [sees_contact(page, cleaning.get_absolute_url()) for page in (olivia, carl, cora)] == [True, True, False]

    move_start(cleaning, timedelta(hours=-1))
    olivia.reload()
    follow(olivia, "Mark as done")
    press(olivia, "Mark as done")
    expect(olivia.get_by_role("status")).to_contain_text("The job is done")
    stands = Offer.objects.values_list("cleaner__username", "status", "hourly_rate").order_by("cleaner__username")
    assert [(name, status, f"{rate}") for name, status, rate in stands] == [
        ("carl", "completed", "21.50"),
        ("cora", "cancelled", "22.50"),
    ]
    assert Cleaning.objects.get().status == "completed"


@with_and_without_script
def test_two_people_move_the_day_and_agree_on_more_hours(visit, script):
    olivia, carl = create_cast()[:2]
    offer = create_offer(status="accepted")
    job = offer.cleaning.get_absolute_url()
    day = timezone.localtime(offer.cleaning.starts_at + timedelta(days=1)).replace(
        hour=9, minute=30, second=0, microsecond=0
    )
    owner, cleaner = (visit(person.username, java_script_enabled=script) for person in (olivia, carl))

    cleaner.goto("/offers/")
    follow(cleaner, "See the job for Spring clean of a flat")
    follow(cleaner, "Suggest a change")
    press(cleaner, "Send to olivia")
    expect(cleaner.get_by_role("alert")).to_contain_text("Change at least one thing.")
    cleaner.get_by_label("Start").fill(f"{day:%Y-%m-%dT%H:%M}")
    cleaner.get_by_label("Note").fill("My car is at the garage.")
    press(cleaner, "Send to olivia")
    expect(cleaner.get_by_role("status").first).to_contain_text("Your suggestion is sent.")

    owner.goto("/dashboard/")
    follow(owner, "Answer carl for Spring clean of a flat")
    expect(owner.get_by_role("main")).to_contain_text("My car is at the garage.")
    press(owner, "Agree")
    expect(owner.get_by_role("status")).to_contain_text("You agreed to the change.")
    expect(owner.get_by_role("region", name="Your job with carl")).to_contain_text(short_when_label(day))

    follow(owner, "Suggest a change")
    owner.get_by_label("Estimated hours").fill("5")
    press(owner, "Send to carl")
    follow(cleaner, "Spring clean of a flat")
    expect(cleaner.get_by_role("main")).to_contain_text("olivia suggests a change to this job.")
    follow(cleaner, "See the suggested change")
    expect(cleaner.get_by_role("row", name="In all")).to_have_text(re.compile("€67.50.*€112.50", re.DOTALL))
    press(cleaner, "Agree")
    expect(cleaner.locator(".deal")).to_contain_text("€112.50")

    cleaning = Cleaning.objects.get()
    assert (cleaning.starts_at, cleaning.estimated_hours, cleaning.version) == (day, 5, 3)
    assert Offer.objects.get().cleaning_version == 3
    owner.goto(job)
    expect(owner.get_by_role("main")).to_contain_text(when_label(day))


@with_and_without_script
def test_a_change_that_is_replaced_while_one_reads_is_not_agreed(visit, script):
    offer = create_offer(status="accepted")
    page = visit("olivia", java_script_enabled=script)
    offer.suggest(by=offer.cleaner, estimated_hours=4)
    page.goto(f"{offer.get_absolute_url()}change/")
    offer.suggest(by=offer.cleaner, estimated_hours=8)
    press(page, "Agree")
    expect(page.get_by_role("alert")).to_contain_text("Look again.")
    expect(page.get_by_role("row", name="Estimated hours")).to_contain_text("8 hours")
    assert Cleaning.objects.get().estimated_hours == 3
    press(page, "Agree")
    expect(page.get_by_role("status")).to_contain_text("You agreed to the change.")
    assert Cleaning.objects.get().estimated_hours == 8


@with_and_without_script
def test_a_question_is_asked_answered_corrected_and_read_by_everyone(visit, script):
    create_cast()
    create_offer()
    cleaning = Cleaning.objects.get()
    stan, olivia, nobody = (visit(java_script_enabled=script) for _ in range(3))
    stan.goto(cleaning.get_absolute_url())
    follow(stan, "Ask a question")
    stan.get_by_label("E-mail or username").fill("stan")
    stan.get_by_label("Password", exact=True).fill(PASSWORD)
    press(stan, "Log in")
    stan.get_by_label("Your question").fill("Is there a lift? Call 0470 12 34 56")
    press(stan, "Ask the question")
    expect(stan.get_by_role("alert")).to_contain_text("“0470 12 34 56” looks like a phone number.")
    expect(stan.get_by_label("Your question")).to_have_value("Is there a lift? Call 0470 12 34 56")
    stan.get_by_label("Your question").fill("Is there a lift?")
    press(stan, "Ask the question")
    expect(stan.get_by_role("status")).to_contain_text("Your question is sent.")
    assert stan.url.endswith(f"{cleaning.get_absolute_url()}#questions")

    log_in(olivia, "olivia")
    olivia.goto("/dashboard/")
    olivia.get_by_role("link", name="Answer the question").click()
    olivia.get_by_role("link", name="Answer (“Is there a lift?”)").click()
    olivia.get_by_label("Your answer").fill("Yes, it is smal.")
    press(olivia, "Publish the answer")
    expect(olivia.get_by_role("status")).to_contain_text("Your answer is published. We’ve told stan.")
    olivia.get_by_role("link", name="Correct your answer (“Is there a lift?”)").click()
    olivia.get_by_label("Your answer").fill("Yes, it is small.")
    press(olivia, "Save the answer")
    expect(olivia.get_by_role("status")).to_contain_text("Your answer is changed.")

    nobody.goto(cleaning.get_absolute_url())
    expect(nobody.get_by_role("region", name="Questions and answers")).to_contain_text("Yes, it is small.")
    stan.goto("/notifications/")
    stan.get_by_role("button", name="answered your question").first.click()
    expect(stan.get_by_role("main")).to_contain_text("Yes, it is small.")


@with_and_without_script
def test_double_click_on_accept_makes_one_acceptance_and_lands_on_the_result(visit, script):
    offer = create_offer()
    page = visit("olivia", java_script_enabled=script)
    page.goto(f"{offer.get_absolute_url()}accept/")
    page.get_by_role("main").get_by_role("button", name="Accept carl").dblclick()
    expect(page.get_by_role("heading", name="Your job with carl")).to_be_visible()
    assert page.url.endswith(offer.cleaning.get_absolute_url())
    accepted = Event.objects.filter(kind=Kind.ACCEPT, cleaner=offer.cleaner)
    assert [(event.actor.username, event.to_status) for event in accepted] == [("olivia", "accepted")]
    assert offer.cleaner.notifications.count() == 1


@with_and_without_script
def test_accept_form_from_before_a_revision_meets_look_again(visit, script):
    offer = create_offer()
    page = visit("olivia", java_script_enabled=script)
    page.goto(f"{offer.get_absolute_url()}accept/")
    offer.revise(by=offer.cleaner, hourly_rate=30, message="Windows are more work")
    press(page, "Accept carl")
    expect(page.get_by_role("alert")).to_contain_text("Look again.")
    expect(page.get_by_role("main")).to_contain_text("the rate was €22.50 an hour. Now it’s €30.00 an hour.")
    offer.refresh_from_db()
    assert offer.status == "pending"

    press(page, "Accept carl")
    expect(page.get_by_role("heading", name="Your job with carl")).to_be_visible()
    offer.refresh_from_db()
    assert offer.status == "accepted"


def test_going_back_to_an_accept_form_shows_the_revised_offer(visit):
    offer = create_offer(cleaning=create_cleaning())
    page = visit("olivia")
    page.goto(f"{offer.get_absolute_url()}accept/")
    follow(page, "Not yet")
    offer.revise(by=offer.cleaner, hourly_rate=30, message="Windows are more work")
    page.go_back()
    expect(page.get_by_role("main")).to_contain_text("€30.00 an hour")


@with_and_without_script
def test_photo_is_refused_then_chosen_shown_and_removed(visit, media, script):
    page = visit("carl", java_script_enabled=script)
    page.goto("/accounts/profile/")
    for name, data, sentence in (
        ("page.jpg", b"<!doctype html>", "Choose a JPG, PNG or WebP."),
        ("large.jpg", b"\xff\xd8\xff".ljust(21_000_000), "Choose a photo under 20 MB."),
    ):
        # The browser reads a file itself; bytes would come to it through Playwright's pipe.
        (media / name).write_bytes(data)
        page.get_by_label("Photo").set_input_files(media / name)
        press(page, "Save profile")
        expect(page.get_by_role("alert")).to_contain_text(sentence)
    picture = {"name": "me.png", "mimeType": "image/png", "buffer": saved(corners(), "PNG")}
    page.get_by_label("Photo").set_input_files(picture)
    expect(page.get_by_role("img", name="The photo that you chose")).to_have_count(1 if script else 0)
    press(page, "Save profile")
    assert page.locator("main img").evaluate("(photo) => photo.decode().then(() => photo.naturalWidth)") == 128
    follow(page, "Edit profile")
    page.get_by_label("Remove this photo").check()
    press(page, "Save profile")
    expect(page.get_by_role("status")).to_contain_text("Your profile is saved.")
    expect(page.locator("main img")).to_have_count(0)
