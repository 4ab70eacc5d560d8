"""The line of rates above the offers that an owner compares."""

from decimal import Decimal

import pytest

from accounts.models import User
from cleanings.models import Cleaning
from offers.comparison import RateLine
from offers.models import Offer
from offers.prices import Prices

USUAL = Prices(kind="spot_clean", count=5, lowest=Decimal(18), median=Decimal(19), highest=Decimal(20))


def line(*rates, asked="18", usual=None):
    cleaning = Cleaning()
    offers = [Offer(cleaning=cleaning, cleaner=User(username="carl"), hourly_rate=Decimal(rate)) for rate in rates]
    return RateLine(offers, Decimal(asked), usual)


def test_the_line_reaches_a_little_further_than_its_rates():
    drawn = line("17", "22", "18.50")
    assert drawn.ends == ("€16", "€23")
    assert [mark.x for mark in drawn.marks] == ["14.3%", "35.7%", "85.7%"]
    assert drawn.asked_x == "28.6%"


def test_faces_are_by_turns_above_and_below():
    assert [mark.is_below for mark in line("17", "18", "18.50", "22").marks] == [False, True, False, True]


def test_faces_of_one_rate_are_in_lanes_of_their_own_and_further_ones_are_points():
    drawn = line(*["20"] * 5)
    assert [mark.lane for mark in drawn.marks] == [0, 1, 2, 3, None]
    assert len({mark.face_y for mark in drawn.marks[:4]}) == 4
    assert all(mark.face_y - 16 >= 0 and mark.face_y + 16 < drawn.height for mark in drawn.marks[:4])


def test_the_usual_rates_are_a_stretch_of_the_line():
    drawn = line("17", "22", usual=USUAL)
    assert (drawn.usual_x, drawn.usual_width, drawn.usual_label) == ("28.6%", "28.6%", "€18 to €20")
    assert line("17", "22").usual_label == ""


def test_one_rate_has_a_line_too():
    drawn = line("18")
    assert (drawn.ends, drawn.asked_x) == (("€17", "€19"), "50.0%")


@pytest.mark.parametrize(
    ("rates", "sentence"),
    [
        (["18"], "One offer, at €18 an hour."),
        (["18", "18"], "Two offers, all at €18 an hour."),
        (["18", "22", "17"], "Three offers, from €17 to €22 an hour."),
    ],
)
def test_a_sentence_says_the_same(rates, sentence):
    assert line(*rates).sentence == sentence
