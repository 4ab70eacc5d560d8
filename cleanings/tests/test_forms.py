"""What people type to post or edit a cleaning: forgiven where it can be, else answered with a sentence."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from cleanings.fields import HoursField, RateField, StartField
from cleanings.models import Cleaning
from marketplace.testing import create_cleaning, create_offer, create_user, move_start

pytestmark = pytest.mark.django_db

TYPED = {
    "name": "Windows",
    "description": "Six of them.",
    "cleaning_type": "spot_clean",
    "hourly_rate": "22,50",
    "estimated_hours": "2.5",
    "starts_at": "",
    "city": "Ghent",
    "postcode": "9000",
    "street_address": "Hidden Lane 12",
}


@pytest.fixture
def olivia(client):
    client.force_login(create_user("olivia"))
    return client


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("22.50", "22.50"),
        ("22,50", "22.50"),
        (" 22 ", "22"),
        ("€ 22.50", "22.50"),
        ("22,50 EUR", "22.50"),
        ("1,000.00", "1000.00"),
        ("1.000,00", "1000.00"),
        ("1 000", "1000"),
        ("1,000", "1000"),
        ("1\u00a0000,00\u00a0€", "1000.00"),
        ("30,-", "30"),
        ("30.–", "30"),
        ("€ 1.000,--", "1000"),
        ("30/h", "30"),
        ("30 €/h", "30"),
        ("€30 an hour", "30"),
        ("22.50 EUR per hour", "22.50"),
        ("30 p/h", "30"),
        ("30 euro", "30"),
        ("1'000", "1000"),
        ("1’000.00", "1000.00"),
        ("1\u202f000\u2009€", "1000"),
        ("２２．５０", "22.50"),
        ("٢٢٫٥٠", "22.50"),
        ("१२,५", "12.5"),
        ("\u202a22,50\u200b\u202c", "22.50"),
    ],
)
def test_money_is_read_as_people_write_it(typed, number):
    assert RateField().clean(typed) == Decimal(number)


@pytest.mark.parametrize(
    "typed",
    [
        *("abc", "NaN", "1e3", "1e999999", "0x10", "1_000", "--1", "-30", "9" * 40, "1,2,3", "∞", "3²", "9" * 100_000),
        *(
            "$30",
            "£30",
            "30 USD",
            "30 GBP",
            "US$30",
            "30 kr",
            "max 30",
            "abc 30",
            "30 abc",
            "ca. 30",
            "30-40",
            "30 or so",
        ),
        *("30%", "30/day", "30 a", "30 h", "1'0000", "1'000,000'000", "٣٠ دولار", "-", ",-", "€", "/h"),
    ],
)
def test_what_is_no_rate_gets_a_sentence_that_names_the_currency(typed):
    with pytest.raises(ValidationError, match=r"^\['Enter the rate in euros, like 22\.50\.'\]$"):
        RateField().clean(typed)


@pytest.mark.parametrize(
    ("currency", "typed", "others", "name"),
    [
        ("USD", ["$30", "US$30", "30 usd", "30 US dollars"], ["€30", "A$30", "30 euro"], "US dollars"),
        ("GBP", ["£30", "30 GBP", "30 British pounds"], ["€30", "$30", "30 EUR"], "British pounds"),
        ("CHF", ["CHF 30.-", "30 Swiss francs/h"], ["€30", "$30", "30 EUR"], "Swiss francs"),
    ],
)
def test_only_the_site_s_own_currency_is_forgiven(settings, currency, typed, others, name):
    settings.CURRENCY = currency
    assert {RateField().clean(text) for text in typed} == {Decimal(30)}
    for text in others:
        with pytest.raises(ValidationError, match=f"Enter the rate in {name}, like 22.50."):
            RateField().clean(text)


@pytest.mark.parametrize(
    ("typed", "number"),
    [("2", "2"), ("2,5", "2.5"), ("0,50", "0.5"), (".5", "0.5"), ("2.5 h", "2.5"), ("2 hours", "2"), ("２", "2")],
)
def test_hours_are_read_as_people_write_them(typed, number):
    assert HoursField(sentence="?").clean(typed) == Decimal(number)


@pytest.mark.parametrize("typed", ["$2", "2 €", "abc 2", "2 EUR", "2/h", "2 days", "two", "2 h 30", "-2"])
def test_what_is_no_number_of_hours_gets_the_sentence_of_the_field(typed):
    with pytest.raises(ValidationError, match="Enter the hours"):
        HoursField(sentence="Enter the hours.").clean(typed)


def test_a_rate_that_cannot_be_read_is_refused_by_each_form(olivia, client):
    sentence = "Enter the rate in euros, like 22.50."
    assert sentence in olivia.post("/cleanings/new/", TYPED | {"hourly_rate": "$30"}).content.decode()
    cleaning = create_cleaning()
    assert sentence in olivia.post(f"/cleanings/{cleaning.pk}/edit/", TYPED | {"hourly_rate": "$30"}).content.decode()
    for name in ("min_rate", "max_rate"):
        assert sentence in olivia.get("/cleanings/", {name: "max 30"}).content.decode()
    client.force_login(create_user("carl"))
    paths = [f"/cleanings/{cleaning.pk}/offers/new/"]
    create_offer(cleaning=create_cleaning(name="Another"))
    paths.append(f"/cleanings/{Cleaning.objects.get(name='Another').pk}/offers/carl/edit/")
    for path in paths:
        assert sentence in client.post(path, {"hourly_rate": "30 USD", "message": "Hello"}).content.decode()


@pytest.mark.parametrize(
    "typed", ["2026-11-24T14:00", "2026-11-24 14:00", "24/11/2026 14:00", "24.11.2026 14:00", "24 November 2026 14:00"]
)
def test_a_start_is_read_as_people_write_it(typed):
    assert StartField().clean(typed).isoformat() == "2026-11-24T14:00:00+01:00"


def test_the_hour_that_a_clock_change_skips_is_refused_and_of_a_doubled_one_the_first_is_taken():
    with pytest.raises(Exception, match="does not exist"):
        StartField().clean("2027-03-28T02:30")
    assert StartField().clean("2026-10-25T02:30").isoformat() == "2026-10-25T02:30:00+02:00"


@pytest.mark.parametrize(
    "typed", ["tomorrow", "9999-12-31T23:59", "0001-01-01T00:00", "2026-02-31T10:00", "2026-11-24"]
)
def test_what_is_no_start_gets_a_sentence(typed):
    with pytest.raises(Exception, match="Enter a start"):
        StartField().clean(typed)


def test_posting_leads_to_the_cleaning_s_page(olivia):
    answer = olivia.post("/cleanings/new/", TYPED, follow=True)
    cleaning = Cleaning.objects.get()
    assert answer.redirect_chain == [(f"/cleanings/{cleaning.pk}/", 302)]
    assert "Your job is open." in answer.content.decode()
    assert (cleaning.hourly_rate, cleaning.starts_at) == (Decimal("22.50"), None)


def test_a_double_click_posts_one_cleaning(olivia):
    token = olivia.get("/cleanings/new/").context["form"]["post_token"].value()
    places = {olivia.post("/cleanings/new/", TYPED | {"post_token": token}).url for _ in range(2)}
    assert places == {f"/cleanings/{Cleaning.objects.get().pk}/"}


SENTENCES = {
    "name": ("", "Enter a name for the job"),
    "description": ("x" * 4001, "Use at most 4,000 characters."),
    "cleaning_type": ("moon_clean", "Choose a type of cleaning."),
    "area": ("moon", "Choose a room or area from the list."),
    "supplies": ("moon", "Choose who has the supplies, or “Not said”."),
    "pets": ("moon", "Choose yes, no or “Not said”."),
    "hourly_rate": ("1000.01", "Enter a rate between 1.00 and 1,000.00."),
    "estimated_hours": ("0.25", "Enter between half an hour (0.5) and 24 hours."),
    "starts_at": ("2020-01-01T10:00", "Enter a start between now and a year from now, or leave it empty."),
    "city": (" ", "Enter the city."),
    "postcode": ("", "Enter the postcode."),
    "street_address": ("x" * 121, "Use at most 120 characters."),
}


@pytest.mark.parametrize(("field", "typed", "sentence"), [(name, *rest) for name, rest in SENTENCES.items()])
def test_a_fault_comes_back_with_what_was_typed_and_a_sentence_twice(olivia, field, typed, sentence):
    page = olivia.post("/cleanings/new/", TYPED | {field: typed}).content.decode()
    assert page.count(sentence) == 2
    assert "<title>Error: Post a job" in page
    assert "There is a problem" in page
    assert ("Six of them." in page) or field == "description"
    assert not Cleaning.objects.exists()


def test_what_is_cleaned_is_the_whole_home_unless_it_is_said(olivia):
    olivia.post("/cleanings/new/", TYPED)
    olivia.post("/cleanings/new/", TYPED | {"area": "kitchen", "supplies": "cleaner", "pets": "yes"})
    found = Cleaning.objects.order_by("pk").values_list("area", "supplies", "pets")
    assert list(found) == [("whole_home", "", ""), ("kitchen", "cleaner", "yes")]


def folds(answer):
    """The parts that are folded, by their first words: open or not."""
    found = re.findall(r"<details( open)?>\s*<summary>(\w+)", answer.content.decode())
    return {words: bool(is_open) for is_open, words in found}


def test_what_is_seldom_needed_is_folded_away_unless_it_is_chosen_or_wrong(olivia):
    create_offer(status="completed")
    folded = {"Supplies": False, "Invite": False}
    assert folds(olivia.get("/cleanings/new/")) | {"See": None} == folded | {"See": None}
    for typed, opened in (
        ({"pets": "yes"}, "Supplies"),
        ({"supplies": "moon"}, "Supplies"),
        ({"reserved_for": "carl"}, "Invite"),
        ({"reserved_days": "99"}, "Invite"),
    ):
        assert folds(olivia.post("/cleanings/new/", TYPED | {"name": ""} | typed)) == folded | {opened: True}
    kept = create_cleaning(supplies="owner")
    assert folds(olivia.get(f"/cleanings/{kept.pk}/edit/"))["Supplies"]


def test_an_edit_without_an_area_keeps_it(olivia):
    cleaning = create_cleaning(area="kitchen")
    olivia.post(f"/cleanings/{cleaning.pk}/edit/", TYPED)
    cleaning.refresh_from_db()
    assert (cleaning.name, cleaning.area) == ("Windows", "kitchen")


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("hourly_rate", "12345"), ("hourly_rate", "30,500"), ("hourly_rate", "9999.999"), ("hourly_rate", "0.001"),
        ("estimated_hours", "12345"), ("estimated_hours", "999.999"), ("estimated_hours", "0.001"),
    ],
)  # fmt: skip
def test_a_number_out_of_all_bounds_gets_one_sentence(olivia, field, typed):
    errors = olivia.post("/cleanings/new/", TYPED | {field: typed}).context["form"].errors
    assert {name: len(said) for name, said in errors.items()} == {field: 1}


def edit_page(client, cleaning):
    """What the edit form would send if nothing were changed."""
    form = client.get(f"/cleanings/{cleaning.pk}/edit/").context["form"]
    values = {field.name: field.field.widget.format_value(field.value()) or "" for field in form.visible_fields()}
    return values | dict(form.seen_values) | {"cleaning_type": cleaning.cleaning_type}


def test_two_tabs_that_edit_other_fields_both_survive(olivia):
    cleaning = create_cleaning(owner=create_user("olivia"))
    first, second = edit_page(olivia, cleaning), edit_page(olivia, cleaning)
    olivia.post(f"/cleanings/{cleaning.pk}/edit/", first | {"name": "First"})
    olivia.post(f"/cleanings/{cleaning.pk}/edit/", second | {"hourly_rate": "30"})
    cleaning.refresh_from_db()
    assert (cleaning.name, cleaning.hourly_rate) == ("First", Decimal("30"))


def test_a_second_tab_that_edits_the_same_field_is_warned_and_may_insist(olivia):
    cleaning = create_cleaning(owner=create_user("olivia"))
    path, first, second = f"/cleanings/{cleaning.pk}/edit/", *(edit_page(olivia, cleaning) for _ in range(2))
    olivia.post(path, first | {"name": "First"})
    answer = olivia.post(path, second | {"name": "Second"})
    assert "This has changed to “First” in the meantime." in answer.content.decode()
    assert Cleaning.objects.get().name == "First"
    olivia.post(path, second | {"name": "Second"} | dict(answer.context["form"].seen_values))
    assert Cleaning.objects.get().name == "Second"


def test_an_edit_with_a_start_that_has_passed_asks_for_no_other_start(olivia):
    cleaning = create_cleaning(owner=create_user("olivia"))
    move_start(cleaning, timedelta(hours=-1))
    answer = olivia.post(f"/cleanings/{cleaning.pk}/edit/", edit_page(olivia, cleaning) | {"name": "Later"})
    assert (answer.status_code, Cleaning.objects.get().name) == (302, "Later")


def test_an_edit_says_how_many_offers_wait_for_their_cleaners(olivia):
    cleaning = create_cleaning(owner=create_user("olivia"))
    create_offer(cleaning=cleaning)
    assert "1 offer is waiting." in olivia.get(f"/cleanings/{cleaning.pk}/edit/").content.decode()
    page = edit_page(olivia, cleaning) | {"estimated_hours": "9"}
    answer = olivia.post(f"/cleanings/{cleaning.pk}/edit/", page, follow=True)
    assert "1 offer is waiting for its cleaner to keep it." in answer.content.decode()


def test_a_start_a_year_ahead_is_the_furthest(olivia):
    # At midday, because an hour of the night may come twice.
    with time_machine.travel(timezone.localtime().replace(hour=12, second=0, microsecond=0), tick=False):
        furthest = timezone.localtime(timezone.now() + timedelta(days=366))
        too_far = olivia.post(
            "/cleanings/new/", TYPED | {"starts_at": f"{furthest + timedelta(minutes=1):%Y-%m-%dT%H:%M}"}
        )
        answer = olivia.post("/cleanings/new/", TYPED | {"starts_at": f"{furthest:%Y-%m-%dT%H:%M}"})
    assert (too_far.status_code, answer.status_code) == (200, 302)


def test_a_start_that_passes_while_the_form_is_sent_comes_back_as_a_sentence(olivia, monkeypatch):
    monkeypatch.setattr("cleanings.forms.start_is_in_range", lambda start: True)
    answer = olivia.post("/cleanings/new/", TYPED | {"starts_at": "2020-01-01T10:00"})
    assert answer.status_code == 200
    assert "Enter a start between now and a year from now" in answer.content.decode()
