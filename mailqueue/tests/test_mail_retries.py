"""A mail that cannot be sent is tried again for a day; what a dead worker left behind is brought back."""

import logging
import ssl
import subprocess
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
from django.core import mail
from django.db import OperationalError
from django.utils import timezone

from mailqueue import maintenance
from mailqueue.models import Mail, MailQuerySet
from mailqueue.tests.mails import in_time, states, work, write
from mailqueue.tests.smtp import BUSY, HANGS_UP, HOLDS, REFUSES

pytestmark = pytest.mark.django_db


def test_a_failed_mail_waits_for_its_next_try(broken, settings):
    write()
    work()
    assert states() == ["READY"]
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    work()
    assert mail.outbox == []
    with in_time(seconds=31):
        work()
    assert (states(), len(mail.outbox)) == (["SUCCESSFUL"], 1)


def test_the_wait_doubles_to_ten_minutes(broken):
    write()
    waits = []
    for _ in range(7):
        waiting = Mail.objects.get()
        with in_time(days=0) if not waits else in_time_of(waiting):
            work()
            waits.append((Mail.objects.get().run_after - timezone.now()).total_seconds())
    assert waits == [30, 60, 120, 240, 480, 600, 600]
    assert Mail.objects.get().tries == 7


def in_time_of(waiting):
    return in_time(seconds=(waiting.run_after - timezone.now()).total_seconds())


def test_a_day_later_it_is_given_up(broken, settings):
    write()
    with in_time(hours=23, minutes=59):
        work()
    assert states() == ["READY"]
    with in_time(hours=24, minutes=10):
        work()
        assert states() == ["FAILED"]
        assert Mail.objects.retry_stuck() == 0
    with in_time(hours=48):
        work()
    assert Mail.objects.get().tries == 2


def test_a_mail_of_a_dead_worker_is_brought_back(queue):
    write()
    Mail.objects.update(status="RUNNING", started_at=timezone.now())
    with in_time(minutes=4):
        work()
        assert states() == ["RUNNING"]
    with in_time(minutes=6):
        work()
    assert (states(), len(mail.outbox)) == (["SUCCESSFUL"], 1)


def test_a_mail_that_kills_its_workers_is_given_up_a_day_later(queue, caplog):
    write(subject="Reset it")
    with dying(hours=23, minutes=59):
        maintenance.run()
        assert states() == ["READY"]
    with dying(hours=24):
        maintenance.run()
        assert states() == ["FAILED"]
    with in_time(hours=48):
        assert Mail.objects.retry_stuck() == Mail.objects.give_up() == 0
    (given_up,) = Mail.objects.all()
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert errors == [f"Mail {given_up.pk} was given up: The worker died over it."]
    assert given_up.last_error == "The worker died over it."


@contextmanager
def dying(**ahead):
    """That much later, and just after the lease of a worker that died over the mail."""
    with in_time(**ahead):
        Mail.objects.update(status="RUNNING", started_at=timezone.now() - timedelta(minutes=5, seconds=1))
        yield


def test_a_worker_that_is_alive_is_left_its_mail_however_old(queue):
    write()
    with in_time(hours=30):
        Mail.objects.update(status="RUNNING", started_at=timezone.now() - timedelta(minutes=4))
        assert (Mail.objects.give_up(), Mail.objects.retry_stuck(), states()) == (0, 0, ["RUNNING"])


def test_a_mail_that_is_sent_meanwhile_is_not_given_up(queue, monkeypatch, caplog):
    find = MailQuerySet.values_list

    def find_and_let_send(mails, *fields, **how):
        found = list(find(mails, *fields, **how))
        Mail.objects.update(status="SUCCESSFUL")
        return found

    write()
    monkeypatch.setattr(MailQuerySet, "values_list", find_and_let_send)
    with dying(hours=24):
        assert Mail.objects.give_up() == 0
    monkeypatch.undo()
    assert (states(), caplog.text) == (["SUCCESSFUL"], "")


def test_a_mail_that_killed_its_workers_can_be_queued_again(queue):
    write()
    with dying(hours=24):
        assert (Mail.objects.give_up(), Mail.objects.queue_again()) == (1, 1)
    with dying(hours=47):
        assert (Mail.objects.give_up(), Mail.objects.retry_stuck()) == (0, 1)
        work()
    assert (states(), len(mail.outbox)) == (["SUCCESSFUL"], 1)


def test_a_failed_mail_without_a_next_try_is_brought_back(queue):
    write()
    Mail.objects.update(status="FAILED", finished_at=timezone.now())
    assert Mail.objects.retry_stuck() == 0
    with in_time(minutes=2):
        assert Mail.objects.retry_stuck() == 1
        work()
    assert len(mail.outbox) == 1


def test_what_was_sent_is_never_brought_back(queue):
    write()
    work()
    with in_time(hours=1):
        work()
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_looks_again_each_half_minute(queue):
    """Three looks of a worker's life, and what it found at each."""
    write()
    Mail.objects.update(status="RUNNING", started_at=timezone.now() - timedelta(minutes=6))
    looks = []

    class Clock:
        def wait(self, seconds):
            looks.append((seconds, states()))
            return len(looks) == 3

    maintenance.run_until(Clock())
    assert looks == [(30, ["RUNNING"]), (30, ["READY"]), (30, ["READY"])]


def test_a_worker_looks_as_long_as_it_runs(queue, monkeypatch):
    ended = Event()
    monkeypatch.setattr(maintenance, "run_until", lambda stopped: stopped.wait(30) and ended.set())
    work()
    assert ended.wait(30)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_ends_no_worker(queue, monkeypatch, caplog):
    looks = iter([OperationalError("password of Carl"), None])
    monkeypatch.setattr(maintenance, "run", lambda: raise_if(next(looks)))
    ends = iter([False, False, True])
    with caplog.at_level(logging.WARNING):
        maintenance.run_until(SimpleNamespace(wait=lambda seconds: next(ends)))
    assert list(looks) == list(ends) == []
    assert [record.getMessage() for record in caplog.records] == [
        "The mail queue could not be looked after: OperationalError"
    ]


def raise_if(error):
    if error:
        raise error


def test_the_log_names_the_mail_and_the_fault_but_no_recipient_and_no_word_of_it(broken, caplog):
    write(subject="Reset it", body="https://swept.example/accounts/password/reset/key/1-secret/")
    with caplog.at_level(logging.INFO):
        work()
        with in_time(hours=25):
            work()
    number = str(Mail.objects.get().pk)
    assert [record.levelname for record in caplog.records if number in record.getMessage()] == ["WARNING", "ERROR"]
    assert "ConnectionRefusedError" in caplog.text
    for private in ("carl", "secret", "Reset it"):
        assert private not in caplog.text


@pytest.fixture
def certificate(tmp_path):
    """A certificate of this machine that nobody else has signed, with its key."""
    file = tmp_path / "both.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -noenc -days 1 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*command.split(), "-keyout", file, "-out", f"{file}.crt"], check=True, capture_output=True)
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


class TestServer:
    @pytest.mark.parametrize("fault", [REFUSES, BUSY, HOLDS])
    def test_a_server_that_takes_nothing_is_tried_again(self, server, settings, fault):
        settings.EMAIL_TIMEOUT = 0.2 if fault == HOLDS else 30
        server.faults.append(fault)
        write()
        work()
        assert (states(), server.taken) == (["READY"], [])
        settings.EMAIL_TIMEOUT = 30
        with in_time(minutes=1):
            work()
            work()
        assert [message["To"] for message in server.taken] == ["carl@example.org"]

    @pytest.mark.parametrize("is_trusted", [True, False])
    def test_only_a_server_that_proves_who_it_is_gets_the_mail(
        self, server, settings, certificate, monkeypatch, is_trusted
    ):
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(certificate)
        settings.EMAIL_USE_SSL = True
        if is_trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        write()
        work()
        assert [message["To"] for message in server.taken] == (["carl@example.org"] if is_trusted else [])

    def test_a_second_copy_has_the_same_message_id(self, server):
        server.faults.append(HANGS_UP)
        write()
        work()
        with in_time(minutes=1):
            work()
        first, second = (message["Message-ID"] for message in server.taken)
        assert first == second

    def test_text_and_twin_arrive_as_typed(self, server):
        typed = "{% x %} {{{ y }}} ü\n.\n..\n" + "x" * 1200
        write(subject="Ünter\r\nBcc: x@example.org", body=typed, alternatives=[("<p>{{ ü }}</p>", "text/html")])
        work()
        (message,) = server.taken
        assert message["Subject"] == "Ünter Bcc: x@example.org"
        assert message["Bcc"] is None
        assert message.get_body(("plain",)).get_content().splitlines() == typed.splitlines()
        assert message.get_body(("html",)).get_content().strip() == "<p>{{ ü }}</p>"
