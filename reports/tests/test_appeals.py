"""Appealing against a decision, and the second decision by someone else."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from cleanings.models import Cleaning
from cleanings.states import CleaningStatus, IllegalMove
from conversations.models import Message, Question
from core.formatting import when_label
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, text_of
from reports.choices import APPEALED_WITHIN, KEPT_FOR, Outcome, ReportStatus, Side
from reports.models import Appeal, Decision, Report
from reports.tests.helpers import FACTS, RESTRICTED, create_report, create_support, decided, mails_to

pytestmark = [pytest.mark.long, pytest.mark.django_db]

DISAGREE = "I do not agree, because it was meant otherwise."
FAIR = "The job asks for nothing but what the law allows."


@pytest.fixture(autouse=True)
def cast():
    create_cast()


def appealed(outcome=Outcome.HIDE, *, side=Side.ACCUSED, **facts) -> Report:
    report = decided(create_report(**facts), outcome)
    report.appeal(side, text=DISAGREE)
    return report


def settle(report: Report, outcome=Outcome.NOTHING, *, by=None, **facts) -> Report:
    report.settle(by=by or create_user("ada"), outcome=outcome, **RESTRICTED | {"facts": FAIR} | facts)
    return report


def create_superuser(username) -> User:
    return create_user(username, is_staff=True, is_superuser=True)


def is_restricted(cleaning: Cleaning, outcome: Outcome) -> bool:
    cleaning = Cleaning.objects.with_owner().get(pk=cleaning.pk)
    return cleaning.is_hidden if outcome == Outcome.HIDE else not cleaning.owner.is_active


def test_each_side_appeals_once():
    report = decided(create_report(), Outcome.HIDE)
    for side in Side:
        assert report.can_be_appealed(side)
        report.appeal(side, text=DISAGREE)
        assert not report.can_be_appealed(side)
        # The same form sent twice.
        report.appeal(side, text=DISAGREE)
        with pytest.raises(IllegalMove, match="already"):
            report.appeal(side, text="I disagree once more, with other words.")
    assert (Appeal.objects.count(), report.status) == (2, ReportStatus.APPEALED)
    settle(report)
    for side in Side:
        with pytest.raises(IllegalMove, match="after an appeal"):
            report.appeal(side, text="I disagree once more, with other words.")


def test_the_database_refuses_a_second_appeal_of_a_side():
    report = appealed()
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.create(report=report, by_reporter=False, text=DISAGREE)
    Appeal.objects.create(report=report, by_reporter=True, text=DISAGREE)


def test_an_appeal_comes_within_six_months_of_the_decision():
    report = decided(create_report(), Outcome.HIDE)
    for later, possible in ((timedelta(days=184, hours=23), True), (timedelta(days=185, minutes=1), False)):
        with time_machine.travel(report.decision.at + later, tick=False):
            assert report.can_be_appealed(Side.ACCUSED) == possible
    with time_machine.travel(report.appealed_until, tick=False), pytest.raises(IllegalMove, match="six months"):
        report.appeal(Side.ACCUSED, text=DISAGREE)
    report.appeal(Side.ACCUSED, text=DISAGREE)


@pytest.mark.parametrize("month", range(1, 13))
def test_six_months_last_until_that_day_at_the_hour_that_the_statement_names(month):
    made = datetime(2026, month, 1, 9, 30, tzinfo=UTC)
    with time_machine.travel(made, tick=False):
        report = decided(create_report(), Outcome.HIDE)
    half_a_year_later = made.replace(year=2026 + (month > 6), month=(month + 5) % 12 + 1)
    with time_machine.travel(half_a_year_later - timedelta(minutes=1), tick=False):
        assert report.can_be_appealed(Side.ACCUSED)
    assert f"appeal until {when_label(report.appealed_until)}." in mails_to("olivia@example.org")[-1]


def test_there_is_no_appeal_before_a_decision_nor_by_somebody_who_was_told_of_none():
    report = create_report()
    with pytest.raises(IllegalMove, match="no decision"):
        report.appeal(Side.REPORTER, text=DISAGREE)
    decided(report)
    with pytest.raises(IllegalMove, match="no decision"):
        report.appeal(Side.ACCUSED, text=DISAGREE)
    assert not any(report.can_appeal_again(side) for side in Side)
    report.appeal(Side.REPORTER, text=DISAGREE)


@pytest.mark.parametrize("text", ["Too short.", "x" * 2001, ""])
def test_an_appeal_has_words(text):
    report = decided(create_report(), Outcome.HIDE)
    with pytest.raises(ValidationError) as refusal:
        report.appeal(Side.ACCUSED, text=text)
    assert (list(refusal.value.message_dict), report.status) == (["text"], ReportStatus.DECIDED)


def test_an_appeal_is_settled_by_somebody_else_than_who_decided():
    report, sam = appealed(), create_support()
    assert not report.can_be_settled_by(sam)
    with pytest.raises(PermissionDenied, match="someone who made no decision"):
        settle(report, by=sam)
    tess = create_support("tess")
    assert report.can_be_settled_by(tess)
    settle(report, by=tess)


def test_no_party_settles_and_nobody_without_the_permission():
    report = appealed()
    User.objects.filter(username="olivia").update(is_superuser=True)
    for username in ("olivia", "stan", "carl"):
        with pytest.raises(PermissionDenied):
            settle(report, by=create_user(username))
    settle(report)


def test_who_becomes_a_party_after_deciding_was_none():
    report, sam = appealed(), create_support()
    Cleaning.objects.get().unhide(by=create_user("ada"))
    create_offer(cleaning=Cleaning.objects.get(), cleaner=sam, status="accepted")
    settle(report)
    assert report.is_party(sam)
    assert sam not in report.parties.all()


def test_only_an_appeal_is_settled_and_once():
    report = decided(create_report(), Outcome.HIDE)
    with pytest.raises(IllegalMove):
        settle(report)
    report.appeal(Side.ACCUSED, text=DISAGREE)
    settle(report)
    settle(report)
    with pytest.raises(IllegalMove):
        settle(report, Outcome.HIDE)
    assert (report.status, report.decisions.count()) == (ReportStatus.SETTLED, 2)
    with pytest.raises(IllegalMove):
        decided(report)


def test_what_was_hidden_is_shown_again_or_stays_hidden():
    for outcome, is_hidden in ((Outcome.NOTHING, False), (Outcome.HIDE, True)):
        report = settle(appealed(), outcome)
        assert Cleaning.objects.get(pk=report.subject_id).is_hidden == is_hidden


def test_only_a_decision_that_removes_something_is_for_good(client):
    for outcome, is_for_good in ((Outcome.NOTHING, False), (Outcome.HIDE, True)):
        report = settle(appealed(), outcome)
        page, mail = text_of(client.get(report.url_for(Side.ACCUSED))), mails_to("olivia@example.org")[-1]
        assert ("for good" in page, "has no end date" in mail) == (is_for_good, is_for_good)


@pytest.mark.parametrize(("said", "other"), [("question", "olivia"), ("answer", "carl")])
def test_the_author_of_what_is_hidden_along_reads_so_and_that_it_is_shown_again(client, said, other):
    question = Question.ask(create_cleaning(), by=create_user("carl"), text="Is there a lift?")
    question.give_answer(by=create_user("olivia"), answer="Find out yourself.")
    report = appealed(of=f"{said}-{question.pk}")
    client.force_login(create_user(other))
    own = "Find out yourself." if other == "olivia" else "Is there a lift?"
    page = text_of(client.get(question.cleaning.get_absolute_url()))
    assert (own in page, page.count("Hidden by our staff: nobody else can see it.")) == (True, 1)
    settle(report)
    told = create_user(other).notifications.filter(topic="decided").newest_first().first()
    assert (told.sentence.endswith("can be read again."), told.url) == (True, question.get_absolute_url())


def test_a_superuser_makes_a_deactivated_account_active_again_and_nobody_else():
    report = appealed(Outcome.DEACTIVATE)
    with pytest.raises(PermissionDenied, match="Only a superuser"):
        settle(report, by=create_support("tess"))
    assert not User.objects.get(username="olivia").is_active
    settle(report)
    assert User.objects.get(username="olivia").is_active
    assert "Your account is active again." in mails_to("olivia@example.org")[-1]


def test_a_closed_job_stays_closed_and_its_owner_reads_so():
    report = settle(appealed(Outcome.CLOSE))
    assert Cleaning.objects.get().status == CleaningStatus.CLOSED
    assert (
        "A job that was closed can’t be opened again, but you can post it again." in mails_to("olivia@example.org")[-1]
    )
    assert report.status == ReportStatus.SETTLED


def test_a_stricter_second_decision_is_carried_out_beside_the_first():
    report = settle(appealed(side=Side.REPORTER), Outcome.DEACTIVATE)
    assert (report.subject.is_hidden, report.accused.is_active) == (True, False)


def test_a_job_that_is_closed_instead_is_no_longer_hidden():
    report = settle(appealed(), Outcome.CLOSE)
    assert (report.subject.is_hidden, report.subject.row.status) == (False, CleaningStatus.CLOSED)
    assert "It is no longer hidden." in mails_to("olivia@example.org")[-1]


def test_a_milder_second_decision_replaces_the_first():
    report = settle(appealed(Outcome.DEACTIVATE), Outcome.HIDE)
    assert (report.subject.is_hidden, User.objects.get(username="olivia").is_active) == (True, True)


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [(Outcome.HIDE, "It stays hidden"), (Outcome.DEACTIVATE, "Your account stays deactivated")],
)
def test_what_another_decision_asks_for_as_well_is_not_taken_back(outcome, sentence):
    cleaning, ada = create_cleaning(), create_user("ada")
    reports = [create_report(cleaning, by=username) for username in ("stan", "cora")]
    for report in reports:
        decided(report, outcome)
        report.appeal(Side.ACCUSED, text=DISAGREE)
        if outcome == Outcome.DEACTIVATE and report == reports[0]:
            cleaning.owner.reactivate(by=ada)
    settle(reports[0], Outcome.NOTHING)
    assert f"{sentence} because of another decision." in mails_to("olivia@example.org")[-1]
    assert is_restricted(cleaning, outcome)
    settle(reports[1], Outcome.NOTHING)
    assert not is_restricted(cleaning, outcome)


def test_after_nothing_the_reporters_appeal_can_lead_to_a_statement():
    report = appealed(Outcome.NOTHING, side=Side.REPORTER)
    settle(report, Outcome.HIDE)
    (statement,) = mails_to("olivia@example.org")
    assert statement.startswith("Our decision about your job\n")
    assert "\n\nWe hid your job." in statement
    assert "you can appeal until" in statement
    assert list(Report.objects.with_key(report.accused_key)) == [report]
    assert [decision.settles for decision in report.decisions_told_to(Side.ACCUSED)] == [True]


def test_whoever_is_restricted_only_by_the_second_decision_appeals_against_that():
    report = settle(appealed(Outcome.NOTHING, side=Side.REPORTER), Outcome.HIDE)
    assert {side: report.can_be_appealed(side) for side in Side} == {Side.ACCUSED: True, Side.REPORTER: False}
    assert "Someone else than before made this decision, and you can’t appeal" in mails_to("stan@example.org")[-1]
    report.appeal(Side.ACCUSED, text=DISAGREE)
    for decider in (create_user("ada"), create_support()):
        with pytest.raises(PermissionDenied, match="no decision"):
            settle(report, by=decider)
    settle(report, by=create_superuser("eve"))
    settle(report, by=create_superuser("eve"))
    assert (report.subject.is_hidden, report.status) == (False, ReportStatus.SETTLED)
    assert [each.outcome for each in report.decisions_in_turn] == ["nothing", "hide", "nothing"]
    assert (
        "changed our decision. We found nothing wrong with your job. It is no longer hidden."
        in (mails_to("olivia@example.org")[-1])
    )
    assert not any(report.can_be_appealed(side) for side in Side)


def test_whoever_has_appealed_does_so_no_more_and_nobody_against_what_is_no_worse():
    for first, side, second, expected in (
        (Outcome.HIDE, Side.REPORTER, Outcome.DEACTIVATE, {Side.ACCUSED}),
        (Outcome.HIDE, Side.REPORTER, Outcome.HIDE, set()),
        (Outcome.HIDE, Side.ACCUSED, Outcome.NOTHING, {Side.REPORTER}),
        (Outcome.HIDE, Side.ACCUSED, Outcome.DEACTIVATE, set()),
    ):
        report = settle(appealed(first, side=side), second)
        assert {each for each in Side if report.can_be_appealed(each)} == expected
        with time_machine.travel(report.appealed_until, tick=False):
            assert not any(report.can_be_appealed(each) for each in Side)
        User.objects.filter(username="olivia").update(is_active=True)


def test_the_third_decision_takes_back_all_that_is_in_force():
    report = settle(appealed(side=Side.REPORTER), Outcome.DEACTIVATE)
    report.appeal(Side.ACCUSED, text=DISAGREE)
    settle(report, by=create_superuser("eve"))
    assert (report.subject.is_hidden, User.objects.get(username="olivia").is_active) == (False, True)
    assert "It is no longer hidden. Your account is active again." in mails_to("olivia@example.org")[-1]


def test_what_was_taken_back_once_is_left_alone_by_the_third_decision():
    report = settle(appealed())
    report.subject.row.hide(by=create_user("ada"))
    report.appeal(Side.REPORTER, text=DISAGREE)
    settle(report, Outcome.CLOSE, by=create_superuser("eve"))
    assert (report.subject.is_hidden, report.subject.row.is_closed) == (True, True)


def test_nothing_once_more_is_told_to_the_reporter_alone():
    settle(appealed(Outcome.NOTHING, side=Side.REPORTER))
    assert mails_to("olivia@example.org") == []
    assert "We looked at it again and did not change our decision." in mails_to("stan@example.org")[-1]


def test_the_settlement_is_told_to_both():
    report = settle(appealed())
    accused, reporter = mails_to("olivia@example.org")[-1], mails_to("stan@example.org")[-1]
    assert "It is no longer hidden." in accused
    for text in (accused, reporter):
        assert "We looked at it again and changed our decision." in text
        assert FAIR in text
        assert DISAGREE not in text
    assert [notice.topic for notice in create_user("olivia").notifications.all()] == ["decided"] * 2
    assert report.is_known_to_accused


def test_the_same_outcome_needs_nothing_that_is_still_there():
    report = appealed()
    Cleaning.objects.get().delete(by=create_user("olivia"))
    settle(report, Outcome.HIDE)
    assert "did not change our decision" in mails_to("olivia@example.org")[-1]


def test_what_is_gone_is_settled_too():
    report = appealed()
    Cleaning.objects.get().delete(by=create_user("olivia"))
    assert settle(report).status == ReportStatus.SETTLED


def test_what_staff_showed_again_meanwhile_is_left_as_it_is():
    report, cleaning = appealed(), Cleaning.objects.get()
    cleaning.unhide(by=create_user("ada"))
    settle(report)
    assert not Cleaning.objects.get().is_hidden


def test_a_report_that_is_over_goes_after_a_year():
    ended, settled, waiting, fresh = decided(create_report()), settle(appealed()), appealed(), create_report()
    end = ended.decision.at + APPEALED_WITHIN + KEPT_FOR
    for moment, gone in (
        (settled.last_decision.at + timedelta(days=364), set()),
        (settled.last_decision.at + timedelta(days=366), {settled}),
        (end - timedelta(days=1), {settled}),
        (end + timedelta(days=1), {settled, ended}),
        (end + timedelta(days=900), {settled, ended}),
    ):
        with time_machine.travel(moment, tick=False):
            assert set(Report.objects.over()) == gone
    with time_machine.travel(end + timedelta(days=900), tick=False):
        assert (Report.objects.clear_old(), Report.objects.clear_old()) == (2, 0)
    assert set(Report.objects.all()) == {waiting, fresh}


@pytest.mark.parametrize("number", [1, 9])
def test_reports_that_are_over_go_in_batches(number, django_assert_num_queries):
    for _ in range(number):
        decided(create_report())
    over = timezone.now() + APPEALED_WITHIN + KEPT_FOR
    with time_machine.travel(over), django_assert_num_queries(7):
        assert Report.objects.clear_old() == number
    assert not Decision.objects.exists()


def test_messages_are_kept_while_a_report_on_one_of_them_is_open():
    offer, other = (create_offer(cleaning=create_cleaning(), status="accepted") for _ in range(2))
    for each in (offer, other):
        Message.say(each, by=each.cleaner, text="Hello")
        each.cancel(by=each.cleaner, reason="other")
    report = create_report(f"message-{offer.messages.get().pk}", by="olivia")
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        Message.delete_all_of(other)
        with pytest.raises(IllegalMove):
            Message.delete_all_of(offer)
        decided(report)
        report.appeal(Side.REPORTER, text=DISAGREE)
        with pytest.raises(IllegalMove):
            Message.delete_all_of(offer)
        settle(report, facts=FACTS)
        Message.delete_all_of(offer)
    assert not Message.objects.exists()
