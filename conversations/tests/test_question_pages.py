"""Asking and answering on the site: who gets which page, and what a form keeps."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from cleanings.models import Cleaning
from conversations.models import Question
from core.views import KeysetListView
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, text_of

pytestmark = [pytest.mark.long, pytest.mark.django_db]

TEXT, ANSWER = "Is there a lift?", "Yes, on the second floor."
CALL = "Call 0470 12 34 56"


@pytest.fixture
def clients():
    create_cast()
    found = {name: Client() for name in ("olivia", "carl", "cora", "stan", "ada")}
    for name, client in found.items():
        client.force_login(create_user(name))
    return found | {"anonymous": Client()}


@pytest.fixture
def question(clients):
    """Stan's, about a job of Olivia's on which Carl has an offer."""
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning)
    return Question.ask(cleaning, by=create_user("stan"), text=TEXT)


def pages_of(question):
    cleaning = question.cleaning
    return cleaning.get_absolute_url(), f"{cleaning.get_absolute_url()}questions/"


def answer_of(question):
    return f"/questions/{question.pk}/answer/"


def withdraw_of(question):
    return f"/questions/{question.pk}/withdraw/"


def test_a_member_asks_and_lands_on_the_questions_of_the_job(clients):
    cleaning = create_cleaning()
    page = text_of(clients["stan"].get(cleaning.get_absolute_url()))
    assert f'href="{cleaning.get_absolute_url()}questions/">Ask a question</a>' in page
    answer = clients["stan"].post(f"{cleaning.get_absolute_url()}questions/", {"text": TEXT})
    assert answer.url == f"{cleaning.get_absolute_url()}#questions"
    page = text_of(clients["stan"].get(answer.url))
    assert "Your question is sent. We’ve told olivia." in page
    assert TEXT in page
    assert "Not answered yet. Only you and the owner can see it." in page


def test_nobody_logged_in_is_led_to_the_form_through_the_log_in(clients):
    cleaning = create_cleaning()
    path = f"{cleaning.get_absolute_url()}questions/"
    login = f"/accounts/login/?next={path}"
    page = text_of(clients["anonymous"].get(cleaning.get_absolute_url()))
    assert f'href="{login}">Ask a question</a>' in page
    assert f'href="{login}">Log in to ask a question</a>' in text_of(clients["anonymous"].get(path))
    assert clients["anonymous"].post(path, {"text": TEXT}).url == login
    assert Question.objects.count() == 0


def test_the_owner_answers_and_everyone_reads_it_at_once(clients, question):
    job, all_questions = pages_of(question)
    before = clients["anonymous"].get(job)
    assert TEXT not in text_of(before)
    page = text_of(clients["olivia"].get(job))
    assert f'href="{answer_of(question)}"' in page
    assert TEXT in page
    answer = clients["olivia"].post(answer_of(question), {"answer": ANSWER})
    assert answer.url == f"{job}#questions"
    caches["pages"].clear()
    for client in clients.values():
        for path in (job, all_questions):
            page = text_of(client.get(path))
            assert (TEXT in page, ANSWER in page) == (True, True)
    after = clients["anonymous"].get(job, headers={"If-None-Match": before["ETag"]})
    assert (after.status_code, after["ETag"] != before["ETag"]) == (200, True)
    assert clients["anonymous"].get(job, headers={"If-None-Match": after["ETag"]}).status_code == 304


def test_the_page_for_the_answer_shows_the_question_and_leads_to_the_description(clients, question):
    page = text_of(clients["olivia"].get(answer_of(question)))
    assert TEXT in page
    assert f'href="{question.cleaning.get_absolute_url()}edit/">Add it to the description</a>' in page
    question.cleaning.offers.get().accept(by=create_user("olivia"))
    page = text_of(clients["olivia"].get(answer_of(question)))
    assert TEXT in page
    assert "description" not in page


def test_an_answer_is_corrected_by_the_form_that_showed_it_and_by_no_other(clients, question):
    path = answer_of(question)
    clients["olivia"].post(path, {"answer": ANSWER})
    form = clients["olivia"].get(path).context["form"]
    assert form.initial == {"answer": ANSWER, "corrects": True}
    other_tab = clients["olivia"].post(path, {"answer": "No."})
    assert (other_tab.status_code, "This question has already been answered." in text_of(other_tab)) == (409, True)
    assert "No." in text_of(other_tab)
    assert clients["olivia"].post(path, {"answer": "Yes.", "corrects": "True"}).status_code == 302
    question.refresh_from_db()
    assert question.answer == "Yes."


def test_after_fifteen_minutes_the_answer_stays(clients, question):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        clients["olivia"].post(answer_of(question), {"answer": ANSWER})
        assert "Correct your answer" in text_of(clients["olivia"].get(pages_of(question)[0]))
        clock.shift(timedelta(minutes=15))
        assert "Correct your answer" not in text_of(clients["olivia"].get(pages_of(question)[0]))
        refused = [
            clients["olivia"].get(answer_of(question)),
            clients["olivia"].post(answer_of(question), {"answer": "No.", "corrects": "True"}),
        ]
    assert [answer.status_code for answer in refused] == [409, 409]
    question.refresh_from_db()
    assert question.answer == ANSWER


def test_the_asker_withdraws(clients, question):
    job, all_questions = pages_of(question)
    assert f'href="{withdraw_of(question)}"' in text_of(clients["stan"].get(job))
    assert TEXT in text_of(clients["stan"].get(withdraw_of(question)))
    answers = [clients["stan"].post(withdraw_of(question)) for _ in range(2)]
    assert [answer.url for answer in answers] == [f"{job}#questions"] * 2
    for name in ("stan", "olivia"):
        for path in (job, all_questions):
            assert TEXT not in text_of(clients[name].get(path))
    assert clients["stan"].get(withdraw_of(question)).status_code == 409
    assert clients["olivia"].get(answer_of(question)).status_code == 404


@pytest.mark.parametrize("text", [CALL, "", "x" * 501])
def test_a_refused_text_is_kept_in_the_form_with_a_sentence(clients, question, text):
    sentence = {
        CALL: "“0470 12 34 56” looks like a phone number. Leave it out, because everyone can read this.",
        "": "Write a question.",
    }.get(text, "Shorten “Your question” to 500 characters; it has 501.")
    answers = [clients["carl"].post(pages_of(question)[1], {"text": text})]
    answers.append(clients["olivia"].post(answer_of(question), {"answer": text}))
    sentences = (sentence, sentence.replace("a question", "an answer").replace("question", "answer"))
    for answer, sentence in zip(answers, sentences, strict=True):
        page = text_of(answer)
        assert (answer.status_code, page.count(sentence)) == (200, 2)
        assert "<title>Error: " in page
        assert text in page
    assert list(Question.objects.values_list("text", "answer")) == [(TEXT, "")]


# What is not theirs


@pytest.mark.parametrize(
    ("is_answered", "expected"),
    [
        (False, {"olivia": 200, "stan": 403, "carl": 404, "cora": 404, "ada": 404, "anonymous": 302}),
        (True, {"olivia": 200, "stan": 403, "carl": 403, "cora": 403, "ada": 403, "anonymous": 302}),
    ],
)
def test_only_the_owner_gets_to_the_answer(clients, question, is_answered, expected):
    if is_answered:
        question.give_answer(by=create_user("olivia"), answer=ANSWER)
    assert {name: client.get(answer_of(question)).status_code for name, client in clients.items()} == expected
    expected.pop("olivia")
    posted = {name: clients[name].post(answer_of(question), {"answer": "No.", "corrects": "1"}) for name in expected}
    assert {name: answer.status_code for name, answer in posted.items()} == expected
    question.refresh_from_db()
    assert question.answer == (ANSWER if is_answered else "")


@pytest.mark.parametrize(
    ("is_answered", "expected"),
    [
        (False, {"stan": 200, "olivia": 403, "carl": 404, "cora": 404, "ada": 404, "anonymous": 302}),
        (True, {"stan": 409, "olivia": 403, "carl": 403, "cora": 403, "ada": 403, "anonymous": 302}),
    ],
)
def test_only_the_asker_gets_to_withdrawing(clients, question, is_answered, expected):
    if is_answered:
        question.give_answer(by=create_user("olivia"), answer=ANSWER)
    assert {name: client.get(withdraw_of(question)).status_code for name, client in clients.items()} == expected
    if not is_answered:
        expected.pop("stan")
    assert {name: clients[name].post(withdraw_of(question)).status_code for name in expected} == expected
    question.refresh_from_db()
    assert question.withdrawn_at is None


def test_what_cannot_be_asked_is_refused(clients):
    cleaning, reserved = create_cleaning(), create_cleaning()
    Cleaning.objects.filter(pk=reserved.pk).update(
        reserved_for=create_user("carl"), reserved_until=timezone.now() + timedelta(days=1)
    )

    def post(name, job):
        answer = clients[name].post(f"{job.get_absolute_url()}questions/", {"text": TEXT})
        return answer.status_code

    assert [post("olivia", cleaning), post("stan", reserved), post("anonymous", reserved)] == [403, 404, 302]
    assert clients["anonymous"].get(f"{reserved.get_absolute_url()}questions/").status_code == 404
    assert Question.objects.count() == 0
    assert [post("stan", cleaning), post("carl", reserved)] == [302, 302]
    create_offer(cleaning=cleaning, status="accepted")
    assert post("cora", cleaning) == 409
    page = text_of(clients["cora"].get(f"{cleaning.get_absolute_url()}questions/"))
    assert "Someone has been chosen." in page
    assert '<form class="form-narrow"' not in page
    assert "Ask a question" not in text_of(clients["cora"].get(cleaning.get_absolute_url()))


def test_a_fourth_question_and_an_empty_one_meet_the_same_refusal(clients):
    cleaning = create_cleaning()
    for number in range(3):
        Question.ask(cleaning, by=create_user("stan"), text=f"Question {number}")
    for text in ("One more", ""):
        answer = clients["stan"].post(f"{cleaning.get_absolute_url()}questions/", {"text": text})
        assert (answer.status_code, "Three of your questions here are waiting" in text_of(answer)) == (409, True)
        assert text in text_of(answer)
    assert "Three of your questions here are waiting" in text_of(
        clients["stan"].get(f"{cleaning.get_absolute_url()}questions/")
    )
    assert Question.objects.count() == 3


def test_the_twenty_first_question_of_a_day_says_when_the_next_is_possible(clients):
    for _ in range(20):
        Question.ask(create_cleaning(), by=create_user("stan"), text=TEXT)
    answer = clients["stan"].post(f"{create_cleaning().get_absolute_url()}questions/", {"text": TEXT})
    assert (answer.status_code, Question.objects.count()) == (429, 20)


def test_a_question_that_is_gone_is_not_found(clients, question):
    question.cleaning.close(by=create_user("olivia"))
    for name, path in (("olivia", answer_of(question)), ("stan", withdraw_of(question))):
        assert clients[name].get(path).status_code == clients[name].post(path, {"answer": "x"}).status_code == 404


# Many


def test_the_page_of_a_job_shows_the_newest_ten_and_leads_to_the_others(clients, monkeypatch):
    cleaning = create_cleaning()
    for number in range(11):
        asker = create_user(f"asker{number}")
        question = Question.ask(cleaning, by=asker, text=f"Question {number}.")
        question.give_answer(by=cleaning.owner, answer=ANSWER)
        if number == 9:
            assert "All questions and answers" not in text_of(clients["anonymous"].get(cleaning.get_absolute_url()))
            caches["pages"].clear()
    page = text_of(clients["anonymous"].get(cleaning.get_absolute_url()))
    assert [number for number in range(11) if f"Question {number}." in page] == list(range(1, 11))
    assert f'href="{cleaning.get_absolute_url()}questions/">All questions and answers</a>' in page
    monkeypatch.setattr(KeysetListView, "size", 6)
    first = clients["anonymous"].get(f"{cleaning.get_absolute_url()}questions/")
    rest = clients["anonymous"].get(f"{first.request['PATH_INFO']}?after={first.context['listing'].next}")
    shown = [row.text for answer in (first, rest) for row in answer.context["object_list"]]
    assert shown == [f"Question {number}." for number in reversed(range(11))]
    assert "Questions and answers, continued - " in text_of(rest)


def test_words_of_a_former_member_stay_without_their_name(clients, question):
    question.give_answer(by=create_user("olivia"), answer=ANSWER)
    stan = create_user("stan")
    stan.close(by=stan)
    page = text_of(clients["anonymous"].get(pages_of(question)[0]))
    assert (TEXT in page, ANSWER in page, "/people/stan/" in page, "Former member" in page) == (True, True, False, True)
