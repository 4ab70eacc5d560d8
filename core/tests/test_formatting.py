import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from babel.numbers import format_currency, list_currencies
from django.template import Context, Template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from core.formatting import (
    LOCALE,
    ago_label,
    count_word,
    day_label,
    in_a_row,
    money,
    short_when_label,
    when_label,
)
from core.templatetags.formatting import ago
from core.templatetags.text import unbroken


def test_only_whole_amounts_lose_their_cents():
    amounts = [money(Decimal(amount)) for amount in ("36", "36.50", "1200.00", "0.05")]
    assert amounts == ["€36", "€36.50", "€1,200", "€0.05"]


@pytest.mark.parametrize("amount", ["0", "-1234.505", "18.505", "1E+6", "999.995"])
def test_but_for_cents_money_is_written_as_babel_writes_it(settings, amount):
    for currency in list_currencies():
        settings.CURRENCY = currency
        written = format_currency(Decimal(amount), currency, locale=LOCALE)
        assert money(Decimal(amount)) == re.sub(r"\.00(?!\d)", "", written)


def test_no_line_ends_within_a_date_or_a_short_word_with_a_hyphen():
    written = unbroken("Until Tue 1 Dec 2026, 10:00, or 2 Dec: 3 Decades & my in-laws")
    words = "Until Tue_1_Dec_2026, 10:00, or 2_Dec: 3 Decades &amp; my ".replace("_", "\xa0")
    assert written == f'{words}<span class="text-nowrap">in-laws</span>'


def test_links_in_a_sentence_stay_as_they_are():
    link = format_html('<a href="/people/anna-b/?on=1 Dec" class="btn-link">Review {}</a>', "anna")
    assert unbroken(link) == link


def test_small_counts_are_words():
    assert [count_word(number) for number in (0, 1, 10, 11, 1200)] == ["no", "one", "ten", "11", "1,200"]


def test_words_in_a_row_end_with_and():
    assert [in_a_row(list(letters)) for letters in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]


BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (datetime(2026, 11, 24, 0, 30), "today"),
        (datetime(2026, 11, 23, 23, 30), "yesterday"),
        (datetime(2026, 11, 19), "5 days ago"),
        (datetime(2026, 9, 1), "2 months ago"),
        (datetime(2024, 1, 1), "2 years ago"),
    ],
)
@time_machine.travel("2026-11-24 12:00:00+01:00", tick=False)
def test_a_moment_is_as_long_ago_as_the_calendar_says(day, label):
    assert ago_label(day.replace(tzinfo=BRUSSELS)) == label


@time_machine.travel("2026-11-24 12:00:00+01:00", tick=False)
def test_how_long_ago_keeps_the_moment():
    at = datetime(2026, 11, 19, 14, tzinfo=BRUSSELS)
    printed = Template("{% load formatting %}{% ago at %}").render(Context({"at": at}))
    assert printed == '<time datetime="2026-11-19T13:00:00Z" title="Thu 19 Nov 2026, 14:00">5 days ago</time>'


def test_how_long_ago_is_told_anew_each_day():
    at = datetime(2026, 11, 19, 14, tzinfo=BRUSSELS)
    for day, label in (("2026-11-20T23:59+01:00", "yesterday"), ("2026-11-21T00:01+01:00", "2 days ago")):
        with time_machine.travel(day, tick=False):
            assert label in ago(at)


@time_machine.travel("2026-11-24 12:00:00+01:00", tick=False)
def test_a_short_date_names_a_year_that_is_far_away():
    days = [datetime(2026, 12, 2, 14, tzinfo=BRUSSELS), datetime(2027, 6, 2, 14, tzinfo=BRUSSELS), None]
    assert [*map(short_when_label, days)] == ["Wed 2 Dec, 14:00", "Wed 2 Jun 2027, 14:00", "Date by agreement"]


def test_moments_are_written_as_django_would():
    for hours in range(0, 366 * 24, 25):
        moment = datetime(2026, 1, 1, 0, 5, tzinfo=UTC) + timedelta(hours=hours)
        local = timezone.localtime(moment)
        assert when_label(moment) == date_format(local, "D j M Y, H:i")
        assert day_label(moment) == date_format(local, "j M Y")
