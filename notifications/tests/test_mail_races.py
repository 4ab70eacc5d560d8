"""Workers that write the same mails at the same moment write each once. The control takes out what guards them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, get_ident
from time import sleep

import pytest
from django.db import connection

from mailqueue.models import Mail
from mailqueue.tests.mails import in_time
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications.models import Notification
from notifications.querysets import NotificationQuerySet, SiteOnlyQuerySet
from notifications.topics import Mailing

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queue")]

WORKERS, CLEANINGS = 4, 10


def queue_at_once():
    """So many workers write the mails about ten cleanings; how many each says to have written."""
    olivia = create_user("olivia")
    for number in range(CLEANINGS):
        create_offer(cleaning=create_cleaning(owner=olivia, name=f"Attic {number}"))
    barrier = Barrier(WORKERS)

    def queue(number):
        barrier.wait(30)
        try:
            return Notification.objects.queue_mails()[0]
        finally:
            connection.close()

    with in_time(minutes=10), ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(queue, range(WORKERS)))


@pytest.fixture
def dawdling(monkeypatch):
    """Workers that read, and think for a moment before they write."""
    topics = SiteOnlyQuerySet.topics
    monkeypatch.setattr(SiteOnlyQuerySet, "topics", lambda chosen: sleep(0.02) or topics(chosen))


def test_workers_at_once_write_each_mail_once(dawdling):
    assert sum(queue_at_once()) == CLEANINGS
    subjects = sorted(mail.subject for mail in Mail.objects.all())
    assert subjects == [f"New offer for “Attic {number}”" for number in range(CLEANINGS)]
    assert set(Notification.objects.values_list("mailing", flat=True)) == {Mailing.QUEUED}


def test_control_without_lock_and_transaction_a_mail_is_written_by_each(monkeypatch):
    topics, barrier, arrived = SiteOnlyQuerySet.topics, Barrier(WORKERS), set()

    def read_the_first_together(chosen):
        if get_ident() not in arrived:
            arrived.add(get_ident())
            barrier.wait(timeout=60)
        return topics(chosen)

    monkeypatch.setattr(SiteOnlyQuerySet, "topics", read_the_first_together)
    monkeypatch.setattr(NotificationQuerySet, "select_for_update", lambda notifications, **how: notifications)
    monkeypatch.setattr(NotificationQuerySet, "_queue_mail", NotificationQuerySet._queue_mail.__wrapped__)
    assert sum(queue_at_once()) == Mail.objects.count() > CLEANINGS


def test_a_move_at_the_same_moment_is_in_this_mail_or_the_next(settings):
    settings.MAIL_GATHERED_FOR = timedelta(seconds=-1)
    attic, names = create_cleaning(name="Attic"), ["carl", "cora", "stan"]
    cleaners = [create_user(name) for name in names]
    barrier = Barrier(2)

    def move():
        for cleaner in cleaners:
            barrier.wait(30)
            create_offer(cleaning=attic, cleaner=cleaner)
        connection.close()

    def queue():
        written = 0
        for _ in cleaners:
            barrier.wait(30)
            written += Notification.objects.queue_mails()[0]
        connection.close()
        return written

    with ThreadPoolExecutor(2) as pool:
        moving, queueing = pool.submit(move), pool.submit(queue)
        written = queueing.result() + (moving.result() or 0)
    written += Notification.objects.queue_mails()[0]
    assert Mail.objects.count() == written
    text = "".join(mail.args_kwargs["kwargs"]["body"] for mail in Mail.objects.all())
    assert [text.count(f"{name} offers") for name in names] == [1, 1, 1]
