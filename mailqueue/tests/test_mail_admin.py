"""What staff see of the mail queue, and what they do about a mail that was given up."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core import mail
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from mailqueue.models import Mail
from mailqueue.tests.mails import in_time, states, work, write
from marketplace.testing import create_user

pytestmark = [pytest.mark.long, pytest.mark.django_db]
QUEUE = "/admin/mailqueue/mail/"
KEY = "1-c0ffee-secret"


@pytest.fixture
def staff(client):
    """Logs in somebody of the staff with these permissions for the queue."""

    def log_in(*permissions):
        ada = create_user("ada", is_staff=True)
        wanted = Permission.objects.filter(content_type__app_label="mailqueue", codename__in=permissions)
        ada.user_permissions.set(wanted)
        client.force_login(ada)
        return client

    return log_in


@pytest.fixture
def given_up(broken):
    """A mail with a reset link that no server took for a day."""
    write(subject="Choose a password", body=f"http://localhost:8000/accounts/password/reset/key/{KEY}/")
    with in_time(hours=25):
        work()
    return Mail.objects.get()


def queue_again(client, *mails):
    chosen = {"action": "queue_again", "_selected_action": [found.pk for found in mails]}
    return client.post(QUEUE, chosen, follow=True).content.decode()


def test_the_list_and_the_page_tell_what_became_of_a_mail_and_no_secret(staff, given_up):
    client = staff("view_mail")
    assert KEY in str(given_up.args_kwargs)
    for address in (QUEUE, f"{QUEUE}{given_up.pk}/change/"):
        page = client.get(address).content.decode()
        for shown in ("carl@example.org", "Choose a password", "Failed", "ConnectionRefusedError: no mail server"):
            assert shown in page
        assert KEY not in page
        assert "password/reset" not in page


def test_an_error_that_quotes_a_link_is_shown_without_it(given_up):
    given_up.traceback = f"Traceback\nSMTPDataError: (554, b'spam: http://localhost:8000/reset/{KEY}/ seen')\n"
    assert given_up.last_error == "SMTPDataError: (554, b'spam: ... seen')"


def test_no_query_guesses_a_text_letter_by_letter(staff, given_up):
    client = staff("view_mail")
    assert "1 mail" in client.get(QUEUE, {"status": "FAILED"}).content.decode()
    assert "0 mails" in client.get(QUEUE, {"status": "READY"}).content.decode()
    answer = client.get(QUEUE, {"args_kwargs__kwargs__body__contains": KEY[:3]})
    assert answer.status_code == 400
    assert "Choose a password" not in client.get(QUEUE, {"q": KEY}).content.decode()
    assert "Choose a password" in client.get(QUEUE, {"q": "carl"}).content.decode()


def test_the_page_that_shows_everything_is_gone(staff, given_up):
    assert not admin.site.is_registered(DBTaskResult)
    assert staff().get("/admin/django_tasks_database/dbtaskresult/").status_code == 404


def test_a_mail_that_was_given_up_is_queued_again_for_another_day(staff, given_up, settings):
    with in_time(hours=30):
        assert "1 of 1 queued again" in queue_again(staff("view_mail", "change_mail"), given_up)
    with in_time(hours=50):
        work()
    assert states() == ["READY"]
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    with in_time(hours=51):
        work()
    assert [message.to for message in mail.outbox] == [["carl@example.org"]]
    logged = LogEntry.objects.get()
    assert (logged.object_repr, logged.change_message) == (f"Mail {given_up.pk}", "Queued again.")


def test_whoever_may_only_look_queues_nothing_again(staff, given_up):
    queue_again(staff("view_mail"), given_up)
    assert states() == ["FAILED"]
    assert "Queue again" not in staff("view_mail").get(QUEUE).content.decode()
    assert staff().get(QUEUE).status_code == 403


def test_what_was_sent_or_is_being_sent_is_not_queued_again(staff, queue):
    for status in ("SUCCESSFUL", "RUNNING"):
        write()
        Mail.objects.filter(status="READY").update(status=status, started_at=timezone.now())
    assert "0 of 2 queued again" in queue_again(staff("view_mail", "change_mail"), *Mail.objects.all())
    assert set(states()) == {"SUCCESSFUL", "RUNNING"}
    assert not LogEntry.objects.exists()


def test_a_mail_says_when_its_next_try_is_due(broken):
    write()
    assert Mail.objects.get().next_try_at is None
    with in_time(days=0):
        work()
        assert Mail.objects.get().next_try_at == timezone.now() + timedelta(seconds=30)


@time_machine.travel("2026-11-24 12:00:00+01:00", tick=False)
def test_the_page_of_a_mail_names_its_next_try_in_the_site_s_time(staff, broken):
    write()
    client, page = staff("view_mail"), f"{QUEUE}{Mail.objects.get().pk}/change/"
    assert "24 Nov 2026, 12:10" not in client.get(page).content.decode()
    Mail.objects.update(run_after=timezone.now() + timedelta(minutes=10))
    assert "24 Nov 2026, 12:10" in client.get(page).content.decode()


def test_nobody_writes_or_deletes_a_mail_in_the_admin(staff, given_up):
    client = staff("view_mail", "change_mail")
    for what in ("add/", f"{given_up.pk}/delete/"):
        assert client.post(f"{QUEUE}{what}").status_code == 403
    client.post(f"{QUEUE}{given_up.pk}/change/", {"status": "READY"})
    assert states() == ["FAILED"]
