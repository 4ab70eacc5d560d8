"""What tests do in a browser."""

import pytest
from playwright.sync_api import Page

with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


def press(page: Page, name: str) -> None:
    """Press the button that sends the page's form, once the page's files have come: the form may delete one."""
    page.wait_for_load_state("load")
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()
