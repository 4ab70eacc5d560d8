"""Pages that continue by key, while others post and close, and places that are none."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from cleanings.browse.listing import Listing
from cleanings.models import Cleaning
from core.paging import Place, Unknown
from marketplace.testing import create_cleaning, create_user, text_of

pytestmark = pytest.mark.django_db
ORDERS = ["newest", "soonest", "highest", "lowest", "match"]
CHANCE = Random()


@pytest.fixture(autouse=True)
def same_chance():
    CHANCE.seed(20)


def create_some(number):
    """Each time of somebody else's, because nobody posts without a limit."""
    owner = create_user(f"owner{Cleaning.objects.count()}")
    return [
        create_cleaning(
            owner=owner,
            name=CHANCE.choice(["Windows", "Flat"]),
            description="Windows too.",
            hourly_rate=Decimal(CHANCE.choice([15, 20, 25])),
            starts_in=CHANCE.choice([None, timedelta(days=1), timedelta(days=CHANCE.randint(1, 300))]),
        )
        for _ in range(number)
    ]


def page(order, after=""):
    words = ["windows"] if order == "match" else []
    return Listing(Cleaning.objects.open(), order, words, after=str(after or ""), size=4)


def ids(listing):
    return [row["pk"] for row in listing.rows]


@pytest.mark.parametrize("order", ORDERS)
def test_while_others_post_and_close_nothing_is_shown_twice_or_left_out(order):
    at_first, seen, gone, after = create_some(15), [], set(), ""
    while True:
        listing = page(order, after)
        seen += ids(listing)
        if not listing.next:
            break
        after = listing.next
        create_some(2)
        closed = CHANCE.choice([each for each in at_first if each.pk not in gone])
        closed.close(by=closed.owner)
        gone.add(closed.pk)
    assert len(gone) >= 3
    assert len(seen) == len(set(seen))
    assert {each.pk for each in at_first} - gone <= set(seen)


@pytest.mark.parametrize("order", ORDERS)
def test_the_way_back_shows_the_pages_that_were_passed(order):
    create_some(13)
    pages = [page(order)]
    while pages[-1].next:
        pages.append(page(order, pages[-1].next))
    assert [len(ids(each)) for each in pages] == [4, 4, 4, 1]
    assert [len(ids(page(order, each.previous))) for each in pages[1:]] == [4, 4, 4]
    assert [ids(page(order, each.previous)) for each in pages[1:]] == [ids(each) for each in pages[:-1]]
    assert pages[0].previous is page(order, pages[1].previous).previous is None
    assert page(order, pages[2].previous).next


def test_the_way_back_to_few_rows_is_the_first_page_whole():
    first, *rest = create_some(6)
    after = page("newest").next
    for cleaning in rest[-2:]:
        cleaning.close(by=cleaning.owner)
    back = page("newest", page("newest", after).previous)
    assert ids(back) == ids(page("newest")) == [each.pk for each in (*reversed(rest[:-2]), first)]
    assert back.place is None


@pytest.mark.parametrize(
    "text",
    [
        "x", "1", "1.2", "1.2.3", "1.2.3.4.5.6", "-1.2.3.4", "1.2.3.x", "٣.1.1.1", "1.1.1." + "9" * 19, "before.",
        "before.1", "...",
    ],
)  # fmt: skip
def test_what_names_no_place_is_no_place(text):
    with pytest.raises(Unknown):
        Place.named(text)


@pytest.mark.parametrize("order", ORDERS)
def test_a_place_that_no_list_has_leads_to_the_first_page_and_says_so(order):
    create_some(5)
    first = page(order)
    assert not page(order, first.next).is_lost
    for text in ("9.1.1.0", "0.999999999999999999.1.0", "0.1.1.1.0", "x"):
        listing = page(order, text)
        assert (listing.is_lost, ids(listing)) == (True, ids(first)), text


@pytest.mark.parametrize("order", ORDERS[:-1])
def test_a_place_with_a_value_too_many_leads_a_reader_to_the_first_page_and_says_so(client, order):
    create_some(5)
    first, lost = (client.get(f"/cleanings/?sort={order}&after={after}") for after in ("", "0.1.1.1.0"))
    assert ids(lost.context["listing"]) == ids(first.context["listing"])
    assert ["That place in the list is not known." in text_of(page) for page in (first, lost)] == [False, True]


def test_a_place_of_one_order_in_another_is_a_page_too():
    create_some(9)
    for place in [page(order).next for order in ORDERS]:
        for order in ORDERS:
            assert 0 < len(ids(page(order, place))) <= 4


def test_a_place_is_read_as_it_is_written():
    for place in (Place(0, (1,), 2), Place(2, (1, 7), 2, 3, is_backwards=True)):
        assert Place.named(str(place)) == place


def test_closed_and_passed_ones_are_on_no_page():
    mine = create_some(3)
    mine[0].close(by=mine[0].owner)
    assert ids(page("newest")) == [mine[2].pk, mine[1].pk]


def test_nothing_is_left_out_where_few_finds_become_many_on_the_way(monkeypatch):
    monkeypatch.setattr("cleanings.browse.search.PROBED", 20)
    monkeypatch.setattr("cleanings.browse.listing.MOST_COUNTED", 2)
    older, newer = (create_cleaning(name=f"Attic {number}") for number in (1, 2))
    first = Listing(Cleaning.objects.open(), "match", ["attic"], size=1)
    assert ids(first) == [newer.pk]
    create_cleaning(name="Attic 3")
    create_cleaning(name="Attic 4")
    create_some(20)
    # The index of words tells this one last.
    Cleaning.objects.filter(pk=older.pk).update(hourly_rate=21)
    after = Listing(Cleaning.objects.open(), "match", ["attic"], after=str(first.next), size=1)
    assert ids(after) == [older.pk]


@pytest.mark.long
@pytest.mark.parametrize("order", ORDERS)
def test_a_probe_that_meets_enough_leaves_none_out(order, monkeypatch):
    monkeypatch.setattr("cleanings.browse.search.PROBED", 3)
    some, seen, after = create_some(9), [], ""
    while len(seen) < 20:
        listing = Listing(Cleaning.objects.open(), order, ["windows"], after=str(after), size=2)
        seen += ids(listing)
        if not (after := listing.next):
            break
    assert sorted(seen) == [each.pk for each in some]


@pytest.mark.parametrize("order", ORDERS)
def test_a_probe_that_meets_too_few_leaves_none_out(order, monkeypatch):
    monkeypatch.setattr("cleanings.browse.search.PROBED", 3)
    some = [create_cleaning(name="Flat" if number % 4 else "Attic") for number in range(9)]
    first = Listing(Cleaning.objects.open(), order, ["attic"], size=1)
    rest = Listing(Cleaning.objects.open(), order, ["attic"], after=str(first.next), size=2)
    assert sorted(ids(first) + ids(rest)) == [each.pk for each in some[::4]]
    assert first.count == 3


def test_of_many_finds_the_best_come_first_among_the_newest_only(monkeypatch):
    monkeypatch.setattr("cleanings.browse.search.PROBED", 3)
    monkeypatch.setattr("cleanings.browse.listing.MOST_COUNTED", 3)
    one, two, three, four, five, six = (
        create_cleaning(name=name, description="An attic").pk
        for name in ("Attic", "Flat", "Attic", "Attic", "Flat", "Flat")
    )
    seen, after = [], ""
    while len(seen) < 20:
        listing = Listing(Cleaning.objects.open(), "match", ["attic"], after=str(after), size=2)
        seen += ids(listing)
        create_cleaning(name="Attic")
        if not (after := listing.next):
            break
    assert seen == [four, six, five, three, two, one]


def test_a_lost_place_leaves_nothing_of_its_own_behind(monkeypatch):
    monkeypatch.setattr("cleanings.browse.search.PROBED", 2)
    monkeypatch.setattr("cleanings.browse.listing.MOST_COUNTED", 2)
    for name in ("Attic", "Flat", "Flat", "Flat"):
        create_cleaning(name=name, description="An attic")
    first, lost = (Listing(Cleaning.objects.open(), "match", ["attic"], after=after) for after in ("", "9.1.1.5"))
    assert (ids(lost), lost.is_lost) == (ids(first), True)


def test_of_a_common_word_no_more_is_counted_than_is_said(monkeypatch):
    for module, name, number in (("search", "MANY", -1), ("search", "LEAST", 2), ("search", "PROBED", 3)):
        monkeypatch.setattr(f"cleanings.browse.{module}.{name}", number)
    monkeypatch.setattr("cleanings.browse.listing.MOST_COUNTED", 2)
    some = [create_cleaning(name=name).pk for name in ("Attic", "Cellar", "Attic", "Attic", "Cellar", "Attic")]
    attics, cellars = (Listing(Cleaning.objects.open(), "newest", [word]) for word in ("attic", "cellar"))
    assert (ids(attics), attics.count_label) == ([some[5], some[3], some[2], some[0]], "More than 2 jobs")
    assert (ids(cellars), cellars.count_label) == ([some[4], some[1]], "2 jobs")


@pytest.mark.parametrize(("most", "size"), [(4, 1), (100, 1), (100, 20)])
def test_behind_the_best_come_the_newest_others_of_few_or_many(monkeypatch, most, size):
    monkeypatch.setattr("cleanings.browse.listing.MOST_COUNTED", 3)
    monkeypatch.setattr("cleanings.browse.search.MOST_ORDERED", most)
    some = [create_cleaning(name=name).pk for name in ("Attic",) * 9 + ("Flat",) * 3]
    listing = Listing(Cleaning.objects.open(), "match", ["attic"], size=size)
    assert (ids(listing), listing.count_label) == (some[8::-1][:size], "More than 3 jobs")
