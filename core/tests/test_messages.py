"""What a page says once is told to whom it concerns, on the next page, whichever it is."""

from secrets import token_urlsafe

import pytest
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.http import HttpResponse
from django.test import Client, RequestFactory

from core.messages import MessageStorage
from marketplace.testing import PASSWORD, create_cleaning, create_user

pytestmark = pytest.mark.django_db

SAID = "Your offer is sent."
NAME = settings.MESSAGE_COOKIE_NAME


@pytest.fixture
def carl(client):
    client.force_login(create_user("carl"))
    # The first page notes the visit in the session.
    client.get("/dashboard/")
    return client


def offer(client):
    job = create_cleaning()
    answer = client.post(f"{job.get_absolute_url()}offers/new/", {"hourly_rate": "20", "message": "Hi", "version": 1})
    assert (answer.status_code, NAME in answer.cookies) == (302, True)
    return answer


def test_a_sentence_is_shown_once_and_no_session_is_written(carl):
    before = Session.objects.values_list("session_data", "expire_date").get()
    cookie = offer(carl).cookies[NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    shown = [SAID in carl.get("/dashboard/").content.decode() for _ in range(2)]
    assert shown == [True, False]
    assert Session.objects.values_list("session_data", "expire_date").get() == before


def test_a_page_with_nothing_to_say_sets_no_cookie(carl):
    assert NAME not in carl.get("/dashboard/").cookies


def test_a_sentence_for_one_visitor_is_in_no_copy_of_a_page(settings):
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "messages"}
    settings.CACHES = settings.CACHES | {"pages": memory}
    caches["pages"].clear()
    client = Client()
    client.force_login(create_user("maria"))
    said = "Your account is closed"
    assert client.post("/accounts/close/", {"password": PASSWORD}).status_code == 302
    del client.cookies[settings.SESSION_COOKIE_NAME]
    assert said not in Client().get("/").content.decode()
    page = client.get("/")
    assert said in page.content.decode()
    assert page["Cache-Control"] == "private, no-store"
    assert said not in Client().get("/").content.decode()


def log_out(client):
    client.post("/accounts/logout/")


def lose_the_session(client):
    client.session.delete()


def lose_the_session_and_its_cookie(client):
    lose_the_session(client)
    del client.cookies[settings.SESSION_COOKIE_NAME]


def log_out_in_another_tab(client):
    said = client.cookies[NAME].value
    log_out(client)
    client.cookies[NAME] = said


@pytest.mark.parametrize("leave", [log_out, log_out_in_another_tab, lose_the_session, lose_the_session_and_its_cookie])
@pytest.mark.parametrize("next_reader", ["maria", None])
def test_what_was_told_to_one_is_not_shown_to_the_next(carl, leave, next_reader):
    offer(carl)
    leave(carl)
    if next_reader:
        carl.force_login(create_user(next_reader))
    assert SAID not in carl.get("/").content.decode()


def test_whoever_logs_out_is_told_so(carl):
    offer(carl)
    carl.post("/accounts/logout/")
    page = carl.get("/").content.decode()
    assert (SAID in page, "You are logged out." in page) == (False, True)


def test_a_prefetch_does_not_use_up_what_is_said_once(carl):
    carl.post("/accounts/logout/")
    del carl.cookies[settings.SESSION_COOKIE_NAME]
    assert carl.get("/", headers={"sec-purpose": "prefetch"}).status_code == 503
    assert "You are logged out." in carl.get("/").content.decode()


def test_a_sentence_that_the_site_did_not_sign_is_not_shown(carl):
    cookie = offer(carl).cookies[NAME].value
    carl.cookies[NAME] = cookie[:-1] + ("a" if cookie[-1] != "a" else "b")
    assert SAID not in carl.get("/dashboard/").content.decode()


def test_what_is_too_long_for_a_cookie_is_shown_too(carl):
    session = carl.session

    def request_with(cookies):
        request = RequestFactory().get("/")
        request.COOKIES, request.session = cookies, session
        request._messages = MessageStorage(request)
        return request

    texts = [token_urlsafe(600) for _ in range(3)]
    request, answer = request_with({}), HttpResponse()
    for text in texts:
        messages.info(request, text)
    assert request._messages.update(answer) == []
    cookies = {NAME: answer.cookies[NAME].value}
    assert len(cookies[NAME]) < 2048
    assert sorted(map(str, messages.get_messages(request_with(cookies)))) == sorted(texts)
