"""Two of the staff, and one reporter many times, at the same moment."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection

from accounts.models import User
from cleanings.models import Cleaning
from cleanings.states import IllegalMove
from core.exceptions import LimitReached
from marketplace.testing import create_cast, create_cleaning, create_user
from marketplace.tests.rounds import rounds
from notifications.models import Notification
from reports.choices import Outcome
from reports.models import Decision, Report
from reports.subjects import find_subject
from reports.tests.helpers import RESTRICTED, TEXT, create_report, create_support

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = rounds(5, full=100)


def at_once(*acts):
    """Run each in a thread of its own at the same moment; return how often each ended how."""
    barrier = Barrier(len(acts))

    def run(act):
        try:
            barrier.wait(timeout=60)
            act()
            return "done"
        except (IllegalMove, LimitReached, IntegrityError) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(run, acts))


def decider(report, username, outcome):
    member, report = create_user(username), Report.objects.get(pk=report.pk)
    return lambda: report.decide(by=member, outcome=outcome, **RESTRICTED)


def decide_at_once(times=ROUNDS):
    """In each round Ada hides a job while Sam closes it; yields how the two ended."""
    create_cast()
    create_support()
    for _ in range(times):
        report = create_report(by="")
        Notification.objects.all().delete()
        yield at_once(decider(report, "ada", Outcome.HIDE), decider(report, "sam", Outcome.CLOSE))


def test_of_two_who_decide_at_once_one_is_refused():
    for number, ended in enumerate(decide_at_once(), 1):
        assert ended == {"done": 1, "IllegalMove": 1}
        decision = Decision.objects.latest("pk")
        cleaning = decision.report.subject.row
        hidden, closed = decision.outcome == Outcome.HIDE, decision.outcome == Outcome.CLOSE
        assert (cleaning.is_hidden, not cleaning.is_open, Decision.objects.count()) == (hidden, closed, number)
        assert Notification.objects.filter(topic="decided").count() == 1


def test_control_without_lock_and_condition_only_the_constraint_refuses(monkeypatch):
    barrier, save = Barrier(2), Decision.save

    def save_once_both_have_checked(decision, **kwargs):
        barrier.wait(timeout=60)
        save(decision, **kwargs)

    monkeypatch.setattr(Decision, "save", save_once_both_have_checked)
    monkeypatch.setattr(Report, "decide", Report.decide.__wrapped__)
    monkeypatch.setattr(Report, "_lock_row", lambda report: None)
    monkeypatch.setattr(Report, "_update", lambda report, **fields: None)
    monkeypatch.setattr(Cleaning, "lock", lambda cleaning: cleaning.refresh_from_db())
    monkeypatch.setattr(type(User.objects), "lock_active", lambda users, people: list(people))
    assert list(decide_at_once(times=1)) == [{"done": 1, "IntegrityError": 1}]
    # Both outcomes are there, and only one has a statement of reasons.
    cleaning = Cleaning.objects.get()
    assert (cleaning.is_hidden, cleaning.is_open, Decision.objects.count()) == (True, False, 1)


def file_at_once(subjects):
    def filing(subject, stan):
        return lambda: Report.file(subject, by=stan, reason="other", text=TEXT)

    return at_once(*(filing(subject, create_user("stan")) for subject in subjects))


def test_one_form_sent_many_times_at_once_is_one_report():
    create_cast()
    subject = find_subject(f"cleaning-{create_cleaning().pk}", create_user("stan"))
    assert file_at_once([subject] * 6) == {"done": 6}
    assert Report.objects.count() == 1


def jobs_to_report(count):
    create_cast()
    return [find_subject(f"cleaning-{create_cleaning().pk}", create_user("stan")) for _ in range(count)]


def test_of_fourteen_reports_at_once_so_many_are_filed_as_the_day_allows():
    assert file_at_once(jobs_to_report(14)) == {"done": 10, "LimitReached": 4}
    assert Report.objects.count() == 10


def test_control_without_the_persons_lock_more_are_filed(monkeypatch):
    barrier, save = Barrier(14), Report.save

    def save_once_all_have_checked(report, **kwargs):
        barrier.wait(timeout=60)
        save(report, **kwargs)

    monkeypatch.setattr(Report, "save", save_once_all_have_checked)
    monkeypatch.setattr(Report, "file", classmethod(Report.file.__func__.__wrapped__))
    monkeypatch.setattr(type(User.objects), "lock_active", lambda users, people: list(people))
    assert file_at_once(jobs_to_report(14)) == {"done": 14}
