"""What to charge: beside a plain recomputation, at its bounds, and on the pages that tell it."""

from datetime import timedelta
from decimal import Decimal
from statistics import median
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanings.constraints import CleaningType
from cleanings.states import CleaningStatus, Kind, OfferStatus, ReleaseReason
from cleanings.words import city_key
from core.statements import Statement
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start
from marketplace.tests.rounds import rounds
from offers.prices import COUNTED_FOR, Prices, accepted_rates, kept_price, price_in, prices_in

pytestmark = [pytest.mark.long, pytest.mark.django_db]
MOST = 24
FULL = CleaningType.FULL_CLEAN

agreements = st.lists(
    st.fixed_dictionaries(
        {
            "rate": st.decimals(1, 1000, places=2) | st.sampled_from([Decimal("20.00"), Decimal("20.50")]),
            "kind": st.sampled_from([FULL, FULL, CleaningType.DUST_UP]),
            "city": st.sampled_from(["Liège", "LIEGE", " liege", "Ghent"]),
            "status": st.sampled_from([OfferStatus.ACCEPTED, OfferStatus.COMPLETED, OfferStatus.PENDING]),
            "age": st.integers(0, 360).map(lambda days: timedelta(days=days, minutes=1)),
            "done_later": st.integers(0, 30).map(lambda days: timedelta(days=days)),
        }
    ),
    max_size=MOST,
)


@pytest.fixture
def drawn_onto():
    """As many offers on cleanings of Olivia's as are drawn at most, each with the line that tells of its acceptance."""
    create_cast()
    return [create_offer(status=OfferStatus.ACCEPTED) for _ in range(MOST)]


def rewrite(row, **facts):
    """Write what no verb writes: moments of the past, and several facts at once."""
    models.QuerySet(type(row)).filter(pk=row.pk).update(**facts)


def draw_onto(offer, rate, kind, city, status, age, done_later):
    """Make a job into the one that was drawn; a cleaning that is reopened keeps the line of its acceptance."""
    accepted = timezone.now() - age
    since = min(accepted + done_later, timezone.now()) if status == OfferStatus.COMPLETED else accepted
    stands = {OfferStatus.PENDING: CleaningStatus.OPEN, OfferStatus.ACCEPTED: CleaningStatus.ASSIGNED}
    rewrite(offer, hourly_rate=rate, status=status, status_since=since)
    facts = {
        "cleaning_type": kind,
        "city_key": city_key(city),
        "status": stands.get(status, CleaningStatus.COMPLETED),
    }
    rewrite(offer.cleaning, status_since=since, **facts)
    rewrite(offer.cleaning.events.get(kind=Kind.ACCEPT, cleaner=offer.cleaner), at=accepted)


def recomputed(drawn, kind):
    """The same by hand: number, lowest and highest of the middle half, median; None where they are too few."""
    rates = sorted(
        one["rate"]
        for one in drawn
        if one["kind"] == kind and one["city"] != "Ghent" and one["age"] < timedelta(days=180)
        and one["status"] != OfferStatus.PENDING
    )  # fmt: skip
    half = rates[len(rates) // 4 : len(rates) - len(rates) // 4]
    return (len(rates), half[0], median(rates), half[-1]) if len(rates) >= 5 else None


def found_in(city, kind=FULL):
    """What the site makes of it, in the same order."""
    found = prices_in(city)[kind]
    return found and (found.count, found.lowest, found.median, found.highest)


@settings(max_examples=rounds(20, full=200))
@given(drawn=agreements)
def test_the_prices_are_those_of_a_plain_recomputation(drawn_onto, drawn):
    for number, offer in enumerate(drawn_onto):
        rewrite(offer, status=OfferStatus.REJECTED)
        if number < len(drawn):
            draw_onto(offer, **drawn[number])
    for kind in (FULL, CleaningType.DUST_UP):
        assert found_in("Liége", kind) == recomputed(drawn, kind)


def accept(*rates, **facts):
    """Accepted offers of Carl's at these rates, all in Ghent and all full cleans unless said otherwise."""
    return [
        create_offer(cleaning=create_cleaning(**facts), hourly_rate=Decimal(rate), status=OfferStatus.ACCEPTED)
        for rate in rates
    ]


def test_four_accepted_offers_tell_nothing_and_five_tell_decimals():
    accept("18.00", "30.00", "22.50", "20.00")
    assert found_in("Ghent") is None
    accept("21.10")
    assert (found := found_in("Ghent")) == (5, Decimal("20.00"), Decimal("21.10"), Decimal("22.50"))
    assert {type(rate) for rate in found[1:]} == {Decimal}
    assert Prices.of(FULL, [Decimal(rate) for rate in range(7)]).highest == 5


def test_a_city_is_the_same_however_it_is_written():
    accept(*range(20, 23))
    accept(23, city="GHENT ")
    accept(24, city="Ghënt")
    accept(*range(30, 40), city="Ghent Nord")
    accept(*range(40, 50), cleaning_type="dust_up")
    for query in ("Ghent", " GHENT ", "ghént", "gHeNt"):
        assert found_in(query) == (5, Decimal(21), Decimal(22), Decimal(23)), query


def test_what_fell_through_or_never_was_accepted_is_left_out():
    olivia, carl, cora, *_ = create_cast()
    contested = create_cleaning()
    create_offer(cleaning=contested, cleaner=cora, hourly_rate=Decimal(900))
    create_offer(cleaning=contested, hourly_rate=Decimal(20), status=OfferStatus.ACCEPTED)
    cancelled, released, done, *_ = accept(20, 20, 20, 20, 20)
    assert found_in("Ghent")[0] == 6
    create_offer(cleaning=create_cleaning(), cleaner=cora, status=OfferStatus.REJECTED)
    create_offer(cleaning=create_cleaning(), cleaner=cora)
    move_start(done.cleaning, timedelta(hours=-1))
    done.complete(by=olivia)
    assert found_in("Ghent")[0] == 6
    cancelled.cancel(by=carl, reason="other")
    assert found_in("Ghent") == (5, Decimal(20), Decimal(20), Decimal(20))
    released.release(by=olivia, reason=ReleaseReason.OTHER)
    assert found_in("Ghent") is None


def test_a_second_winner_counts_and_the_first_does_not():
    first, *_ = accept(10, 20, 20, 20, 20)
    first.cancel(by=first.cleaner, reason="other")
    create_offer(cleaning=first.cleaning, cleaner=create_user("cora"), hourly_rate=30, status=OfferStatus.ACCEPTED)
    assert found_in("Ghent") == (5, Decimal(20), Decimal(20), Decimal(20))
    assert prices_in("Ghent")[FULL].usual == "€20"


def test_a_rate_is_on_the_line_between_its_ends_however_far_off_it_is():
    prices = Prices.of(FULL, [Decimal(rate) for rate in (18, 18, 19, 20, 20)])
    for rate in (None, Decimal(1), Decimal(19), Decimal(1000)):
        scale = prices.scale(rate)
        places = [scale.place(each) for each in (prices.lowest, prices.highest, rate or prices.median)]
        assert all(15 < place < 85 for place in places), rate


@pytest.mark.parametrize(("age", "count"), [(COUNTED_FOR - timedelta(microseconds=1), 5), (COUNTED_FOR, None)])
def test_an_acceptance_counts_until_it_is_180_days_old(age, count):
    accepted = timezone.now()
    with time_machine.travel(accepted, tick=False):
        offers = accept(20, 20, 20, 20, 20)
    with time_machine.travel(accepted + timedelta(days=9), tick=False):
        for offer in offers:
            offer.complete(by=offer.cleaning.owner)
    with time_machine.travel(accepted + age, tick=False):
        found = prices_in("Ghent")[FULL]
    assert (found and found.count) == count


def test_completing_a_job_does_not_make_its_acceptance_any_younger():
    accepted = timezone.now()
    with time_machine.travel(accepted, tick=False):
        offers = accept(20, 20, 20, 20, 20)
    with time_machine.travel(accepted + timedelta(days=179), tick=False):
        for offer in offers:
            offer.complete(by=offer.cleaning.owner)
        assert found_in("Ghent")[0] == 5
    with time_machine.travel(accepted + timedelta(days=181), tick=False):
        assert found_in("Ghent") is None


def test_the_newest_are_enough(monkeypatch):
    monkeypatch.setattr("offers.prices.MOST_OFFERS", 5)
    # The number is part of the statement.
    monkeypatch.setattr("offers.prices.accepted_rates", Statement(accepted_rates.build))
    accept(10, 20, 20, 20, 20)
    sentence = prices_in("Ghent")[FULL].sentence_for("Ghent")
    accept(30, 30, 30, 30)
    found = prices_in("Ghent")[FULL]
    assert (found.count, found.median, found.basis) == (5, 30, "the last 5 jobs")
    assert sentence.endswith("usually go for €20 an hour (the last 5 jobs).")


def test_a_kept_price_is_of_its_city_and_kind():
    accept(18, 19, 20, 21, 22)
    asked = [("Ghent", FULL), ("Ghent", CleaningType.DUST_UP), ("Bruges", FULL)]
    assert [kept_price(*each) == price_in(*each) for each in asked] == [True] * 3
    assert [kept_price(*each) is None for each in asked] == [False, True, True]


def test_parts_of_pages_do_not_push_a_price_out(django_assert_num_queries):
    kept_price("Ghent", FULL)
    for number in range(10_000):
        caches["parts"].set(str(number), "a card")
    with django_assert_num_queries(0):
        kept_price("Ghent", FULL)


def test_each_kind_takes_a_query(django_assert_num_queries):
    accept(20, 20, 20, 20, 20)
    with django_assert_num_queries(3):
        assert [price and price.count for price in prices_in("Ghent").values()] == [None, None, 5]


SENTENCE = "usually go for €19 to €21 an hour (5 jobs in 6 months)."
FEWER = "there were fewer than five jobs of a kind."


@pytest.fixture
def page_for(client):
    """The text of a page as one of the cast gets it, and how many queries it took."""
    create_cast()

    def get(name, path, typed=None):
        client.force_login(create_user(name))
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path) if typed is None else client.post(path, typed)
        assert answer.status_code == 200
        return answer.content.decode(), len(queries)

    return get


def live_in(name, city):
    profile = create_user(name).profile
    profile.city = city
    profile.save_changes(["city"])


def test_whoever_offers_or_revises_reads_what_was_accepted(page_for):
    cleaning = create_cleaning(city="Ghent")
    make, revise = f"/cleanings/{cleaning.pk}/offers/new/", f"/cleanings/{cleaning.pk}/offers/cora/edit/"
    create_offer(cleaning=cleaning, cleaner=create_user("cora"))
    places = (("stan", make), ("cora", revise))
    accept(18, 19, 20, 21)
    before = [page_for(*place) for place in places]
    assert not any("usually go for" in page for page, _ in before)
    accept(22)
    accept(50, cleaning_type="dust_up")
    assert not any("usually go for" in page_for(*place)[0] for place in places)
    caches["figures"].clear()
    after = [page_for(*place) for place in places]
    assert all(f"Full cleans in Ghent {SENTENCE}" in " ".join(strip_tags(page).split()) for page, _ in after)
    assert [count for _, count in after] == [count for _, count in before] == [7, 6]


def test_whoever_posts_reads_it_for_the_city_of_their_profile_which_is_filled_in(page_for):
    accept(18, 19, 20, 21, 22)
    empty, without = page_for("olivia", "/cleanings/new/")
    live_in("olivia", "GHENT")
    page, count = page_for("olivia", "/cleanings/new/")
    assert SENTENCE not in empty
    assert f"<li>Full cleans in GHENT {SENTENCE}</li>" in page
    assert "usual for dusting jobs and spot cleans: there were fewer than five jobs." in page
    assert 'value="GHENT"' in page.partition('method="post"')[2]
    assert count == without + 3


def test_nothing_is_said_of_the_city_of_a_profile_with_too_few(page_for):
    live_in("olivia", "Ghent")
    accept(18, 19, 20, 21)
    page, _ = page_for("olivia", "/cleanings/new/")
    assert "usually go for" not in page
    assert "fewer than five" not in page
    assert 'value="Ghent"' in page


def test_another_city_can_be_looked_up_without_a_script(page_for):
    live_in("olivia", "Bruges")
    accept(18, 19, 20, 21, 22)
    prices, _ = page_for("olivia", "/cleanings/new/?city=ghent")
    nothing, _ = page_for("olivia", "/cleanings/new/?city=Antwerp")
    assert SENTENCE in prices
    assert SENTENCE not in nothing
    assert (FEWER in prices, FEWER in nothing) == (False, True)
    assert "what is usual in Antwerp" in nothing


def test_an_edited_cleaning_is_compared_with_its_own_city_unless_another_is_looked_up(page_for):
    accept(18, 19, 20, 21, 22)
    place = f"/cleanings/{create_cleaning().pk}/edit/"
    page, _ = page_for("olivia", place)
    looked_up, _ = page_for("olivia", f"{place}?city=Antwerp")
    assert SENTENCE in page
    assert "what is usual in Antwerp" in looked_up
    assert SENTENCE not in looked_up
    assert 'name="city" value="Ghent"' in looked_up.partition('method="post"')[2]


def test_a_form_that_comes_back_tells_of_the_city_that_was_typed_and_keeps_it(page_for):
    live_in("olivia", "Bruges")
    accept(18, 19, 20, 21, 22)
    page, _ = page_for("olivia", "/cleanings/new/?city=Antwerp", {"city": "Ghent", "hourly_rate": "a lot"})
    assert SENTENCE in page
    assert "Show prices" not in page
    assert "Antwerp" not in page


def test_nobody_and_no_cleaning_is_named(page_for):
    accept(18, 19, 20, 21, 22, name="Whose flat")
    page, _ = page_for("stan", "/cleanings/new/?city=Ghent")
    assert SENTENCE in page
    assert [word for word in ("Whose flat", "Hidden Lane", "olivia", "carl") if word in page] == []


@pytest.mark.parametrize("city", ["a\0b", "x" * 81, ""])
def test_a_city_that_no_form_takes_is_not_looked_up(page_for, city):
    accept(18, 19, 20, 21, 22)
    assert SENTENCE in page_for("olivia", "/cleanings/new/", {"city": "Ghent"})[0]
    assert SENTENCE not in page_for("olivia", "/cleanings/new/", {"city": city})[0]


HOSTILE = [
    "x" * 10_000, "🧹" * 100, "'\" OR 1=1 --", "<script>x</script>", "%", "_", "\u0301", "{{ x }}", "\ud83e", " \t\n",
]  # fmt: skip


def test_any_city_in_the_address_gives_a_page(page_for):
    accept(18, 19, 20, 21, 22)
    for city in HOSTILE:
        page, _ = page_for("olivia", "/cleanings/new/?" + urlencode({"city": city}, errors="surrogatepass"))
        assert [found for found in (SENTENCE, "<script>x", "x" * 81) if found in page] == [], city
