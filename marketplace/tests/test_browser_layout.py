"""What every page owes to a keyboard."""

import pytest
from playwright.sync_api import Page, expect

from marketplace.tests.person import FOCUS
from marketplace.tests.test_browser_pages import PAGES, build_sample_site, walk

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def tab_through(page: Page) -> list[dict]:
    """Each stop from the first press of Tab until the focus has left the page or begins anew."""
    stops: list[dict] = []
    for _ in range(100):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop["html"].startswith("<body") or (stops and stop["place"] == stops[0]["place"]):
            return stops
        # A field for a date has a stop for each of its parts.
        if not stops or stop["place"] != stops[-1]["place"]:
            stops.append(stop)
    raise AssertionError("The focus never leaves the page.")


def test_skip_link_is_the_first_stop_of_every_page_and_leads_past_the_links(visit):
    sample_site, page = build_sample_site(), visit("olivia")
    stops = [stop for stop in PAGES["olivia"] if stop.typed is None and stop.prepare is None]
    for stop in walk(page, stops, sample_site):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip-link", stop.path
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("path", ["/cleanings/{open}/offers/", "/cleanings/new/", "/cleanings/{open}/"])
@pytest.mark.parametrize("width", [320, 1280])
def test_focus_is_seen_at_every_stop_in_the_order_of_the_page(visit, path, width):
    page = visit("olivia", viewport={"width": width, "height": 640})
    page.goto(path.format(**build_sample_site()))
    stops = tab_through(page)
    assert len(stops) > 10
    assert [stop for stop in stops if stop["faults"]] == []
    assert [stop["place"] for stop in stops] == sorted(stop["place"] for stop in stops)
