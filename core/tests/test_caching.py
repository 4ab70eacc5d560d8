"""Copies of public pages: for strangers only, a few seconds old at most, and nothing of anybody's in them."""

from datetime import timedelta
from itertools import count

import pytest
import time_machine
from django.core.cache import caches
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client
from django.utils import timezone

from core.caching import cache_for_visitors
from marketplace.testing import create_cast, create_cleaning, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(settings):
    """Copies are kept, and time stands still unless it is moved."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "copies"}
    settings.CACHES = settings.CACHES | {"pages": memory}
    caches["pages"].clear()
    create_cast()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def text_of(client, path="/cleanings/"):
    return client.get(path).content.decode()


def test_strangers_share_a_copy_for_a_few_seconds(client, clock):
    assert "Balcony" not in text_of(client)
    create_cleaning(name="Balcony")
    assert "Balcony" not in text_of(client)
    assert "Balcony" not in text_of(Client())
    assert "Balcony" in text_of(client, "/cleanings/?q=balcony")
    clock.shift(timedelta(seconds=3))
    assert "Balcony" in text_of(client)


def test_whoever_is_logged_in_gets_no_copy_and_leaves_none(client):
    assert "Log in" in text_of(client)
    create_cleaning(name="Balcony")
    member = Client()
    member.force_login(create_user("olivia"))
    assert "Balcony" in text_of(member)
    assert "Log out" in text_of(member)
    assert "Log out" in text_of(member, "/")
    assert "Log out" not in text_of(client, "/")
    assert "Log out" in text_of(member, "/")


def test_a_page_that_refuses_is_not_kept(client):
    cleaning = create_cleaning()
    path = cleaning.get_absolute_url()
    cleaning.close(by=cleaning.owner)
    assert client.get(path).status_code == 404
    owner = Client()
    owner.force_login(cleaning.owner)
    assert owner.get(path).status_code == 200
    assert client.get(path).status_code == 404


def test_a_copy_that_the_browser_has_is_not_sent_again(client, clock):
    create_cleaning()
    answer = client.get("/cleanings/")
    tag = {"If-None-Match": answer["ETag"]}
    assert answer["Cache-Control"] == "no-cache"
    assert "Expires" not in answer
    assert "Cookie" in answer["Vary"]
    again = client.get("/cleanings/", headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/cleanings/?q=other", headers=tag).status_code == 200
    create_cleaning()
    clock.shift(timedelta(seconds=3))
    assert client.get("/cleanings/", headers=tag).status_code == 200


def test_a_member_s_page_is_for_nobody_s_cache(client):
    client.force_login(create_user("olivia"))
    answer = client.get("/cleanings/")
    assert answer["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer
    assert "Cookie" in answer["Vary"]


def test_a_head_has_the_headers_of_the_page(client):
    assert client.head("/cleanings/")["ETag"] == client.get("/cleanings/")["ETag"]
    assert client.head("/cleanings/").content == b""


def test_a_copy_takes_no_query(client, django_assert_num_queries):
    client.get("/")
    with django_assert_num_queries(0):
        client.get("/")


@pytest.mark.parametrize(("has_form", "are_same"), [(False, True), (True, False)])
def test_a_page_with_a_form_to_send_is_each_reader_s_own(rf, has_form, are_same):
    made = count()
    view = cache_for_visitors(lambda request: HttpResponse(f"{next(made)}{get_token(request)[:0] if has_form else ''}"))
    first, second = (view(rf.get("/somewhere")).content for _ in range(2))
    assert (first == second) == are_same
