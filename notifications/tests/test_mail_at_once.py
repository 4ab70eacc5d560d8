"""Where there is no queue, as on a developer's machine, mail leaves behind the commit of what it tells of."""

import pytest
from django.core import mail
from django.db import transaction

from notifications.models import Mail
from notifications.tests.mails import write


@pytest.fixture(autouse=True)
def at_once(settings):
    settings.EMAIL_BACKEND = "notifications.mail.QueueBackend"
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"


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
    settings.MAIL_TRANSPORT = "notifications.tests.conftest.Unreachable"
    write()
    assert "ConnectionRefusedError" in caplog.text
    assert "carl" not in caplog.text
