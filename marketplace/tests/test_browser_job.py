"""What the page of a job owes at first sight, its form with a preview, and the sheet that is printed."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer, create_photo
from marketplace.tests.browsing import press, with_and_without_script

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PHONE = {"width": 360, "height": 740}
FIRST_SIGHT = {
    "pay": ".deal .pay b",
    "date": ".strip time",
    "town": ".strip dd:has(bdi, small), .strip > :last-child dd",
    "owner": ".poster a",
    "action": ".deal .btn",
}


def lower_edges(page: Page) -> dict[str, float]:
    edge = "(found) => found.getBoundingClientRect().bottom"
    return {name: page.locator(place).first.evaluate(edge) for name, place in FIRST_SIGHT.items()}


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize("photos", [0, 3])
@pytest.mark.parametrize("username", ["", "stan"])
def test_the_first_screen_of_a_phone_says_what_a_job_is_and_pays(visit, photos, username):
    create_cast()
    cleaning = create_cleaning(name="Oven and hob before my in-laws come")
    for number in range(photos):
        create_photo(cleaning=cleaning, shows=f"Photo {number}", audience="everybody")
    page = visit(username, viewport=PHONE)
    page.goto(cleaning.get_absolute_url())
    assert page.locator(".job-head .photo").count() == bool(photos)
    edges = lower_edges(page)
    assert [name for name, edge in edges.items() if not 0 < edge <= PHONE["height"]] == [], edges


@pytest.mark.parametrize("username", ["olivia", "carl"])
def test_the_first_screen_of_a_phone_says_what_an_agreed_job_pays_and_where(visit, username):
    cleaning = create_offer(status=OfferStatus.ACCEPTED).cleaning
    page = visit(username, viewport=PHONE)
    page.goto(cleaning.get_absolute_url())
    for place in (".when", ".where", ".pay b", ".poster a"):
        bottom = page.locator(f".agreed {place}").first.evaluate("(found) => found.getBoundingClientRect().bottom")
        assert 0 < bottom <= PHONE["height"], place


@pytest.mark.parametrize("status", [OfferStatus.PENDING, OfferStatus.ACCEPTED])
def test_the_pay_is_the_largest_thing_of_a_job(visit, status):
    cleaning = create_offer(status=status, hourly_rate=20).cleaning
    for viewport in (PHONE, {"width": 1280, "height": 800}):
        page = visit("carl", viewport=viewport)
        page.goto(cleaning.get_absolute_url())
        sizes = page.locator("main *").evaluate_all(
            "(all) => all.filter((one) => one.innerText && !one.children.length)"
            ".map((one) => [parseFloat(getComputedStyle(one).fontSize), one.innerText])"
        )
        assert max(sizes)[1] == "€60"


def test_a_stranger_goes_back_to_the_search_they_came_from(visit):
    create_cleaning(name="Attic")
    page = visit()
    page.goto("/cleanings/?q=attic")
    page.get_by_role("link", name="Attic", exact=True).click()
    page.get_by_role("link", name="Open jobs").click()
    expect(page).to_have_url(re.compile(r"/cleanings/\?q=attic$"))


def fill(page: Page) -> None:
    page.goto("/cleanings/new/")
    page.get_by_label("Name", exact=True).fill("Windows of a bakery")
    page.get_by_label("Spot clean").check()
    page.get_by_label("Windows", exact=True).check()
    page.get_by_role("textbox", name="City").fill("Ghent")
    page.get_by_label("Postcode").fill("9000")
    page.get_by_label("Street and number").fill("Hidden Lane 12")
    start = timezone.localtime(timezone.now() + timedelta(days=3))
    page.get_by_label("Start").fill(f"{start:%Y-%m-%dT%H:%M}")
    page.get_by_label("Estimated hours").fill("3")
    page.get_by_label("Hourly rate").fill("€ 20,50")


@with_and_without_script
def test_a_job_is_previewed_and_then_posted_once(visit, script):
    create_cast()
    page = visit("olivia", java_script_enabled=script, viewport={"width": 1280, "height": 800})
    fill(page)
    summary = page.get_by_role("complementary")
    if not script:
        expect(summary).to_be_hidden()
        press(page, "Preview")
    for words in ("Windows of a bakery", "€61.50", "in all, at €20.50 an hour", "3 hours", "9000 Ghent", "Spot clean"):
        expect(summary).to_contain_text(words)
    expect(summary.locator("img")).to_have_attribute("src", re.compile("windows"))
    assert "Hidden Lane" not in summary.inner_text()
    assert not Cleaning.objects.exists()
    press(page, "Post the job")
    expect(page.get_by_role("status")).to_contain_text("Your job is open.")
    assert Cleaning.objects.get().area == "windows"


def test_a_printed_job_has_one_rate_and_no_column_touches_another(visit):
    cleaning = create_cleaning(
        name="Stairwell of four floors", description="Two rooms and a hall. " * 20, supplies="owner", pets="yes"
    )
    create_offer(cleaning=cleaning, hourly_rate=22, status=OfferStatus.ACCEPTED)
    page = visit("carl", viewport={"width": 720, "height": 1000})
    page.goto(cleaning.get_absolute_url())
    page.emulate_media(media="print")
    printed = page.inner_text("main")
    assert "at the agreed €22 an hour" in printed
    assert "€20" not in printed
    boxes = page.locator(".strip > div, .agreed > *, .rest h2, .rest .prose").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect()).filter((box) => box.height)"
        ".map((box) => [box.left, box.top, box.right, box.bottom])"
    )
    touching = [
        (one, other)
        for number, one in enumerate(boxes)
        for other in boxes[number + 1 :]
        if min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])
    ]
    assert len(boxes) > 5
    assert touching == []
