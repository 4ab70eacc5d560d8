"""`manage.py run_due`: what is due happens, once, however often and however many at once it is asked for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import StringIO
from threading import Barrier
from unittest.mock import Mock, patch

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.utils import timezone

from cleanings.models import Event
from cleanings.states import IllegalMove, Kind, OfferStatus
from conversations.models import Message
from evaluations.models import Evaluation
from mailqueue.models import Mail
from mailqueue.tasks import deliver
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications.models import Notification
from notifications.topics import Mailing
from offers.models import Offer
from pages import scheduled

# When all of it is due: an invitation that is over, a job tomorrow, one forgotten for 14 days, two that are over, a
# start that has passed, a change that nobody answered, and what was written about a job long ago.
DUE = datetime.fromisoformat("2026-11-24 14:00:00+01:00")
NOTHING_OLD = dict.fromkeys(
    (
        "hidden_photos", "alerts", "mails", "clearing", "usernames", "limits", "deletions", "finished_mails", "photos",
        "photo_files", "profile_photo_files", "reports", "sessions", "access_tokens",
    ),
    0,
)  # fmt: skip
DONE = {"invitations": 1, "expiry": 1, "reminders": 1, "changes": 1, "completion": 1, "evaluations": 1}
DONE |= {"publication": 1, "messages": 1}

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("private")]


def at(**later):
    return time_machine.travel(DUE + timedelta(**later), tick=False)


def job(name, *, agreed, starts, completed=None):
    """Carl's job, by the verbs that led to it at their moments; the numbers are days from DUE."""
    with at(days=agreed - 1):
        offer = create_offer(cleaning=create_cleaning(name=name, starts_in=timedelta(days=starts - agreed + 1)))
    with at(days=agreed):
        offer.accept(by=offer.cleaning.owner)
    if completed is not None:
        with at(days=completed):
            offer.complete(by=offer.cleaning.owner)
    return offer


def make_due():
    with at(days=-2):
        create_offer(cleaning=create_cleaning(name="Passed", starts_in=timedelta(days=1)))
    job("Tomorrow", agreed=-3, starts=1)
    job("Forgotten", agreed=-16, starts=-15)
    job("Ending", agreed=-14, starts=-13, completed=-12)
    over = job("Published", agreed=-16, starts=-16, completed=-15)
    with at(days=-14):
        Evaluation.write(over, by=over.cleaner, overall_rating=4)
    asked = job("Asked", agreed=-9, starts=20)
    with at(days=-8):
        asked.suggest(by=asked.cleaner, estimated_hours="4")
    past = job("Long ago", agreed=-125, starts=-124, completed=-120)
    with at(days=-121):
        Message.objects.create(offer=past, author=past.cleaner, text="Hello")
    with at(days=-2):
        create_cleaning(name="Reserved", starts_in=timedelta(days=9), reserved_for=over.cleaner, reserved_days=1)
    Notification.objects.update(mailing=Mailing.UNWANTED)
    return Event.objects.count()


def run(*what):
    """What the command says that it did, by name."""
    output = StringIO()
    call_command("run_due", *what, stdout=output)
    return {name: int(count) for name, count in (line.split(": ") for line in output.getvalue().splitlines())}


@pytest.mark.django_db
def test_everything_that_is_due_is_done_once():
    before = make_due()
    with at():
        assert run() == DONE | NOTHING_OLD
        assert run() == dict.fromkeys(DONE, 0) | NOTHING_OLD
    # A completion is a line of the cleaning and one of its offer.
    expected = [
        Kind.PASS, Kind.LAPSE, Kind.REMIND, Kind.EXPIRE, Kind.COMPLETE, Kind.COMPLETE, Kind.DUE, Kind.PUBLISH,
    ]  # fmt: skip
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True))[before:] == expected
    assert Offer.objects.get(cleaning__name="Forgotten").status == OfferStatus.COMPLETED


@pytest.mark.django_db
def test_each_of_it_can_be_asked_for_by_name_and_nothing_else_happens():
    make_due()
    with at():
        for name in DONE:
            assert run(name) == {name: 1}
        assert run() == dict.fromkeys(DONE, 0) | NOTHING_OLD
        with pytest.raises(CommandError, match="no everything"):
            run("everything")


@pytest.mark.django_db
def test_the_mails_about_it_leave_with_a_later_run():
    make_due()
    with at():
        run()
    with at(minutes=10):
        # Of six cleanings, to the two sides of each; of an invitation, to the owner.
        assert run("mails") == {"mails": 13}
        assert run("mails") == {"mails": 0}
    assert sorted(message.to for message in mail.outbox) == [["carl@example.org"]] * 6 + [["olivia@example.org"]] * 7


@pytest.mark.django_db
def test_what_people_were_notified_of_half_a_year_ago_is_cleared():
    make_due()
    with at(days=170):
        kept = create_offer(cleaning=create_cleaning(name="Later"))
    with at(days=181):
        assert run("clearing")["clearing"] > 5
    assert [notice.event.cleaning for notice in Notification.objects.all()] == [kept.cleaning]


@pytest.mark.django_db
def test_clearing_goes_on_from_batch_to_batch_and_stops_at_what_is_kept():
    make_due()
    old = Notification.objects.count()
    with at(days=200):
        create_offer(cleaning=create_cleaning(name="Later"))
        assert Notification.objects.clear_old(batch=2) == old > 4
    assert Notification.objects.count() == 1


def finished_mails(count, *, days_ago, status="SUCCESSFUL"):
    finished = timezone.now() - timedelta(days=days_ago)
    return Mail.objects.bulk_create(
        Mail(
            task_path=deliver.module_path,
            status=status,
            enqueued_at=finished,
            run_after=finished,
            finished_at=finished,
            args_kwargs={},
            backend_name="default",
        )
        for _ in range(count)
    )


def sessions(count, *, ends_in, person=None):
    """Sessions that end in so many days, with what the list of the person's sessions knows of them."""
    ends = timezone.now() + timedelta(days=ends_in)
    made = Session.objects.bulk_create(
        Session(session_key=f"{ends_in}-{number}", session_data="", expire_date=ends) for number in range(count)
    )
    if person:
        UserSession.objects.bulk_create(
            UserSession(user=person, session_key=one.session_key, ip="::1", last_seen_at=ends - timedelta(days=14))
            for one in made
        )
    return made


@pytest.mark.django_db
@pytest.mark.parametrize(("batch", "batches"), [(3, 2), (1, 1), (1000, 100)])
def test_old_mails_and_sessions_go_a_few_at_a_time_and_the_others_stay(monkeypatch, batch, batches):
    monkeypatch.setattr("core.batches.BATCH", batch)
    monkeypatch.setattr("core.batches.BATCHES_A_QUERY", batches)
    finished_mails(8, days_ago=31)
    finished_mails(5, days_ago=30.1, status="FAILED")
    kept_mails = finished_mails(2, days_ago=29) + finished_mails(2, days_ago=40, status="READY")
    sessions(13, ends_in=-0.01, person=create_user("carl"))
    sessions(4, ends_in=-2, person=create_user("carl"))
    kept_sessions = sessions(2, ends_in=0.01, person=create_user("olivia"))
    assert run("finished_mails", "sessions") == {"finished_mails": 13, "sessions": 17}
    assert run("finished_mails", "sessions") == {"finished_mails": 0, "sessions": 0}
    assert set(Mail.objects.all()) == set(kept_mails)
    assert set(Session.objects.all()) == set(kept_sessions)
    # What the list knows of a session is kept for a day longer than it can last.
    assert UserSession.objects.filter(user__username="carl").count() == 13
    assert UserSession.objects.filter(user__username="olivia").count() == 2


@pytest.mark.django_db
def test_what_is_used_while_the_old_is_cleared_stays():
    gone, renewed = sessions(2, ends_in=-1)
    again, sent = finished_mails(2, days_ago=31)
    delete = QuerySet.delete

    def used_meanwhile(rows):
        Session.objects.filter(pk=renewed.pk).update(expire_date=timezone.now() + timedelta(days=1))
        Mail.objects.filter(pk=again.pk).update(status="READY")
        return delete(rows)

    with patch.object(QuerySet, "delete", used_meanwhile):
        assert run("finished_mails", "sessions") == {"finished_mails": 1, "sessions": 1}
    assert list(Session.objects.all()) == [renewed]
    assert list(Mail.objects.all()) == [again]


@pytest.mark.django_db
def test_no_statement_deletes_more_than_a_batch():
    sessions(2500, ends_in=-1)
    deleted = []

    def count(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith('DELETE FROM "django_session"'):
            deleted.append(context["cursor"].rowcount)
        return result

    with connection.execute_wrapper(count):
        assert run("sessions") == {"sessions": 2500}
    assert deleted == [1000, 1000, 500]


def break_down(cleaning):
    raise RuntimeError("broken")


@pytest.mark.django_db
def test_one_that_fails_keeps_no_other_from_its_due(caplog):
    make_due()
    find, _ = scheduled.VERBS["expiry"]
    broken = patch.dict(scheduled.VERBS, expiry=(find, break_down))
    with at(), broken, pytest.raises(CommandError, match="1 could not be done"):
        run()
    assert "expiry of Cleaning" in caplog.text
    assert Event.objects.filter(kind=Kind.PUBLISH).exists()
    assert not Event.objects.filter(kind=Kind.LAPSE).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("refusal", "done_and_failed"),
    [(None, (1, 0)), (IllegalMove("Another run was faster."), (0, 0)), (KeyError(), (0, 1))],
)
def test_what_somebody_else_was_faster_with_is_neither_done_nor_failed(refusal, done_and_failed):
    make_due()
    verb = Mock(side_effect=refusal)
    with at(), patch.dict(scheduled.VERBS, expiry=(scheduled.VERBS["expiry"][0], verb)):
        assert scheduled.run("expiry") == done_and_failed
    verb.assert_called_once()


@pytest.mark.django_db
def test_a_look_that_fails_keeps_nothing_else_from_its_due():
    make_due()
    output, broken = StringIO(), Mock(side_effect=OperationalError("too slow"))
    failing = patch.dict(scheduled.VERBS, expiry=(broken, scheduled.VERBS["expiry"][1]))
    with at(), failing, pytest.raises(CommandError, match="1 could not be done"):
        call_command("run_due", stdout=output)
    assert output.getvalue().split()[2:6] == ["expiry:", "0", "reminders:", "1"]


@pytest.mark.django_db
def test_mails_that_cannot_be_written_are_counted_as_failed(caplog):
    make_due()
    Notification.objects.update(mailing=Mailing.WAITING)
    broken = patch("notifications.querysets.email_about", side_effect=ValueError("somebody@example.org"))
    with at(), broken, pytest.raises(CommandError, match="could not be done"):
        run("mails")
    assert "could not be written: ValueError in " in caplog.text
    assert "@" not in caplog.text


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", DONE)
def test_two_at_once_do_it_once(name):
    before, barrier = make_due(), Barrier(2)

    def run_beside_the_other():
        try:
            barrier.wait(30)
            return run(name)[name]
        finally:
            connection.close()

    with at(), ThreadPoolExecutor(2) as pool:
        counts = [pool.submit(run_beside_the_other) for _ in range(2)]
        assert sum(count.result() for count in counts) >= 1
    assert Event.objects.count() == before + {"completion": 2, "messages": 0}.get(name, 1)
