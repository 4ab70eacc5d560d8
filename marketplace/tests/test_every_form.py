"""Every form of the site, filled by whoever may: with what it suggests, with nothing, and with what it refuses."""

import logging
import re
from html import escape
from itertools import product

import pytest
import time_machine
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from cleanings.models import Cleaning, Event
from marketplace.testing import let_a_day_pass, rolled_back
from marketplace.tests.helpers import VALUES, all_forms, clone_client, crawl, order_of_faults, rows
from marketplace.tests.payloads import PAYLOADS, SHARP, SHORT_AND_FULL, Fuzzer, encoded

pytestmark = pytest.mark.long
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def without_log():
    # Thousands of refusals would fill the memory with their tracebacks.
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def found(module_sample_site):
    return list(all_forms(module_sample_site))


@pytest.fixture
def forms(found, sample_site):
    """Role, client, address and values of each form."""
    return [(role, sample_site.clients[role], target, dict(values)) for role, _, target, values in found]


@SHORT_AND_FULL
def test_fields_of_forms(forms, payloads):
    sent = Fuzzer()
    for place, (role, client, target, values) in enumerate(forms):
        filled = {name: value.encode() for name, value in values.items()}
        for number, payload in enumerate(payloads):
            let_a_day_pass(Cleaning, Event)
            # In short each field has one of them, and each form one in all its fields. At length every field has the
            # sharpest, and a quarter of the others in turn.
            step = (1 if payload in SHARP else 4) if payloads is PAYLOADS else len(SHARP)
            bodies = {name: filled | {name: payload} for name in list(values)[(place + number) % step :: step]}
            if payloads is PAYLOADS or (place + number) % step == 0:
                bodies["all"] = dict.fromkeys(values, payload)
            for name, body in bodies.items():
                label = (role, target, name, payload[:20])
                sent.send(label, clone_client(client).post, target, encoded(body), content_type=FORM, follow=True)
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


@pytest.mark.sqlite
@pytest.mark.parametrize("step", [20, pytest.param(4, marks=pytest.mark.thorough)])
def test_bodies_that_are_no_form(forms, step):
    sent = Fuzzer()
    for _, client, target, _ in forms[::step]:
        for body, kind in product(BODIES, CONTENT_TYPES):
            sent.send((target, kind, body[:20]), clone_client(client).generic, "POST", target, body, content_type=kind)
    assert sent.faults == {}
    assert sent.count > 200


KEPT = ("name", "description", "city", "postcode", "street_address", "message", "full_name", "bio")


@SHORT_AND_FULL
def test_what_was_stored_spoils_no_page(sample_site, forms, payloads):
    before = Cleaning.objects.count()
    kept = [form for form in forms if re.search("/cleanings/new/|/edit/$|/profile/$", form[2])]
    for payload in payloads:
        let_a_day_pass(Cleaning)
        text = payload.decode(errors="replace")
        for _, client, target, values in kept:
            cut = {name: text[:12] if name == "postcode" else text[:80] for name in KEPT if name in values}
            clone_client(client).post(target, values | cut | {"post_token": ""})
    assert Cleaning.objects.count() > before + len(payloads) / 2
    for role in ("anonymous", "olivia", "carl"):
        answers = crawl(sample_site.clients[role])
        assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 200} == {}
    for model in admin.site._registry:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert sample_site.clients["ada"].get(path).status_code == 200


EXTRA = {
    "owner": "1", "owner_id": "1", "cleaner": "1", "cleaner_id": "1", "cleaning": "1", "cleaning_id": "1", "user": "1",
    "user_id": "1", "id": "1", "pk": "1", "status": "completed", "version": "9", "revision": "9", "offers_count": "9",
    "is_staff": "1", "is_superuser": "1", "is_active": "", "created_at": "2000-01-01", "cleaning_version": "9",
}  # fmt: skip


@pytest.mark.sqlite
def test_a_form_writes_no_column_that_it_does_not_show(forms, monkeypatch):
    # The name of a former member is another one each time.
    monkeypatch.setattr("accounts.models.token_hex", lambda length: "0" * 2 * length)

    # A new row has another number each time, a report other keys, and a password another salt.
    random = ("id", "cleaning_id", "event_id", "url", "password", "reporter_key", "accused_key")

    def written(client, target, values):
        with rolled_back():
            clone_client(client).post(target, values)
            return rows(*random)

    before, writing = rows(*random), set()
    with time_machine.travel(timezone.now(), tick=False):
        for _, client, target, values in forms:
            plain = written(client, target, values)
            assert written(client, target, EXTRA | values) == plain, target
            if plain != before:
                writing.add(target.split("/")[-2])
    wanted = {
        "new",
        "edit",
        "accept",
        "reject",
        "release",
        "complete",
        "confirm",
        "rescind",
        "cancel",
        "evaluate",
        "answer-no-show",
        "close",
        "delete",
    }
    wanted |= {"profile", "signup", "agree", "decline", "withdraw", "questions", "answer", "report", "appeal"}
    assert wanted - writing == set()


@pytest.mark.sqlite
def test_no_form_is_taken_without_its_token(sample_site, forms):
    before, by_mail = rows(), sample_site.address("notifications:unsubscribe", ["token"])
    for _, client, target, values in forms:
        # The one form without: mail programs send it too, and its address is signed.
        if target == by_mail:
            continue
        token = values.pop("csrfmiddlewaretoken")
        browser = clone_client(client, enforce_csrf_checks=True)
        foreign = {"HTTP_ORIGIN": "https://evil.example"}
        for sent, headers in (
            (values, {}),
            (values | {"csrfmiddlewaretoken": "x" * 64}, {}),
            (values | {"csrfmiddlewaretoken": token}, foreign),
        ):
            answer = browser.post(target, sent, **headers)
            assert answer.status_code == 403, target
            page = answer.content.decode()
            for name, value in values.items():
                if "password" in name:
                    assert value not in page, (target, name)
                elif name in VALUES and name != "login":
                    assert escape(value) in page, (target, name)
    assert rows() == before


@pytest.mark.sqlite
def test_the_box_of_every_form_lists_faults_in_the_order_of_the_page(forms):
    seen = {}
    for _, client, target, values in forms:
        wrong = dict.fromkeys(values, "") | {name: "x" for name in values if name in ("starts_at", "email")}
        with rolled_back():
            answer = clone_client(client).post(
                target, {name: value for name, value in wrong.items() if name != "csrfmiddlewaretoken"}
            )
        if answer.status_code == 200:
            links, drawn = order_of_faults(answer.content.decode())
            assert links == drawn, target
            seen[target] = len(links)
    assert max(seen.values()) >= 7
    assert sum(number > 1 for number in seen.values()) >= 5
