"""A real Chromium, and the people who sit before it."""

import os
import shutil
from collections.abc import Callable, Iterator
from copy import copy
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, expect

from marketplace.testing import create_user
from marketplace.tests.helpers import SampleSite, clone_client

# Playwright keeps an event loop in this very thread, and Django refuses its database where one runs.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

# A machine that has much else to do is slow, but not wrong.
expect.set_options(timeout=30_000)

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()


@pytest.fixture(scope="module")
def module_sample_site(module_db):
    return SampleSite()


@pytest.fixture
def sample_site(module_sample_site, db, no_limits):
    """The sample site of the module, and browsers that no other test has used."""
    sample_site = copy(module_sample_site)
    sample_site.clients = {role: clone_client(client) for role, client in module_sample_site.clients.items()}
    return sample_site


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """The machine's own Chromium, which as root runs only without its sandbox."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.skip("no Chromium: CHROMIUM names none, and none is installed")
    return browser_type_launch_args | {
        "executable_path": path,
        "args": ["--no-sandbox", "--disable-background-networking"],
    }


def listen(context: BrowserContext, home: str) -> list[str]:
    """What there is to complain of from here on: console, script errors, files that did not come, foreign hosts."""
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # Chromium says this of every answer from 400 up, pages that are meant to be one included; see on_response.
        # It reports as news, not as a fault, what it forgot at log-out, and warns of passkeys without RS256.
        expected = ("Failed to load resource", "Clear-Site-Data header on", "publicKey.pubKeyCredParams is missing")
        if not message.text.startswith(expected):
            complaints.append(f"{message.type}: {message.text}")

    def on_request(request: Request) -> None:
        if not request.url.startswith((f"{home}/", "data:", "blob:")):
            complaints.append(f"elsewhere: {request.url}")

    def on_response(response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            complaints.append(f"{response.status}: {response.url}")

    def on_failure(request: Request) -> None:
        # A page that is left while it loads gives up its files.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"{request.failure}: {request.url}")

    context.on("console", on_console)
    context.on("weberror", lambda error: complaints.append(f"script: {error.error}"))
    context.on("request", on_request)
    context.on("response", on_response)
    context.on("requestfailed", on_failure)
    return complaints


@pytest.fixture
def visit(new_context: Callable, live_server) -> Iterator[Callable[..., Page]]:
    """Opens a browser of one's own: `visit()` for nobody, `visit("carl")` logged in; keywords are Playwright's modes.

    A test fails when any of these browsers had anything to complain of.
    """
    heard: list[list[str]] = []

    def open_browser(username: str = "", **mode) -> Page:
        context = new_context(base_url=live_server.url, reduced_motion="reduce", **mode)
        heard.append(listen(context, live_server.url))
        if username:
            client = Client()
            client.force_login(create_user(username))
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        return context.new_page()

    yield open_browser
    assert [complaint for complaints in heard for complaint in complaints] == []
