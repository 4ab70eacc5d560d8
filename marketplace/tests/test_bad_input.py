"""Whatever is sent in an address, a query, a form or a header: no answer of 500 or above, and no page spoilt by it."""

import http.client
import logging
import re
from html import escape
from itertools import product
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from cleanings.models import Cleaning
from marketplace.tests.town import Town, all_forms, crawl, routes, twin
from offers.tests.test_matrix import undone

PAYLOADS = [
    # Bytes and characters
    b"\0", b"%00", b"%", b"\x01\x08\x1b\x7f", b"\xed\xa0\x80", b"\xed\xa0\xbd\xed\xb8\x80", b"\xc0\xaf\xc0\x80",
    b"", "\uffff\ufdd0\U0010ffff".encode(), "\u2003\u3000\u200b\ufeff".encode(), b" \t\n\x0b ",
    "\u202eab\u2066שלום".encode(), "🧹".encode(), b"e" + "\u0301".encode() * 1000, "İıſßŉ".encode(),
    b"a\r\nSet-Cookie: evil=1\r\n\r\nb",
    # Numbers
    b"1e400", b"1e999999", b"-1e999999", b"NaN", b"Infinity", b"-0", b"-1", b"0", b"0x10", b"1_000", "١٢٣".encode(),
    "２０.５０".encode(), "²³".encode(), b"20." + b"0" * 400 + b"1", b"1000.001", b"0.999", b"2147483648", b"9" * 40,
    # Times
    b"0000-01-01T00:00", b"1901-01-01T00:00", b"8999-12-31T23:59", b"-2026-01-01T00:00",
    b"2027-02-31T10:00", b"2027-03-28T02:30", b"2027-01-01T25:00", b"1 January 2027 10:00",
    # Words that mean something to somebody
    b"[]", b'{"$ne": null}', b"<script>alert(1)</script>", b"{% x %}{% csrf_token %}", b"{{ {{{ {# %(a)s {0} %s",
    b"'\"`\\'; DROP TABLE accounts_user; --", b"../../etc/passwd", b"offer__cleaning__status", b"?", b"-", b"new",
    b"None", b"00000000-0000-0000-0000-000000000000", b"javascript:alert(1)",
]  # fmt: skip
SHARP = [
    b"a\0b", b"\xed\xa0\x80\xff", b"a" * 10_000, b"sNaN123", b"9223372036854775808", b"9" * 5000, b"9999-12-31T23:59",
    b"//[evil", b"0001-01-01T00:00",
]  # fmt: skip
PAYLOADS += SHARP
QUERY = ("status", "show", "sort", "next", "q", "type", "after")
FORM = "application/x-www-form-urlencoded"
FULLER = pytest.mark.parametrize(
    "payloads", [SHARP, pytest.param(PAYLOADS, marks=pytest.mark.thorough)], ids=["sharp", "all"]
)


@pytest.fixture
def town(db, no_limits):
    # Thousands of refusals would fill the memory with their tracebacks.
    logging.disable()
    yield Town()
    logging.disable(logging.NOTSET)


class Bombardment:
    """Sends requests, each undone again, and remembers the answers that no request may have."""

    def __init__(self):
        self.count, self.faults = 0, {}

    def send(self, label, ask, *args, **kwargs):
        self.count += 1
        try:
            with undone():
                status = ask(*args, **kwargs).status_code
        except Exception as error:
            status = f"{type(error).__name__}: {error}"[:100]
        if not isinstance(status, int) or status >= 500:
            self.faults.setdefault(str(status), []).append(label)


def encoded(values):
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in values.items())


@FULLER
def test_addresses_and_queries(town, payloads):
    sent = Bombardment()
    for place, (name, arguments) in enumerate(routes()):
        path = town.address(name, arguments)
        for number, payload in enumerate(payloads[place % 2 :: 2] if payloads is SHARP else payloads):
            typed = quote(payload, safe="")
            for query in (f"page={typed}", encoded(dict.fromkeys(QUERY, payload)), f"{typed}=1&page=1&page={typed}"):
                role = ("anonymous", "olivia", "carl")[number % 3]
                sent.send((path, role, query[:60]), twin(town.clients[role]).get, f"{path}?{query}")
            for part in {str(town.open.pk), "carl", "a-key"} & set(re.split("/(?:1-)?", path)):
                broken = path.replace(part, typed)
                sent.send(("get", broken[:60]), town.clients["carl"].get, broken)
                sent.send(("post", broken[:60]), town.clients["olivia"].post, broken)
    assert sent.faults == {}
    assert sent.count > 1000


@FULLER
def test_fields_of_forms(town, payloads):
    sent = Bombardment()
    for place, (role, client, target, values) in enumerate(list(all_forms(town))):
        filled = {name: value.encode() for name, value in values.items()}
        for number, payload in enumerate(payloads):
            # In short each field has one of them, and each form one in all its fields. At length every field has the
            # sharpest, and a quarter of the others in turn.
            step = (1 if payload in SHARP else 4) if payloads is PAYLOADS else len(SHARP)
            bodies = {name: filled | {name: payload} for name in list(values)[(place + number) % step :: step]}
            if payloads is PAYLOADS or (place + number) % step == 0:
                bodies["all"] = dict.fromkeys(values, payload)
            for name, body in bodies.items():
                label = (role, target, name, payload[:20])
                sent.send(label, twin(client).post, target, encoded(body), content_type=FORM, follow=True)
    assert sent.faults == {}
    assert sent.count > (100 if payloads is SHARP else 2000)


BODIES = [
    b"", b"\0", b"a=1&a=2&%", b"--x\r\n", b"{", b"[]",
    b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\na\0b\r\n--x--', b'{"name": [1e999]}',
    b"&".join([b"a=1"] * 1001), b"a" * 1_000_001,
]  # fmt: skip
CONTENT_TYPES = [
    "", FORM, f"{FORM}; charset=hex", f"{FORM}; charset=utf-16", "multipart/form-data",
    "multipart/form-data; boundary=x", "multipart/form-data; boundary=x; charset=idna", "application/json",
    "text/plain; charset=\xff", "\0", "é/é",
]  # fmt: skip


@pytest.mark.parametrize("step", [20, pytest.param(4, marks=pytest.mark.thorough)])
def test_bodies_that_are_no_form(town, step):
    sent = Bombardment()
    for _, client, target, _ in list(all_forms(town))[::step]:
        for body, kind in product(BODIES, CONTENT_TYPES):
            sent.send((target, kind, body[:20]), twin(client).generic, "POST", target, body, content_type=kind)
    assert sent.faults == {}
    assert sent.count > 200


HEADERS = [
    "HTTP_COOKIE", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_REFERER", "HTTP_ORIGIN",
    "HTTP_RANGE", "HTTP_USER_AGENT", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO", "HTTP_X_REQUESTED_WITH", "HTTP_AUTHORIZATION", "CONTENT_TYPE", "CONTENT_LENGTH",
]  # fmt: skip


@FULLER
def test_headers_and_cookies(town, payloads):
    sent = Bombardment()
    texts = [payload.decode("latin-1") for payload in payloads]
    texts += ["text/html; charset=hex", "text/html; charset=utf-16", "bytes=9-0"]
    paths = ("/", "/cleanings/mine/", reverse("account_login"), "/static/site.css")
    for path in paths[1:3] if payloads is SHARP else paths:
        for text in texts:
            for header in HEADERS:
                sent.send((path, header, text[:20]), twin(town.clients["olivia"]).get, path, **{header: text})
            for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages"):
                # What is shorter than eight characters is no key of a session, and looked up nowhere.
                browser = Client(enforce_csrf_checks=True, HTTP_COOKIE=f"{name}={text}-padding")
                sent.send((path, name, text[:20]), browser.get, path)
                sent.send((path, "post", name, text[:20]), browser.post, path, {"csrfmiddlewaretoken": text})
    assert sent.faults == {}


@FULLER
def test_the_admin(town, payloads):
    sent = Bombardment()
    for place, model in enumerate(admin.site._registry):
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for number, payload in enumerate(map(quote, payloads), start=place):
            queries = ("q", "p", "o", "id__exact", payload)
            for query in [queries[number % 5]] if payloads is SHARP else queries:
                sent.send((path, query, payload[:20]), town.clients["ada"].get, f"{path}?{query}={payload}")
            sent.send((path, payload[:20]), town.clients["ada"].get, f"{path}{payload}/change/")
    assert sent.faults == {}


KEPT = ("name", "description", "city", "postcode", "street_address", "message", "full_name", "bio")


@FULLER
def test_what_was_stored_spoils_no_page(town, payloads):
    before = Cleaning.objects.count()
    forms = [form for form in all_forms(town) if re.search("/cleanings/new/|/edit/$|/profile/$", form[2])]
    for payload in payloads:
        text = payload.decode(errors="replace")
        for _, client, target, values in forms:
            cut = {name: text[:12] if name == "postcode" else text[:80] for name in KEPT if name in values}
            twin(client).post(target, values | cut | {"post_token": ""})
    assert Cleaning.objects.count() > before + len(payloads) / 2
    for role in ("anonymous", "olivia", "carl"):
        answers = crawl(town.clients[role])
        assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 200} == {}
    for model in admin.site._registry:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert town.clients["ada"].get(path).status_code == 200


def test_a_refused_form_keeps_what_was_typed(town):
    for role, path, typed in (
        ("olivia", "/cleanings/new/", {"name": "<b>\u202e{{ x }}", "description": "é\r\n🧹", "postcode": '"9000"'}),
        ("olivia", "/cleanings/new/", {"city": "a" * 200, "hourly_rate": "NaN", "starts_at": "9999-12-31T23:59"}),
        ("carl", f"/cleanings/{town.open.pk}/offers/carl/edit/", {"hourly_rate": "1e9", "message": "{% x %} <script>"}),
        ("cora", f"/cleanings/{town.assigned.pk}/offers/cora/cancel/", {"reason": "x", "note": "a" * 501 + "<"}),
        ("stan", "/accounts/profile/", {"full_name": "a" * 81, "phone_number": "<0x10>"}),
        ("anonymous", "/accounts/signup/", {"username": "../<", "email": "a@b\u202e"}),
    ):
        answer = town.clients[role].post(path, typed)
        kept = [text for name, text in typed.items() if escape(text) in answer.content.decode() or name == "reason"]
        assert (answer.status_code, kept) == (200, list(typed.values()))


ODD = [
    b"\xff\xfe", b"a" * 5000, b'"; x', b"en;q=1e999999", b"\x01", "١٢٣".encode(), b"-1", b"a; charset=utf-7", b"=",
]  # fmt: skip
ODD_HEADERS = [
    "Cookie", "Accept-Language", "Referer", "Origin", "X-Forwarded-For", "Range", "If-Modified-Since", "Content-Type",
]  # fmt: skip
ODD_HOSTS = ["evil.example", "localhost@evil.example", "[", "a b", "", "localhost:99999999x"]
ODD_PATHS = ["/%ff%fe", "/cleanings/%00/", "//evil.example", "/cleanings/../../etc/passwd", "/?%00", "/%", "/.git/HEAD"]


@pytest.mark.django_db(transaction=True)
def test_a_real_server_is_not_upset_by_odd_requests(live_server):
    host, statuses = urlsplit(live_server.url).netloc, {}
    requests = [(path, {name: value}) for path, name, value in product(("/", "/cleanings/?page=1"), ODD_HEADERS, ODD)]
    requests += [("/", {"Host": value}) for value in ODD_HOSTS] + [(path, {}) for path in ODD_PATHS]
    for path, headers in requests:
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", path, headers=headers)
        statuses[path, *headers.items()] = connection.getresponse().status
        connection.close()
    assert {request: status for request, status in statuses.items() if status >= 500} == {}
    assert {status for request, status in statuses.items() if "Host" in str(request)} == {400}
