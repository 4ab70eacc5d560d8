"""A calendar of one's own: who reads it, what it holds, and when its address works."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Profile
from cleanings.models import Event
from cleanings.states import CancelReason, OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start

pytestmark = [pytest.mark.long, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def cast():
    return create_cast()


def address_of(username):
    profile = create_user(username).profile
    if not profile.calendar_key:
        profile.renew_calendar()
    return f"/calendar/{profile.calendar_key}.ics"


def file_of(client, username):
    answer = client.get(address_of(username))
    assert answer.status_code == 200
    return answer.content.decode().replace("\r\n ", "")


def entries(client, username):
    """Summary and status of each entry, as whoever knows the address reads them."""
    found = []
    for entry in file_of(client, username).split("BEGIN:VEVENT")[1:]:
        facts = dict(line.split(":", 1) for line in entry.strip().split("\r\n") if ":" in line)
        found.append((facts["SUMMARY"], facts.get("STATUS", "")))
    return sorted(found)


def agreed(name, **facts):
    return create_offer(cleaning=create_cleaning(name=name, **facts), status=OfferStatus.ACCEPTED)


def test_both_sides_have_the_jobs_that_are_agreed(client):
    agreed("Attic")
    create_offer(cleaning=create_cleaning(name="Cellar"))
    agreed("No date", starts_in=None)
    for username, found in {"carl": [("Attic", "")], "olivia": [("Attic", "")], "cora": []}.items():
        assert entries(client, username) == found


def test_a_job_that_fell_through_is_cancelled_for_both(client):
    agreed("Attic").cancel(by=create_user("carl"), reason=CancelReason.OTHER)
    assert entries(client, "carl") == entries(client, "olivia") == [("Attic", "CANCELLED")]


def test_a_job_that_another_cleaner_took_over_stands_once_for_its_owner(client):
    offer = agreed("Attic")
    offer.cancel(by=create_user("carl"), reason=CancelReason.OTHER)
    create_offer(cleaning=offer.cleaning, cleaner=create_user("cora"), status=OfferStatus.ACCEPTED)
    assert entries(client, "carl") == [("Attic", "CANCELLED")]
    assert entries(client, "olivia") == entries(client, "cora") == [("Attic", "")]


@pytest.mark.parametrize(("days", "found"), [(59, [("Attic", ""), ("Cellar", "CANCELLED")]), (61, [])])
def test_what_ended_is_kept_for_60_days(client, days, found):
    done, cancelled = agreed("Attic"), agreed("Cellar")
    move_start(done.cleaning, timedelta(hours=-1))
    done.cleaning.refresh_from_db()
    done.complete(by=create_user("olivia"))
    cancelled.cancel(by=create_user("carl"), reason=CancelReason.OTHER)
    with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
        assert entries(client, "carl") == found


def test_one_job_has_one_identity_in_both_files(client):
    offer = agreed("Attic")
    client.force_login(offer.cleaner)
    alone = client.get(f"{offer.cleaning.get_absolute_url()}calendar.ics").content.decode()
    uid = next(line for line in alone.split("\r\n") if line.startswith("UID:"))
    assert f"\r\n{uid}\r\nSEQUENCE:1\r\n" in file_of(client, "carl")


def test_it_holds_no_street_and_records_no_look(client):
    offer = agreed("Attic")
    client.force_login(offer.cleaner)
    assert b"Hidden Lane" in client.get(f"{offer.cleaning.get_absolute_url()}calendar.ics").content
    looks = Event.objects.filter(kind="see").count()
    assert "Attic" in file_of(client, "carl")
    assert "Hidden Lane" not in file_of(client, "carl") + file_of(client, "olivia")
    assert Event.objects.filter(kind="see").count() == looks


def test_a_renewed_address_replaces_the_one_before(client):
    first = address_of("carl")
    client.force_login(create_user("carl"))
    assert client.get(first).status_code == 200
    client.post("/calendar/renew/")
    assert (client.get(first).status_code, client.get(address_of("carl")).status_code) == (404, 200)
    second = address_of("carl")
    client.post("/calendar/stop/")
    assert (client.get(second).status_code, client.get(f"/calendar/{uuid4()}.ics").status_code) == (404, 404)
    assert Profile.objects.get(user__username="carl").calendar_key is None


def test_its_key_is_no_uuid4_and_one_that_was_given_before_still_works(client):
    profile, versions = create_user("carl").profile, set()
    for _ in range(10):
        profile.renew_calendar()
        versions.add(profile.calendar_key.version)
        assert client.get(address_of("carl")).status_code == 200
    assert versions != {4}
    Profile.objects.filter(pk=profile.pk).update(calendar_key=uuid4())
    assert client.get(address_of("carl")).status_code == 200


@pytest.mark.parametrize("end", ["close", "deactivate"])
def test_the_address_ends_with_the_account(client, end):
    address, carl = address_of("carl"), create_user("carl")
    assert client.get(address).status_code == 200
    carl.close(by=carl) if end == "close" else carl.deactivate(by=create_user("root", is_staff=True, is_superuser=True))
    assert client.get(address).status_code == 404


def test_the_name_of_the_site_breaks_neither_file_nor_header(client, settings):
    settings.SITE_NAME = 'Mops; "Brooms", Ltd'
    answer = client.get(address_of("carl"))
    assert answer["Content-Disposition"] == 'attachment; filename="Mops; \\"Brooms\\", Ltd.ics"'
    assert 'X-WR-CALNAME:Jobs on Mops\\; "Brooms"\\, Ltd\r\n' in answer.content.decode()


def test_no_cache_and_no_search_engine_keeps_it(client):
    answer = client.get(address_of("carl"))
    assert set(answer["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert answer["X-Robots-Tag"] == "noindex"


def test_the_page_shows_the_address_to_its_person_only(client, settings):
    settings.SITE_URL = "https://swept.example"
    client.force_login(create_user("carl"))
    assert "Turn the calendar on" in client.get("/calendar/").content.decode()
    address = f"https://swept.example{address_of('carl')}"
    assert address in client.get("/calendar/").content.decode()
    client.force_login(create_user("cora"))
    assert address not in client.get("/calendar/").content.decode()


def test_the_file_takes_as_many_queries_with_one_job_as_with_thirty(client, django_assert_num_queries):
    for number in (1, 29):
        for each in range(number):
            agreed(f"Attic {each}")
            agreed(f"Cellar {each}").cancel(by=create_user("carl"), reason=CancelReason.OTHER)
        address = address_of("carl")
        with django_assert_num_queries(4):
            client.get(address)
