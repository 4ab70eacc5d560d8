"""Finding by words means the same on both databases, whatever is typed."""

from datetime import timedelta

import pytest

from cleanings.models import Cleaning
from cleanings.search import words_in
from marketplace.testing import create_cleaning, create_offer, create_user

pytestmark = pytest.mark.django_db


def found(text):
    return set(Cleaning.objects.open().with_words(words_in(text)).values_list("name", flat=True))


@pytest.fixture
def flat():
    return create_cleaning(
        name="Windows of a flat", description="Cleaned twice: 40 m², 3rd floor, the balcony too.", city="Liège"
    )


@pytest.mark.parametrize(
    "text",
    [
        "window", "WINDOWS", "windowed", "cleaning", "cleans", "balconies", "liege", "LIÈGE", "Lie\u0300ge", "m²",
        "40 m²", "3rd", "flat windows", "flat, windows!", "windows-flat", "cleane", "balc", "window fl", "li", "fla",
        "4",
    ],
)  # fmt: skip
def test_words_are_found_in_any_form_and_place_and_the_last_one_by_its_beginning(flat, text):
    create_cleaning(name="Shop floor", description="Swept and mopped.", city="Ghent")
    assert found(text) == {flat.name}


@pytest.mark.parametrize("text", ["windo flat", "indow", "house", "flat house", "windows ghent", "flats of houses"])
def test_every_word_counts_and_only_the_last_one_may_be_begun(flat, text):
    assert found("window flat") == {flat.name}
    assert found(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "flat OR house", "flat AND window", "NOT flat", "flat | house", "!flat", "flat & window", "fl:* | x", "'flat",
        '"flat"', "name:flat", "name : flat", "flat*", "^flat", "NEAR(flat window)", "flat) OR 1=1 --", "{name}: flat",
        "-flat", "\\flat", "flat 🧹", "%flat%", "f_at", "fl%t", "flat\u200b", "٣", "x" * 100,
    ],
)  # fmt: skip
def test_what_is_an_operator_elsewhere_is_a_word_or_nothing_here(flat, text):
    words = words_in(text)
    there = {"flat", "windows", "window", "of", "a", "name"}
    expected = {flat.name} if {word.lower() for word in words} <= there - {"name"} else set()
    assert found(text) == expected


@pytest.mark.parametrize("text", ["", "%", "_", "''", "🧹", "--", "\u0301"])
def test_what_has_no_letters_has_no_words(text):
    assert words_in(text) == []


def test_names_are_told_from_the_rest(flat):
    by_name = Cleaning.objects.with_words
    assert by_name(["window"], in_name=True).get() == flat
    assert by_name(["of", "fla"], in_name=True).get() == flat
    assert by_name(["balcony"]).get() == flat
    assert not by_name(["balcony"], in_name=True).exists()
    assert not by_name(["window", "balcony"], in_name=True).exists()


def test_the_index_follows_what_is_edited_and_deleted(flat):
    flat.edit(by=flat.owner, name="Kitchen of a house", city="Antwerp")
    assert found("windows") == found("liege") == set()
    assert found("kitchens") == found("antwerp") == found("balcony") == {flat.name}
    flat.delete(by=create_user("olivia"))
    assert found("kitchens") == set()
    create_cleaning(name="Attic")
    assert found("attics") == {"Attic"}


def test_what_takes_no_offers_is_not_found(flat):
    taken = create_cleaning(name="Taken windows")
    create_offer(cleaning=taken, status="accepted")
    create_cleaning(name="Closed windows").close(by=create_user("olivia"))
    soon = create_cleaning(name="Windows of yesterday", starts_in=timedelta(hours=1))
    assert found("windows") == {flat.name, soon.name}
