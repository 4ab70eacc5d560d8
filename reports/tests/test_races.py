"""Two of the staff, and one reporter many times, at the same moment."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event
from time import sleep

import pytest
from django.db import IntegrityError, connection

from accounts.models import User
from cleanings.models import Cleaning
from cleanings.states import CleaningStatus, IllegalMove, Kind
from core.exceptions import LimitReached
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user
from marketplace.tests.rounds import rounds
from notifications.models import Notification
from offers.models import Offer
from reports.choices import Outcome, Side
from reports.models import Decision, Report
from reports.subjects import find_subject
from reports.tests.helpers import FACTS, RESTRICTED, TEXT, create_report, create_support, decided

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


def job_with_offer():
    olivia, *_, ada = create_cast()
    offer = create_offer(cleaning=create_cleaning())
    job = Cleaning.objects.get(pk=offer.cleaning_id)
    return job, {"hide": partial(job.hide, by=ada), "accept": partial(offer.accept, by=olivia)}


def stay_within(patches, owner, name):
    """Have the method stay in its transaction for a moment; the event says that it has written."""
    method, written = getattr(owner, name), Event()

    def write_and_stay(*args, **kwargs):
        method(*args, **kwargs)
        written.set()
        sleep(0.05)

    patches.setattr(owner, name, write_and_stay)
    return written


def once(event, act):
    def wait_and_act():
        assert event.wait(timeout=60)
        act()

    return wait_and_act


def was_accepted_while_hidden(job):
    job.refresh_from_db()
    return job.events.filter(kind=Kind.ACCEPT, at__gt=job.hidden_at).exists()


@pytest.mark.parametrize(
    ("first", "second", "ended", "status"),
    [
        ("hide", "accept", {"done": 1, "IllegalMove": 1}, CleaningStatus.OPEN),
        ("accept", "hide", {"done": 2}, CleaningStatus.ASSIGNED),
    ],
)
def test_a_job_is_hidden_and_an_offer_on_it_accepted_one_after_the_other(monkeypatch, first, second, ended, status):
    writes = {"hide": (Cleaning, "_set_hidden"), "accept": (Offer, "_apply")}
    for _ in range(ROUNDS):
        job, acts = job_with_offer()
        with monkeypatch.context() as patches:
            written = stay_within(patches, *writes[first])
            found = at_once(acts[first], once(written, acts[second]))
        assert (found, was_accepted_while_hidden(job)) == (ended, False)
        assert (job.is_hidden, job.status) == (True, status)


def test_control_without_the_lock_an_offer_is_accepted_while_its_job_is_hidden(monkeypatch):
    job, acts = job_with_offer()
    checked, hidden, apply = Event(), Event(), Offer._apply

    def apply_once_it_is_hidden(*args):
        checked.set()
        hidden.wait(timeout=60)
        apply(*args)

    def hide():
        acts["hide"]()
        hidden.set()

    monkeypatch.setattr(Offer, "_apply", apply_once_it_is_hidden)
    monkeypatch.setattr(Cleaning, "lock", lambda cleaning: cleaning.refresh_from_db())
    monkeypatch.setattr(User, "lock", lambda person: None)
    acts["accept"] = partial(Offer.accept.__wrapped__, acts["accept"].func.__self__, **acts["accept"].keywords)
    found = at_once(once(checked, hide), acts["accept"])
    assert (found, was_accepted_while_hidden(job)) == ({"done": 2}, True)


def test_of_two_who_take_a_report_at_once_one_is_refused():
    create_cast()
    create_support()
    for _ in range(ROUNDS):
        report = create_report(by="")
        takers = [partial(Report.objects.get(pk=report.pk).take, by=create_user(name)) for name in ("ada", "sam")]
        assert at_once(*takers) == {"done": 1, "IllegalMove": 1}


def test_of_two_appeals_of_one_side_at_once_one_is_refused():
    create_cast()
    for _ in range(ROUNDS):
        report = decided(create_report(by=""), Outcome.HIDE)
        appeals = [
            partial(Report.objects.get(pk=report.pk).appeal, Side.ACCUSED, text=f"{TEXT} {number}") for number in (1, 2)
        ]
        assert at_once(*appeals) == {"done": 1, "IllegalMove": 1}
        assert report.appeals.count() == 1


def test_of_two_who_settle_at_once_one_is_refused():
    create_cast()
    for _ in range(ROUNDS):
        report = decided(create_report(by=""), Outcome.HIDE)
        report.appeal(Side.ACCUSED, text=TEXT)
        verbs = [Report.objects.get(pk=report.pk).settle for _ in range(2)]
        facts = {"outcome": Outcome.NOTHING, "facts": FACTS}
        people = (create_user("ada"), create_support("sue"))
        settle = [partial(verb, by=person, **facts) for verb, person in zip(verbs, people, strict=True)]
        assert at_once(*settle) == {"done": 1, "IllegalMove": 1}
        assert report.decisions.count() == 2
