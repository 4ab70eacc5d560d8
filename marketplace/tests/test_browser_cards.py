"""How much room jobs take in lists, and how much a list weighs."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from cleanings.models import Bookmark
from evaluations.models import Evaluation
from marketplace.testing import create_cast, create_cleaning, create_offer, create_photo, create_user
from pages import numbers

pytestmark = [pytest.mark.slow, pytest.mark.browser]

MOST_HEIGHT, MOST_ELEMENTS, FIRST_WITHIN = 150, 800, 900
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def jobs(db):
    """Twenty open ones, with all that makes a card high, and one that is done."""
    create_cast()
    carl, long = create_user("carl"), create_user("long")
    long.profile.full_name = "Marie-Antoinette Vandenbroucke-Vandeputte van Sint-Job-in-’t-Goor"
    long.profile.save()
    done = create_offer(cleaning=create_cleaning(owner=long), cleaner=carl, status="completed")
    Evaluation.write(done, by=carl, overall_rating=5)
    Evaluation.write(done, by=long, overall_rating=5)
    name = "The oven, the hob and everything that is behind them before my in-laws come on Sunday"
    town = "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"
    rows = [
        create_cleaning(owner=long, name=name, city=town, hourly_rate=Decimal("118.75"), area="kitchen")
        for _ in range(18)
    ]
    rows += [create_cleaning(name="Attic", starts_in=None, area="living_room") for _ in range(2)]
    create_photo(cleaning=rows[0], audience="everybody")
    create_offer(cleaning=rows[1], cleaner=carl, hourly_rate=Decimal("118.50"))
    Bookmark.add(rows[2], by=carl)
    return rows


def heights(page: Page) -> list[float]:
    return page.locator(".job").evaluate_all("cards => cards.map(card => card.getBoundingClientRect().height)")


@pytest.mark.parametrize("reader", ["", "carl", "long"])
def test_no_card_is_high_on_a_phone(visit, jobs, reader):
    page = visit(reader, viewport=PHONE)
    page.goto("/cleanings/")
    found = heights(page)
    assert len(found) == 20
    assert max(found) <= MOST_HEIGHT


def test_a_list_of_twenty_has_few_elements(visit, jobs):
    page = visit("carl", viewport=PHONE)
    page.goto("/cleanings/?type=full_clean&min_rate=1")
    expect(page.locator(".job")).to_have_count(20)
    assert page.evaluate("document.querySelectorAll('*').length") <= MOST_ELEMENTS


@pytest.mark.parametrize("reader", ["", "carl"])
def test_the_first_job_on_the_home_page_is_near_its_top(visit, jobs, reader, monkeypatch):
    monkeypatch.setattr(numbers, "FEWEST_DONE", 1)
    page = visit(reader, viewport=PHONE)
    page.goto("/")
    expect(page.get_by_text("jobs open now")).to_be_visible()
    expect(page.locator(".job")).to_have_count(6)
    assert page.locator(".job").first.bounding_box()["y"] <= FIRST_WITHIN


def test_save_is_large_enough_for_a_finger_and_hides_little_of_the_picture(visit, jobs):
    page = visit("carl", viewport=PHONE)
    page.goto("/cleanings/")
    save, tile = page.locator(".save").first.bounding_box(), page.locator(".job .tile").first.bounding_box()
    assert (save["width"], save["height"]) == (44, 44)
    # Of what is drawn, which is 6 pixels smaller on each side.
    right, lower = save["x"] + 38 - tile["x"], save["y"] + 38 - tile["y"]
    assert 0 < right * lower < tile["width"] * tile["height"] / 10


def test_a_card_leads_to_its_job_wherever_it_is_touched_and_save_does_not(visit, jobs):
    page = visit("carl", viewport=PHONE)
    page.goto("/cleanings/")
    pay = page.locator(".job .pay").first.bounding_box()
    page.mouse.click(pay["x"] + 10, pay["y"] + 10)
    expect(page.get_by_role("heading", level=1, name="Attic")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Save Attic").first.click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_role("button", name="Saved: remove Attic")).to_have_count(1)


def test_a_name_from_right_to_left_is_cut_at_its_end_and_keeps_its_distance_on_a_button(visit, db):
    create_cast()
    ara = create_user("ara")
    ara.profile.full_name = "محمد عبد الرحمن بن عبد العزيز بن خالد"
    ara.profile.save()
    create_cleaning(owner=ara)
    page = visit("olivia", viewport=PHONE)
    page.goto("/cleanings/")
    starts = "name => [name.scrollWidth > name.clientWidth, getComputedStyle(name).direction]"
    assert page.locator(".job .who bdi").evaluate(starts) == [True, "rtl"]
    offer = create_offer(cleaner=ara)
    page.goto(f"{offer.cleaning.get_absolute_url()}offers/")
    assert page.locator(".offer .btn-primary").inner_text().strip() == "Accept محمد"


def test_a_long_town_widens_no_page(visit, jobs):
    create_cleaning(city="Taumatawhakatangihangakoauauotamateaturipu")
    page = visit("", viewport={"width": 320, "height": 256})
    for path in ("/cleanings/", "/"):
        page.goto(path)
        assert "Taumata" in page.locator(".job").first.inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
