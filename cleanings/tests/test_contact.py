"""Each look of one side at the other's street and phone number is written into the timeline."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import Profile
from cleanings.models import Event
from cleanings.states import CancelReason, Kind, OfferStatus
from marketplace.testing import create_cast, create_offer, create_user, move_start

pytestmark = [pytest.mark.long, pytest.mark.django_db]


@pytest.fixture
def cleaning():
    create_cast()
    Profile.objects.filter(user__username="carl").update(phone_number="0472 88 99 00")
    cleaning = create_offer(cleaner=create_user("cora")).cleaning
    create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)
    return cleaning


def looks():
    return list(Event.objects.filter(kind=Kind.SEE).oldest_first().values_list("actor__username", "terms__seen"))


def open_as(client, username, cleaning):
    client.force_login(create_user(username))
    return client.get(cleaning.get_absolute_url()).content.decode()


def test_a_look_of_either_side_is_recorded_with_what_was_seen(client, cleaning):
    open_as(client, "carl", cleaning)
    open_as(client, "olivia", cleaning)
    assert looks() == [("carl", ["street_address"]), ("olivia", ["phone_number"])]


def test_each_side_reads_who_looked_and_how_often(client, cleaning):
    for username in ("carl", "carl", "olivia"):
        open_as(client, username, cleaning)
    page = open_as(client, "carl", cleaning)
    assert "You saw olivia’s street, 3 times that day." in page
    assert "olivia saw your phone number." in page
    page = open_as(client, "olivia", cleaning)
    assert "carl saw your street, 3 times that day." in page
    assert "You saw carl’s phone number, twice that day." in page


def test_the_link_to_a_phone_number_dials_no_bracketed_zero(client, cleaning):
    carl = create_user("carl")
    client.force_login(carl)
    typed = {"phone_number": "\u202d+32 (0)2\u2011555 12 34\u202c", "full_name": "", "bio": "", "city": ""}
    assert client.post("/accounts/profile/", typed).status_code == 302
    assert '<a href="tel:+3225551234">+32 (0)2-555 12 34</a>' in open_as(client, "olivia", cleaning)


def test_owners_read_their_own_street_however_long_ago_the_job_was(client, cleaning):
    with time_machine.travel(timezone.now() + timedelta(days=100)):
        assert cleaning.street_address in open_as(client, "olivia", cleaning)
        assert cleaning.street_address not in open_as(client, "carl", cleaning)


def test_looks_on_two_days_are_two_lines(client, cleaning):
    open_as(client, "carl", cleaning)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        open_as(client, "carl", cleaning)
        assert open_as(client, "olivia", cleaning).count("carl saw your street.") == 2


def test_looks_at_two_cleaners_on_one_day_are_two_lines(client, cleaning):
    Profile.objects.filter(user__username="cora").update(phone_number="0472 11 22 33")
    olivia, carls, coras = (
        create_user("olivia"),
        *(cleaning.offers.get(cleaner__username=n) for n in ("carl", "cora")),
    )
    open_as(client, "olivia", cleaning)
    carls.cancel(by=carls.cleaner, reason=CancelReason.CANNOT_COME)
    coras.refresh_from_db()
    coras.accept(by=olivia)
    page = open_as(client, "olivia", cleaning)
    assert "You saw carl’s phone number." in page
    assert "You saw cora’s phone number." in page


@pytest.mark.parametrize("username", ["cora", "stan", "ada"])
def test_who_is_shown_nothing_leaves_no_line(client, cleaning, username):
    open_as(client, username, cleaning)
    client.logout()
    client.get(cleaning.get_absolute_url())
    assert looks() == []


def test_the_others_who_offered_read_nothing_of_it(client, cleaning):
    open_as(client, "carl", cleaning)
    page = open_as(client, "cora", cleaning)
    assert "The owner chose someone else" in page
    assert " saw " not in page
    assert "You accepted carl’s offer" in open_as(client, "olivia", cleaning)
    assert "carl saw olivia’s street." in open_as(client, "ada", cleaning)


def test_a_head_shows_nothing_and_a_look_after_thirty_days_neither(client, cleaning):
    client.force_login(create_user("carl"))
    client.head(cleaning.get_absolute_url())
    with time_machine.travel(timezone.now() + timedelta(days=60)):
        open_as(client, "carl", cleaning)
    assert looks() == []


def test_a_look_in_between_keeps_a_repeated_move_harmless(client, cleaning):
    open_as(client, "carl", cleaning)
    offer = cleaning.offers.get(cleaner__username="carl")
    offer.accept(by=create_user("olivia"))
    assert Event.objects.filter(kind=Kind.ACCEPT, cleaner=offer.cleaner).count() == 1


def test_the_street_of_an_account_that_is_closed_is_neither_shown_nor_looked_at(client, cleaning):
    move_start(cleaning, timedelta(hours=-1))
    cleaning.offers.get(cleaner__username="carl").complete(by=cleaning.owner)
    assert "Hidden Lane 12" in open_as(client, "carl", cleaning)
    create_user("olivia").close(by=create_user("olivia"))
    page = open_as(client, "carl", cleaning)
    assert "Your job with Former member" in page
    assert "Hidden Lane 12" not in page
    assert len(looks()) == 1


AHEAD = [
    {"sec-purpose": "prefetch"},
    {"sec-purpose": "prefetch;prerender"},
    {"sec-purpose": "prefetch;anonymous-client-ip"},
    {"sec-purpose": "Prefetch; Prerender"},
    {"purpose": "prefetch"},
    {"x-purpose": "preview"},
    {"x-moz": "prefetch"},
]


@pytest.mark.parametrize("headers", AHEAD, ids=str)
@pytest.mark.parametrize("page", ["", "calendar.ics"])
def test_what_is_fetched_ahead_shows_nothing_and_is_no_look(client, cleaning, headers, page):
    client.force_login(create_user("carl"))
    before = (Event.objects.count(), Session.objects.get().session_data)
    answer = client.get(cleaning.get_absolute_url() + page, headers=headers)
    assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (503, b"", "private, no-store")
    assert (Event.objects.count(), Session.objects.get().session_data) == before
    assert client.get(cleaning.get_absolute_url() + page).status_code == 200
    assert looks() == [("carl", ["street_address"])]


@pytest.mark.parametrize("headers", [{"sec-purpose": ""}, {"purpose": "x"}, {"sec-fetch-mode": "navigate"}], ids=str)
def test_what_somebody_asked_for_is_a_look(client, cleaning, headers):
    client.force_login(create_user("carl"))
    assert client.get(cleaning.get_absolute_url(), headers=headers).status_code == 200
    assert len(looks()) == 1


def test_a_stranger_may_fetch_ahead(client, cleaning):
    assert client.get(cleaning.get_absolute_url(), headers={"sec-purpose": "prefetch"}).status_code == 200
    assert looks() == []
