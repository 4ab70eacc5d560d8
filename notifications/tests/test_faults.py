"""A mail server at fault, from the page of a move to the mails about it: the move stands, and the mails come."""

import pytest
from django.urls import reverse

from cleanings.states import OfferStatus
from mailqueue.models import Mail
from mailqueue.tests.mails import in_time, states, work
from mailqueue.tests.smtp import BUSY, HANGS_UP, HOLDS, REFUSES
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications.models import Notification

pytestmark = [pytest.mark.long, pytest.mark.django_db]
NAMES = ("carl", "cora", "stan")


@pytest.fixture
def accept(client, server):
    """Olivia accepts Carl's offer by the page; two others are notified that somebody else was chosen."""
    attic = create_cleaning(name="Attic")
    carls, *_ = (create_offer(cleaning=attic, cleaner=create_user(name)) for name in NAMES)
    Notification.objects.all().delete()
    client.force_login(attic.owner)
    page = reverse("offers:accept", args=[attic.pk, "carl"])
    answer = client.post(page, {"revision": 1, "version": 1})
    assert (answer.status_code, answer.url) == (302, attic.get_absolute_url())
    return carls


def copies_taken(server):
    """What the server took, by the name of the recipient: the identity of each copy."""
    taken = {name: [] for name in NAMES}
    for message in server.taken:
        taken[message["To"].removesuffix("@example.org")].append(message["Message-ID"])
    return taken


def work_for_an_hour():
    """A worker's looks while the mails' next tries come due."""
    for minutes in range(10, 70, 10):
        with in_time(minutes=minutes):
            work()


def test_a_move_speaks_to_no_mail_server(accept, server):
    accept.refresh_from_db()
    assert (accept.status, server.met.is_set(), Notification.objects.count()) == (OfferStatus.ACCEPTED, False, 3)
    with in_time(minutes=10):
        work()
    assert server.met.is_set()
    assert {name: len(copies) for name, copies in copies_taken(server).items()} == dict.fromkeys(NAMES, 1)


@pytest.mark.parametrize(("fault", "times"), [(REFUSES, 1), (REFUSES, 7), (BUSY, 1), (BUSY, 7), (HOLDS, 3)])
def test_when_the_server_is_well_again_each_mail_arrives_once(accept, server, settings, fault, times):
    settings.EMAIL_TIMEOUT = 0.2 if fault == HOLDS else 30
    server.faults.extend([fault] * times)
    with in_time(minutes=10):
        work()
        assert states().count("READY") == min(times, 3)
    settings.EMAIL_TIMEOUT = 30
    work_for_an_hour()
    assert {name: len(copies) for name, copies in copies_taken(server).items()} == dict.fromkeys(NAMES, 1)
    assert states() == ["SUCCESSFUL"] * 3
    assert sum(mail.tries for mail in Mail.objects.all()) == 3 + times
    accept.refresh_from_db()
    assert accept.status == OfferStatus.ACCEPTED


def test_where_the_server_hangs_up_after_the_text_copies_are_known_as_such(accept, server):
    server.faults.append(HANGS_UP)
    work_for_an_hour()
    copies = copies_taken(server)
    assert sorted(map(len, copies.values())) == [1, 1, 2]
    assert all(len(set(ids)) == 1 for ids in copies.values())
    assert states() == ["SUCCESSFUL"] * 3


def test_what_no_server_takes_for_a_day_is_given_up_and_the_move_stands(accept, server):
    server.faults.extend([REFUSES] * 6)
    for hours in (1, 26):
        with in_time(hours=hours):
            work()
    assert (states(), server.taken) == (["FAILED"] * 3, [])
    with in_time(hours=27):
        assert Mail.objects.queue_again() == 3
        work()
    assert {name: len(copies) for name, copies in copies_taken(server).items()} == dict.fromkeys(NAMES, 1)
    accept.refresh_from_db()
    assert accept.status == OfferStatus.ACCEPTED
