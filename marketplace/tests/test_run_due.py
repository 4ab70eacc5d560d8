"""`manage.py run_due`: what is due happens, once, however often and however many at once it is asked for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import StringIO
from threading import Barrier
from unittest.mock import Mock, patch

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from cleanings.models import Event
from evaluations.models import Evaluation
from marketplace import due
from marketplace.testing import create_cleaning, create_offer
from notifications.models import Notification
from notifications.topics import Mailing
from offers.models import Offer
from offers.states import IllegalMove, Kind, OfferStatus

# When all of it is due: a job tomorrow, one forgotten for 14 days, two that are over, and a start that has passed.
DUE = datetime.fromisoformat("2026-11-24 14:00:00+01:00")
DONE = {"expiry": 1, "reminders": 1, "completion": 1, "evaluations": 1, "publication": 1}


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
        assert run() == DONE | {"mails": 0, "clearing": 0, "limits": 0}
        assert run() == dict.fromkeys(DONE, 0) | {"mails": 0, "clearing": 0, "limits": 0}
    # A completion is a line of the cleaning and one of its offer.
    expected = [Kind.LAPSE, Kind.REMIND, Kind.COMPLETE, Kind.COMPLETE, Kind.DUE, Kind.PUBLISH]
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True))[before:] == expected
    assert Offer.objects.get(cleaning__name="Forgotten").status == OfferStatus.COMPLETED


@pytest.mark.django_db
def test_each_of_it_can_be_asked_for_by_name_and_nothing_else_happens():
    make_due()
    with at():
        for name in DONE:
            assert run(name) == {name: 1}
        assert run() == dict.fromkeys(DONE, 0) | {"mails": 0, "clearing": 0, "limits": 0}
        with pytest.raises(CommandError, match="no everything"):
            run("everything")


@pytest.mark.django_db
def test_the_mails_about_it_leave_with_a_later_run():
    make_due()
    with at():
        run()
    with at(minutes=10):
        # Of five cleanings, to the two sides of each.
        assert run("mails") == {"mails": 10}
        assert run("mails") == {"mails": 0}
    assert sorted(message.to for message in mail.outbox) == [["carl@example.org"]] * 5 + [["olivia@example.org"]] * 5


@pytest.mark.django_db
def test_what_was_told_half_a_year_ago_is_cleared():
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


def break_down(cleaning):
    raise RuntimeError("broken")


@pytest.mark.django_db
def test_one_that_fails_keeps_no_other_from_its_due(caplog):
    make_due()
    find, _ = due.VERBS["expiry"]
    broken = patch.dict(due.VERBS, expiry=(find, break_down))
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
    with at(), patch.dict(due.VERBS, expiry=(due.VERBS["expiry"][0], verb)):
        assert due.do("expiry") == done_and_failed
    verb.assert_called_once()


@pytest.mark.django_db
def test_a_look_that_fails_keeps_nothing_else_from_its_due():
    make_due()
    output, broken = StringIO(), Mock(side_effect=OperationalError("too slow"))
    failing = patch.dict(due.VERBS, expiry=(broken, due.VERBS["expiry"][1]))
    with at(), failing, pytest.raises(CommandError, match="1 could not be done"):
        call_command("run_due", stdout=output)
    assert output.getvalue().split()[:4] == ["expiry:", "0", "reminders:", "1"]


@pytest.mark.django_db
def test_mails_that_cannot_be_written_are_counted_as_failed(caplog):
    make_due()
    Notification.objects.update(mailing=Mailing.WAITING)
    broken = patch("notifications.querysets.letter_about", side_effect=ValueError("somebody@example.org"))
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
    assert Event.objects.count() == before + (2 if name == "completion" else 1)
