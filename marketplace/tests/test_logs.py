"""The log: one line an entry, whatever was typed."""

import json
import logging
import sys
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import User
from core.exceptions import LimitReached
from core.middleware import HeadersMiddleware
from marketplace.logs import JsonFormatter
from marketplace.testing import create_user
from pages.views import DashboardView


def formatted(message, level=logging.WARNING, exc_info=None):
    record = logging.LogRecord("django.request", level, "", 0, message, (), exc_info)
    return JsonFormatter().format(record)


def test_a_line_break_forges_no_second_line():
    line = formatted('Not Found: /x\n{"level": "INFO"}')
    assert "\n" not in line
    assert json.loads(line)["message"] == 'Not Found: /x\n{"level": "INFO"}'


def test_only_errors_carry_a_traceback():
    try:
        raise ValueError("broken")
    except ValueError:
        lines = {level: json.loads(formatted("x", level, sys.exc_info())) for level in (logging.WARNING, logging.ERROR)}
    assert "traceback" not in lines[logging.WARNING]
    assert "ValueError: broken" in lines[logging.ERROR]["traceback"]


def test_no_line_holds_a_key_of_an_account():
    places = (
        "/accounts/password/reset/key/",
        "/accounts/confirm-email/",
        "/notifications/unsubscribe/",
        "/calendar/",
        "/searches/stop/",
    )
    line = formatted(f"Not Found: {' '.join(f'{place}a-secret-key/' for place in places)}")
    assert json.loads(line)["message"] == f"Not Found: {' '.join(f'{place}.../' for place in places)}"
    for slash in ("%2F", "%252F"):
        asked = f"/accounts/signup/?next={slash}calendar{slash}"
        assert json.loads(formatted(f"{asked}a-key{slash}"))["message"] == f"{asked}...{slash}"
    line = formatted(f"Not Found: /reports/{uuid4()}/appeal/ in /srv/swept/reports/views.py")
    assert json.loads(line)["message"] == "Not Found: /reports/.../appeal/ in /srv/swept/reports/views.py"


@pytest.mark.parametrize(
    ("asked", "logged"),
    [
        ("/admin/accounts/user/?q=maria%40example.org&p=1", "/admin/accounts/user/?q=...&p=1"),
        ("/admin/accounts/user/1/?_changelist_filters=q%3Dmaria", "/admin/accounts/user/1/?_changelist_filters=..."),
        (
            "/accounts/login/?next=/admin/offers/%3Fq%3Dmaria",
            "/accounts/login/?next=/admin/offers/%3Fq%3D...",
        ),
        ("/cleanings/?city=Ghent&near=9000&faq=1", "/cleanings/?city=Ghent&near=...&faq=1"),
    ],
)
def test_no_line_holds_what_was_looked_for(asked, logged):
    assert json.loads(formatted(asked))["message"] == logged


@pytest.mark.parametrize("typed", ["\x85", "\u2028", "\x9b31m", "\u202e", "\ud800"])
def test_a_line_is_ascii(typed):
    line = formatted(f"Not Found: /{typed}")
    assert line.isascii()
    assert json.loads(line)["message"] == f"Not Found: /{typed}"


@pytest.mark.django_db
def test_a_row_that_the_database_refuses_is_not_logged():
    maria = create_user("maria")
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        User.objects.create(username="mary", email=maria.email)
    # SQLite names the columns alone.
    assert ("MARIA@EXAMPLE.ORG" in str(refused.value)) is (connection.vendor == "postgresql")
    as_postgresql_says = IntegrityError("duplicate key\nDETAIL:  Key (email)=(MARIA@EXAMPLE.ORG) already exists.")
    for cause in (refused.value, as_postgresql_says):
        error = RuntimeError("broken")
        error.__cause__ = cause
        traceback = json.loads(formatted("x", logging.ERROR, (RuntimeError, error, None)))["traceback"]
        assert str(cause).split("\n")[0] in traceback
        assert "MARIA@EXAMPLE.ORG" not in traceback


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (PermissionDenied(), 403),
        (LimitReached("You have written enough.", again=timezone.now()), 429),
        (OperationalError("canceling statement due to lock timeout"), 503),
        (None, 403),
    ],
)
def test_a_refusal_is_found_with_who_was_refused(error, status, caplog, monkeypatch):
    olivia = create_user("olivia")
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(olivia)
    monkeypatch.setattr(DashboardView, "get_context_data", Mock(side_effect=error))
    answer = client.get("/dashboard/") if error else client.post("/accounts/profile/")
    assert answer.status_code == status
    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    assert [(line["client"], line["account"]) for line in lines] == [("127.0.0.1", olivia.pk)]
    assert answer.reason_phrase in lines[0]["message"]


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "", "a b", "127.0.0.2", "x" * 300, "[::1"])
def test_a_foreign_host_is_answered_by_400_and_is_no_error(client, caplog, host):
    assert client.get("/", headers={"host": host}).status_code == 400
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.django_db
def test_what_else_is_suspicious_is_still_logged_as_an_error(client, caplog):
    assert client.get("/", {"q": "\0"}).status_code == 400
    assert [record.name for record in caplog.records if record.levelno >= logging.ERROR] != []


@pytest.mark.django_db
def test_what_is_fetched_ahead_is_no_error(client, caplog):
    client.force_login(create_user("olivia"))
    assert client.get("/dashboard/", headers={"sec-purpose": "prefetch"}).status_code == 503
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("content", [b"", b"a page", "Ménage".encode(), b"x" * 100_000])
@pytest.mark.parametrize("status", [200, 302, 403, 404, 500])
def test_an_answer_to_head_has_the_length_and_no_body_for_the_server_to_warn_of(content, status):
    middleware = HeadersMiddleware(lambda request: HttpResponse(content, status=status))
    answer = middleware(RequestFactory().head("/"))
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (status, b"", str(len(content)))
    assert middleware(RequestFactory().get("/")).content == content
