"""Asking, answering and withdrawing at the same moment, over HTTP against a real server; each race with a control."""

from collections import Counter
from threading import Event as Signal

import pytest

from accounts.models import User
from cleanings.models import Cleaning
from conversations.models import MOST_UNANSWERED, Question
from marketplace.testing import create_cleaning, create_user
from marketplace.tests.rounds import rounds
from notifications.models import Notification
from notifications.topics import Topic
from offers.tests.test_races import Session, at_once, meet

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROUNDS = rounds(5, full=100)
ANSWERS = ("Yes.", "No.")


def answer_of(question):
    return f"/questions/{question.pk}/answer/"


@pytest.fixture
def unlocked(monkeypatch):
    """The verbs without transaction, lock and condition."""
    monkeypatch.setattr(Question, "ask", classmethod(Question.ask.__func__.__wrapped__))
    for verb in ("give_answer", "withdraw"):
        monkeypatch.setattr(Question, verb, getattr(Question, verb).__wrapped__)
    monkeypatch.setattr(Cleaning, "lock", lambda cleaning: cleaning.refresh_from_db())
    monkeypatch.setattr(User, "lock", lambda person: None)
    monkeypatch.setattr(type(User.objects), "lock_active", lambda users, people: list(people))

    def write(question, **fields):
        Question.objects.filter(pk=question.pk).update(**fields)
        vars(question).update(fields)

    monkeypatch.setattr(Question, "_write", write)
    return monkeypatch


def answer_twice(live_server, rounds=ROUNDS):
    """In each round two browsers of Olivia's send different answers; yields their statuses and the notified asker's."""
    olivia, stan = create_user("olivia"), create_user("stan")
    sessions = [Session(live_server, olivia), Session(live_server, olivia)]
    for _ in range(rounds):
        question = Question.ask(create_cleaning(owner=olivia), by=stan, text="Is there a lift?")
        posts = [(one, answer_of(question), {"answer": text}) for one, text in zip(sessions, ANSWERS, strict=True)]
        statuses = [status for status, _ in at_once(*posts)]
        question.refresh_from_db()
        told = Notification.objects.filter(topic=Topic.QUESTION_ANSWERED, recipient=stan).count()
        Notification.objects.all().delete()
        yield statuses, question.answer, told
        question.delete()


def test_of_two_answers_at_once_one_is_kept(live_server):
    for statuses, answer, told in answer_twice(live_server):
        assert sorted(statuses) == [302, 409]
        assert (answer, told) == (ANSWERS[statuses.index(302)], 1)


def test_control_without_the_lock_both_answers_are_taken(live_server, unlocked):
    meet(unlocked, Question, "_write", 2, lambda question: True)
    assert [(statuses, told) for statuses, _, told in answer_twice(live_server, rounds=2)] == [([302, 302], 2)] * 2


def answer_and_withdraw(live_server, rounds=ROUNDS):
    olivia, stan = create_user("olivia"), create_user("stan")
    owner, asker = Session(live_server, olivia), Session(live_server, stan)
    for _ in range(rounds):
        question = Question.ask(create_cleaning(owner=olivia), by=stan, text="Is there a lift?")
        answers = (owner, answer_of(question), {"answer": "Yes."})
        statuses = [status for status, _ in at_once(answers, (asker, f"/questions/{question.pk}/withdraw/", {}))]
        question.refresh_from_db()
        yield question, statuses
        question.delete()


def test_a_question_is_answered_or_withdrawn(live_server):
    seen = Counter()
    for question, statuses in answer_and_withdraw(live_server):
        assert [status == 302 for status in statuses] == [question.is_answered, question.is_withdrawn]
        # The owner finds no question that was withdrawn before.
        assert sorted(statuses) in ([302, 409], [302, 404])
        seen[tuple(statuses)] += 1
    print(f"answer against withdraw: {dict(seen)}")


def test_control_without_the_lock_only_the_database_refuses_one_of_them(live_server, unlocked):
    meet(unlocked, Question, "_write", 2, lambda question: True)
    ((_, statuses),) = answer_and_withdraw(live_server, rounds=1)
    assert sorted(statuses) == [302, 500]


def ask_many(live_server, number=8):
    stan, cleaning = create_user("stan"), create_cleaning()
    path = f"{cleaning.get_absolute_url()}questions/"
    answers = at_once(*((Session(live_server, stan), path, {"text": f"Question {n}"}) for n in range(number)))
    return Counter(status for status, _ in answers), cleaning.questions.count()


def test_of_eight_questions_at_once_three_wait(live_server):
    assert ask_many(live_server) == ({302: MOST_UNANSWERED, 409: 8 - MOST_UNANSWERED}, MOST_UNANSWERED)


def test_control_without_the_lock_more_questions_wait(live_server, unlocked):
    meet(unlocked, Question, "save", 8, lambda question: True)
    assert ask_many(live_server) == ({302: 8}, 8)


def ask_while_it_closes(live_server, rounds=ROUNDS):
    olivia, stan = create_user("olivia"), create_user("stan")
    owner, asker = Session(live_server, olivia), Session(live_server, stan)
    for _ in range(rounds):
        cleaning = create_cleaning(owner=olivia)
        path = cleaning.get_absolute_url()
        posts = (asker, f"{path}questions/", {"text": "Is there a lift?"}), (owner, f"{path}close/", {})
        yield [status for status, _ in at_once(*posts)], cleaning.questions.count()
        Question.objects.all().delete()


def test_no_question_waits_on_a_job_that_is_closed(live_server):
    for (asked, closed), waiting in ask_while_it_closes(live_server):
        # Asked before, refused by the verb, or no longer found by the page.
        assert (asked in (302, 403, 404), closed, waiting) == (True, 302, 0)


def test_control_without_the_lock_a_question_waits_on_a_closed_job(live_server, unlocked):
    checked, closed, save, close = Signal(), Signal(), Question.save, Cleaning.close

    def close_once_all_is_checked(cleaning, **kwargs):
        assert checked.wait(timeout=60)
        close(cleaning, **kwargs)
        closed.set()

    def save_after_the_end(question):
        checked.set()
        assert closed.wait(timeout=60)
        save(question)

    unlocked.setattr(Cleaning, "close", close_once_all_is_checked)
    unlocked.setattr(Question, "save", save_after_the_end)
    assert list(ask_while_it_closes(live_server, rounds=1)) == [([302, 302], 1)]
