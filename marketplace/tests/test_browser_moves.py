"""What happens to a job between its people, in browsers, with the site's script and without."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cleanings.models import Cleaning, Event
from cleanings.states import Kind
from core.formatting import short_when_label, when_label
from marketplace.testing import PASSWORD, create_cast, create_cleaning, create_offer
from marketplace.tests.browsing import follow, press, with_and_without_script
from offers.models import Offer

pytestmark = [pytest.mark.slow, pytest.mark.browser]


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
    expect(cleaner.locator(".agreed .pay")).to_contain_text("€112.50")

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
    stan, olivia, nobody = (visit(name, java_script_enabled=script) for name in ("", "olivia", ""))
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


def test_going_back_to_an_accept_form_shows_the_revised_offer(visit):
    offer = create_offer(cleaning=create_cleaning())
    page = visit("olivia")
    page.goto(f"{offer.get_absolute_url()}accept/")
    follow(page, "Not yet")
    offer.revise(by=offer.cleaner, hourly_rate=30, message="Windows are more work")
    page.go_back()
    expect(page.get_by_role("main")).to_contain_text("€30 an hour")
