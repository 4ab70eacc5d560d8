"""A database that refuses to write: who reads goes on, and who writes is shown no untruth."""

from contextlib import contextmanager

import pytest
from django.contrib.sessions.models import Session
from django.db import InternalError, OperationalError, connection, connections, transaction
from django.http import HttpResponse
from django.test import Client

from accounts import middleware
from cleanings.states import OfferStatus
from core.messages import CookieStorage
from core.outages import is_outage
from core.sessions import SessionMiddleware, SessionStore
from marketplace.testing import PASSWORD, create_cleaning, create_offer

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

READ_ONLY = {
    "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
    "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
}[connection.vendor]


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def read_only():
    execute(READ_ONLY[0])
    try:
        yield
    finally:
        execute(READ_ONLY[1])


@pytest.fixture
def offer():
    return create_offer(cleaning=create_cleaning())


@pytest.fixture
def visitor(monkeypatch):
    """A browser whose session is due for renewal at each page."""
    monkeypatch.setattr(middleware, "RENEWAL_SECONDS", -1)

    def open_browser(user=None):
        client = Client(raise_request_exception=False)
        if user:
            client.force_login(user)
        return client

    return open_browser


def assert_uncertain(answer):
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    page = answer.content.decode()
    assert "may or may not be saved" in page
    assert "nothing was changed" not in page.lower()


READ_BY_MEMBERS = (
    "/",
    "/dashboard/",
    "/cleanings/",
    "/cleanings/?q=hall&city=Ghent",
    "/cleanings/mine/",
    "/cleanings/{cleaning}/",
    "/cleanings/{cleaning}/edit/",
    "/cleanings/{cleaning}/offers/",
    "/cleanings/{cleaning}/offers/carl/accept/",
    "/cleanings/new/",
    "/notifications/",
    "/notifications/choices/",
    "/people/carl/",
    "/accounts/",
    "/accounts/profile/",
    "/accounts/email/",
    "/accounts/export/",
    "/help/",
    "/livez",
)


def test_members_go_on_reading(offer, visitor):
    client = visitor(offer.cleaning.owner)
    before = Session.objects.values_list("session_data", "expire_date").get()
    addresses = [address.format(cleaning=offer.cleaning_id) for address in READ_BY_MEMBERS]
    with read_only():
        assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)
        assert client.head("/dashboard/").status_code == 200
    assert Session.objects.values_list("session_data", "expire_date").get() == before


def test_strangers_go_on_reading(offer, visitor):
    addresses = ["/", "/cleanings/", "/accounts/login/", "/accounts/signup/", "/people/olivia/", "/feed/"]
    with read_only():
        assert {address: visitor().get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)


def test_a_page_is_shown_though_its_session_cannot_be_written_and_what_was_sent_is_not_taken_for_done(rf):
    request, sessions = rf.get("/"), SessionMiddleware(lambda request: HttpResponse("page"))
    request.session = SessionStore()
    request.session.create()
    request.session["word"] = "new"
    with read_only():
        answer = sessions.process_response(request, HttpResponse("page"))
        request.method = "POST"
        with pytest.raises((OperationalError, InternalError)):
            sessions.process_response(request, HttpResponse("page"))
    assert (answer.content, answer["Vary"], "word" in SessionStore(request.session.session_key)) == (
        b"page", "Cookie", False
    )  # fmt: skip


SENT_BY_MEMBERS = {
    "/cleanings/{cleaning}/offers/carl/accept/": {"revision": 1, "version": 1},
    "/cleanings/{cleaning}/offers/carl/reject/": {},
    "/cleanings/{cleaning}/close/": {},
    "/accounts/logout/": {},
    "/accounts/profile/": {"full_name": "Olivia"},
}
SENT_BY_STRANGERS = {
    "/accounts/login/": {"login": "olivia", "password": PASSWORD},
    "/accounts/signup/": {"username": "wanda", "email": "wanda@example.com", "password1": "a-broom-of-birch"},
    "/accounts/password/reset/": {"email": "olivia@example.com"},
}


def test_what_somebody_sends_is_answered_503(offer, visitor):
    client = visitor(offer.cleaning.owner)
    with read_only():
        for address, sent in SENT_BY_MEMBERS.items():
            assert_uncertain(client.post(address.format(cleaning=offer.cleaning_id), sent))
        for address, sent in SENT_BY_STRANGERS.items():
            assert_uncertain(visitor().post(address, sent))
    offer.refresh_from_db()
    assert (offer.status, Session.objects.count()) == (OfferStatus.PENDING, 1)


def test_the_same_is_done_once_the_database_writes_again(offer, visitor):
    client = visitor(offer.cleaning.owner)
    with read_only():
        assert_uncertain(accept(client, offer))
    assert accept(client, offer).status_code == 302
    offer.refresh_from_db()
    assert offer.status == OfferStatus.ACCEPTED


def lose_the_connection():
    """The database ends it, as when it is restarted; the file of SQLite can no longer be written."""
    if connection.vendor == "sqlite":
        execute(READ_ONLY[0])
        return
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        # Within 5 seconds it has ended.
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    other.close()


@contextmanager
def behind_the_commit(act):
    """Act once a move that writes a line of the timeline is committed, before it is answered."""

    def watch(execute, sql, params, many, context):
        if sql.startswith("INSERT INTO cleanings_event "):
            transaction.on_commit(act)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


def accept(client, offer):
    return client.post(f"/cleanings/{offer.cleaning_id}/offers/carl/accept/", {"revision": 1, "version": 1})


def test_a_move_that_succeeded_is_shown_as_done_though_nothing_can_be_written_behind_it(offer, visitor):
    client = visitor(offer.cleaning.owner)
    with behind_the_commit(lose_the_connection):
        answer = accept(client, offer)
    connection.close()
    offer.refresh_from_db()
    assert (answer.status_code, offer.status) == (302, OfferStatus.ACCEPTED)


def test_a_move_that_succeeded_is_not_shown_as_refused_where_the_session_has_to_be_written_too(
    offer, visitor, monkeypatch
):
    # So what the page says goes into the session.
    monkeypatch.setattr(CookieStorage, "max_cookie_size", 1)
    client = visitor(offer.cleaning.owner)
    with behind_the_commit(lose_the_connection):
        answer = accept(client, offer)
    connection.close()
    assert_uncertain(answer)
    offer.refresh_from_db()
    assert offer.status == OfferStatus.ACCEPTED


def test_whoever_was_logged_out_meanwhile_is_not_shown_that_nothing_was_changed(offer, visitor):
    client = visitor(offer.cleaning.owner)
    with behind_the_commit(Session.objects.all().delete):
        answer = accept(client, offer)
    page = answer.content.decode()
    assert (answer.status_code, "may have been saved" in page, "Nothing was changed" in page) == (400, True, False)


if connection.vendor == "postgresql":
    # Nothing else ends connections.

    @pytest.fixture
    def next_request():
        """What the start of a request does in production, where the connection is kept; in tests it does nothing."""
        # Another one than that of the test before, after whose faults it would be asked.
        connection.close()
        connection.ensure_connection()
        return connection.close_if_unusable_or_obsolete

    def test_a_connection_that_the_database_ended_is_replaced_before_a_request_needs_it(visitor, next_request):
        lose_the_connection()
        assert visitor().get("/healthz").status_code == 503
        connection.close()
        connection.ensure_connection()
        lose_the_connection()
        next_request()
        assert visitor().get("/healthz").status_code == 200

    def test_a_quiet_connection_is_not_asked_whether_it_is_there(visitor, next_request, monkeypatch):
        monkeypatch.setattr(type(connections["default"]), "is_usable", lambda connection: pytest.fail("It was asked."))
        next_request()
        assert visitor().get("/healthz").status_code == 200


def test_healthz_says_that_the_database_is_read_only(visitor):
    with read_only():
        answer = visitor().get("/healthz")
    assert (answer.status_code, answer.content) == (503, b"database read-only")
    assert visitor().get("/healthz").content == b"ok"


def test_a_fault_of_ours_is_no_outage():
    assert not is_outage(InternalError("current transaction is aborted"))
    assert not is_outage(ValueError())
    assert not is_outage(None)
    assert is_outage(OperationalError("server closed the connection unexpectedly"))
