"""Where there is no queue, as on a developer's machine, mail leaves behind the commit of what it tells of."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction

from mailqueue.mailbox import kept_mails
from mailqueue.models import Mail
from mailqueue.tests.mails import write
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications.models import Notification


@pytest.fixture(autouse=True)
def at_once(settings):
    settings.EMAIL_BACKEND = "mailqueue.backends.QueueBackend"
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    settings.MAIL_GATHERED_FOR = timedelta(0)


@pytest.mark.django_db(transaction=True)
def test_a_mail_leaves_behind_the_commit():
    with transaction.atomic():
        write()
        assert mail.outbox == []
    assert [message.to for message in mail.outbox] == [["carl@example.org"]]
    assert not Mail.objects.exists()


def write_and_think_better_of_it():
    with transaction.atomic():
        write()
        raise RuntimeError("no")


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_nothing():
    with pytest.raises(RuntimeError, match="no"):
        write_and_think_better_of_it()
    assert mail.outbox == []
    write()
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_failing_transport_does_no_harm_to_what_was_done(settings, caplog):
    settings.MAIL_TRANSPORT = "mailqueue.tests.fixtures.Unreachable"
    write()
    assert "ConnectionRefusedError" in caplog.text
    assert "carl" not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_notification_leaves_behind_its_commit_in_one_mail():
    cleaning = create_cleaning(name="Attic")
    with transaction.atomic():
        for name in ("carl", "cora"):
            create_offer(cleaning=cleaning, cleaner=create_user(name))
        assert (Notification.objects.count(), mail.outbox) == (2, [])
    assert [message.subject for message in mail.outbox] == ["New offer for “Attic” (and 1 more)"]
    create_offer(cleaning=cleaning, cleaner=create_user("stan"))
    assert [message.subject for message in mail.outbox[1:]] == ["New offer for “Attic”"]


@pytest.mark.django_db(transaction=True)
def test_a_developer_reads_notifications_in_the_mailbox_at_once(settings, tmp_path):
    settings.MAIL_TRANSPORT, settings.MAILBOX = "mailqueue.mailbox.MailboxBackend", str(tmp_path / "mail")
    offer = create_offer(cleaning=create_cleaning(name="Attic"))
    (kept,) = kept_mails()
    assert (kept.to, kept.subject) == ("olivia@example.org", "New offer for “Attic”")
    linked = [path for _, path in kept.pieces if path]
    assert linked[0] == f"/cleanings/{offer.cleaning_id}/offers/"


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_cannot_be_written_does_no_harm_to_the_move(settings, caplog):
    settings.DEFAULT_FROM_EMAIL = "Swept\nBcc: x@example.org"
    offer = create_offer()
    assert (offer.status, mail.outbox) == ("pending", [])
    assert "could not be written" in caplog.text


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_the_demo_town_writes_no_mail_and_the_first_move_in_it_does(settings):
    settings.DEBUG = True
    call_command("seed_demo", verbosity=0, stdout=StringIO())
    assert (Notification.objects.exists(), mail.outbox) == (True, [])
    create_offer(cleaning=create_cleaning(), cleaner=create_user("carl"))
    assert [message.to for message in mail.outbox] == [[create_user("olivia").email]]
