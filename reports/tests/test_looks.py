"""Staff see what two people share from a report on it alone, and both read that they did."""

from unittest import mock

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from accounts.models import User
from cleanings.models import Event
from cleanings.photos import JOB_PHOTOS, PhotoKind
from cleanings.states import Kind
from conversations.models import Message
from marketplace.testing import create_cast, create_cleaning, create_offer, create_photo, create_user, text_of
from reports import looks
from reports.tests.helpers import create_report, create_support, decided

pytestmark = [pytest.mark.long, pytest.mark.django_db]

LINES = {
    "thread": "Our staff looked at the messages between owner and cleaner because of a report.",
    "photo": "Our staff looked at a photo that only owner and cleaner see because of a report.",
}
KINDS = list(LINES)


@pytest.fixture
def reports(private):
    """Olivia's, on a message and on a photo of Carl's."""
    create_cast()
    offer = create_offer(status="accepted")
    said = [Message.say(offer, by=person, text=f"canary of {person}") for person in offer.sides]
    photo = create_photo(cleaning=offer.cleaning, by=offer.cleaner, kind=PhotoKind.AFTER)
    return {"thread": create_report(said[1], by="olivia"), "photo": create_report(photo, by="olivia")}


def look(client, kind, report):
    return client.post(reverse(f"admin:reports_report_{kind}", args=[report.pk]))


def staff(client, person=None):
    client.force_login(person or create_support())
    return client


def seen():
    return list(Event.objects.filter(kind=Kind.SEE).values_list("actor__username", "cleaner__username", "terms__seen"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_look_is_a_line_that_both_sides_read(kind, reports, client):
    answer = look(staff(client), kind, reports[kind])
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)
    assert seen() == [("sam", "carl", ["messages" if kind == "thread" else "photo"])]
    event = Event.objects.get(kind=Kind.SEE)
    pages = {}
    for name in ("olivia", "carl", "cora"):
        client.force_login(create_user(name))
        pages[name] = LINES[kind] in text_of(client.get(event.cleaning.get_absolute_url()))
    assert pages == {"olivia": True, "carl": True, "cora": False}
    assert LogEntry.objects.filter(user__username="sam", object_id=reports[kind].pk).exists()


def test_staff_read_the_whole_thread_and_the_photo(reports, client):
    page = text_of(look(staff(client), "thread", reports["thread"]))
    assert ["canary of carl" in page, "canary of olivia" in page] == [True, True]
    photo = look(client, "photo", reports["photo"])
    assert (photo["Content-Type"], photo.content[:4]) == ("image/webp", b"RIFF")


def test_a_look_at_a_photo_of_the_job_itself_is_no_line(reports, client):
    report = create_report(create_photo(cleaning=create_cleaning(), audience="everybody"))
    answer = look(staff(client), "photo", report)
    assert (answer.status_code, answer.content[:4], seen()) == (200, b"RIFF", [])
    assert LogEntry.objects.filter(user__username="sam", object_id=report.pk).exists()


def test_a_photo_whose_file_is_gone_is_not_there_and_was_seen_by_nobody(reports, client):
    JOB_PHOTOS.delete(reports["photo"].subject.row.file)
    assert look(staff(client), "photo", reports["photo"]).status_code == 404
    assert (seen(), LogEntry.objects.count()) == ([], 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_button_on_the_page_of_the_report_leads_there(kind, reports, client):
    page = staff(client).get(reverse("admin:reports_report_change", args=[reports[kind].pk])).content.decode()
    assert reverse(f"admin:reports_report_{kind}", args=[reports[kind].pk]) in page
    assert client.get(reverse(f"admin:reports_report_{kind}", args=[reports[kind].pk])).status_code == 405
    assert seen() == []


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_looks_without_an_open_report_on_it(kind, reports, client):
    """Not even a superuser."""
    client = staff(client, create_user("ada"))
    other = create_report(by="stan")
    refused = [
        look(client, kind, report).status_code for report in (other, reports["photo" if kind == "thread" else "thread"])
    ]
    assert (refused, seen()) == ([403, 403], [])
    assert client.post(reverse(f"admin:reports_report_{kind}", args=[999])).status_code == 404
    assert look(client, kind, reports[kind]).status_code == 200
    decided(reports[kind])
    Event.objects.filter(kind=Kind.SEE)._raw_delete("default")
    assert (look(client, kind, reports[kind]).status_code, seen()) == (302, [])


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_looks_without_the_permission_or_as_a_party(kind, reports, client):
    sam = create_user("sam", is_staff=True)
    assert look(staff(client, sam), kind, reports[kind]).status_code == 403
    User.objects.filter(username="carl").update(is_staff=True, is_superuser=True)
    assert look(staff(client, create_user("carl")), kind, reports[kind]).status_code == 404
    with pytest.raises(PermissionDenied):
        {"thread": looks.read_messages, "photo": looks.see_photo}[kind](reports[kind], by=create_user("carl"))
    assert seen() == []
    assert look(staff(client, create_support("sue")), kind, reports[kind]).status_code == 200


def test_what_cannot_be_written_down_is_not_shown(reports, client):
    with mock.patch.object(Event, "save", side_effect=PermissionDenied):
        assert b"canary" not in look(staff(client), "thread", reports["thread"]).content
    assert b"canary" in look(client, "thread", reports["thread"]).content
