"""Reporting, the receipt, the statement of reasons and appealing, as browsers meet them."""

import re
from uuid import UUID, uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from conversations.models import Message, Question
from evaluations.models import Evaluation
from marketplace.testing import create_cast, create_cleaning, create_offer, create_photo, create_user, text_of
from reports.choices import APPEALED_WITHIN, Outcome, Side
from reports.models import Appeal, Report
from reports.tests.helpers import FACTS, RESTRICTED, TEXT, create_report, create_support, decided

pytestmark = [pytest.mark.long, pytest.mark.django_db]

NAMED = {"name": "Nora Nobody", "email": "nora@elsewhere.example"}
SENT = {"reason": "scam", "text": TEXT, "good_faith": "on"}


@pytest.fixture
def job(db):
    create_cast()
    return create_cleaning()


def send(client, row, **typed):
    reference = f"{row._meta.model_name}-{row.pk}"
    return client.post("/report/", SENT | {"of": reference} | typed)


def test_without_an_account_a_report_leads_to_its_receipt(client, job):
    answer = send(client, job, **NAMED)
    report = Report.objects.get()
    assert (report.reporter, report.name, report.email) == (None, *NAMED.values())
    assert answer["Location"] == report.url_for(Side.REPORTER)
    page = text_of(client.get(answer["Location"]))
    assert ("We have your report" in page, TEXT in page) == (True, True)


def test_with_an_account_nobody_is_asked_who_they_are(client, job):
    client.force_login(create_user("stan"))
    page = client.get(f"/report/?of=cleaning-{job.pk}").content.decode()
    assert (page.count('name="name"'), page.count('name="email"')) == (0, 0)
    send(client, job, **NAMED)
    report = Report.objects.get()
    assert (report.reporter, report.name, report.email) == (create_user("stan"), "", "")


def test_whoever_reports_the_same_with_other_words_reads_the_first_report(client, job):
    client.force_login(create_user("stan"))
    texts = (f" {TEXT}\r\nZoe\u0308 saw it.", f" {TEXT}\r\nZoe\u0308 saw it.", f"{TEXT} And more.")
    pages = [text_of(client.get(send(client, job, text=text)["Location"])) for text in texts]
    assert ["You’ve reported this before" in page for page in pages] == [False, False, True]
    assert Report.objects.count() == 1


@pytest.mark.parametrize("missing", ["reason", "text", "good_faith", "name", "email"])
def test_what_was_typed_is_kept_when_something_is_missing(client, job, missing):
    typed = NAMED | {name: value for name, value in SENT.items() if name != missing} | {"of": f"cleaning-{job.pk}"}
    typed.pop(missing, None)
    answer = client.post("/report/", typed)
    page = answer.content.decode()
    assert (answer.status_code, Report.objects.count()) == (200, 0)
    assert f'href="#id_{missing}' in page
    for name in {"text", "name", "email"} - {missing}:
        assert typed[name] in page
    assert send(client, job, **NAMED).status_code == 302


@pytest.mark.parametrize(
    "of", ["", "cleaning-0", "cleaning-x", "cleaning-987654321", "profile-nobody", "offer-1\n", "x-1", "message-1", "é"]
)
def test_what_one_may_not_see_is_not_there(client, job, of):
    assert client.get(f"/report/?of=cleaning-{job.pk}").status_code == 200
    assert client.get("/report/", {"of": of}).status_code == 404
    assert client.post("/report/", SENT | NAMED | {"of": of}).status_code == 404


def test_nobody_reports_their_own(client, job):
    client.force_login(job.owner)
    assert client.get(f"/report/?of=cleaning-{job.pk}").status_code == 403
    assert send(client, job).status_code == 403
    client.force_login(create_user("stan"))
    assert send(client, job).status_code == 302


def test_three_a_day_from_an_address_then_429_with_when_and_what_was_typed(client, job):
    for number in range(3):
        assert send(client, job, **NAMED, text=f"{TEXT} {number}").status_code == 302
    answer = send(client, job, **NAMED, text=f"{TEXT} again")
    assert (answer.status_code, Report.objects.count()) == (429, 3)
    assert 0 < int(answer["Retry-After"]) <= 24 * 60 * 60
    assert f"{TEXT} again" in text_of(answer)
    client.force_login(create_user("stan"))
    assert send(client, job).status_code == 302


def test_what_makes_no_report_counts_for_no_limit(client, job):
    for _ in range(4):
        assert send(client, job, **NAMED, text="short").status_code == 200
    assert len({send(client, job, **NAMED)["Location"] for _ in range(4)}) == 1
    assert send(client, job, **NAMED, text=f"{TEXT} Twice.").status_code == 302


def test_ten_a_day_of_a_person(client, job):
    client.force_login(create_user("stan"))
    jobs = [create_cleaning() for _ in range(10)]
    assert [send(client, each).status_code for each in jobs] == [302] * 10
    answer = send(client, job)
    assert (answer.status_code, TEXT in text_of(answer)) == (429, True)


@pytest.mark.parametrize("path", ["/report/?of=cleaning-{job}", "/reports/{key}/"])
def test_no_cache_and_no_search_engine_keeps_it_and_its_address_goes_nowhere(client, job, path):
    report = create_report(job)
    answer = client.get(path.format(job=job.pk, key=report.reporter_key))
    assert answer["Cache-Control"] == "private, no-store"
    assert '<meta name="robots" content="noindex">' in answer.content.decode()
    assert answer["Referrer-Policy"] == ("strict-origin" if "key" in path else "same-origin")
    foreign = re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*', answer.content.decode())
    assert foreign == []


def test_its_keys_are_no_uuid4_and_one_that_was_given_before_still_works(client, job):
    report = create_report(job)
    for side in Side:
        assert {Report().key_of(side).version for _ in range(10)} != {4}
    for key in (UUID(int=1), uuid4()):
        Report.objects.filter(pk=report.pk).update(reporter_key=key)
        assert client.get(f"/reports/{key}/").status_code == 200


def test_an_unknown_key_and_one_of_a_person_not_yet_concerned_are_not_there(client, job):
    report = create_report(job)
    for key in (uuid4(), report.accused_key):
        assert client.get(f"/reports/{key}/").status_code == 404
        assert client.post(f"/reports/{key}/appeal/", {"text": TEXT}).status_code == 404
    decided(report, outcome=Outcome.HIDE, **RESTRICTED)
    assert client.get(report.url_for(Side.ACCUSED)).status_code == 200
    assert client.get(f"{report.url_for(Side.ACCUSED)}appeal/").status_code == 405


def test_the_reporter_reads_that_it_was_taken_up_and_not_by_whom(client, job):
    report = create_report(job)
    path, taken = report.url_for(Side.REPORTER), "Someone on our staff took it up."
    assert taken not in text_of(client.get(path))
    report.take(by=create_support())
    page = text_of(client.get(path))
    assert (taken in page, "is looking into it" in page, "sam" in page) == (True, True, False)
    decided(report, outcome=Outcome.HIDE)
    statement = text_of(client.get(report.url_for(Side.ACCUSED)))
    assert ("Our staff decided." in statement, taken in statement) == (True, False)


def test_the_statement_says_what_why_and_how_to_appeal_and_nothing_of_the_reporter(client, job):
    report = decided(
        create_report(job, by="", text=f"{TEXT} canary-words", **NAMED), outcome=Outcome.HIDE, **RESTRICTED
    )
    page = text_of(client.get(report.url_for(Side.ACCUSED)))
    assert [part for part in (job.description, FACTS, "#illegal", "not a machine", "appeal") if part not in page] == []
    assert [part for part in (*NAMED.values(), "canary-words", str(report.reporter_key)) if part in page] == []
    receipt = text_of(client.get(report.url_for(Side.REPORTER)))
    assert ("canary-words" in receipt, job.description in receipt, FACTS in receipt) == (True, False, False)
    assert str(report.accused_key) not in receipt


def test_whoever_is_deactivated_reads_and_appeals_without_a_log_in(client, job):
    report = decided(create_report(job), by=create_user("ada"), outcome=Outcome.DEACTIVATE, **RESTRICTED)
    assert not report.accused.is_active
    path = report.url_for(Side.ACCUSED)
    assert client.post(f"{path}appeal/", {"text": TEXT})["Location"] == path
    assert list(report.appeals.values_list("by_reporter", "text")) == [(False, TEXT)]
    page = text_of(client.get(path))
    assert "You appealed." in page
    assert "appeal/" not in page


def test_an_appeal_that_is_too_short_is_kept_and_one_too_late_is_refused(client, job):
    report = decided(create_report(job))
    path = f"{report.url_for(Side.REPORTER)}appeal/"
    answer = client.post(path, {"text": "No, no."})
    assert (answer.status_code, "No, no." in answer.content.decode()) == (200, True)
    with time_machine.travel(timezone.now() + APPEALED_WITHIN):
        for typed in (TEXT, "No, no."):
            answer = client.post(path, {"text": typed})
            assert (answer.status_code, typed in text_of(answer), Appeal.objects.count()) == (409, True, 0)
    assert client.post(path, {"text": TEXT}).status_code == 302


def links(username, path):
    client = Client()
    if username:
        client.force_login(create_user(username))
    return set(re.findall(r'href="/report/\?of=([^"]+)"', client.get(path).content.decode()))


def test_everything_that_others_write_or_show_has_a_link_and_ones_own_has_none(job, private):
    offer = create_offer(status="completed")
    done, photo = offer.cleaning, create_photo(cleaning=job, audience="everybody")
    question = Question.ask(job, by=create_user("cora"), text="Is there a lift?")
    message = Message.say(offer, by=offer.cleaner, text="Where is the key?")
    Evaluation.write(offer, by=offer.cleaner, overall_rating=4)
    Evaluation.write(offer, by=done.owner, overall_rating=4)
    review = Evaluation.objects.get(author=offer.cleaner)
    messages = f"{done.get_absolute_url()}offers/carl/messages/"
    found = {
        (who, of): of in links(who, path)
        for path, of in (
            (job.get_absolute_url(), f"cleaning-{job.pk}"),
            (job.get_absolute_url(), f"photo-{photo.pk}"),
            (job.get_absolute_url(), f"question-{question.pk}"),
            (offer.get_absolute_url(), f"offer-{offer.pk}"),
            (messages, f"message-{message.pk}"),
            ("/people/olivia/", f"evaluation-{review.pk}"),
            ("/people/olivia/", "profile-olivia"),
        )
        for who in ("", "olivia", "carl", "cora")
    }
    by_nobody = {f"cleaning-{job.pk}", f"photo-{photo.pk}", f"evaluation-{review.pk}", "profile-olivia"}
    assert {of for (who, of), is_there in found.items() if who == "" and is_there} == by_nobody
    own = {("olivia", of) for of in (f"cleaning-{job.pk}", f"photo-{photo.pk}", "profile-olivia")}
    own |= {("carl", of) for of in (f"offer-{offer.pk}", f"message-{message.pk}", f"evaluation-{review.pk}")}
    own |= {("cora", f"question-{question.pk}")}
    assert [case for case in own if found[case]] == []
    others = {(who, of) for of in {of for _, of in own} for who in ("olivia", "carl") if (who, of) not in own}
    assert [case for case in others if not found[case]] == [("carl", f"question-{question.pk}")]


def test_every_link_leads_to_a_form(job, private):
    photo = create_photo(cleaning=job, audience="everybody")
    found = links("", job.get_absolute_url())
    assert {f"cleaning-{job.pk}", f"photo-{photo.pk}"} <= set(found)
    for of in found:
        assert Client().get("/report/", {"of": of}).status_code == 200


def test_of_an_answered_question_each_side_reports_the_other(job):
    question = Question.ask(job, by=create_user("cora"), text="Is there a lift?")
    asked, answer = f"question-{question.pk}", f"answer-{question.pk}"
    assert links("cora", job.get_absolute_url()).isdisjoint({asked, answer})
    question.give_answer(by=job.owner, answer="Yes, there is.")
    shown = {who: links(who, job.get_absolute_url()) & {asked, answer} for who in ("cora", "olivia", "stan")}
    assert shown == {"cora": {answer}, "olivia": {asked}, "stan": {asked, answer}}
    assert "Report this answer" in text_of(Client().get("/report/", {"of": answer}))
