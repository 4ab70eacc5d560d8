"""Notifications with and without an event, and the threads that group their mails."""

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from mailqueue.tests.mails import in_time, work
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications.models import Notification
from notifications.topics import Mailing

pytestmark = pytest.mark.django_db


def notify(person, sentence="Welcome.", **facts):
    Notification.objects.notify([Notification(recipient=person, subject="Hello", sentence=sentence, url="/", **facts)])


def queue_and_send():
    with in_time(minutes=10):
        count = Notification.objects.queue_mails()[0]
        work()
    return count


def test_one_without_an_event_is_listed_and_marked_as_read(client):
    carl = create_user("carl")
    notify(carl)
    client.force_login(carl)
    assert "Welcome." in client.get("/notifications/").content.decode()
    client.post("/notifications/", {"notification": carl.notifications.get().pk})
    assert carl.notifications.unread().count() == 0


def test_one_without_an_event_is_in_the_admin(client):
    notify(create_user("carl"))
    client.force_login(create_user("ada", is_staff=True, is_superuser=True))
    pk = Notification.objects.get().pk
    for page in ("", f"{pk}/change/"):
        answer = client.get(f"/admin/notifications/notification/{page}", follow=True)
        assert (answer.status_code, "Welcome." in answer.content.decode()) == (200, True)


@pytest.mark.usefixtures("queue")
def test_those_without_an_event_are_mailed_by_their_thread():
    carl = create_user("carl")
    for thread in ("", "", "news-1"):
        notify(carl, thread=thread)
    assert queue_and_send() == 2
    alone, in_thread = sorted(mail.outbox, key=lambda message: "References" in message.extra_headers)
    assert alone.subject == "Hello (and 1 more)"
    assert "You get this mail because you have an account here." in alone.body
    assert "See it on the site: http://localhost:8000/" in alone.body
    assert in_thread.extra_headers["References"] == "<news-1@localhost>"


@pytest.mark.usefixtures("queue")
def test_what_an_earlier_version_wrote_without_a_thread_is_mailed_with_the_rest_of_its_cleaning():
    cleaning = create_cleaning(name="Attic")
    create_offer(cleaning=cleaning)
    Notification.objects.update(thread="", button="")
    create_offer(cleaning=cleaning, cleaner=create_user("cora"))
    assert queue_and_send() == 1
    assert mail.outbox[0].subject == "New offer for “Attic” (and 1 more)"
    threads = Notification.objects.values_list("thread", "mailing")
    assert list(threads) == [(f"cleaning-{cleaning.pk}", Mailing.QUEUED)] * 2


def test_of_one_event_a_person_has_one():
    create_offer()
    notice = Notification.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        notify(notice.recipient, event=notice.event)
    for _ in range(2):
        notify(notice.recipient)
    assert notice.recipient.notifications.count() == 3
