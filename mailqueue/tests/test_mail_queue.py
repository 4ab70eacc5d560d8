"""Mail is queued with what it tells of, as it was typed, and to nobody but whom it was meant for."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.mail import BadHeaderError
from django.core.management import call_command
from django.db import transaction

from mailqueue.backends import LONGEST_SUBJECT
from mailqueue.models import Mail
from mailqueue.tests.mails import in_time, work, write
from marketplace.testing import create_user
from notifications.models import Notification

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queue")]

TYPED = [
    "{% now 'Y' %}",
    "{{{ name }}}",
    "{# no #}",
    "<b>&amp;</b>",
    "a\r\nBcc: x@example.org",
    "a, b",
    '"Carl"',
    "日本 ü",
]


def sent():
    """The one mail that a worker sends."""
    work()
    (message,) = mail.outbox
    return message


def test_a_mail_waits_in_the_queue_until_a_worker_sends_it():
    write()
    assert (Mail.objects.count(), mail.outbox) == (1, [])
    assert sent().to == ["carl@example.org"]
    assert Mail.objects.get().status == "SUCCESSFUL"


def write_and_think_better_of_it(savepoint):
    with transaction.atomic(), transaction.atomic(savepoint=savepoint):
        write()
        assert Mail.objects.exists()
        raise RuntimeError("no")


@pytest.mark.parametrize("savepoint", [True, False])
def test_a_rollback_takes_the_mail_along(savepoint):
    with pytest.raises(RuntimeError, match="no"):
        write_and_think_better_of_it(savepoint)
    assert not Mail.objects.exists()


@pytest.mark.parametrize("typed", TYPED)
def test_text_arrives_as_it_was_typed(typed):
    write(body=typed, alternatives=[(f"<p>{typed}</p>", "text/html")])
    message = sent()
    assert (message.body, *message.alternatives[0]) == (typed, f"<p>{typed}</p>", "text/html")


@pytest.mark.parametrize("typed", TYPED)
def test_a_subject_is_one_line_and_adds_no_header(typed):
    write(subject=f"New offer for “{typed}”")
    message = sent()
    assert message.subject == f"New offer for “{' '.join(typed.split())}”"
    assert set(message.message().keys()) == {
        *("Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Date"),
        *("Message-ID", "Auto-Submitted"),
    }
    assert message.recipients() == ["carl@example.org"]


def test_a_long_subject_is_cut():
    write(subject="x" * 2000)
    subject = sent().subject
    assert (len(subject), subject[-1]) == (LONGEST_SUBJECT, "…")


def test_a_comma_in_an_address_makes_no_second_recipient():
    write(to='"carl,cora"@example.org')
    assert sent().recipients() == ['"carl,cora"@example.org']


def test_what_the_database_cannot_store_is_left_out():
    write(subject="Ni\0ne", body="ni\0ne \ud800", headers={"References": "<a\0b@example.org>"})
    message = sent()
    assert (message.subject, message.body) == ("Nine", "nine ?")
    assert message.extra_headers["References"] == "<ab@example.org>"


@pytest.mark.parametrize("fault", [{"to": "a@example.org\nBcc: b@example.org"}, {"headers": {"X-A": "a\nX-B: b"}}])
def test_a_line_break_in_a_header_is_refused_before_it_is_queued(fault):
    write(headers={"X-A": "a"})
    with pytest.raises(BadHeaderError):
        write(**fault)
    assert Mail.objects.count() == 1


def test_attachments_are_refused():
    with pytest.raises(ValueError, match="nothing attached"):
        write(attachments=[("a.txt", "a", "text/plain")])
    assert not Mail.objects.exists()


def test_headers_are_kept_and_every_mail_says_that_a_machine_wrote_it():
    write(headers={"References": "<7@localhost>", "message-id": "<8@localhost>"}, reply_to=["help@example.org"])
    message = sent()
    assert message.extra_headers == {
        "References": "<7@localhost>", "message-id": "<8@localhost>", "Auto-Submitted": "auto-generated",
    }  # fmt: skip
    assert message.reply_to == ["help@example.org"]


def test_the_message_id_is_of_our_site(settings):
    settings.SITE_URL = "https://swept.example"
    write()
    assert sent().extra_headers["Message-ID"].endswith("@swept.example>")


@pytest.mark.sqlite
@pytest.mark.long
@pytest.mark.parametrize("minutes", [0, 10])
def test_the_demo_town_writes_no_mail(settings, django_capture_on_commit_callbacks, minutes):
    settings.DEBUG, settings.MAIL_GATHERED_FOR = True, timedelta(minutes=minutes)
    with django_capture_on_commit_callbacks(execute=True):
        call_command("seed_demo", verbosity=0, stdout=StringIO())
    with in_time(minutes=10):
        work()
    assert Notification.objects.exists()
    assert not Mail.objects.exists()


def test_a_reset_opens_no_connection_but_leaves_a_row(client, settings):
    settings.MAIL_TRANSPORT = "mailqueue.tests.fixtures.Unreachable"
    assert client.post("/accounts/password/reset/", {"email": create_user("carl").email}).status_code == 302
    assert [row.recipient for row in Mail.objects.all()] == ["carl@example.org"]
