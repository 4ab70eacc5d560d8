"""The feed of open cleanings: what it holds, that any reader of feeds can read it, and that it tells nothing more."""

import re
from datetime import timedelta
from html import unescape
from xml.etree import ElementTree

import pytest
import time_machine
from django.db.models import Value
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from cleanings.browse.filters import CleaningFilter
from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from marketplace.testing import create_cleaning, create_offer, create_user, move_start

pytestmark = pytest.mark.django_db

SITE = "https://swept.example"
HOSTILE = "\x01\x08\x0b\x1b\x7f\uffff a <b>&amp; \"'é ]]> 🧹\u202e\r\nEND"


@pytest.fixture(autouse=True)
def somewhere_else(settings):
    settings.SITE_URL = SITE


def read(client, query="", **headers):
    """The feed as a reader of feeds sees it, which has all that RFC 4287 asks of a feed and of an entry."""
    answer = client.get(f"/feed/{query}", headers={"host": "127.0.0.1"} | headers)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    assert feed.findtext("{*}author/{*}name")
    for part in (feed, *feed.findall("{*}entry")):
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{{*}}{name}")) == 1
        assert part.findtext("{*}id").startswith(f"{SITE}/")
        assert part.findtext("{*}title").strip()
        assert parse_datetime(part.findtext("{*}updated")).tzinfo
        assert [link.get("href") for link in part.findall("{*}link") if not link.get("href").startswith(SITE)] == []
        assert len(part.findall("{*}link[@rel='alternate']")) == 1
    return feed


def titles(client, query=""):
    """The titles of the entries, in their order."""
    return [entry.findtext("{*}title") for entry in read(client, query).findall("{*}entry")]


def ids(client, query=""):
    return [entry.findtext("{*}id") for entry in read(client, query).findall("{*}entry")]


def test_an_entry_tells_what_where_when_and_for_how_much(client):
    cleaning = create_cleaning(name="Windows", starts_in=None)
    cleaning.edit(by=cleaning.owner, city="Bruges")
    (entry,) = read(client).findall("{*}entry")
    assert entry.findtext("{*}title") == "Windows"
    summary = "Full clean in 9000 Bruges, Date by agreement: €20 an hour, about €60 in all."
    assert unescape(entry.findtext("{*}summary")) == summary
    assert entry.findtext("{*}id") == entry.find("{*}link").get("href") == f"{SITE}/cleanings/{cleaning.pk}/"
    assert parse_datetime(entry.findtext("{*}updated")) == cleaning.updated_at
    assert parse_datetime(entry.findtext("{*}published")) == cleaning.created_at


def test_it_holds_what_takes_offers_newest_first_whatever_order_is_asked_for(client):
    cleanings = [create_cleaning(name=f"Job {number}", hourly_rate=10 + number) for number in range(6)]
    assert titles(client) == [f"Job {number}" for number in (5, 4, 3, 2, 1, 0)]
    cleanings[0].close(by=cleanings[0].owner)
    create_offer(cleaning=cleanings[1], status=OfferStatus.ACCEPTED)
    move_start(cleanings[2], timedelta(hours=-1))
    for query in ("", "?sort=lowest", "?sort=x", "?after=0.1.1.1", "?page=7"):
        assert titles(client, query) == ["Job 5", "Job 4", "Job 3"], query


def test_it_ends_with_the_fiftieth(client):
    for number in range(52):
        create_cleaning(name=f"Job {number}")
    assert titles(client) == [f"Job {number}" for number in range(51, 1, -1)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?q=oven", ["Oven"]),
        ("?type=dust_up", ["Stairs"]),
        ("?city=ghent&min_rate=25", ["Oven"]),
        ("?city=ghent&min_rate=abc", ["Stairs", "Oven"]),
        ("?min_rate=30&max_rate=20", ["Attic", "Stairs", "Oven"]),
        ("?q=nothing-like-it", []),
    ],
)
def test_it_takes_the_filters_of_the_list_and_leaves_out_a_mistaken_one(client, query, names):
    create_cleaning(name="Oven", hourly_rate=30)
    create_cleaning(name="Stairs", cleaning_type="dust_up")
    create_cleaning(name="Attic", city="Bruges")
    assert titles(client, query) == names


def test_it_says_which_cleanings_it_holds_and_where_it_is(client):
    feed = read(client, "?sort=soonest&max_rate=20&city=Ghent%20%26%20more&min_rate=x&after=1")
    assert feed.findtext("{*}title") == "Open jobs on Swept - In Ghent & more - Up to €20 an hour"
    links = {link.get("rel"): link.get("href") for link in feed.findall("{*}link")}
    query = "city=Ghent+%26+more&max_rate=20"
    assert links == {"alternate": f"{SITE}/cleanings/?{query}", "self": f"{SITE}/feed/?{query}"}
    assert feed.findtext("{*}id") == links["self"]
    assert read(client).findtext("{*}id") == f"{SITE}/feed/"


def test_text_of_people_cannot_break_it(client):
    cleaning = create_cleaning(name="Plain", street_address="Canary Lane 77")
    Cleaning.objects.filter(pk=cleaning.pk).update(name=Value(HOSTILE), city=Value(HOSTILE))
    feed = read(client)
    shown = "\x7f a <b>&amp; \"'é ]]> 🧹\u202e END"
    assert [entry.findtext("{*}title") for entry in feed.findall("{*}entry")] == [shown]
    city = shown.replace("\u202e", "")
    assert f"Full clean in 9000 {city}, " in unescape(feed.findtext("{*}entry/{*}summary"))
    assert "<b>" not in feed.findtext("{*}entry/{*}summary")
    assert read(client, "?city=%01%EF%BF%BFa]]%3E%ED%A0%80").findtext("{*}title").endswith("In a]]>\ufffd\ufffd\ufffd")


def test_nothing_private_is_in_it_and_nobody_is_asked_for(client, django_assert_num_queries):
    cleaning = create_cleaning(street_address="Canary Lane 77", owner=create_user("olivia"))
    client.force_login(create_user("olivia"))
    assert b"Canary Lane 77" in client.get(cleaning.get_absolute_url()).content
    client.logout()
    with django_assert_num_queries(2) as asked:
        text = client.get("/feed/").content.decode()
    assert cleaning.name in text
    assert "Canary" not in text
    assert "olivia" not in text
    assert not [query for query in asked.captured_queries if "accounts_" in query["sql"]]


def test_who_has_the_latest_gets_304(client):
    cleaning = create_cleaning()
    tag = client.get("/feed/")["ETag"]
    assert client.get("/feed/", headers={"if-none-match": tag}).status_code == 304
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert client.get("/feed/", headers={"if-none-match": tag}).status_code == 304
        create_cleaning(name="Another")
        later = client.get("/feed/", headers={"if-none-match": tag})
        assert (later.status_code, "Last-Modified" in later) == (200, False)
        cleaning.close(by=cleaning.owner)
        assert client.get("/feed/", headers={"if-none-match": later["ETag"]}).status_code == 200


def test_an_empty_one_stays_the_same_for_a_day(client):
    with time_machine.travel("2026-11-24T10:00Z", tick=False):
        feed, tag = read(client), client.get("/feed/")["ETag"]
    assert feed.findall("{*}entry") == []
    with time_machine.travel("2026-11-24T11:00Z", tick=False):
        assert client.get("/feed/", headers={"if-none-match": tag}).status_code == 304


def test_an_entry_keeps_its_id_when_it_is_edited(client):
    cleaning = create_cleaning()
    before = ids(client)
    updated = read(client).findtext("{*}updated")
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        cleaning.edit(by=cleaning.owner, name="Another name", city="Bruges")
        assert ids(client) == before
        assert read(client).findtext("{*}updated") > updated


@pytest.mark.parametrize("verb", ["cancel", "release"])
def test_a_job_that_opens_again_is_news(client, verb):
    offer = create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.ACCEPTED)
    create_cleaning(name="Cellar")
    assert titles(client) == ["Cellar"]
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        getattr(offer, verb)(by=offer.cleaner if verb == "cancel" else offer.cleaning.owner, reason="other")
        reopened = timezone.now()
        create_cleaning(name="Kitchen", starts_in=timedelta(days=4))
        feed = read(client)
    assert titles(client) == ["Kitchen", "Attic", "Cellar"]
    entry = feed.findall("{*}entry")[1]
    assert parse_datetime(entry.findtext("{*}updated")) == reopened
    assert parse_datetime(entry.findtext("{*}published")) == offer.cleaning.created_at
    for query in ("?city=ghent", "?type=full_clean", "?q=attic"):
        assert "Attic" in titles(client, query)
    assert titles(client, "?city=ghent") == ["Kitchen", "Attic", "Cellar"]


def test_the_newest_of_the_list_stay_those_that_were_posted_last(client):
    offer = create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.ACCEPTED)
    create_cleaning(name="Cellar")
    offer.cancel(by=offer.cleaner, reason="other")
    page = client.get("/cleanings/?sort=newest").content.decode()
    assert 0 < page.index("Cellar") < page.index("Attic")


LINKS = {
    "_feed_head": r'<link rel="alternate" type="application/atom\+xml" title="[^"]+" href="([^"]+)">',
    "_feed": r'<a href="([^"]+)" type="application/atom\+xml">New jobs by feed</a>',
}


def test_home_announces_it_and_leads_to_it(client):
    create_cleaning()
    head, _, body = client.get("/").content.decode().partition("<body")
    assert re.search(LINKS["_feed_head"], head)[1] == re.search(LINKS["_feed"], body)[1] == "/feed/"


@pytest.mark.parametrize("snippet", LINKS)
def test_a_list_leads_to_the_feed_with_its_filters(snippet):
    filters = CleaningFilter(QueryDict("city=Ghent&max_rate=30&sort=soonest&min_rate=x"))
    html = render_to_string(f"cleanings/{snippet}.html", {"filters": filters})
    assert unescape(re.search(LINKS[snippet], html)[1]) == "/feed/?city=Ghent&max_rate=30"
