"""The page of open cleanings: its filters in the address, what it says of mistakes, its pages and marks."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from time import monotonic

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.utils import timezone

from cleanings.browse.filters import CleaningFilter, markup_of
from cleanings.browse.listing import Listing
from cleanings.cards import cards
from cleanings.models import Cleaning
from core.fragments import CACHED_FOR
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start, text_of

pytestmark = [pytest.mark.long, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def offered():
    create_cast()
    create_cleaning(name="Windows", cleaning_type="spot_clean", hourly_rate=Decimal("15.00"), city="Antwerp")
    create_cleaning(name="Attic", hourly_rate=Decimal("30.00"), starts_in=None)
    return create_cleaning(name="Whole flat", hourly_rate=Decimal("20.00"), starts_in=timedelta(days=9))


def page(client, query=""):
    answer = client.get(f"/cleanings/?{query}" if query else "/cleanings/")
    assert answer.status_code == 200
    return text_of(answer)


def names(text):
    return re.findall(r'<h3><a href="/cleanings/\d+/" id="job-\d+">([^<]+)</a></h3>', text)


def errors_in(text):
    """The sentences of the error box."""
    box = re.search(r'<div class="error-summary".*?</div>', text, re.DOTALL)
    return [unescape(each) for each in re.findall(r"<li>(?:<a [^>]*>)?([^<]+)", box[0])] if box else []


def test_what_takes_no_offers_is_not_listed(client):
    move_start(create_cleaning(name="Begun"), timedelta(hours=-1))
    create_offer(cleaning=create_cleaning(name="Taken"), status="accepted")
    create_cleaning(name="Closed").close(by=create_user("olivia"))
    assert names(page(client)) == ["Whole flat", "Attic", "Windows"]


def test_on_kept_statements_each_reader_and_each_value_has_its_own_finds(client, offered):
    carl = create_user("carl")
    carl.block(offered.owner)
    for username, found in (("stan", ["Whole flat"]), ("carl", []), ("stan", ["Whole flat"])):
        client.force_login(create_user(username))
        assert names(page(client, "min_rate=20&max_rate=25")) == found
    client.logout()
    assert names(page(client, "min_rate=10&max_rate=15")) == ["Windows"]
    assert "1 job" in page(client, "min_rate=10&max_rate=15")
    assert "2 jobs" in page(client, "min_rate=10&max_rate=25")


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Whole flat", "Attic", "Windows"]),
        ("type=spot_clean", ["Windows"]),
        ("area=whole_home", ["Whole flat", "Attic", "Windows"]),
        ("area=kitchen", []),
        ("city=ANTWERP+", ["Windows"]),
        ("min_rate=20", ["Whole flat", "Attic"]),
        ("max_rate=€+20,00", ["Whole flat", "Windows"]),
        ("min_rate=16&max_rate=29", ["Whole flat"]),
        pytest.param(f"from={in_days(5)}", ["Whole flat"], id="from"),
        pytest.param(f"to={in_days(5):%d/%m/%Y}", ["Windows"], id="to"),
        ("q=flats", ["Whole flat"]),
        ("q=rooms", ["Whole flat", "Attic", "Windows"]),
        ("q=rooms&city=antwerp", ["Windows"]),
        ("sort=soonest", ["Windows", "Whole flat", "Attic"]),
        ("sort=highest", ["Attic", "Whole flat", "Windows"]),
        ("sort=lowest", ["Windows", "Whole flat", "Attic"]),
        ("city=Nowhere", []),
    ],
)
def test_filters_and_orders_are_in_the_address(client, query, found):
    text = page(client, query)
    assert names(text) == found
    assert errors_in(text) == []


def suggested(client, query):
    below = page(client, query).partition("No jobs match")[2]
    chips = re.findall(r'<a class="chip" href="/cleanings/\?([^"]+)">([^<]+)</a>', below)
    return {word: query for query, word in chips}


def test_words_that_find_nothing_bring_those_that_are_spelled_alike_and_find_something(client):
    create_cleaning(name="Windows of a shop").close(by=create_user("olivia"))
    assert suggested(client, "q=windoes+atick") == {"windows": "q=windows", "attic": "q=attic"}
    assert suggested(client, "q=windoes+atick&city=Antwerp") == {"windows": "q=windows&amp;city=Antwerp"}
    assert names(page(client, "q=windows&city=Antwerp")) == ["Windows"]
    for query in ("q=castle", "city=Nowhere", "q=shpo"):
        assert suggested(client, query) == {}


def test_a_day_counts_from_its_beginning_to_its_end(client, offered):
    day = timezone.localdate(offered.starts_at)
    assert names(page(client, f"from={day}&to={day}")) == ["Whole flat"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("min_rate=abc", "Enter the rate in euros, like 22.50."),
        ("max_rate=0", "Enter a rate between 1.00 and 1,000.00."),
        ("min_rate=30&max_rate=20", "The lowest rate is above the highest. Swap them, or leave one empty."),
        ("from=2027-02-30", "Enter a date like 24/11/2026."),
        ("to=9999-12-31", "Enter a date like 24/11/2026."),
        ("from=2027-02-03&to=2027-02-02", "The first day is after the last. Swap them, or leave one empty."),
        ("type=palace", "Choose a type from the list."),
        ("sort=?", "Choose an order from the list."),
        ("sort=match", "Choose an order from the list."),
        ("sort=owner__password", "Choose an order from the list."),
        ("q=%25", "Search for words: letters or figures."),
        ("q=" + "a" * 10_000, "Use at most 100 characters."),
        ("city=" + "a" * 81, "Use at most 80 characters."),
        ("after=0.1.x.0", "That place in the list is not known. This is its beginning."),
    ],
)
def test_a_mistake_is_left_out_and_said(client, query, sentence):
    text = page(client, f"{query}&city=Ghent" if "city" not in query else query)
    assert errors_in(text) == [sentence]
    assert "<title>Error: Cleaning jobs" in text
    assert names(text) == ["Whole flat", "Attic"] + (["Windows"] if "city" in query else [])


def test_what_was_typed_stays_in_the_form(client):
    text = page(client, "q=%3Cb%3E&min_rate=abc&city=Ghent&sort=lowest")
    assert 'value="&lt;b&gt;"' in text
    assert 'value="abc"' in text
    assert 'value="Ghent"' in text
    assert '<option value="lowest" selected>' in text


def test_what_was_typed_is_forgotten_after_an_hour(monkeypatch):
    for typed in ("mothballs", "soot"):
        assert f'value="{typed}"' in CleaningFilter(QueryDict(f"q={typed}"))["q"].html
    hour_later = monotonic() + CACHED_FOR + 1
    monkeypatch.setattr("core.fragments.monotonic", lambda: hour_later)
    assert 'value=""' in CleaningFilter(QueryDict())["q"].html
    assert markup_of.results.cache_info().currsize == 1


def test_each_filter_that_counts_is_a_link_that_takes_it_away(client):
    text = page(client, "q=flat&city=Ghent&min_rate=x&from=&sort=lowest&after=0.1.1.0&utm=1")
    links = re.findall(r'<a class="chip chip-on" href="([^"]*)">.*?</span>([^<]*) <', text)
    assert [(unescape(href), unescape(words)) for href, words in links] == [
        ("/cleanings/?city=Ghent&min_rate=x&sort=lowest", "flat"),
        ("/cleanings/?q=flat&min_rate=x&sort=lowest", "In Ghent"),
    ]
    assert names(page(client, "city=Ghent&min_rate=x&sort=lowest")) == ["Whole flat", "Attic"]


def test_the_finds_are_counted_up_to_1000_and_then_shown_to_be_more(client, monkeypatch):
    assert "<h2>3 jobs</h2>" in page(client)
    assert "<h2>1 job</h2>" in page(client, "q=attic")
    monkeypatch.setattr("cleanings.browse.listing.MOST_COUNTED", 2)
    assert "<h2>More than 2 jobs</h2>" in page(client)
    assert "<h2>2 jobs</h2>" in page(client, "city=Ghent")


def test_nothing_yet_is_not_nothing_found(client):
    assert "No jobs match" in page(client, "q=castle")
    for name in ("Windows", "Attic", "Whole flat"):
        create_user("olivia").cleanings.get(name=name).close(by=create_user("olivia"))
    assert "No jobs are open right now" in page(client)


def test_behind_the_last_one_the_list_ends_with_what_is_nearest(client):
    assert names(page(client, "city=Ghent&after=0.1.1.0")) == names(page(client, "city=Ghent"))


def test_pages_are_linked_both_ways_and_keep_the_filters(client):
    for number in range(41):
        create_cleaning(name=f"Loft {number}", city="Namur")
    links, seen, query = re.compile(r'href="\?([^"]*)" rel="(next|prev)"'), [], "city=Namur"
    while query:
        text = page(client, query)
        seen += names(text)
        there = {rel: unescape(address) for address, rel in links.findall(text)}
        assert ("prev" in there) == (len(seen) > 20)
        assert (", continued" in text) == (len(seen) > 20)
        query = there.get("next")
    assert seen == [f"Loft {number}" for number in reversed(range(41))]
    assert names(page(client, there["prev"])) == seen[20:40]


def test_only_the_bare_address_is_for_search_engines(client):
    assert '<meta name="robots" content="noindex">' not in page(client)
    assert 'rel="canonical"' in page(client)
    for query in ("sort=newest", "city=Ghent", "after=0.1.1.0"):
        assert '<meta name="robots" content="noindex">' in page(client, query)


def test_a_card_of_what_changes_between_list_and_card_is_shown_as_it_is(offered):
    rows = Listing(Cleaning.objects.open()).rows
    offered.edit(by=offered.owner, name="Half a flat")
    shown = cards(rows, AnonymousUser())
    assert len(shown) == 3
    assert "Half a flat" in shown[0].html
    Cleaning.objects.get(name="Attic").delete(by=offered.owner)
    assert len(cards(rows, AnonymousUser())) == 2
    offered.close(by=offered.owner)
    assert len(cards(rows, AnonymousUser())) == 1


def quick_in(text):
    """What each quick filter is called, where it leads and whether it is on."""
    found = re.findall(
        r'<a class="chip( chip-on)?" href="([^"]*)" [^>]*>(?:<span[^>]*>Remove the filter </span>)?([^<]+)', text
    )
    return {label.strip(): (unescape(path), bool(is_on)) for is_on, path, label in found}


def test_a_quick_filter_is_set_and_removed_in_one_step(client):
    path, is_on = quick_in(page(client, "q=rooms"))["Spot clean"]
    assert (path, is_on) == ("/cleanings/?q=rooms&type=spot_clean", False)
    text = text_of(client.get(path))
    assert names(text) == ["Windows"]
    assert quick_in(text)["Spot clean"] == ("/cleanings/?q=rooms", True)
    assert quick_in(text)["Full clean"] == ("/cleanings/?q=rooms&type=full_clean", False)


@time_machine.travel("2026-11-25 12:00:00+01:00", tick=False)
def test_this_week_ends_on_sunday(client):
    path, _ = quick_in(page(client))["This week"]
    assert path == "/cleanings/?to=2026-11-29"
    assert quick_in(text_of(client.get(path)))["This week"] == ("/cleanings/", True)


def test_what_folds_away_opens_for_a_fault_in_it(client):
    assert '<details class="more">' in page(client, "q=flat&min_rate=20")
    assert '<details class="more" open>' in page(client, "q=flat&min_rate=x")


@pytest.mark.parametrize(("query", "says_so"), [("min_rate=abc", True), ("min_rate=1", False), ("after=x", False)])
def test_the_list_says_that_it_leaves_out_a_filter_at_fault(client, query, says_so):
    create_cleaning()
    assert ("Shown without the filters that need fixing." in page(client, query)) is says_so
