"""openapi.json is what the code says, and says all that a program needs."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from api import examples
from api.management.commands import write_openapi
from api.openapi import FILE, as_text
from api.tests.described import SCHEMA, errors_in, operations, response_of

OPERATIONS = [pytest.param(path, method, found, id=found["operationId"]) for path, method, found in operations()]


def test_the_file_is_what_the_code_says(tmp_path, monkeypatch):
    written = tmp_path / "openapi.json"
    monkeypatch.setattr(write_openapi, "FILE", written)
    call_command("write_openapi", stdout=StringIO())
    hint = "Write it with DEBUG=1 .venv/bin/python manage.py write_openapi, and look at what changes for programs."
    assert FILE.read_text(encoding="utf-8") == written.read_text(encoding="utf-8"), hint


def test_the_site_serves_it_to_everyone():
    answer = Client().get("/api/v1/openapi.json")
    assert (answer.status_code, answer.json()) == (200, SCHEMA)


def test_it_names_no_host_but_that_of_the_examples():
    assert set(re.findall(r"https?://[^/\"]+", as_text(SCHEMA))) == {examples.SITE}


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_says_what_it_does(path, method, operation):
    assert re.fullmatch(r"[A-Z][^.\n]{5,80}", operation["summary"])
    assert re.fullmatch(r"[a-z_]+", operation["operationId"])
    assert {found["name"] for found in operation["parameters"] if found["in"] == "path"} == set(
        re.findall(r"{(\w+)}", path)
    )
    for found in operation["parameters"]:
        assert found["description"], found["name"]
        assert "pattern" in found["schema"] or "minimum" in found["schema"] or found["in"] != "path"
    assert ({"token": ["act"]} in operation["security"]) == (method != "get" and operation["operationId"] != "log_in")


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_has_an_example_that_fits(path, method, operation):
    shown = [operation["requestBody"]] if "requestBody" in operation else []
    shown += [found for status, found in operation["responses"].items() if status in ("200", "201")]
    assert shown or operation["responses"].keys() & {"204"}
    for found in shown:
        content = found["content"]["application/json"]
        assert content["example"] is not None
        assert errors_in(content["example"], content["schema"]) == []


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_names_its_errors(path, method, operation):
    errors = {int(status) for status in operation["responses"] if status >= "400"}
    assert errors >= {400, 401, 403, 406, 500, 503}
    assert (404 in errors) == ("{" in path)
    assert ({413, 415, 422} <= errors) == ("requestBody" in operation)
    assert 429 in errors or method == "get"
    for status in errors:
        content = response_of(operation, status)["content"]["application/problem+json"]
        assert content["example"]["status"] == status
        assert errors_in(content["example"], content["schema"]) == []


def test_every_example_is_of_an_operation():
    assert set(examples.EXAMPLES) == {operation["operationId"] for _, _, operation in operations()}


def test_an_example_that_does_not_fit_is_noticed():
    schema = {"$ref": "#/components/schemas/Offer"}
    assert errors_in(examples.OFFER, schema) == []
    for wrong in ({"revision": "1"}, {"hourly_rate": 21.5}, {"created_at": "today"}, {"status": "lost"}, {"more": 1}):
        assert errors_in(examples.OFFER | wrong, schema), wrong
