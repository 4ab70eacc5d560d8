"""Is it alive, is it ready; and what every answer tells the browser, whatever went wrong."""

import pytest
from django.conf import settings as site
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from marketplace.testing import create_user
from marketplace.tests.test_gunicorn import HEADERS as OWN_HEADERS


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


urlpatterns = [path("broken/", broken), path("", include("marketplace.urls"))]

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}
HEADERS = {
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def policy(response: HttpResponse) -> set[str]:
    return {directive.strip() for directive in response.headers["Content-Security-Policy"].split(";")}


def assert_headers(response: HttpResponse) -> None:
    assert policy(response) == POLICY
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("debug", [False, True])
def test_only_pages_for_developers_have_no_policy(client, db, settings, debug):
    settings.DEBUG = debug
    pages = {address: client.get(address) for address in ("/help/", "/nowhere/")}
    assert [page.status_code for page in pages.values()] == [200, 404]
    assert [address for address, page in pages.items() if "Content-Security-Policy" in page] == (
        ["/help/"] if debug else ["/help/", "/nowhere/"]
    )


@pytest.fixture
def database_away(django_db_setup, django_db_blocker, monkeypatch):
    """The database does not answer, as when its machine is down."""
    with django_db_blocker.unblock():
        connection.close()
        where = "NAME" if connection.vendor == "sqlite" else "HOST"
        with monkeypatch.context() as patch:
            patch.setitem(connection.settings_dict, where, "/nowhere/at/all")
            yield
        connection.close()


def test_livez_touches_no_database(client):
    # This test has no database; a query in it is an error.
    response = client.get("/livez")
    assert (response.status_code, response.content) == (200, b"ok")


def test_livez_answers_while_the_database_is_away(client, database_away):
    assert client.get("/livez").status_code == 200


def test_livez_touches_no_database_for_whoever_has_a_cookie(client):
    client.cookies[site.SESSION_COOKIE_NAME] = "a" * 32
    assert client.get("/livez").status_code == 200


def test_healthz_is_ready_with_every_migration(client, db):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


def test_healthz_is_not_ready_while_a_migration_is_missing(client, db):
    assert MigrationRecorder.Migration.objects.filter(app="offers").delete()[0] > 0
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"migrations missing")


def test_healthz_is_not_ready_while_the_database_is_away_and_the_log_says_why(client, database_away, caplog):
    caplog.set_level("WARNING", "marketplace.health")
    client.cookies[site.SESSION_COOKIE_NAME] = "a" * 32
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"database away")
    why = {"sqlite": "unable to open database file", "postgresql": "/nowhere/at/all"}[connection.vendor]
    assert [why in record.getMessage() for record in caplog.records if record.name == "marketplace.health"] == [True]


@pytest.mark.parametrize("address", ["/livez", "/healthz"])
def test_health_is_never_kept_in_a_cache(client, db, address):
    assert "no-store" in client.get(address).headers["Cache-Control"]


@pytest.mark.parametrize("address", ["/livez", "/healthz"])
def test_health_is_answered_over_plain_http(db, settings, address):
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/help/").status_code == 301
    assert Client().get(address).status_code == 200


@pytest.mark.parametrize(
    ("address", "content_type"),
    [
        ("/api/v1/me/", "application/problem+json"),
        ("/api/v1/openapi.json", "application/problem+json"),
        ("/calendar/f1e7b1e0-3c5c-4b5e-9a38-0f6c5a6f2b11.ics", "text/plain; charset=utf-8"),
    ],
)
def test_a_program_that_sends_its_key_over_plain_http_is_refused(settings, address, content_type):
    # This test has no database: whether the key is right is not looked at.
    settings.SECURE_SSL_REDIRECT = True
    response = Client().get(address, headers={"authorization": "Bearer swept_x"})
    assert (response.status_code, response.headers["Content-Type"]) == (403, content_type)
    assert "Use https://" in response.content.decode()
    assert_headers(response)


@pytest.mark.parametrize("address", ["/api/v1/", "/calendar/", "/cleanings/1/calendar.ics", "/feed/"])
def test_what_people_open_over_plain_http_is_sent_to_https(settings, address):
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get(address).headers["Location"] == f"https://testserver{address}"


def test_a_page_asks_to_try_again_while_the_database_is_away(client, database_away):
    response = client.get("/cleanings/")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert b"is unavailable" in response.content
    assert_headers(response)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/", 200),
        ("/cleanings/", 200),
        ("/accounts/login/", 200),
        ("/livez", 200),
        ("/healthz", 200),
        ("/robots.txt", 200),
        ("/sitemap.xml", 200),
        ("/sitemap-pages.xml", 200),
        ("/help", 301),
        ("/cleanings/mine/", 302),
        ("/admin/", 302),
        ("/cleanings/?q=%00", 400),
        ("/nowhere/", 404),
        ("/cleanings/9/", 404),
        ("/static/nowhere.css", 404),
    ],
)
def test_every_answer_carries_the_headers(client, db, address, status):
    response = client.get(address)
    assert response.status_code == status
    assert_headers(response)
    assert response.headers["Content-Type"].endswith("; charset=utf-8")


def test_nginx_and_gunicorn_tell_with_their_own_answers_what_the_site_tells():
    own = dict(OWN_HEADERS)
    assert set(own.pop("content-security-policy").split("; ")) == {
        "default-src 'none'", "style-src 'self'", "img-src 'self' data:", "base-uri 'none'", "form-action 'none'",
        "frame-ancestors 'none'",
    }  # fmt: skip
    assert own == {name.lower(): value for name, value in HEADERS.items()} | {
        "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
        "x-frame-options": "DENY",
    }


def test_a_staff_page_carries_the_headers(client, db):
    client.force_login(create_user("ada", is_staff=True, is_superuser=True))
    response = client.get("/admin/")
    assert response.status_code == 200
    assert_headers(response)


def test_a_static_file_carries_the_headers(settings):
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    response = Client().get("/static/site.css")
    assert response.status_code == 200
    assert_headers(response)
    assert "Access-Control-Allow-Origin" not in response.headers


def test_a_refused_form_carries_the_headers(db):
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "carl"})
    assert response.status_code == 403
    assert_headers(response)


def test_a_wrong_verb_carries_the_headers(client, db):
    response = client.delete("/help/")
    assert response.status_code == 405
    assert_headers(response)


def test_an_unknown_host_carries_the_headers(client):
    response = client.get("/help/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert_headers(response)


@pytest.mark.urls("marketplace.tests.test_health")
def test_an_error_of_ours_carries_the_headers_and_needs_no_database(client):
    response = client.get("/broken/")
    assert response.status_code == 500
    assert b"something broke on our side" in response.content
    assert b"ZeroDivisionError" not in response.content
    assert_headers(response)


def test_no_cache_keeps_what_is_shown_to_a_member(client, db):
    assert client.get("/help/").headers["Cache-Control"] == "no-cache"
    client.force_login(create_user("carl"))
    response = client.get("/help/")
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in response.headers["Vary"]


def test_no_answer_names_what_the_site_is_made_of(client, db):
    headers = client.get("/").headers
    assert not {"Server", "X-Powered-By"} & set(headers)
    assert site.DEBUG is False
