"""What every page owes to a keyboard and to a printer."""

import re

import pytest
from playwright.sync_api import Page, expect

from cleanings.states import OfferStatus
from marketplace.testing import create_cleaning, create_offer
from marketplace.tests.test_browser_pages import PAGES, build_sample_site, walk

pytestmark = [pytest.mark.slow, pytest.mark.browser]

# What has the focus: its place in the document, and what a person who sees would miss of it.
FOCUS = """() => {
  const stop = document.activeElement, box = stop.getBoundingClientRect(), style = getComputedStyle(stop);
  const found = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const faults = [];
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) faults.push("no outline");
  if (!box.width || !box.height) faults.push("no size");
  if (!stop.contains(found) && !found?.contains(stop)) faults.push("covered");
  return {place: [...document.querySelectorAll("*")].indexOf(stop), html: stop.outerHTML.slice(0, 200), faults};
}"""


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


def test_form_with_faults_leads_the_keyboard_from_the_error_box_to_the_field(visit):
    build_sample_site()
    page = visit("olivia")
    page.goto("/cleanings/new/")
    page.get_by_role("button", name="Post the job").press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()


def test_accepted_job_prints_on_one_sheet_without_links_of_the_site(visit):
    cleaning = create_cleaning(description="Two rooms and a hall, windows included. " * 20)
    create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)
    page = visit("carl")
    page.goto(cleaning.get_absolute_url())
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
    page.emulate_media(media="print")
    expect(page.get_by_text("Hidden Lane 12")).to_be_visible()
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.get_by_role("link", name="Cancel the job")).to_be_hidden()
