"""Notifications to one person about one cleaning within ten minutes go into one mail, and each into one only."""

from contextlib import contextmanager

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, connections

from accounts.models import User
from cleanings.states import MOVES, Kind
from mailqueue.models import Mail
from mailqueue.tests.mails import in_time, work
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications import querysets
from notifications.emails import email_about
from notifications.models import Notification, SiteOnly
from notifications.querysets import NotificationQuerySet
from notifications.tests.cases import NOTIFIED, before
from notifications.topics import Mailing, Topic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queue")]


def queued():
    """To whom the mails in the queue go, and their subjects."""
    fields = [row.args_kwargs["kwargs"] for row in Mail.objects.all()]
    return sorted((field["to"][0].partition("@")[0], field["subject"]) for field in fields)


def mailings(**facts):
    return list(Notification.objects.filter(**facts).order_by("pk").values_list("mailing", flat=True))


def queue_mails(**ahead):
    with in_time(**ahead or {"minutes": 10}):
        return Notification.objects.queue_mails()[0]


def test_what_happens_to_one_cleaning_in_ten_minutes_is_one_mail_in_its_order():
    attic, sentences = create_cleaning(name="Attic"), []
    for minute, name in enumerate(("carl", "cora", "stan")):
        with in_time(minutes=3 * minute):
            create_offer(cleaning=attic, cleaner=create_user(name))
            sentences.append(Notification.objects.latest("pk").sentence)
    assert (queue_mails(minutes=9), queue_mails(minutes=10)) == (0, 1)
    assert queued() == [("olivia", "New offer for “Attic” (and 2 more)")]
    work()
    places = [mail.outbox[0].body.index(sentence) for sentence in sentences]
    assert places == sorted(places)
    assert mailings() == [Mailing.QUEUED] * 3


def test_each_cleaning_and_each_person_has_a_mail_of_their_own():
    for owner, name in (("olivia", "Attic"), ("olivia", "Cellar"), ("cora", "Garden")):
        create_offer(cleaning=create_cleaning(owner=create_user(owner), name=name))
    assert queue_mails() == 3
    offers = {"Attic": "olivia", "Cellar": "olivia", "Garden": "cora"}
    assert queued() == sorted((owner, f"New offer for “{name}”") for name, owner in offers.items())


def test_what_happens_after_the_mail_starts_another():
    offer = create_offer(cleaning=create_cleaning(name="Attic"))
    assert queue_mails(minutes=10) == 1
    with in_time(minutes=11):
        offer.rescind(by=offer.cleaner)
    assert (queue_mails(minutes=20), queue_mails(minutes=21)) == (0, 1)
    assert queued() == [("olivia", "New offer for “Attic”"), ("olivia", "Offer withdrawn for “Attic”")]


def test_no_move_waits_for_mails_to_be_written(django_capture_on_commit_callbacks):
    create_offer(cleaning=create_cleaning(name="Attic"))
    with in_time(minutes=10), django_capture_on_commit_callbacks(execute=True):
        create_offer(cleaning=create_cleaning(name="Cellar"))
    assert queued() == []
    assert queue_mails(minutes=20) == 2


def test_to_mail_is_what_has_waited_ten_minutes_and_is_in_no_mail():
    create_offer()
    to_mail = Notification.objects.to_mail
    with in_time(minutes=9):
        assert list(to_mail()) == []
    with in_time(minutes=10):
        assert list(to_mail()) == list(Notification.objects.all())
        Notification.objects.queue_mails()
        assert list(to_mail()) == []


def test_what_is_new_waits_even_where_another_worker_has_just_written_what_was_due(monkeypatch):
    create_offer()
    monkeypatch.setattr(NotificationQuerySet, "to_mail", lambda notifications: notifications)
    assert (queue_mails(minutes=9), mailings()) == (0, [Mailing.WAITING])
    assert (queue_mails(minutes=10), mailings()) == (1, [Mailing.QUEUED])


@pytest.mark.parametrize("count", [1, 3])
def test_a_mail_takes_as_many_queries_whatever_it_tells_of(django_assert_num_queries, count):
    offer = create_offer()
    for rate in range(30, 29 + count):
        offer.revise(by=offer.cleaner, hourly_rate=str(rate))
    assert Notification.objects.count() == count
    # The pairs; then a savepoint, the rows, the choices, what the person has done, twice what becomes of them, whose
    # cleaning it is, the mail, and its end.
    with in_time(minutes=10), django_assert_num_queries(11):
        assert Notification.objects.queue_mails() == (1, 0)


def test_what_is_wanted_on_the_site_only_is_left_out():
    offer = create_offer(cleaning=create_cleaning(name="Attic"))
    offer.revise(by=offer.cleaner, hourly_rate="30")
    offer.rescind(by=offer.cleaner)
    SiteOnly.objects.choose(create_user("olivia"), [Topic.REVISED])
    assert queue_mails() == 1
    assert mailings() == [Mailing.QUEUED, Mailing.UNWANTED, Mailing.QUEUED]
    assert queued() == [("olivia", "Offer withdrawn for “Attic” (and 1 more)")]
    work()
    assert ("withdrew" in mail.outbox[0].body, "changed the offer" in mail.outbox[0].body) == (True, False)


def test_where_nothing_is_wanted_no_mail_is_written():
    create_offer()
    SiteOnly.objects.choose(create_user("olivia"), Topic.values)
    SiteOnly.objects.choose(create_user("cora"), Topic.values)
    assert (queue_mails(), mailings(), queued()) == (0, [Mailing.UNWANTED], [])


@pytest.mark.parametrize("end", [{"email": ""}, {"is_active": False}])
def test_whoever_has_no_address_or_no_account_any_more_is_mailed_nothing(end):
    for owner in ("olivia", "cora"):
        create_offer(cleaning=create_cleaning(owner=create_user(owner), name="Attic"))
    User.objects.filter(username="olivia").update(**end)
    assert (queue_mails(), queued()) == (1, [("cora", "New offer for “Attic”")])
    assert mailings(recipient__username="olivia") == [Mailing.UNWANTED]
    User.objects.filter(username="olivia").update(email="olivia@example.org", is_active=True)
    assert queue_mails(minutes=30) == 0


def test_a_closed_account_takes_its_name_out_of_what_waits():
    olivia, carl = create_user("olivia"), create_user("carl")
    create_offer(cleaning=create_cleaning(owner=olivia), cleaner=carl)
    carl.close(by=carl)
    assert queue_mails() == 1
    work()
    assert "carl" not in mail.outbox[0].body + mail.outbox[0].subject
    assert "Former member" in mail.outbox[0].body


def test_run_twice_it_writes_each_mail_once():
    create_offer()
    with in_time(minutes=10):
        call_command("run_due", "mails")
        call_command("run_due", "mails")
        work()
    assert len(queued()) == len(mail.outbox) == 1


def test_a_mail_that_cannot_be_written_stops_no_other_and_stays_waiting(monkeypatch, caplog):
    for name in ("Attic", "Cellar", "Garden"):
        create_offer(cleaning=create_cleaning(name=name))

    def fail_at_the_cellar(notices):
        if notices[0].event.cleaning.name == "Cellar":
            raise KeyError("no such word")
        return email_about(notices)

    monkeypatch.setattr(querysets, "email_about", fail_at_the_cellar)
    assert queue_mails() == 2
    assert [subject for _, subject in queued()] == ["New offer for “Attic”", "New offer for “Garden”"]
    assert mailings() == [Mailing.QUEUED, Mailing.WAITING, Mailing.QUEUED]
    assert len(caplog.records) == 1
    monkeypatch.undo()
    assert (queue_mails(minutes=30), len(queued())) == (1, 3)


# What is rolled back


def break_after_telling(monkeypatch):
    """From here on every move fails after it has written its notifications."""
    notify = NotificationQuerySet.notify

    def notify_and_fail(notifications, notices):
        notify(notifications, notices)
        raise OSError("the disk is full")

    monkeypatch.setattr(NotificationQuerySet, "notify", notify_and_fail)


@pytest.mark.long
@pytest.mark.parametrize("waits", [{"minutes": 0}, {"minutes": 10}])
@pytest.mark.parametrize("kind", NOTIFIED)
def test_nobody_is_notified_of_what_is_rolled_back(
    monkeypatch, settings, django_capture_on_commit_callbacks, kind, waits
):
    settings.MAIL_GATHERED_FOR = type(settings.MAIL_GATHERED_FOR)(**waits)
    with before(kind) as act:
        with monkeypatch.context() as broken, django_capture_on_commit_callbacks(execute=True):
            break_after_telling(broken)
            with pytest.raises(OSError, match="disk"):
                act()
        assert (Notification.objects.count(), queue_mails(), queued()) == (0, 0, [])
        with django_capture_on_commit_callbacks(execute=True):
            act()
        queue_mails()
        expected = Notification.objects.values_list("recipient__username", "subject")
        assert queued() == sorted(expected) != []


def test_every_move_is_among_those():
    assert {move.kind for move in MOVES} | {Kind.EDIT, Kind.CLOSE, Kind.EVALUATE, Kind.HIDE} <= set(NOTIFIED)


if connection.vendor == "postgresql":

    @contextmanager
    def held_by_somebody_else(notification):
        """The row is locked on a connection of its own, as one is that is being marked as read."""
        other = connections["default"].copy()
        try:
            with other.cursor() as cursor:
                other.set_autocommit(False)
                table = Notification._meta.db_table
                cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", [notification.pk])  # noqa: S608
                yield
                other.rollback()
        finally:
            other.close()

    @pytest.mark.django_db(transaction=True)
    def test_what_is_new_does_not_go_ahead_of_a_row_that_somebody_else_holds():
        offer = create_offer(cleaning=create_cleaning(name="Attic"))
        with in_time(minutes=5):
            offer.rescind(by=offer.cleaner)
        with held_by_somebody_else(Notification.objects.earliest("pk")):
            assert queue_mails(minutes=10) == 0
        assert queue_mails(minutes=10) == 1
        assert queued() == [("olivia", "Offer withdrawn for “Attic” (and 1 more)")]

    @pytest.mark.django_db(transaction=True)
    def test_a_row_that_somebody_else_holds_is_mailed_by_the_next_run():
        attic = create_cleaning(name="Attic")
        for name in ("carl", "cora"):
            create_offer(cleaning=attic, cleaner=create_user(name))
        first, second = Notification.objects.order_by("pk")
        with held_by_somebody_else(first):
            assert queue_mails(minutes=10) == 1
            assert mailings() == [Mailing.WAITING, Mailing.QUEUED]
        assert queue_mails(minutes=11) == 1
        assert (mailings(), len(queued())) == ([Mailing.QUEUED] * 2, 2)
