"""Notifications with and without an event, and the threads that group their mails."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from mailqueue.tests.mails import in_time, work
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications.models import Notification
from notifications.topics import Mailing

pytestmark = [pytest.mark.long, pytest.mark.django_db]


def notify(person, sentence="Welcome.", **facts):
    facts = {"thread": "", "topic": "", "button": "", "subject": "Hello", "sentence": sentence, "url": "/"} | facts
    Notification.objects.notify([Notification(recipient=person, **facts)])


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
        assert (answer.status_code, "Hello" in answer.content.decode()) == (200, True)


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
@pytest.mark.parametrize("unnamed", [0, 1])
def test_what_an_earlier_version_wrote_without_a_thread_is_mailed_with_the_rest_of_its_cleaning(unnamed, settings):
    settings.MAIL_GATHERED_FOR = timedelta(minutes=15)
    cleaning = create_cleaning(name="Attic")
    create_offer(cleaning=cleaning)
    create_offer(cleaning=cleaning, cleaner=create_user("cora"))
    first, second = Notification.objects.order_by("pk")
    # Due, while the other one is not.
    Notification.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(minutes=11))
    Notification.objects.filter(pk=[first, second][unnamed].pk).update(thread="", button="")
    assert queue_and_send() == 1
    assert mail.outbox[0].subject == "New offer for “Attic” (and 1 more)"
    threads = Notification.objects.values_list("thread", "mailing")
    assert list(threads) == [(f"cleaning-{cleaning.pk}", Mailing.QUEUED)] * 2


@pytest.mark.django_db(transaction=True)
def test_on_the_way_back_to_an_earlier_version_each_has_an_event_again():
    try:
        call_command("migrate", "notifications", "0006", verbosity=0)
        with connection.cursor() as cursor:
            columns = connection.introspection.get_table_description(cursor, Notification._meta.db_table)
        assert {column.name: column.null_ok for column in columns}["event_id"] is False
    finally:
        call_command("migrate", "notifications", verbosity=0)


def test_of_one_event_a_person_has_one():
    create_offer()
    notice = Notification.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        notify(notice.recipient, event=notice.event)
    for _ in range(2):
        notify(notice.recipient)
    assert notice.recipient.notifications.count() == 3
