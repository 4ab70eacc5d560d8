"""Who decides about a report, what follows from it, and who is told what."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from cleanings.models import Cleaning, Photo
from cleanings.states import CleaningStatus, IllegalMove
from conversations.models import Question
from evaluations.models import Evaluation
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user
from notifications.models import Notification
from notifications.topics import Mailing
from reports.choices import Outcome, Reason, ReportStatus, Side, SubjectKind
from reports.models import Decision, Report
from reports.subjects import TYPES
from reports.tests.helpers import (
    FACTS,
    RESTRICTED,
    create_report,
    create_subjects,
    create_support,
    decided,
    mails_to,
)

pytestmark = [pytest.mark.long, pytest.mark.django_db, pytest.mark.usefixtures("private")]


# Who reports what `create_subjects` makes.
OTHER = dict.fromkeys(SubjectKind, "olivia") | dict.fromkeys(("cleaning", "photo", "profile"), "carl")


@pytest.fixture(autouse=True)
def cast():
    create_cast()


def make_staff(username):
    User.objects.filter(username=username).update(is_staff=True, is_superuser=True)
    return User.objects.get(username=username)


def test_a_report_waits_until_a_person_decides_however_many_there_are():
    cleaning = create_cleaning(starts_in=None)
    for username in ("carl", "cora", "stan", ""):
        create_report(f"cleaning-{cleaning.pk}", by=username)
    with time_machine.travel(timezone.now() + timedelta(days=900)):
        call_command("run_due", verbosity=0, stdout=StringIO())
    cleaning.refresh_from_db()
    assert (cleaning.status, cleaning.is_hidden, cleaning.owner.is_active) == (CleaningStatus.OPEN, False, True)
    assert set(Report.objects.values_list("status", flat=True)) == {ReportStatus.NEW}
    assert mails_to("olivia@example.org") == []


@pytest.mark.parametrize(("said", "accused", "other"), [("question", "carl", "olivia"), ("answer", "olivia", "carl")])
def test_a_question_and_its_answer_are_hidden_together_and_only_one_author_is_accused(said, accused, other):
    question = Question.ask(create_cleaning(), by=create_user("carl"), text="Is there a lift?")
    question.give_answer(by=create_user("olivia"), answer="Find out yourself.")
    report = decided(create_report(f"{said}-{question.pk}"), Outcome.HIDE)
    assert (report.accused.username, report.subject.is_hidden) == (accused, True)
    assert [len(mails_to(f"{who}@example.org")) for who in (accused, other)] == [1, 0]
    assert f"We hid your {said}. Others read" in mails_to(f"{accused}@example.org")[0]
    told = {who: create_user(who).notifications.get(topic="decided") for who in (accused, other)}
    assert ("broke no rule" in told[accused].sentence, "broke no rule" in told[other].sentence) == (False, True)
    assert (told[accused].url, told[other].url) == (report.url_for(Side.ACCUSED), question.get_absolute_url())


def test_staff_who_report_without_a_log_in_are_a_party_and_named_to_nobody():
    sam, other = create_support(), create_support("sue")
    by_stranger = create_report(by="")
    report = create_report(by="", email="Sam@example.org")
    assert [each.why_not_review(sam) == "" for each in (by_stranger, report)] == [True, False]
    with pytest.raises(ValidationError, match="gives them away"):
        report.decide(by=other, outcome=Outcome.NOTHING, facts=f"{FACTS} That is what Sam says.")
    report.decide(by=other, outcome=Outcome.NOTHING, facts=FACTS)


def test_staff_do_not_act_themselves_on_what_they_reported():
    create_support()
    subjects = create_subjects()
    job, review = (TYPES[kind].rows().get(pk=subjects[kind].split("-")[1]) for kind in ("cleaning", "evaluation"))
    acts = {
        subjects["cleaning"]: lambda sam: job.close(by=sam),
        subjects["evaluation"]: lambda sam: review.hide(by=sam, reason="insults"),
        "profile-cora": lambda sam: create_user("cora").deactivate(by=sam),
    }
    for reference, act in acts.items():
        report = create_report(reference, by="sam")
        with pytest.raises(PermissionDenied, match="reported this yourself"):
            act(create_user("sam"))
        decided(report, by=create_user("ada"))
        act(create_user("sam"))


def test_staff_who_reported_the_same_decide_about_no_other_report_on_it():
    sam, job = create_support(), create_cleaning()
    theirs = create_report(job, by="carl")
    assert theirs in Report.objects.reviewable_by(sam)
    own = create_report(job, by="sam")
    for is_open in (True, False):
        assert theirs not in Report.objects.reviewable_by(sam), is_open
        with pytest.raises(PermissionDenied, match="party"):
            decided(theirs, Outcome.HIDE, by=sam)
        decided(own, by=create_user("ada"))
    decided(theirs, Outcome.HIDE, by=create_user("ada"))


def test_whoever_types_the_address_of_staff_keeps_them_from_nothing_but_that_report():
    sam, real = create_support(), create_report("profile-cora")
    forged = create_report("profile-cora", by="", email="sam@example.org")
    assert not forged.can_be_decided_by(sam)
    decided(real, Outcome.DEACTIVATE)
    assert not User.objects.get(username="cora").is_active


def test_a_name_of_common_words_leaves_staff_the_words_to_decide():
    facts = "The job asks for this and that, but not for what the law forbids."
    create_user("the")
    for reporter in ({"by": "", "name": "the and for THIS That But Not what"}, {"by": "the"}):
        assert decided(create_report(**reporter), facts=facts).decision.facts == facts
    with pytest.raises(ValidationError, match="Nora"):
        decided(create_report(by="", name="The Nora"), facts=f"{facts} That is what Nora says.")


def test_no_party_takes_or_decides_staff_or_not():
    sam = create_support()
    for kind, reference in create_subjects().items():
        report = create_report(reference, by=OTHER[kind])
        for username in ("olivia", "carl"):
            party = make_staff(username)
            assert not report.can_be_taken_by(party), kind
            assert not report.can_be_decided_by(party), kind
            assert report not in Report.objects.reviewable_by(party)
            with pytest.raises(PermissionDenied, match="party"):
                report.take(by=party)
            with pytest.raises(PermissionDenied, match="party"):
                decided(report, by=party)
        assert report in Report.objects.reviewable_by(sam)
        report.take(by=sam)
        decided(report, by=sam)


def test_the_chosen_cleaner_of_a_reported_job_is_a_party_from_that_moment():
    cleaning = create_cleaning()
    report, stan = create_report(f"cleaning-{cleaning.pk}", by="cora"), make_staff("stan")
    assert report.can_be_decided_by(stan)
    create_offer(cleaning=cleaning, cleaner=stan, status="accepted")
    with pytest.raises(PermissionDenied, match="party"):
        decided(report, by=stan)


@pytest.mark.parametrize("kind", SubjectKind)
def test_whoever_became_a_party_after_the_report_finds_it_in_no_list(kind):
    report = create_report(create_subjects()[kind], by=OTHER[kind])
    report.parties.clear()
    people = {username: make_staff(username) for username in ("olivia", "carl", "cora", "stan")}
    parties = {username for username, person in people.items() if report.is_party(person)}
    found = {username for username, person in people.items() if Report.objects.reviewable_by(person).exists()}
    assert (bool(parties), found) == (True, people.keys() - parties)


@pytest.mark.parametrize("status", ["pending", "rejected", "rescinded"])
@pytest.mark.parametrize("kind", ["offer", "question"])
def test_whoever_offered_to_do_the_same_job_decides_nothing_about_it(kind, status):
    job = create_cleaning()
    question = Question.ask(job, by=create_user("carl"), text="Is there a lift?")
    offer = create_offer(cleaning=job)
    report = create_report({"offer": offer, "question": question}[kind], by="olivia")
    cora = make_staff("cora")
    assert report in Report.objects.reviewable_by(cora)
    create_offer(cleaning=job, cleaner=cora, status=status)
    assert report not in Report.objects.reviewable_by(cora)
    with pytest.raises(PermissionDenied, match="party"):
        decided(report, Outcome.DEACTIVATE, by=cora)


def test_who_was_a_party_stays_one_when_it_is_gone():
    report = create_report(create_subjects()[SubjectKind.MESSAGE], by="olivia")
    Report.objects.filter(pk=report.pk).update(subject_id=9999)
    with pytest.raises(PermissionDenied, match="party"):
        decided(report, by=make_staff("carl"))


def test_deciding_needs_the_permission_and_that_of_the_outcome():
    report, tess = create_report(), create_user("tess", is_staff=True)
    with pytest.raises(PermissionDenied):
        decided(report, by=tess)
    tess.user_permissions.add(Permission.objects.get(codename="decide_report"))
    tess = User.objects.get(pk=tess.pk)
    assert report.outcomes_for(tess) == [Outcome.NOTHING]
    for outcome in (Outcome.HIDE, Outcome.CLOSE, Outcome.DEACTIVATE):
        with pytest.raises(ValidationError):
            decided(report, outcome, by=tess)
    assert report.outcomes_for(create_support()) == list(Outcome)
    decided(report, by=tess)


def test_an_ended_account_decides_nothing():
    report, sam = create_report(), create_support()
    sam.deactivate(by=create_user("ada"))
    with pytest.raises(PermissionDenied):
        decided(report, by=User(pk=sam.pk, username="sam", is_active=True, is_superuser=True))


def test_hiding_calls_the_verb_of_each_kind():
    # All are filed before the job is hidden, which hides its photo too.
    reports = {kind: create_report(of, by=OTHER[kind]) for kind, of in create_subjects().items()}
    for kind, report in reports.items():
        decided(report, Outcome.HIDE)
        row = TYPES[kind].rows().get(pk=report.subject_id)
        assert (row.is_hidden, row.hidden_by.username) == (True, "sam"), kind


def test_a_review_is_hidden_with_the_reason_that_fits_the_rule():
    report = create_report(create_subjects()[SubjectKind.EVALUATION], by="olivia")
    decided(report, Outcome.HIDE, rule=Reason.PERSONAL_DATA)
    assert Evaluation.objects.get(pk=report.subject_id).hide_reason == "private"


def test_closing_and_deactivating_call_their_verbs():
    closed, ended = create_report(), create_report(f"cleaning-{create_cleaning(owner=create_user('cora')).pk}")
    decided(closed, Outcome.CLOSE)
    decided(ended, Outcome.DEACTIVATE)
    assert closed.subject.row.status == ended.subject.row.status == CleaningStatus.CLOSED
    assert list(User.objects.filter(is_active=False)) == [ended.accused]


def test_only_what_fits_and_is_possible_can_be_decided():
    sam, subjects = create_support(), create_subjects()
    photo = create_report(subjects[SubjectKind.PHOTO])
    assert photo.outcomes_for(sam) == [Outcome.NOTHING, Outcome.HIDE, Outcome.DEACTIVATE]
    with pytest.raises(ValidationError) as refusal:
        decided(photo, Outcome.CLOSE)
    assert list(refusal.value.message_dict) == ["outcome"]
    Photo.objects.all().delete()
    assert photo.outcomes_for(sam) == [Outcome.NOTHING, Outcome.DEACTIVATE]
    job = create_report(f"cleaning-{create_offer(status='accepted').cleaning_id}")
    assert Outcome.CLOSE not in job.outcomes_for(sam)


def test_what_is_gone_is_still_decided():
    reports = [create_report(reference, by=OTHER[kind]) for kind, reference in create_subjects().items()]
    Report.objects.update(subject_id=9999)
    for report in Report.objects.all():
        decided(report, Outcome.DEACTIVATE if report.accused.is_active else Outcome.NOTHING)
        assert (report.subject, report.status) == (None, ReportStatus.DECIDED)
    assert len(reports) == len(SubjectKind)


def test_the_accused_who_closes_the_account_leaves_the_report_with_its_words():
    report, olivia = create_report(), create_user("olivia")
    olivia.close(by=olivia)
    report.refresh_from_db()
    assert (report.accused.display_name, report.copy[:24]) == ("Former member", "Name: Spring clean of a ")
    mail.outbox.clear()
    decided(report, Outcome.HIDE)
    assert [message.to for message in mail.outbox] == [["stan@example.org"]]


def test_the_reporter_who_closes_the_account_leaves_the_report_without_a_name():
    report, stan = create_report(), create_user("stan")
    stan.close(by=stan)
    report.refresh_from_db()
    assert (report.reporter.display_name, report.text[:10]) == ("Former member", "This asks ")
    mail.outbox.clear()
    decided(report)
    assert mail.outbox == []


def test_the_accused_has_a_statement_of_reasons():
    report = decided(create_report(), Outcome.HIDE)
    (statement,) = mails_to("olivia@example.org")
    for part in (
        "We hid your job.", FACTS, "The rule: It’s against the law.", "> Name: Spring clean of a flat",
        "Someone reported it. One of our staff decided, not a machine.", "you can appeal until",
        f"http://localhost:8000/reports/{report.accused_key}/",
    ):  # fmt: skip
        assert part in statement
    assert "Hello olivia," in statement


def test_a_deactivated_person_has_the_statement_too():
    report = create_report()
    decided(report, Outcome.DEACTIVATE)
    statement = mails_to("olivia@example.org")[-1]
    assert "We deactivated your account." in statement
    assert f"/reports/{report.accused_key}/" in statement
    assert report in Report.objects.with_key(report.accused_key)


def test_the_reporter_has_the_decision_without_the_facts_about_the_other():
    report = decided(create_report(), Outcome.HIDE)
    decision = mails_to("stan@example.org")[-1]
    assert "We hid the job that you reported." in decision
    assert f"/reports/{report.reporter_key}/" in decision
    assert [word for word in (FACTS, "olivia", "Spring clean", str(report.accused_key)) if word in decision] == []


def test_where_nothing_is_removed_the_reporter_reads_why_and_the_accused_hears_nothing():
    report = decided(create_report())
    assert FACTS in mails_to("stan@example.org")[-1]
    assert mails_to("olivia@example.org") == []
    assert not create_user("olivia").notifications.exists()
    assert list(Report.objects.with_key(report.accused_key)) == []
    assert list(Report.objects.with_key(report.reporter_key)) == [report]


def test_without_an_account_the_decision_goes_to_the_given_address():
    decided(create_report(by=""), Outcome.HIDE)
    assert "We hid the job that you reported." in mails_to("nora@example.net")[-1]


def test_both_see_it_among_their_notifications_without_a_second_mail():
    report = decided(create_report(), Outcome.HIDE)
    found = Notification.objects.values_list("recipient__username", "topic", "thread", "sentence", "url", "mailing")
    thread, unwanted = f"report-{report.pk}", Mailing.UNWANTED
    hid = "We hid your job. Others read “Hidden by our staff” in its place."
    assert sorted(found) == [
        ("olivia", "decided", thread, hid, f"/reports/{report.accused_key}/", unwanted),
        ("stan", "reported", thread, "We hid the job that you reported.", f"/reports/{report.reporter_key}/", unwanted),
    ]


def test_of_a_hidden_review_its_author_has_the_statement_alone():
    report = create_report(create_subjects()[SubjectKind.EVALUATION], by="olivia")
    Notification.objects.all().delete()
    decided(report, Outcome.HIDE)
    assert sorted(Notification.objects.values_list("recipient__username", "topic", "mailing")) == [
        ("carl", "decided", Mailing.UNWANTED),
        ("olivia", "hidden", Mailing.UNWANTED),
        ("olivia", "reported", Mailing.UNWANTED),
    ]


@pytest.mark.parametrize(
    "facts",
    [
        "It was stan who told us that this is against the law.",
        "This is against the law. Stan told us so.",
        "It was Stan Stranger who told us, and the law forbids it.",
        "As Stranger told us, the law forbids all of this.",
        "The law forbids it, says STRANGER.",
        "The member sTaN told us that the law forbids it.",
        "Write to STAN@example.org, who told us about this.",
        "Olivia, whom we asked by olivia@example.org, agrees with this.",
        "As we were told: this asks for things that no cleaner should do, ever.",
    ],
)
def test_the_facts_give_nobody_away(facts):
    stan = create_user("stan")
    stan.profile.full_name = "Stan Stranger"
    stan.profile.save()
    report = create_report()
    with pytest.raises(ValidationError) as refusal:
        decided(report, Outcome.HIDE, facts=facts)
    assert list(refusal.value.message_dict) == ["facts"]
    decided(report, Outcome.HIDE, facts="Your job asks for a standard that the law forbids. Stand by for more.")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Zoë Müller", "Zoe told us."), ("Zoe", "Zoë told us."), ("Zoë Müller", "MULLER told us."),
        ("Łukasz", "Lukasz told us."), ("Æsa", "Aesa told us."), ("Æsa", "ÆSA told us."), ("Æsa", "AESA told us."),
        ("", "Call 0470/12.34.56."), ("", "Call 0470, 12-34·56."), ("", "Call 12 34 56."),
    ],
)  # fmt: skip
def test_neither_accents_nor_another_way_to_dial_hide_who_it_was(name, written):
    stan = create_user("stan")
    stan.profile.full_name, stan.profile.phone_number = name, "+32 (0)470 12 34 56"
    stan.profile.save()
    report = create_report()
    with pytest.raises(ValidationError, match="gives them away"):
        decided(report, facts=f"The law forbids this. {written}")
    decided(report, facts="The law forbids this, and the 12 euros of 2034 too.")


@pytest.mark.parametrize("name", ["\u0640\u0640\u0640", "Thé"])
def test_a_name_of_which_nothing_is_left_without_accents_keeps_nobody_from_deciding(name):
    facts = "The job asks for what the law forbids."
    assert decided(create_report(by="", name=name), facts=facts).decision.facts == facts


def test_a_name_that_is_no_pattern_is_found_as_it_is_typed():
    stan = create_user("stan")
    stan.profile.full_name = "Stan (the cleaner"
    stan.profile.save()
    report = create_report()
    with pytest.raises(ValidationError) as refusal:
        decided(report, Outcome.HIDE, facts="It was Stan (the cleaner who told us that this is against the law.")
    assert list(refusal.value.message_dict) == ["facts"]
    decided(report, Outcome.HIDE, facts="Your job asks for a standard that the law forbids.")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"facts": "Too short."}, "facts"),
        ({"facts": "x" * 2001}, "facts"),
        ({"rule": ""}, "rule"),
        ({"rule": "whim"}, "rule"),
        ({"outcome": "jail"}, "outcome"),
    ],
)
def test_a_decision_needs_an_outcome_a_rule_and_facts(said, field):
    report = create_report()
    with pytest.raises(ValidationError) as refusal:
        report.decide(by=create_support(), **{"outcome": Outcome.HIDE} | RESTRICTED | said)
    assert (list(refusal.value.message_dict), Decision.objects.count()) == ([field], 0)
    assert not Cleaning.objects.get().is_hidden


def test_a_report_is_decided_once_and_the_same_decision_again_changes_nothing():
    report, sam = create_report(), create_support()
    decided(report, Outcome.HIDE, by=sam)
    decided(Report.objects.get(), Outcome.HIDE, by=sam)
    assert len(mails_to("olivia@example.org")) == 1
    for by, outcome in ((sam, Outcome.NOTHING), (create_user("ada"), Outcome.HIDE)):
        with pytest.raises(IllegalMove):
            decided(Report.objects.get(), outcome, by=by)


def test_a_report_is_taken_once_and_anybody_of_the_staff_may_decide_it():
    report, sam, ada = create_report(), create_support(), create_user("ada")
    report.take(by=sam)
    report.take(by=sam)
    with pytest.raises(IllegalMove):
        report.take(by=ada)
    stored = Report.objects.get()
    assert (stored.status, stored.taken_by) == (ReportStatus.TAKEN, sam)
    decided(stored, by=ada)
    with pytest.raises(IllegalMove):
        stored.take(by=sam)


def test_without_the_lock_a_report_is_still_taken_by_one_alone(monkeypatch):
    report, sam = create_report(), create_support()
    late = Report.objects.get()
    monkeypatch.setattr(Report, "_lock_row", lambda report: None)
    report.take(by=sam)
    with pytest.raises(IllegalMove, match="same moment"):
        late.take(by=create_user("ada"))
    assert (late.status, Report.objects.get().taken_by) == (ReportStatus.NEW, sam)


@pytest.mark.parametrize("move", [decided, lambda report: report.take(by=create_support())])
def test_of_a_report_that_was_deleted_meanwhile_staff_read_so(move):
    report = create_report()
    Report.objects.all().delete()
    with pytest.raises(IllegalMove, match="has been deleted"):
        move(report)


def test_two_reports_on_one_thing_may_both_end_in_hiding_it():
    cleaning = create_cleaning()
    reports = [create_report(f"cleaning-{cleaning.pk}", by=username) for username in ("stan", "cora")]
    for report in reports:
        decided(report, Outcome.HIDE)
    assert [report.status for report in reports] == [ReportStatus.DECIDED] * 2
    assert list(reports[0].earlier_decisions) == [reports[1].decision]


def test_the_queue_has_urgent_reasons_on_top_and_then_the_oldest():
    later, urgent, first = (create_report(reason=reason) for reason in (Reason.OTHER, Reason.HARASSMENT, Reason.SCAM))
    Report.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(days=1))
    answered = decided(create_report())
    assert list(Report.objects.in_queue_order()) == [urgent, first, later]
    answered.appeal(Side.REPORTER, text="Please look at it once more, it is bad.")
    assert list(Report.objects.in_queue_order()) == [urgent, answered, first, later]


def test_the_figures_equal_their_recomputation():
    now = timezone.now()
    for hours in (1, 2, 4, 50):
        report = create_report(reason=Reason.OTHER)
        Report.objects.filter(pk=report.pk).update(created_at=now - timedelta(hours=hours))
        decided(Report.objects.get(pk=report.pk))
        Decision.objects.filter(report=report).update(at=now)
    assert Report.objects.figures().median_hours == 3
    create_report()
    waiting = create_report()
    figures = Report.objects.figures()
    assert (figures.open, figures.oldest) == (2, min(Report.objects.filter(status="new").values_list("created_at"))[0])
    report.appeal(Side.REPORTER, text="Please look at it once more, it is bad.")
    report.settle(by=create_user("ada"), outcome=Outcome.NOTHING, facts=FACTS)
    decided(waiting)
    Decision.objects.filter(report=waiting).update(at=waiting.created_at + timedelta(hours=3))
    assert Report.objects.figures().median_hours == 3


@pytest.mark.parametrize(
    "broken", [{"outcome": "jail"}, {"rule": ""}, {"facts": "short"}, {"settles": True}, {"settles_again": True}]
)
def test_the_database_refuses(broken):
    decision = decided(create_report(), Outcome.HIDE).decision
    row = {"report": decision.report, "by": decision.by, "outcome": Outcome.HIDE, **RESTRICTED}
    Decision.objects.create(**row, settles=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(**broken)
