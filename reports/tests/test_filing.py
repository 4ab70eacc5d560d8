"""Who files a report, how often, and what is kept of it."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from conversations.models import Question
from core.exceptions import LimitReached
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user
from reports.choices import Reason, ReportStatus, Side
from reports.models import Report
from reports.subjects import find_subject
from reports.tests.helpers import TEXT, create_report, create_subjects, decided, mails_to

pytestmark = pytest.mark.django_db
NOON = datetime.fromisoformat("2026-11-28 12:00:00+00:00")


@pytest.fixture(autouse=True)
def cast():
    create_cast()


def test_a_report_keeps_the_words_as_they_were():
    cleaning = create_cleaning(name="Attic")
    report = create_report(f"cleaning-{cleaning.pk}")
    cleaning.edit(by=cleaning.owner, name="Cellar")
    assert report.copy == "Name: Attic\nDescription: Two rooms and a hall.\nTown: Ghent"
    cleaning.delete(by=cleaning.owner)
    stored = Report.objects.get()
    assert (stored.copy, stored.subject, stored.accused.username) == (report.copy, None, "olivia")


def test_the_reporter_has_a_receipt_at_once_and_nobody_else_hears_of_it():
    report = create_report()
    (receipt,) = mails_to("stan@example.org")
    assert receipt.startswith("We have your report\n")
    assert f"http://localhost:8000/reports/{report.reporter_key}/" in receipt
    assert mails_to("olivia@example.org") == []


def test_without_an_account_the_receipt_goes_to_the_given_address_without_the_typed_words():
    report = create_report(by="", email=" NORA@Example.net ")
    (receipt,) = mails_to("nora@example.net")
    assert (report.reporter, report.name, report.email) == (None, "Nora Nobody", "nora@example.net")
    assert TEXT not in receipt


@pytest.mark.usefixtures("private")
def test_nobody_reports_their_own_words_or_what_they_do_not_see():
    subjects = create_subjects()
    for kind, reference in subjects.items():
        subject = find_subject(reference, create_user("olivia"))
        other = ({"olivia", "carl"} - {subject.accused.username}).pop()
        for refused in (subject.accused.username, *(["stan"] if kind in ("offer", "message") else [])):
            with pytest.raises(PermissionDenied):
                Report.file(subject, by=create_user(refused), reason=Reason.OTHER, text=TEXT)
        Report.file(subject, by=create_user(other), reason=Reason.OTHER, text=TEXT)
    assert Report.objects.count() == len(subjects)


def test_the_asker_reports_the_answer_once_there_is_one():
    question = Question.ask(create_cleaning(), by=create_user("carl"), text="Is there a lift?")
    assert find_subject(f"answer-{question.pk}", create_user("carl")) is None
    question.give_answer(by=create_user("olivia"), answer="Find out yourself.")
    assert create_report(f"answer-{question.pk}", by="carl").accused.username == "olivia"


def test_an_ended_account_reports_nothing():
    subject, stan = find_subject("profile-olivia", create_user("stan")), create_user("stan")
    stan.deactivate(by=create_user("ada"))
    with pytest.raises(PermissionDenied):
        Report.file(subject, by=stan, reason=Reason.OTHER, text=TEXT)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"text": "x" * 19}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"text": " \u200b" * 30}, "text"),
        ({"reason": "because"}, "reason"),
        ({"reason": ""}, "reason"),
        ({"by": "", "name": ""}, "name"),
        ({"by": "", "email": ""}, "email"),
        ({"by": "", "email": "nora"}, "email"),
        ({"by": "", "email": "a@example.org, b@example.org"}, "email"),
        ({"by": "", "name": "x" * 81}, "name"),
        ({"by": "", "name": "www.evil.example"}, "name"),
    ],
)
def test_what_is_missing_or_too_long_is_refused_with_its_field(typed, field):
    create_report(by=typed.get("by", "stan"))
    with pytest.raises(ValidationError) as refusal:
        create_report(**typed)
    assert (list(refusal.value.message_dict), Report.objects.count()) == ([field], 1)


@pytest.mark.parametrize("length", [20, 2000])
def test_the_shortest_and_the_longest_text_are_taken(length):
    assert len(create_report(text="x" * length).text) == length


def test_of_one_person_and_subject_one_report_is_open():
    reference = f"cleaning-{create_cleaning().pk}"
    first = create_report(reference)
    assert create_report(reference, text="Other words, about the very same thing.") == first
    assert create_report(reference, by="carl") != first
    assert create_report(f"cleaning-{create_cleaning().pk}") != first
    assert len(mails_to("stan@example.org")) == 2
    decided(first)
    second = create_report(reference)
    assert second != first
    decided(second, by=create_user("sam")).appeal(Side.REPORTER, text="Look at it again, because it is dangerous.")
    assert create_report(reference) == second


@pytest.mark.parametrize("by", ["stan", ""])
def test_a_question_and_its_answer_are_reported_each(by):
    question = Question.ask(create_cleaning(), by=create_user("carl"), text="Is there a lift?")
    question.give_answer(by=create_user("olivia"), answer="Find out yourself.")
    reports = [create_report(f"{said}-{question.pk}", by=by) for said in ("question", "answer")]
    assert [report.accused.username for report in reports] == ["carl", "olivia"]
    assert [create_report(f"{said}-{question.pk}", by=by) for said in ("question", "answer")] == reports
    for report in reports:
        decided(report, "hide")
    assert [report.status for report in reports] == [ReportStatus.DECIDED] * 2


def test_the_database_refuses_a_second_open_report():
    report = create_report()
    row = {field.name: getattr(report, field.name) for field in Report._meta.concrete_fields}
    again = Report(**row | {"id": None} | dict.fromkeys(("reporter_key", "accused_key"), "0" * 31 + "1"))
    with pytest.raises(IntegrityError, match=r"one_open_report|reporter_id"), transaction.atomic():
        again.save(force_insert=True)
    Report.objects.filter(pk=report.pk).update(status=ReportStatus.DECIDED)
    again.save(force_insert=True)


def test_without_an_account_only_the_same_form_again_is_the_same_report():
    reference = f"cleaning-{create_cleaning().pk}"
    first = create_report(reference, by="")
    assert create_report(reference, by="") == first
    # With another text it could be another person, who would learn the key.
    assert create_report(reference, by="", text="Other words, about the very same thing.") != first


def test_a_person_reports_ten_times_a_day():
    jobs = [f"cleaning-{create_cleaning().pk}" for _ in range(12)]
    with time_machine.travel(NOON, tick=False):
        for reference in jobs[:10]:
            create_report(reference)
        with pytest.raises(LimitReached) as refusal:
            create_report(jobs[10])
        assert create_report(jobs[9]).copy
        create_report(jobs[10], by="carl")
        create_report(jobs[10], by="")
    assert refusal.value.again == NOON + timedelta(days=1)
    assert (Report.objects.count(), len(mails_to("stan@example.org"))) == (12, 10)
    with time_machine.travel(refusal.value.again, tick=False):
        create_report(jobs[10])


@pytest.mark.parametrize(
    "broken",
    [
        {"reporter": None}, {"name": "Nora"}, {"reason": "x"}, {"kind": "x"}, {"status": "x"}, {"text": "short"},
        {"taken_at": NOON}, {"accused": "stan"},
    ],
)  # fmt: skip
def test_the_database_refuses(broken):
    report = create_report()
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(
            **{name: create_user(value) if name == "accused" else value for name, value in broken.items()}
        )


def test_figures_and_queue_are_empty_without_reports():
    figures = Report.objects.figures()
    assert (figures.open, figures.oldest, figures.median_hours) == (0, None, None)
    assert list(Report.objects.in_queue_order()) == []


def test_parties_are_noted_with_the_report():
    offer = create_offer(status="accepted")
    report = create_report(f"cleaning-{offer.cleaning_id}")
    assert {person.username for person in report.parties.all()} == {"stan", "olivia", "carl"}
