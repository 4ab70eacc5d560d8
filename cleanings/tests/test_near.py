"""The list near a postcode: what is in it, in which order, how far away it is said to be, and what is typed wrongly."""

import re
from io import StringIO
from random import Random

import pytest
from django.core.management import call_command
from django.http import QueryDict

from cleanings.browse.filters import CleaningFilter
from cleanings.browse.listing import Listing
from cleanings.browse.nearest import nearest_first
from cleanings.models import Cleaning, Place
from cleanings.places import Places
from cleanings.tests.test_places import BELGIUM
from marketplace.testing import create_cleaning, create_user, text_of

pytestmark = [pytest.mark.long, pytest.mark.django_db]
CHANCE = Random()

# All whose middle lies within 25 km of that of 1000, as a plain reading of the file finds them.
NEAR_BRUSSELS = """
1000 1020 1030 1040 1050 1060 1070 1080 1081 1082 1083 1090 1120 1130 1140 1150 1160 1170 1180 1190 1200 1210
1300 1301 1310 1330 1331 1332 1341 1342 1380 1390 1410 1420 1421 1428 1430 1440 1460 1461 1472 1473 1480 1500
1501 1502 1540 1560 1600 1601 1602 1620 1630 1640 1650 1651 1652 1653 1654 1670 1671 1673 1674 1700 1701 1702
1703 1730 1731 1740 1741 1742 1745 1750 1755 1760 1761 1770 1780 1785 1790 1800 1820 1830 1831 1840 1850 1851
1852 1853 1860 1861 1880 1910 1930 1932 1933 1950 1970 1980 1981 1982 2800 2801 2811 2812 2820 2830 2870 2890
3000 3001 3020 3040 3050 3051 3052 3054 3060 3061 3070 3071 3078 3080 3090 3150 3190 3191 9255 9280 9300 9310
9320 9402 9403 9406 9450 9470 9472 9473
"""


@pytest.fixture
def belgium():
    call_command("load_places", BELGIUM, stdout=StringIO())


@pytest.fixture
def line():
    """Towns in a row to the north, about 11 km between neighbours."""
    places = [
        Place(country="BE", postcode=f"100{n}", name=f"T{n}", key=f"t{n}", latitude=50 + n / 10, longitude=4)
        for n in range(6)
    ]
    Place.objects.replace("BE", places)
    return Places.refresh()


def filters_of(query):
    return CleaningFilter(QueryDict(query))


def found(query, **more):
    filters = filters_of(query)
    assert not filters.errors, filters.errors
    more |= {"distances": filters.distances}
    return Listing(filters.apply_to(Cleaning.objects.open()), filters.order, filters.words, **more)


def ids(listing):
    return [row["pk"] for row in listing.rows]


def test_brussels_within_25_km_is_this(belgium):
    assert list(Places.get().within(25, "1000"))[:3] == ["1000", "1210", "1080"]
    assert sorted(Places.get().within(25, "1000")) == NEAR_BRUSSELS.split()


@pytest.mark.parametrize(("within", "towns"), [("", 1), ("5", 1), ("10", 1), ("25", 3), ("50", 5)])
def test_a_cleaning_is_near_by_its_postcode_however_it_was_typed(line, within, towns):
    typed = ["1000", "B-1001", "1002 T2", "BE 1003", "b1004", "1005"]
    made = [create_cleaning(postcode=postcode).pk for postcode in typed]
    create_cleaning(postcode="9999")
    assert sorted(ids(found(f"near=B-1000&within={within}"))) == made[:towns]


def test_near_goes_with_every_other_filter_and_every_order(line):
    facts = {"postcode": "1001", "name": "Windows", "city": "T1", "cleaning_type": "dust_up", "area": "kitchen"}
    wanted = create_cleaning(**facts)
    for other in (
        {"postcode": "1005"}, {"name": "Floors"}, {"city": "T2"}, {"cleaning_type": "full_clean"}, {"area": "stairs"},
        {"hourly_rate": 30}, {"starts_in": None},
    ):  # fmt: skip
        create_cleaning(**facts | other)
    query = "near=1000&within=25&q=windows&city=T1&type=dust_up&area=kitchen&max_rate=25&from=2020-01-01"
    for order in ("newest", "soonest", "highest", "lowest", "match", "nearest"):
        listing = found(f"{query}&sort={order}")
        assert (ids(listing), listing.count) == ([wanted.pk], 1)


def test_the_nearest_come_first_and_the_newest_among_those(line):
    made = [create_cleaning(postcode=postcode).pk for postcode in ("1002", "1000", "1001", "1000", "1002", "1004")]
    query = "near=1001&within=25&sort=nearest"
    assert ids(found(query)) == [made[2], made[4], made[3], made[1], made[0]]


@pytest.mark.parametrize("many", [3, 1000])
def test_the_nearest_are_paged_both_ways_while_others_post(line, monkeypatch, many):
    """In one segment, and in rings."""
    monkeypatch.setattr("cleanings.browse.listing.MOST_COUNTED", many)
    monkeypatch.setattr("cleanings.browse.nearest.RINGS", (1, 2))
    CHANCE.seed(7)
    made = [create_cleaning(postcode=f"100{CHANCE.randrange(6)}").pk for _ in range(17)]
    query, seen, pages, after = "near=1002&within=50&sort=nearest", [], [], ""
    at_first = ids(found(query, size=100))
    assert sorted(at_first) == made
    while True:
        pages.append(found(query, size=4, after=str(after)))
        seen += ids(pages[-1])
        if not (after := pages[-1].next):
            break
        create_cleaning(postcode=f"100{CHANCE.randrange(6)}", owner=create_user("stan"))
    assert len(pages) > 4
    assert [pk for pk in seen if pk in at_first] == at_first
    assert len(seen) == len(set(seen))
    back = found(query, size=4, after=str(pages[-1].previous))
    assert set(ids(back)).isdisjoint(ids(pages[-1]))


def test_rings_say_the_same_as_one_segment(belgium, monkeypatch):
    CHANCE.seed(3)
    codes = list(Places.get().within(50, "9000"))
    rows = [create_cleaning(postcode=CHANCE.choice(codes)) for _ in range(60)]
    plain = sorted(
        rows, key=lambda row: (Places.get().distance("9000", row.postcode), -row.created_at.timestamp(), -row.pk)
    )
    for many in (1000, 10):
        monkeypatch.setattr("cleanings.browse.listing.MOST_COUNTED", many)
        assert ids(found("near=9000&within=50&sort=nearest", size=100)) == [row.pk for row in plain]


@pytest.mark.parametrize(("towns", "rings"), [(1, 1), (2, 2), (4, 2), (5, 3), (64, 4), (65, 5)])
def test_no_ring_is_read_that_holds_no_town(towns, rings):
    distances = {str(1000 + number): number for number in range(towns)}
    assert len(nearest_first(Cleaning.objects.open(), distances, in_rings=True)) == rings


def test_the_page_tells_the_filter_and_each_distance(client, belgium):
    create_cleaning(postcode="9000", city="Ghent")
    create_cleaning(postcode="9050", city="Gentbrugge")
    page = text_of(client.get("/cleanings/?near=9000+Gent&sort=nearest"))
    assert re.findall(r'"town">(\w+</span>[^·]+) ·', page) == ["Ghent</span> 9000", "Gentbrugge</span>, 3 km"]
    assert "Within 10 km of 9000" in page
    assert "Nearest first. Times" in page
    assert "ODbL" in page
    assert "Within 10 km of 9000" in text_of(client.get("/feed/?near=9000&within=10"))


def test_a_reader_with_a_postcode_sees_distances_and_others_do_not(client, belgium):
    cleaning = create_cleaning(postcode="9050")
    carl = create_user("carl")
    pages = ("/cleanings/", "/", cleaning.get_absolute_url())
    assert not any("3 km" in text_of(client.get(path)) for path in pages)
    client.force_login(carl)
    assert not any("3 km" in text_of(client.get(path)) for path in pages)
    carl.profile.postcode = "B-9000"
    carl.profile.save_changes(["postcode"])
    assert all("3 km" in text_of(client.get(path)) for path in pages)
    client.logout()
    assert not any("3 km" in text_of(client.get(path)) for path in pages)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("near=9999", "We don’t know the postcode 9999. Check it, or type a town."),
        ("near=75001+Paris", "We don’t know the postcode 75001 Paris. Check it, or type a town."),
        ("near=%3Cscript+1%3E", "We don’t know the postcode &lt;script 1&gt;. Check it, or type a town."),
        ("near=%27--1", "We don’t know the postcode"),
        ("near=" + "9" * 81, "Use at most 80 characters."),
        ("near=9000&within=7", "Choose a distance from the list."),
        ("near=9000&within=-1", "Choose a distance from the list."),
        ("near=9000&within=1e9", "Choose a distance from the list."),
        ("near=9999&sort=nearest", "We don’t know the postcode 9999."),
        ("sort=nearest", "Choose an order from the list."),
    ],
)
def test_what_is_typed_wrongly_is_said_and_left_out(client, belgium, query, sentence):
    create_cleaning(postcode="9000")
    page = text_of(client.get(f"/cleanings/?{query}"))
    assert sentence in page
    assert "<h2>1 job</h2>" in page
    assert "<h2>1 job</h2>" not in text_of(client.get("/cleanings/?near=1000"))


@pytest.mark.parametrize("query", ["near=", "near=+", "within=25", "within=7&near="])
def test_an_empty_postcode_asks_for_nothing(belgium, query):
    filters = filters_of(query)
    assert (filters.chosen, filters.removals, filters.query()) == ({}, [], "")


def test_a_search_has_one_address_however_it_was_typed(belgium):
    queries = {
        filters_of(query).query() for query in ("near=9000", "near=B-9000&within=10", "within=10&near=9000+Gent")
    }
    assert queries == {"near=9000"}
    assert filters_of("near=9000&within=25&type=dust_up").removals == [
        ("Within 25 km of 9000", "type=dust_up"), ("Dusting", "near=9000&within=25"),
    ]  # fmt: skip


def test_a_country_without_postcodes_has_neither_field_nor_order(client):
    create_cleaning()
    page = text_of(client.get("/cleanings/?near=9000&within=5&sort=newest"))
    assert "1 job" in page
    for word in ("Near me", "How far", "Nearest first", "ODbL", "Within"):
        assert word not in page


@pytest.mark.parametrize("items", [1, 30])
@pytest.mark.parametrize(("order", "queries"), [("newest", 3), ("nearest", 4)])
def test_a_page_takes_the_same_number_of_queries_whatever_is_near(
    client, belgium, django_assert_num_queries, items, order, queries
):
    codes = list(Places.get().within(25, "9000"))
    for number in range(items):
        create_cleaning(postcode=codes[number])
    with django_assert_num_queries(queries):
        assert client.get(f"/cleanings/?near=9000&within=25&sort={order}").status_code == 200


def test_an_unknown_postcode_can_be_posted(belgium):
    assert create_cleaning(postcode="XX 12").postcode_key == "XX12"


def test_a_town_is_understood_where_a_postcode_is_asked_for(client, belgium):
    create_cleaning(name="Attic", city="Ghent", postcode="9000")
    create_cleaning(name="Cellar", city="Bruges", postcode="8000")
    page = text_of(client.get("/cleanings/?near=Gent"))
    assert ("Attic" in page, "Cellar" in page) == (True, False)
    assert "<h1>Cleaning jobs in Gent</h1>" in page
    assert 'id="id_near" value="Gent"' in page


def test_near_me_is_offered_to_whom_we_know_where_they_live(client, belgium):
    carl = create_user("carl")
    client.force_login(carl)
    assert "Near me" not in text_of(client.get("/cleanings/"))
    carl.profile.postcode = "B-9000"
    carl.profile.save_changes(["postcode"])
    assert 'href="/cleanings/?near=9000" >Near me</a>' in text_of(client.get("/cleanings/"))
