"""Looking for work in a browser, on a phone and with the keyboard alone, with the site's script and without."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from marketplace.testing import create_cast, create_cleaning
from marketplace.tests.browsing import with_and_without_script

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def lofts(db):
    """Twenty-three lofts in Namur, the dearest first, and a cellar in Ghent."""
    create_cast()
    for number in range(23):
        create_cleaning(name=f"Loft {number}", city="Namur", hourly_rate=Decimal(60 - number))
    create_cleaning(name="Cellar", hourly_rate=Decimal("15"))


def expect_names(page: Page, *names: str) -> None:
    expect(page.get_by_role("main").get_by_role("heading", level=3)).to_have_text(list(names))


@with_and_without_script
def test_a_search_by_keyboard_finds_and_a_mistake_is_said_beside_its_field(visit, lofts, script):
    page = visit(java_script_enabled=script)
    page.goto("/cleanings/")
    page.get_by_text("More filters", exact=True).press("Enter")
    page.get_by_label("What").fill("cellars")
    page.get_by_label("Lowest rate an hour").fill("a lot")
    page.get_by_label("Lowest rate an hour").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Enter the rate in euros, like 22.50.")
    expect(page.get_by_label("Lowest rate an hour")).to_have_value("a lot")
    expect_names(page, "Cellar")
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Lowest rate an hour")).to_be_focused()
    page.get_by_label("Lowest rate an hour").fill("€ 16")
    page.get_by_label("Lowest rate an hour").press("Enter")
    expect(page.get_by_role("heading", name="No jobs match")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="See all jobs").click()
    expect(page.get_by_role("heading", level=2, name="24 jobs")).to_be_visible()
