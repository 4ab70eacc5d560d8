"""What people are notified of messages, on the site and by mail: who wrote about which job, and never what."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from cleanings.states import OfferStatus
from conversations.models import Message
from mailqueue.tests.mails import in_time, work
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, text_of
from notifications.models import Notification, SiteOnly
from notifications.topics import Mailing, Topic

pytestmark = [pytest.mark.long, pytest.mark.django_db, pytest.mark.usefixtures("queue")]

CANARY = "canary-message"
SENTENCE = "carl wrote to you about “Attic”."


@pytest.fixture
def offer():
    """Carl's, which Olivia has accepted; all that they have been notified of so far is gone."""
    create_cast()
    offer = create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.ACCEPTED)
    Notification.objects.all().delete()
    return offer


def say(offer, text=CANARY, by="carl"):
    return Message.say(offer, by=create_user(by), text=text)


def send(minutes=10):
    """Send what is due in so many minutes; return who is mailed under which subject."""
    mail.outbox.clear()
    with in_time(minutes=minutes):
        Notification.objects.queue_mails()
        work()
    return [(message.to, message.subject) for message in mail.outbox]


def open_page(offer, username="olivia"):
    client = Client()
    client.force_login(create_user(username))
    return client.get(f"{offer.get_absolute_url()}messages/")


def test_the_other_side_is_notified_and_nobody_else(offer):
    say(offer)
    (notice,) = Notification.objects.all()
    assert (notice.recipient.username, notice.topic, notice.event) == ("olivia", Topic.WRITTEN, None)
    assert (notice.subject, notice.sentence) == (SENTENCE.removesuffix("."), SENTENCE)
    assert (notice.url, notice.button) == (f"{offer.get_absolute_url()}messages/", "Read the messages")
    say(offer, by="olivia")
    assert [each.sentence for each in create_user("carl").notifications.all()] == ["olivia wrote to you about “Attic”."]


def test_a_burst_is_one_notification_and_one_mail_without_the_text(offer):
    for number in range(7):
        with in_time(minutes=number):
            say(offer, f"{CANARY} {number}")
    assert create_user("olivia").notifications.count() == 1
    assert (send(minutes=9), send(minutes=10)) == ([], [(["olivia@example.org"], SENTENCE.removesuffix("."))])
    whole = mail.outbox[0].message().as_string()
    assert (SENTENCE in mail.outbox[0].body, CANARY in whole) == (True, False)
    assert f"Read the messages: http://localhost:8000{offer.get_absolute_url()}messages/" in mail.outbox[0].body
    assert "You get this mail because you and the other side agreed on this job." in mail.outbox[0].body


def test_what_is_written_after_the_mail_is_news_again(offer):
    say(offer)
    assert len(send()) == 1
    with in_time(minutes=15):
        say(offer, "Anybody there?")
    assert (send(minutes=24), len(send(minutes=25))) == ([], 1)
    assert create_user("olivia").notifications.unread().count() == 2


def test_whoever_has_read_it_gets_no_mail_until_there_is_more(offer):
    say(offer)
    open_page(offer)
    say(offer, "And another thing")
    say(offer, "And one more")
    mailings = [Mailing.WAITING, Mailing.WAITING]
    assert list(Notification.objects.order_by("pk").values_list("mailing", flat=True)) == mailings
    open_page(offer)
    assert send() == []
    assert set(Notification.objects.values_list("mailing", flat=True)) == {Mailing.UNWANTED}


def test_each_job_has_a_mail_of_its_own_apart_from_other_news(offer):
    other = create_offer(cleaning=create_cleaning(name="Cellar"), status=OfferStatus.ACCEPTED)
    Notification.objects.all().delete()
    for each in (offer, other):
        say(each)
    other.cancel(by=other.cleaner, reason="other")
    subjects = ["carl cancelled “Cellar”", "carl wrote to you about “Attic”", "carl wrote to you about “Cellar”"]
    assert sorted(subject for _, subject in send()) == subjects
    references = {message.subject: message.extra_headers["References"] for message in mail.outbox}
    assert references[subjects[1]] == f"<conversation-{offer.pk}@localhost>"
    assert len(set(references.values())) == 3


def test_whoever_wants_them_on_the_site_only_gets_no_mail(offer):
    SiteOnly.objects.choose(create_user("olivia"), [Topic.WRITTEN])
    say(offer)
    assert send() == []
    assert create_user("olivia").notifications.unread().count() == 1


def test_the_link_of_the_mail_ends_mails_about_messages_alone(offer, client, settings):
    say(offer)
    send()
    link = mail.outbox[0].extra_headers["List-Unsubscribe"].strip("<>").removeprefix(settings.SITE_URL)
    assert "<li>Someone writes to you about a job</li>" in client.get(link).content.decode()
    client.post(link, {"List-Unsubscribe": "One-Click"})
    assert list(SiteOnly.objects.values_list("person__username", "topic")) == [("olivia", "written")]
    with in_time(minutes=20):
        say(offer, "Hello again")
    assert send(minutes=40) == []


def test_they_are_unread_in_list_and_header_until_the_page_is_opened(offer, client):
    say(offer)
    client.force_login(create_user("olivia"))
    page = text_of(client.get("/notifications/"))
    assert (SENTENCE in page, '<span class="count">1<' in page, CANARY in page) == (True, True, False)
    opened = client.post("/notifications/", {"notification": Notification.objects.get().pk, "open": "1"}, follow=True)
    assert CANARY in text_of(opened)
    page = text_of(client.get("/notifications/"))
    assert (SENTENCE in page, 'class="count"' in page) == (True, False)


def test_the_page_of_one_job_marks_no_other_as_read(offer):
    other = create_offer(cleaning=create_cleaning(name="Cellar"), status=OfferStatus.ACCEPTED)
    for each in (offer, other):
        say(each)
    open_page(offer)
    unread = create_user("olivia").notifications.unread().filter(topic=Topic.WRITTEN)
    assert [notice.thread for notice in unread] == [f"conversation-{other.pk}"]


def test_where_mails_are_not_gathered_each_message_is_mailed(offer, settings, django_capture_on_commit_callbacks):
    settings.MAIL_GATHERED_FOR = timedelta()
    for text in ("Hello", "Hello again"):
        with django_capture_on_commit_callbacks(execute=True):
            say(offer, text)
    work()
    assert len(mail.outbox) == 2


def test_staff_read_that_it_happened_but_in_no_list_what(offer):
    say(offer)
    client = Client()
    client.force_login(create_user("ada"))
    row = Notification.objects.get()
    index = text_of(client.get("/admin/"))
    assert "Messages" not in index
    for path, shown in (("", row.subject), (f"{row.pk}/change/", SENTENCE)):
        page = text_of(client.get(f"/admin/notifications/notification/{path}"))
        assert (shown in page, CANARY in page) == (True, False)
    assert client.get("/admin/conversations/message/").status_code == 404
