"""Where postcodes lie, which names a town has, and how both are loaded."""

from decimal import Decimal
from io import StringIO
from math import asin, cos, radians, sin, sqrt

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from cleanings.models import Cleaning, Place
from cleanings.places import KILOMETRES, Places, distance_label
from cleanings.postcodes import postcode_key
from marketplace.settings import BASE_DIR
from marketplace.testing import create_cleaning

BELGIUM = BASE_DIR / "cleanings" / "data" / "BE.txt"
GHENT = ["BE\t9000\tGent\t\t\t\t\tGent\t1\t51.04\t3.714\t", "BE\t9000\tGand\t\t\t\t\tGent\t1\t51.04\t3.714\t"]


@pytest.fixture
def load(db, tmp_path):
    def load_lines(*lines):
        file = tmp_path / "places.txt"
        file.write_text("\n".join(lines))
        out = StringIO()
        call_command("load_places", file, stdout=out)
        return out.getvalue()

    return load_lines


def place(postcode, latitude, longitude, name="Town"):
    return Place(postcode=postcode, name=name, key=name.lower(), latitude=latitude, longitude=longitude)


def rows(**which):
    return list(Place.objects.filter(**which).order_by("pk").values_list("country", "postcode", "name", "key"))


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("9000", "9000"), (" 9000 ", "9000"), ("B-9000", "9000"), ("b 9000", "9000"), ("BE 9000", "9000"),
        ("BE-9000", "9000"), ("B\u20139000", "9000"), ("9000 Gent", "9000"), ("9000Gent", "9000"),
        ("９０００", "9000"), ("٩٠٠٠", "9000"), ("9000, Gent", "9000"),
        ("1000-001", "1000001"), ("SW1A 1AA", "SW1A1AA"), ("9000 1", "90001"), ("D-10115", "D10115"), ("90", "90"),
        ("", ""), ("---", ""), ("'; DROP TABLE", "DROPTABLE"),
    ],
)  # fmt: skip
def test_a_postcode_is_compared_as_it_is_meant(typed, key):
    assert postcode_key(typed) == key


@pytest.mark.parametrize(
    ("country", "typed", "key"),
    [
        ("GB", "G1 1AA", "G11AA"), ("NL", "1011 AB", "1011"), ("NL", "1011AB", "1011"),
        ("SE", "114 55", "11455"), ("DE", "D-10115", "10115"), ("FR", "F 75001", "75001"),
    ],
)  # fmt: skip
def test_a_postcode_of_another_country_is_compared_by_its_own_form(settings, country, typed, key):
    settings.COUNTRY = country
    assert postcode_key(typed) == key


LATITUDES = st.integers(-90_000, 90_000).map(lambda number: number / 1000)
LONGITUDES = st.integers(-180_000, 180_000).map(lambda number: number / 1000)
# Close to each other, so that some are near, also across the date line and around a pole.
CENTRES = st.tuples(st.one_of(LATITUDES, st.just(89.9)), st.one_of(LONGITUDES, st.just(179.95)))
SHIFTS = st.lists(st.tuples(st.integers(-600, 600), st.integers(-900, 900)), min_size=2, max_size=12)


def plain_metres(one, other):
    north, east, other_north, other_east = map(radians, (*one, *other))
    half = sin((north - other_north) / 2) ** 2 + cos(north) * cos(other_north) * sin((east - other_east) / 2) ** 2
    return 2 * 6_371_008.8 * asin(min(1, sqrt(half)))


@given(CENTRES, SHIFTS, st.sampled_from(KILOMETRES))
def test_what_is_near_is_what_a_plain_comparison_finds_both_ways(centre, shifts, kilometres):
    points = {
        f"{number}": (max(-90, min(90, centre[0] + north / 1000)), (centre[1] + east / 1000 + 180) % 360 - 180)
        for number, (north, east) in enumerate(shifts)
    }
    places = Places(place(code, *point) for code, point in points.items())
    found = {code: places.within(kilometres, code) for code in points}
    for one, point in points.items():
        plain = {other: plain_metres(point, points[other]) for other in points}
        borderline = {other for other, metres in plain.items() if abs(metres - kilometres * 1000) < 0.01}
        near = {other for other, metres in plain.items() if metres <= kilometres * 1000}
        assert near - borderline <= set(found[one]) <= near | borderline
        assert all(found[other][one] == metres for other, metres in found[one].items())
        assert all(abs(metres - plain[other]) <= 0.51 for other, metres in found[one].items())
        assert list(found[one].values()) == sorted(found[one].values())


def test_the_middle_of_a_postcode_is_the_mean_of_its_rows():
    places = Places([place("1", 50, 4, "A"), place("1", 51, 5, "B"), place("2", 0, 179.9), place("2", 0, -179.9, "C")])
    assert [tuple(round(number, 6) for number in places.middles[code]) for code in "12"] == [(50.5, 4.5), (0, -180)]


@pytest.mark.parametrize(
    ("north", "label"), [(0, "same postcode"), (0.001, "about 1 km"), (0.0539, "about 6 km"), (2, "about 222 km")]
)
def test_a_distance_is_told_in_whole_kilometres(north, label):
    Places.current = Places([place("1", 50, 4), place("2", 50 + north, 4)])
    assert distance_label("1", "2" if north else "1") == label


def test_places_at_one_point_are_told_apart_and_unknown_ones_have_no_distance():
    Places.current = Places([place("1", 50, 4), place("2", 50, 4)])
    assert [distance_label("1", other) for other in ("2", "3", "", None)] == ["about 1 km", "", "", ""]
    assert distance_label("", "1") == ""


def test_names_of_one_town_share_a_key(load):
    said = load(*GHENT, "BE\t9050\tGentbrugge\t\t\t\t\t\t\t51.045\t3.759\t")
    assert said == "BE: 2 postcodes with 3 names. Cleanings refreshed: 0.\n"
    assert rows() == [
        ("BE", "9000", "Gent", "gent"), ("BE", "9000", "Gand", "gent"), ("BE", "9050", "Gentbrugge", "gentbrugge"),
    ]  # fmt: skip
    places = Places.get()
    assert [places.city_key(city) for city in ("GAND", "Gent", "Gentbrugge", "Nowhere")] == [
        "gent", "gent", "gentbrugge", "nowhere",
    ]  # fmt: skip


def test_a_name_of_two_towns_is_told_apart_by_the_postcode(load):
    load(
        "BE\t1500\tHalle\t\t\t\t\tHalle\t1\t50.7\t4.2\t", "BE\t1500\tHal\t\t\t\t\tHalle\t1\t50.7\t4.2\t",
        "BE\t5000\tHal\t\t\t\t\t\t\t50.4\t4.8\t",
    )  # fmt: skip
    places = Places.get()
    assert [places.city_key("Hal", code) for code in ("1500", "5000", "9999", "")] == ["halle", "hal", "hal", "hal"]


def test_loading_refreshes_the_cleanings_there_are(load):
    gand, ghent = create_cleaning(city="Gand", postcode="B-9000"), create_cleaning(city="Antwerp", postcode="2000")
    Cleaning.objects.update(postcode_key=None)
    assert load(*GHENT).endswith("refreshed: 2.\n")
    keys = Cleaning.objects.order_by("pk").values_list("city_key", "postcode_key")
    assert list(keys) == [("gent", "9000"), ("antwerp", "2000")]
    assert load(*GHENT).endswith("refreshed: 0.\n")
    Cleaning.objects.filter(pk=gand.pk).update(postcode_key=None)
    assert load(*GHENT).endswith("refreshed: 1.\n")
    assert list(Cleaning.objects.in_city("Gent")) == [gand] != [ghent]


def test_a_cleaning_keeps_its_keys_up_to_date(load):
    load(*GHENT, "BE\t2000\tAntwerpen\t\t\t\t\tA\t\t51.2\t4.4\t", "BE\t2000\tGand\t\t\t\t\t\t\t51.2\t4.4\t")
    cleaning = create_cleaning(city="Gand", postcode="9000")
    assert (cleaning.city_key, cleaning.postcode_key) == ("gent", "9000")
    cleaning.edit(by=cleaning.owner, postcode="2000 Anvers")
    cleaning.refresh_from_db()
    assert (cleaning.city_key, cleaning.postcode_key) == ("gand", "2000")


def test_a_load_replaces_one_country_and_leaves_the_others(load):
    load(*GHENT)
    load("NL\t1011\tAmsterdam\t\t\t\t\t\t\t52.37\t4.9\t")
    load("BE\t2000\tAntwerpen\t\t\t\t\t\t\t51.2\t4.4\t")
    assert rows() == [("NL", "1011", "Amsterdam", "amsterdam"), ("BE", "2000", "Antwerpen", "antwerpen")]
    assert [code in Places.get() for code in ("9000", "1011", "2000")] == [False, False, True]


GOOD = "BE\t2000\tAntwerpen\t\t\t\t\t\t\t51.2\t4.4\t"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("BE\t9000\tGent", "line 2: 3 columns are there, not 12."),
        ("be\t9000\tGent\t\t\t\t\t\t\t51\t4\t", "line 2: the country is no code of two capitals."),
        ("NL\t9000\tGent\t\t\t\t\t\t\t51\t4\t", "the whole file: it has to hold one country."),
        ("BE\t--\tGent\t\t\t\t\t\t\t51\t4\t", "line 2: the postcode or the name is missing."),
        ("BE\t9000\t\u200b\t\t\t\t\t\t\t51\t4\t", "line 2: the postcode or the name is missing."),
        ("BE\t9000\tGent\t\t\t\t\t\t\tnorth\t4\t", "line 2: the latitude or the longitude is no number."),
        ("BE\t9000\tGent\t\t\t\t\t\t\tNaN\t4\t", "line 2: the latitude or the longitude is out of range."),
        ("BE\t9000\tGent\t\t\t\t\t\t\t51\t181\t", "line 2: the latitude or the longitude is out of range."),
    ],
)
def test_a_broken_file_replaces_nothing(load, line, sentence):
    load(*GHENT)
    before = rows()
    with pytest.raises(CommandError) as error:
        load(GOOD, line)
    assert sentence in str(error.value)
    assert rows() == before != []


def test_a_file_that_is_empty_missing_or_no_text_replaces_nothing(load, tmp_path):
    load(*GHENT)
    for content in (b"", b"\n\n", b"\xff\xfe"):
        (tmp_path / "bad").write_bytes(content)
        with pytest.raises(CommandError):
            call_command("load_places", tmp_path / "bad")
    with pytest.raises(CommandError):
        call_command("load_places", tmp_path / "missing")
    assert len(rows()) == 2


@pytest.mark.parametrize(
    "wrong", [{"latitude": Decimal("90.001")}, {"longitude": Decimal("-180.001")}, {"latitude": Decimal("51")}]
)
def test_the_database_refuses_what_lies_nowhere_and_a_name_twice(db, wrong):
    facts = {"country": "BE", "postcode": "9000", "name": "Gent", "key": "gent"}
    assert str(Place.objects.create(**facts, latitude=51, longitude=3)) == "9000 Gent"
    facts |= {} if wrong == {"latitude": Decimal("51")} else {"name": "Gand"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.create(**facts | {"latitude": 51, "longitude": 3} | wrong)


def test_the_postcodes_that_come_with_the_site(db):
    call_command("load_places", BELGIUM, stdout=StringIO())
    places = Places.get()
    assert (Place.objects.count(), len(places.middles)) == (1537, 1145)
    assert {places.city_key(city) for city in ("Gent", "Gand", "Ghent", "GENT")} == {"gent"}
    assert {places.city_key(city) for city in ("Brussels", "Bruxelles", "Brussel", "Brüssel")} == {"brussel"}
    assert all(49.4 < north < 51.6 and 2.5 < east < 6.5 for north, east in places.middles.values())
    assert 48_000 < places.distance("9000", "1000") < 52_000
