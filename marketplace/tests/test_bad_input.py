"""Whatever is sent in an address, a query, a form or a header: no answer of 500 or above, and no page spoilt by it."""

import logging
import re
from html import escape
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from marketplace.tests.helpers import clone_client, routes
from marketplace.tests.payloads import SHARP, SHORT_AND_FULL, Fuzzer, encoded

pytestmark = pytest.mark.long
QUERY = ("status", "show", "sort", "next", "q", "type", "after")


@pytest.fixture(autouse=True)
def without_log():
    # Thousands of refusals would fill the memory with their tracebacks.
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@SHORT_AND_FULL
def test_addresses_and_queries(sample_site, payloads):
    sent = Fuzzer()
    for place, (name, arguments) in enumerate(routes()):
        path = sample_site.address(name, arguments)
        for number, payload in enumerate(payloads[place % 3 :: 3] if payloads is SHARP else payloads):
            typed = quote(payload, safe="")
            for query in (f"page={typed}", encoded(dict.fromkeys(QUERY, payload)), f"{typed}=1&page=1&page={typed}"):
                role = ("anonymous", "olivia", "carl")[number % 3]
                sent.send((path, role, query[:60]), clone_client(sample_site.clients[role]).get, f"{path}?{query}")
            for part in {str(sample_site.open.pk), "carl", "a-key"} & set(re.split("/(?:1-)?", path)):
                broken = path.replace(part, typed)
                sent.send(("get", broken[:60]), sample_site.clients["carl"].get, broken)
                sent.send(("post", broken[:60]), sample_site.clients["olivia"].post, broken)
    assert sent.faults == {}
    assert sent.count > 1000


HEADERS = [
    "HTTP_COOKIE", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_REFERER", "HTTP_ORIGIN",
    "HTTP_RANGE", "HTTP_USER_AGENT", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO", "HTTP_X_REQUESTED_WITH", "HTTP_AUTHORIZATION", "CONTENT_TYPE", "CONTENT_LENGTH",
]  # fmt: skip


@SHORT_AND_FULL
def test_headers_and_cookies(sample_site, payloads):
    sent = Fuzzer()
    texts = [payload.decode("latin-1") for payload in payloads]
    texts += ["text/html; charset=hex", "text/html; charset=utf-16", "bytes=9-0"]
    paths = ("/", "/cleanings/mine/", reverse("account_login"), "/static/site.css")
    for path in paths[1:3] if payloads is SHARP else paths:
        for text in texts:
            for header in HEADERS:
                sent.send(
                    (path, header, text[:20]), clone_client(sample_site.clients["olivia"]).get, path, **{header: text}
                )
            for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.MESSAGE_COOKIE_NAME):
                # What is shorter than eight characters is no key of a session, and looked up nowhere.
                browser = Client(enforce_csrf_checks=True, HTTP_COOKIE=f"{name}={text}-padding")
                sent.send((path, name, text[:20]), browser.get, path)
                sent.send((path, "post", name, text[:20]), browser.post, path, {"csrfmiddlewaretoken": text})
    assert sent.faults == {}


@SHORT_AND_FULL
def test_the_admin(sample_site, payloads):
    sent = Fuzzer()
    for place, model in enumerate(admin.site._registry):
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for number, payload in enumerate(map(quote, payloads), start=place):
            queries = ("q", "p", "o", "id__exact", payload)
            for query in [queries[number % 5]] if payloads is SHARP else queries:
                sent.send((path, query, payload[:20]), sample_site.clients["ada"].get, f"{path}?{query}={payload}")
            sent.send((path, payload[:20]), sample_site.clients["ada"].get, f"{path}{payload}/change/")
    assert sent.faults == {}


def test_a_refused_form_keeps_what_was_typed(sample_site):
    for role, path, typed in (
        ("olivia", "/cleanings/new/", {"name": "<b>\u202e{{ x }}", "description": "é\r\n🧹", "postcode": '"9000"'}),
        ("olivia", "/cleanings/new/", {"city": "a" * 200, "hourly_rate": "NaN", "starts_at": "9999-12-31T23:59"}),
        (
            "carl",
            f"/cleanings/{sample_site.open.pk}/offers/carl/edit/",
            {"hourly_rate": "1e9", "message": "{% x %} <script>"},
        ),
        ("cora", f"/cleanings/{sample_site.assigned.pk}/offers/cora/cancel/", {"reason": "x", "note": "a" * 501 + "<"}),
        ("stan", "/accounts/profile/", {"full_name": "a" * 81, "phone_number": "<0x10>"}),
        ("anonymous", "/accounts/signup/", {"username": "../<", "email": "a@b\u202e"}),
    ):
        answer = sample_site.clients[role].post(path, typed)
        kept = [text for name, text in typed.items() if escape(text) in answer.content.decode() or name == "reason"]
        assert (answer.status_code, kept) == (200, list(typed.values()))
