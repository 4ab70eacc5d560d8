"""No page is a dead end: after a move, a refusal, a search or a fault one reads what stands and where to go on."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cleanings.states import OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start, text_of
from marketplace.tests.helpers import order_of_faults

pytestmark = [pytest.mark.long, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def cast():
    return create_cast()


def page_of(client, username, path):
    client.logout()
    if username != "anonymous":
        client.force_login(create_user(username))
    return text_of(client.get(path, follow=True))


# After a move


@pytest.mark.parametrize("reason", ["other", "not_needed", "no_show"])
@pytest.mark.parametrize("others", [0, 2])
def test_after_a_release_one_lands_on_the_offers_that_count_again(client, reason, others):
    cleaning = create_cleaning()
    for username in ("cora", "stan")[:others]:
        create_offer(cleaning=cleaning, cleaner=create_user(username))
    offer = create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)
    move_start(cleaning, timedelta(hours=-1))
    client.force_login(cleaning.owner)
    landed = client.post(f"{offer.get_absolute_url()}release/", {"reason": reason}, follow=True)
    page = landed.content.decode()
    assert landed.request["PATH_INFO"] == f"/cleanings/{cleaning.pk}/offers/"
    assert "You cancelled the job with carl." in page
    assert page.count("Accept ") == others
    assert ("<h1>No offer is waiting</h1>" in page) == (others == 0)
    assert ("Say that carl didn’t turn up" in page) == (reason == "no_show")


@pytest.mark.parametrize("starts_in", [timedelta(days=3), None])
def test_after_an_accept_one_lands_on_the_job_and_reads_what_happens_next(client, starts_in):
    offer = create_offer(cleaning=create_cleaning(starts_in=starts_in))
    client.force_login(offer.cleaning.owner)
    landed = client.post(f"{offer.get_absolute_url()}accept/", {"revision": 1}, follow=True)
    assert landed.request["PATH_INFO"] == offer.cleaning.get_absolute_url()
    for username in ("olivia", "carl"):
        page = page_of(client, username, offer.cleaning.get_absolute_url())
        assert "What happens next" in page
        assert ("Agree on a day and a time." in page) == (starts_in is None)
    for username in ("cora", "anonymous", "ada"):
        assert "What happens next" not in page_of(client, username, offer.cleaning.get_absolute_url())
    move_start(offer.cleaning, timedelta(hours=-1))
    assert "What happens next" not in page_of(client, "olivia", offer.cleaning.get_absolute_url())


# A move that comes too late


@pytest.mark.parametrize("move", ["accept", "reject"])
def test_who_answers_a_second_offer_reads_who_was_chosen_and_is_led_to_the_job(client, move):
    cleaning = create_cleaning()
    coras = create_offer(cleaning=cleaning, cleaner=create_user("cora"))
    create_offer(cleaning=cleaning, hourly_rate="22.50", status=OfferStatus.ACCEPTED)
    client.force_login(cleaning.owner)
    for send in (client.get, client.post):
        answer = send(f"{coras.get_absolute_url()}{move}/", {"revision": 1})
        page = " ".join(re.sub(r"<[^>]+>", " ", text_of(answer)).split())
        assert answer.status_code == 409
        assert re.search(r"You chose \w? ?carl at €22\.50 an hour, about €67\.50 in all", page)
        button = f'<a class="btn btn-primary" href="{cleaning.get_absolute_url()}">Go to the job</a>'
        assert button in text_of(answer)


def test_nobody_but_the_two_reads_who_was_chosen(client):
    cleaning = create_cleaning()
    coras = create_offer(cleaning=cleaning, cleaner=create_user("cora"))
    create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)
    for username, path in (
        ("cora", f"{coras.get_absolute_url()}edit/"),
        ("stan", f"/cleanings/{cleaning.pk}/offers/new/"),
    ):
        page = page_of(client, username, path)
        assert "Things have changed" in page
        assert "carl" not in page
        assert "22.50" not in page


# Faults in a form


@pytest.mark.parametrize(
    "wrong",
    [{}, {"city": "Ghent"}, {"name": "x"}, {"cleaning_type": "full_clean"}, {"hourly_rate": "0", "starts_at": "x"}],
)
def test_faults_of_a_cleaning_come_in_the_order_of_its_form(client, wrong):
    client.force_login(create_user("olivia"))
    links, drawn = order_of_faults(client.post("/cleanings/new/", wrong).content.decode())
    assert links == drawn
    assert len(links) > 3


# Similar jobs


def make_assigned(cleaning):
    create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)


def make_done(cleaning):
    create_offer(cleaning=cleaning, status=OfferStatus.COMPLETED)


def make_passed(cleaning):
    move_start(cleaning, timedelta(hours=-1))


@pytest.mark.parametrize("happens", [make_assigned, make_done, make_passed])
@pytest.mark.parametrize("reader", ["anonymous", "stan", "cora"])
def test_a_job_that_takes_no_offers_leads_to_others_in_its_city(client, happens, reader):
    cleaning = create_cleaning(city="Ghent")
    happens(cleaning)
    elsewhere = create_cleaning(name="Elsewhere", city="Bruges")
    page = page_of(client, reader, cleaning.get_absolute_url())
    assert "There are none right now." in page
    others = [create_cleaning(name=f"Another {number}", city="GHENT") for number in range(5)]
    page = page_of(client, reader, cleaning.get_absolute_url())
    assert [each.name for each in others if each.name in page] == ["Another 2", "Another 3", "Another 4"]
    assert elsewhere.name not in page
    assert 'href="/cleanings/?city=Ghent"' in page


def test_where_one_has_something_to_do_no_other_job_is_drawn(client):
    cleaning, waiting = create_cleaning(), create_cleaning()
    make_assigned(cleaning)
    create_cleaning(name="Another")
    for username, path in (("olivia", cleaning), ("carl", cleaning), ("stan", waiting), ("anonymous", waiting)):
        assert "Open jobs in" not in page_of(client, username, path.get_absolute_url())


def test_a_refusal_leads_to_other_jobs_too(client):
    cleaning = create_cleaning()
    make_assigned(cleaning)
    other = create_cleaning(name="Another")
    page = page_of(client, "stan", f"/cleanings/{cleaning.pk}/offers/new/")
    assert other.get_absolute_url() in page


def test_the_page_of_an_assigned_job_keeps_to_its_budget(client):
    cleaning = create_cleaning()
    make_assigned(cleaning)
    create_cleaning()
    counted = {}
    for username in ("anonymous", "stan", "olivia"):
        client.logout()
        if username != "anonymous":
            client.force_login(create_user(username))
        for name in ("parts", "figures"):
            caches[name].clear()
        with CaptureQueriesContext(connection) as queries:
            client.get(cleaning.get_absolute_url())
        counted[username] = len(queries)
    assert counted == {"anonymous": 2, "stan": 5, "olivia": 7}


# Searches that find nothing


@pytest.mark.parametrize(
    ("query", "wider"),
    [
        ("city=Bruges", ["2 jobs outside Bruges"]),
        ("city=Ghent&type=dust_up", ["1 job outside Ghent", "1 job of another kind"]),
        ("city=Ghent&min_rate=100", ["1 job at a lower rate"]),
        ("q=oven&city=Antwerp", ["1 job outside Antwerp"]),
        ("q=nothing-like-it&city=Ghent", ["1 job without “nothing-like-it”"]),
        ("city=Bruges&min_rate=100", []),
        ("q=nothing-like-it&city=Nowhere&min_rate=900&max_rate=950&type=dust_up", []),
    ],
)
def test_an_empty_search_says_which_filter_to_take_out_and_how_many_that_gives(client, query, wider):
    create_cleaning(name="Oven", city="Ghent")
    create_cleaning(name="Stairs", city="Antwerpen", cleaning_type="dust_up")
    page = text_of(client.get(f"/cleanings/?{query}"))
    assert "No jobs match" in page
    found = re.findall(r'<li><a href="/cleanings/([^"]*)">(\d+ jobs? [^<]+)</a></li>', page)
    assert [sentence for _, sentence in found] == wider
    for path, sentence in found:
        label = re.match(r"\d+ jobs?", sentence)[0]
        assert label in client.get(f"/cleanings/{path.replace('&amp;', '&')}").content.decode()


def test_a_search_that_finds_something_counts_no_others(client, django_assert_num_queries):
    create_cleaning(city="Ghent")
    with django_assert_num_queries(3):
        assert "Remove a filter" not in client.get("/cleanings/?city=Ghent&type=full_clean").content.decode()


# What is new


@pytest.mark.parametrize("number", [0, 1, 3])
def test_the_number_of_new_notifications_stands_beside_menu(client, number):
    cleaning = create_cleaning()
    for username in ("carl", "cora", "stan")[:number]:
        create_offer(cleaning=cleaning, cleaner=create_user(username))
    page = page_of(client, "olivia", "/cleanings/mine/")
    button = re.search(r'<button[^>]*popovertarget="site-links">(.*?)</button>', page)[1]
    assert re.sub("<[^>]+>", "", button) == (f"Menu {number} new" if number else "Menu")
    assert ">Menu</button>" in page_of(client, "anonymous", "/cleanings/")


NOON = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Europe/Brussels"))


@pytest.mark.parametrize(
    ("rate", "message", "label"),
    [
        ("22", "Hello", "Was €19.50, raised on 24 Nov 2026"),
        ("18", "Hello", "Was €19.50, lowered on 24 Nov 2026"),
        ("19.50", "Other words", "Changed on 24 Nov 2026"),
        ("22", "Other words", "Was €19.50, raised on 24 Nov 2026"),
        ("19.50", "Hello", ""),
    ],
)
def test_a_revised_offer_says_what_it_was_and_when_it_changed(client, rate, message, label):
    with time_machine.travel(NOON - timedelta(days=2), tick=False):
        offer = create_offer(
            cleaning=create_cleaning(starts_in=timedelta(days=30)), hourly_rate="19.50", message="Hello"
        )
    with time_machine.travel(NOON, tick=False):
        offer.revise(by=offer.cleaner, hourly_rate=rate, message=message)
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        pages = [page_of(client, "olivia", f"/cleanings/{offer.cleaning_id}/offers/")]
        pages += [page_of(client, username, offer.get_absolute_url()) for username in ("olivia", "carl")]
    for page in pages:
        assert re.findall(r'<p class="changed">((?:Was|Changed)[^<]*)</p>', page) == ([label] if label else [])


def test_an_offer_that_was_withdrawn_and_made_again_is_no_revised_one(client):
    offer = create_offer(hourly_rate="19.50")
    offer.revise(by=offer.cleaner, hourly_rate="21")
    offer.rescind(by=offer.cleaner)
    create_offer(cleaning=offer.cleaning, hourly_rate="20")
    assert "changed on" not in page_of(client, "olivia", f"/cleanings/{offer.cleaning_id}/offers/").lower()
