"""An agreed job as a file for a calendar: who gets it, what stands in it, and that it stays a calendar."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db.models import Value

from accounts.models import Profile
from cleanings.calendar import escaped, folded
from cleanings.models import Cleaning, Event
from cleanings.states import CancelReason, Kind, OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start, text_of

pytestmark = [pytest.mark.long, pytest.mark.django_db]

SITE = "https://swept.example"
START = datetime(2026, 11, 24, 13, tzinfo=UTC)
HOSTILE = "A, b; c \\ d\r\nATTENDEE:mailto:x@y.z\nEND:VEVENT\x00\x0b\x85\u2028URL:evil\ttab\x07" + "🧹é" * 12


@pytest.fixture
def cleaning(settings):
    settings.SITE_URL = SITE
    create_cast()
    Profile.objects.update(phone_number="0472 88 99 00")
    with time_machine.travel(START - timedelta(days=3), tick=False):
        cleaning = create_cleaning(estimated_hours="2.5")
        create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)
        yield cleaning


def ask(client, username, cleaning, method="get"):
    client.force_login(create_user(username))
    return getattr(client, method)(f"{cleaning.get_absolute_url()}calendar.ics", headers={"host": "127.0.0.1"})


def read(answer):
    """The lines of a calendar as a program reads them: unfolded, each a name and a value."""
    text = answer.content.decode()
    assert text.endswith("\r\n")
    lines = text.removesuffix("\r\n").split("\r\n")
    assert [line for line in lines if len(line.encode()) > 75 or line.splitlines() != [line]] == []
    return [tuple(line.split(":", 1)) for line in text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")]


def looks():
    return list(Event.objects.filter(kind=Kind.SEE).values_list("actor__username", "terms__seen"))


def test_the_entry_says_what_when_and_where(client, cleaning):
    answer = ask(client, "carl", cleaning)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="cleaning-{cleaning.pk}.ics"'
    assert set(answer["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert read(answer) == [
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", "-//Swept//Cleanings//EN"),
        ("BEGIN", "VEVENT"),
        ("UID", f"cleaning-{cleaning.pk}@swept.example"),
        ("SEQUENCE", "1"),
        ("DTSTAMP", "20261121T130000Z"),
        ("DTSTART", "20261124T130000Z"),
        ("DTEND", "20261124T153000Z"),
        ("SUMMARY", "Spring clean of a flat"),
        ("LOCATION", r"Hidden Lane 12\, 9000 Ghent"),
        ("URL", f"{SITE}/cleanings/{cleaning.pk}/"),
        ("END", "VEVENT"),
        ("END", "VCALENDAR"),
    ]


def test_a_cleaner_who_takes_the_street_home_has_looked_at_it(client, cleaning):
    assert b"Hidden Lane 12" in ask(client, "olivia", cleaning).content
    ask(client, "carl", cleaning, "head")
    assert looks() == []
    assert b"Hidden Lane 12" in ask(client, "carl", cleaning).content
    assert looks() == [("carl", ["street_address"])]


def test_a_street_after_its_time_is_neither_shown_nor_recorded(client, cleaning):
    with time_machine.travel(START + timedelta(days=14 + 31)):
        assert dict(read(ask(client, "carl", cleaning)))["LOCATION"] == "9000 Ghent"
    assert looks() == []


def test_it_is_the_same_entry_whoever_has_the_job_and_later_when_it_changed(client, cleaning):
    before = dict(read(ask(client, "olivia", cleaning)))
    cleaning.chosen_offer.cancel(by=create_user("carl"), reason=CancelReason.CANNOT_COME)
    cleaning.refresh_from_db()
    cleaning.edit(by=cleaning.owner, starts_at=START + timedelta(days=1))
    create_offer(cleaning=cleaning, cleaner=create_user("cora"), status=OfferStatus.ACCEPTED)
    after = dict(read(ask(client, "cora", cleaning)))
    assert (after["UID"], after["SEQUENCE"], after["DTSTART"]) == (before["UID"], "3", "20261125T130000Z")


def test_it_was_changed_when_the_cleaner_was_chosen_though_nothing_was_edited(client, cleaning):
    with time_machine.travel(START - timedelta(days=2), tick=False):
        cleaning.chosen_offer.cancel(by=create_user("carl"), reason=CancelReason.CANNOT_COME)
        create_offer(cleaning=cleaning, cleaner=create_user("cora"), status=OfferStatus.ACCEPTED)
        assert dict(read(ask(client, "cora", cleaning)))["DTSTAMP"] == "20261122T130000Z"


def test_only_the_two_get_it(client, cleaning):
    create_offer(cleaning=(other := create_cleaning()), cleaner=create_user("cora"))
    other.close(by=other.owner)
    asked = {username: ask(client, username, cleaning).status_code for username in ("olivia", "carl", "cora", "ada")}
    assert asked == {"olivia": 200, "carl": 200, "cora": 403, "ada": 403}
    assert ask(client, "stan", cleaning).status_code == 403
    assert ask(client, "stan", other).status_code == 404
    client.logout()
    answer = client.get(f"{cleaning.get_absolute_url()}calendar.ics")
    assert answer["Location"].startswith("/accounts/login/")


def test_a_job_without_a_start_is_in_no_calendar(client, cleaning):
    assert ask(client, "carl", cleaning).status_code == 200
    move_start(cleaning, None)
    assert ask(client, "carl", cleaning).status_code == 404
    assert ask(client, "stan", cleaning).status_code == 403


def test_a_job_that_is_over_is_in_no_calendar(client, cleaning):
    offer = cleaning.chosen_offer
    with time_machine.travel(START + timedelta(hours=1)):
        assert ask(client, "carl", cleaning).status_code == 200
        offer.complete(by=cleaning.owner)
        answers = [ask(client, username, cleaning) for username in ("carl", "olivia")]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert b"Only an assigned cleaning can be added to a calendar." in answers[0].content


def fall_through(cleaning, verb):
    offer = cleaning.chosen_offer
    getattr(offer, verb)(by=offer.cleaner if verb == "cancel" else cleaning.owner, reason="other")
    cleaning.refresh_from_db()


def edited(cleaning, **fields):
    cleaning.edit(by=cleaning.owner, **fields)


# What may happen after a job fell through, and for whom its entry is still to be taken out.
AFTERWARDS = {
    "nothing": (lambda cleaning: None, ["carl", "olivia"], "2"),
    "closed": (lambda cleaning: cleaning.close(by=cleaning.owner), ["carl", "olivia"], "3"),
    "moved": (lambda cleaning: edited(cleaning, starts_at=START + timedelta(days=9)), ["carl", "olivia"], "2"),
    "without a start": (lambda cleaning: edited(cleaning, starts_at=None), ["carl", "olivia"], "2"),
    "given to Cora": (
        lambda cleaning: create_offer(cleaning=cleaning, cleaner=create_user("cora"), status=OfferStatus.ACCEPTED),
        ["carl"],
        "3",
    ),
}


@pytest.mark.parametrize("verb", ["cancel", "release"])
@pytest.mark.parametrize("later", AFTERWARDS)
def test_what_fell_through_is_sent_as_cancelled_to_its_former_two(client, cleaning, verb, later):
    before = dict(read(ask(client, "olivia", cleaning)))
    happens, former, sequence = AFTERWARDS[later]
    fall_through(cleaning, verb)
    happens(cleaning)
    for username in former:
        found = dict(read(ask(client, username, cleaning)))
        assert (found["STATUS"], found["UID"], found["SEQUENCE"]) == ("CANCELLED", before["UID"], sequence)
        assert (found["DTSTART"], found["DTEND"]) == (before["DTSTART"], before["DTEND"])
        assert found["LOCATION"] == "9000 Ghent"
    assert looks() == []
    assert 200 not in [ask(client, username, cleaning).status_code for username in ("stan", "ada")]


def test_what_fell_through_and_is_agreed_again_is_no_longer_cancelled_for_its_owner(client, cleaning):
    fall_through(cleaning, "cancel")
    create_offer(cleaning=cleaning, cleaner=create_user("cora"), status=OfferStatus.ACCEPTED)
    found = {username: dict(read(ask(client, username, cleaning))) for username in ("olivia", "cora", "carl")}
    assert ["STATUS" in found[username] for username in found] == [False, False, True]
    assert [found[username]["SEQUENCE"] for username in found] == ["3", "3", "3"]


def test_an_edit_before_anybody_is_chosen_does_not_raise_the_sequence(client):
    edited(other := create_cleaning(), estimated_hours="5")
    create_offer(cleaning=other, status=OfferStatus.ACCEPTED)
    assert dict(read(ask(client, "olivia", other)))["SEQUENCE"] == "1"


def test_a_job_that_never_was_agreed_is_in_no_calendar(client):
    waiting = create_offer(cleaning=create_cleaning()).cleaning
    assert [ask(client, username, waiting).status_code for username in ("carl", "olivia")] == [403, 409]
    waiting.close(by=waiting.owner)
    assert [ask(client, username, waiting).status_code for username in ("carl", "olivia")] == [403, 409]


def test_the_page_of_what_fell_through_offers_to_take_it_out(client, cleaning):
    def offers_removal(username):
        client.force_login(create_user(username))
        return "Remove it from your calendar" in text_of(client.get(cleaning.get_absolute_url()))

    everybody = ("olivia", "carl", "cora", "stan", "ada")
    assert not any(map(offers_removal, everybody))
    fall_through(cleaning, "release")
    assert [username for username in everybody if offers_removal(username)] == ["olivia", "carl"]
    create_offer(cleaning=cleaning, cleaner=create_user("cora"), status=OfferStatus.ACCEPTED)
    assert [username for username in everybody if offers_removal(username)] == ["carl"]


def test_the_panel_leads_to_it_while_the_job_is_ahead_or_running(client, cleaning):
    def is_linked(username):
        client.force_login(create_user(username))
        return (
            f'href="{cleaning.get_absolute_url()}calendar.ics"'
            in client.get(cleaning.get_absolute_url()).content.decode()
        )

    assert [is_linked(username) for username in ("carl", "olivia", "stan")] == [True, True, False]
    with time_machine.travel(START + timedelta(hours=1)):
        assert is_linked("carl")
        cleaning.chosen_offer.complete(by=cleaning.owner)
        assert not is_linked("carl")


def test_text_of_people_adds_no_line_and_no_property(client, cleaning):
    before = [name for name, _ in read(ask(client, "carl", cleaning))]
    # The fields would take the line ends out; rows that came otherwise may have them.
    text = Value(HOSTILE.replace("\x00", ""))
    Cleaning.objects.filter(pk=cleaning.pk).update(name=text, street_address=text, city=Value(text.value[:80]))
    found = read(ask(client, "carl", cleaning))
    assert [name for name, _ in found] == before
    summary = dict(found)["SUMMARY"].replace(r"\n", "\n").replace(r"\,", ",").replace(r"\;", ";").replace("\\\\", "\\")
    lines = ["A, b; c \\ d", "ATTENDEE:mailto:x@y.z", "END:VEVENT", "", "", "URL:evil\ttab" + "🧹é" * 12]
    assert summary == "\n".join(lines)


def test_no_phone_number_and_no_address_for_mail_is_in_it(client, cleaning):
    client.force_login(create_user("carl"))
    assert b"0472 88 99 00" in client.get(cleaning.get_absolute_url()).content
    text = ask(client, "carl", cleaning).content.decode()
    assert "0472" not in text
    assert "@example.org" not in text


@pytest.mark.parametrize("before", range(60, 80))
def test_a_fold_splits_no_character(before):
    line = "x" * before + "🧹" * 40
    lines = folded(line).encode().split(b"\r\n")
    assert len(lines) > 2
    assert [each for each in lines if len(each) > 75] == []
    assert [each for each in lines[1:] if not each.startswith(b" ")] == []
    assert "".join(each.decode().removeprefix(" ") for each in lines) == line


def test_a_line_that_fits_is_not_folded():
    assert folded("x" * 75) == "x" * 75
    assert folded("x" * 76) == "x" * 75 + "\r\n x"
    assert escaped("plain é 🧹") == "plain é 🧹"
