"""Who asks and answers what, and when; who sees it, and who is notified."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from cleanings.models import Cleaning
from cleanings.states import IllegalMove
from conversations.models import Question
from core.exceptions import LimitReached
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start
from notifications.models import Notification
from notifications.topics import Mailing, Topic

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
ANSWER = "Yes, on the second floor."


@pytest.fixture
def cast():
    return create_cast()


def ask(cleaning=None, by="stan", text="Is there a lift?"):
    return Question.ask(cleaning or create_cleaning(), by=create_user(by), text=text)


def ask_and_answer(**facts):
    question = ask(**facts)
    question.give_answer(by=question.cleaning.owner, answer=ANSWER)
    return question


def notified():
    found = Notification.objects.filter(event=None).order_by("pk").select_related("recipient")
    return [(notice.recipient.username, notice.topic, notice.sentence) for notice in found]


# Asking


def test_a_question_is_put_to_the_owner(cast):
    question = ask()
    assert (question.asker, question.text, question.answer) == (create_user("stan"), "Is there a lift?", "")
    notice = Notification.objects.get(event=None)
    assert (notice.recipient.username, notice.topic, notice.thread) == (
        "olivia",
        Topic.ASKED,
        f"cleaning-{question.cleaning_id}",
    )
    assert notice.subject == "A question about “Spring clean of a flat”"
    assert notice.sentence == (
        "Someone asked a question about “Spring clean of a flat”."
        " Everyone who sees the job can read it once you answer."
    )
    assert (notice.url, notice.created_at) == (question.get_absolute_url(), question.asked_at)


def test_nobody_asks_about_a_job_of_their_own_or_one_they_cannot_see_or_from_a_closed_account(cast):
    olivia, carl, cora, stan, _ = cast
    cleaning, reserved = create_cleaning(), create_cleaning()
    Cleaning.objects.filter(pk=reserved.pk).update(reserved_for=carl, reserved_until=timezone.now() + MINUTE)
    stan.close(by=stan)
    for person, job in ((olivia, cleaning), (cora, reserved), (stan, cleaning)):
        with pytest.raises(PermissionDenied):
            Question.ask(job, by=person, text="Is there a lift?")
    assert Question.objects.count() == 0
    Question.ask(reserved, by=carl, text="Is there a lift?")


@pytest.mark.parametrize("text", ["Call 0470 12 34 56", "maria@gmail.com", "See x.be/abc", "", "\u200b", "x" * 501])
def test_a_text_that_is_refused_is_not_kept(cast, text):
    question = ask_and_answer()
    with pytest.raises(ValidationError) as refusal:
        ask(question.cleaning, text=text)
    assert list(refusal.value.message_dict) == ["text"]
    other = ask(question.cleaning, text="Another")
    with pytest.raises(ValidationError) as refusal:
        other.give_answer(by=create_user("olivia"), answer=text)
    assert list(refusal.value.message_dict) == ["answer"]
    with pytest.raises(ValidationError):
        question.correct_answer(by=create_user("olivia"), answer=text)
    assert set(Question.objects.values_list("text", "answer")) == {("Is there a lift?", ANSWER), ("Another", "")}


def test_a_form_that_is_sent_twice_asks_once(cast):
    question = ask()
    assert ask(question.cleaning, text=" Is there a\u200b lift? ") == question
    assert len(notified()) == 1
    question.give_answer(by=create_user("olivia"), answer=ANSWER)
    assert ask(question.cleaning) != question


def test_three_questions_of_one_person_wait_at_most(cast):
    cleaning = create_cleaning()
    first, second, _ = (ask(cleaning, text=f"Question {number}") for number in range(3))
    with pytest.raises(IllegalMove, match="Three of your questions here are waiting"):
        ask(cleaning, text="One more")
    ask(cleaning, by="carl")
    ask(create_cleaning())
    first.withdraw(by=create_user("stan"))
    ask(cleaning, text="One more")
    with pytest.raises(IllegalMove):
        ask(cleaning, text="Two more")
    second.give_answer(by=create_user("olivia"), answer=ANSWER)
    ask(cleaning, text="Two more")


def test_a_person_asks_twenty_questions_a_day(cast):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(20):
            ask()
        with pytest.raises(LimitReached, match="20 questions within a day") as refusal:
            ask()
        assert refusal.value.again == timezone.now() + timedelta(days=1)
        assert Question.objects.count() == len(notified()) == 20
        clock.shift(timedelta(days=1))
        ask()


# Answering


def test_an_answer_is_told_to_the_asker_and_to_all_with_a_pending_offer(cast):
    olivia, carl, cora, stan, _ = cast
    cleaning = create_cleaning()
    question = ask(cleaning, by="cora")
    create_offer(cleaning=cleaning, cleaner=cora)
    create_offer(cleaning=cleaning, cleaner=carl)
    create_offer(cleaning=cleaning, cleaner=stan, status="rejected")
    Notification.objects.all().delete()
    question.give_answer(by=olivia, answer=ANSWER)
    assert notified() == [
        ("cora", Topic.QUESTION_ANSWERED, "The owner answered your question about “Spring clean of a flat”."),
        ("carl", Topic.QUESTION_ANSWERED, "The owner answered a question about “Spring clean of a flat”."),
    ]
    assert set(Notification.objects.values_list("thread", "url")) == {
        (f"cleaning-{cleaning.pk}", question.get_absolute_url())
    }


def test_only_the_owner_answers_and_only_the_asker_withdraws(cast):
    olivia, carl, _, stan, ada = cast
    question = ask()
    for person in (carl, stan, ada):
        with pytest.raises(PermissionDenied):
            question.give_answer(by=person, answer=ANSWER)
    for person in (carl, olivia, ada):
        with pytest.raises(PermissionDenied):
            question.withdraw(by=person)
    question.give_answer(by=olivia, answer=ANSWER)
    for person in (carl, stan, ada):
        with pytest.raises(PermissionDenied):
            question.correct_answer(by=person, answer="No.")
    question.refresh_from_db()
    assert (question.answer, question.withdrawn_at) == (ANSWER, None)


def test_a_question_is_answered_once(cast):
    question = ask_and_answer()
    stale = Question.objects.get(pk=question.pk)
    count, answered_at = len(notified()), question.answered_at
    question.give_answer(by=create_user("olivia"), answer=ANSWER)
    with pytest.raises(IllegalMove, match="already been answered"):
        stale.give_answer(by=create_user("olivia"), answer="No.")
    question.refresh_from_db()
    assert (question.answer, question.answered_at, len(notified())) == (ANSWER, answered_at, count)


def test_without_the_lock_one_of_two_answers_is_refused(cast, monkeypatch):
    question = ask()
    stale = Question.objects.get(pk=question.pk)
    monkeypatch.setattr(Question, "_lock", lambda question, by: None)
    question.give_answer(by=cast[0], answer=ANSWER)
    count = len(notified())
    with pytest.raises(IllegalMove, match="same moment"):
        stale.give_answer(by=cast[0], answer="No.")
    with pytest.raises(IllegalMove, match="same moment"):
        stale.withdraw(by=cast[3])
    question.refresh_from_db()
    assert (question.answer, question.is_withdrawn, len(notified())) == (ANSWER, False, count)


@pytest.mark.parametrize(("minutes", "is_corrected"), [(14.9, True), (15, False)])
def test_an_answer_is_corrected_within_fifteen_minutes_and_nobody_is_told_again(cast, minutes, is_corrected):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        question = ask_and_answer()
        count = len(notified())
        clock.shift(minutes * MINUTE)
        assert question.can_be_corrected_by(create_user("olivia")) == is_corrected
        if is_corrected:
            question.correct_answer(by=create_user("olivia"), answer="No.")
        else:
            with pytest.raises(IllegalMove, match="more than 15 minutes ago"):
                question.correct_answer(by=create_user("olivia"), answer="No.")
            question.correct_answer(by=create_user("olivia"), answer=ANSWER)
    question.refresh_from_db()
    assert question.answer == ("No." if is_corrected else ANSWER)
    assert question.corrected_until == question.answered_at + 15 * MINUTE
    assert len(notified()) == count


def test_what_is_not_answered_is_not_corrected(cast):
    with pytest.raises(IllegalMove, match="hasn’t been answered yet"):
        ask().correct_answer(by=create_user("olivia"), answer=ANSWER)


# Withdrawing


def test_a_withdrawn_question_is_out_of_sight_and_is_not_answered(cast):
    question, stan = ask(), create_user("stan")
    stale = Question.objects.get(pk=question.pk)
    question.withdraw(by=stan)
    question.withdraw(by=stan)
    assert notified() == []
    assert list(question.cleaning.questions.visible_to(create_user("olivia"))) == []
    with pytest.raises(IllegalMove, match="was withdrawn"):
        stale.give_answer(by=create_user("olivia"), answer=ANSWER)
    question.refresh_from_db()
    assert (question.is_withdrawn, question.is_answered) == (True, False)


def test_an_answered_question_stays(cast):
    question = ask_and_answer()
    with pytest.raises(IllegalMove, match="it stays for everyone to read"):
        question.withdraw(by=create_user("stan"))
    question.refresh_from_db()
    assert question.withdrawn_at is None


# What the job's state allows


def job_in(state):
    """Olivia's job, with Stan's question from when it was open."""
    cleaning = create_cleaning()
    question = ask(cleaning)
    if state in ("assigned", "completed"):
        create_offer(cleaning=cleaning, status=state if state == "completed" else "accepted")
    if state == "reopened":
        create_offer(cleaning=cleaning, status="cancelled")
    if state == "passed":
        move_start(cleaning, -MINUTE)
    if state == "closed":
        cleaning.close(by=cleaning.owner)
    cleaning.refresh_from_db()
    return cleaning, question


STATES = {
    # Whether another question can be asked, and whether the one there is remains.
    "open": (True, True),
    "reopened": (True, True),
    "passed": (False, True),
    "assigned": (False, True),
    "completed": (False, False),
    "closed": (False, False),
}


@pytest.mark.parametrize("state", STATES)
def test_the_state_of_the_job_decides_what_is_asked_and_what_remains(cast, state):
    can_ask, remains = STATES[state]
    cleaning, question = job_in(state)
    assert (Question.why_not_ask(cleaning, create_user("carl")) == "") == can_ask
    if can_ask:
        ask(cleaning, by="carl")
    elif state == "closed":
        with pytest.raises(PermissionDenied):
            ask(cleaning, by="carl")
    else:
        with pytest.raises(IllegalMove):
            ask(cleaning, by="carl")
    assert Question.objects.filter(pk=question.pk).exists() == remains
    assert any(topic == Topic.ASKED for _, topic, _ in notified()) == remains
    if remains:
        question.give_answer(by=cleaning.owner, answer=ANSWER)
    else:
        with pytest.raises(IllegalMove, match="This question is gone"):
            question.give_answer(by=cleaning.owner, answer=ANSWER)


def test_answered_questions_remain_when_the_job_is_over(cast):
    question = ask_and_answer()
    ask(question.cleaning, by="carl")
    question.cleaning.close(by=question.cleaning.owner)
    assert list(Question.objects.all()) == [question]
    assert (question.why_not_answer, question.can_be_corrected_by(create_user("olivia"))) == (
        "This job was closed.",
        False,
    )


def test_whoever_no_longer_sees_a_closed_job_has_no_notice_that_leads_there(cast):
    question = ask_and_answer()
    create_offer(cleaning=question.cleaning)
    ask(question.cleaning, by="carl").give_answer(by=create_user("olivia"), answer=ANSWER)
    ask(question.cleaning, by="cora").give_answer(by=create_user("olivia"), answer=ANSWER)
    question.cleaning.offers.get().rescind(by=create_user("carl"))
    answered = {name for name, topic, _ in notified() if topic == Topic.QUESTION_ANSWERED}
    assert answered == {"stan", "carl", "cora"}
    question.cleaning.close(by=create_user("olivia"))
    assert {name for name, topic, _ in notified() if topic == Topic.QUESTION_ANSWERED} == {"carl"}


def test_what_was_told_of_questions_goes_with_a_cleaning_that_is_deleted(cast):
    question, other = ask_and_answer(), ask()
    ask(question.cleaning, by="cora")
    assert len(notified()) == 4
    question.cleaning.delete(by=question.cleaning.owner)
    assert list(Question.objects.all()) == [other]
    assert [topic for _, topic, _ in notified()] == [Topic.ASKED]
    assert Notification.objects.get(event=None).thread == f"cleaning-{other.cleaning_id}"


# Who sees it

READERS = ("anonymous", "stan", "carl", "cora", "olivia", "ada")


def seen_by(question):
    people = {name: create_user(name) for name in READERS[1:]} | {"anonymous": AnonymousUser()}
    found = {name: Question.objects.visible_to(person).not_withdrawn() for name, person in people.items()}
    return {name for name in READERS if question in found[name]}


def test_an_unanswered_question_is_seen_by_asker_and_owner_and_an_answered_one_by_all(cast):
    question = ask()
    create_offer(cleaning=question.cleaning)
    assert seen_by(question) == {"stan", "olivia"}
    question.give_answer(by=create_user("olivia"), answer=ANSWER)
    assert seen_by(question) == set(READERS)
    question.cleaning.close(by=question.cleaning.owner)
    assert seen_by(question) == {"carl", "olivia", "ada"}


def test_a_hidden_question_is_not_answered_until_staff_bring_it_back(cast):
    question, olivia = ask(), create_user("olivia")
    question.hide(by=create_user("ada"))
    assert list(Question.objects.unanswered()) == []
    with pytest.raises(IllegalMove, match="hidden this question"):
        question.give_answer(by=olivia, answer=ANSWER)
    question.unhide(by=create_user("ada"))
    question.give_answer(by=olivia, answer=ANSWER)
    question.hide(by=create_user("ada"))
    with pytest.raises(IllegalMove, match="hidden this question"):
        question.correct_answer(by=olivia, answer="No, there is not.")


# Mail


def test_the_owner_has_no_mail_of_what_is_answered_or_withdrawn(cast):
    answered, withdrawn, waiting = ask(), ask(), ask()
    answered.give_answer(by=create_user("olivia"), answer=ANSWER)
    withdrawn.withdraw(by=create_user("stan"))
    found = Notification.objects.filter(recipient__username="olivia", event=None)
    assert dict(found.values_list("url", "mailing")) == {
        answered.get_absolute_url(): Mailing.UNWANTED,
        waiting.get_absolute_url(): Mailing.WAITING,
    }


def test_a_mail_says_why_it_came_and_nothing_of_what_was_written(cast):
    question = ask(text="Is there a canary?")
    with time_machine.travel(timezone.now() + 10 * MINUTE):
        Notification.objects.queue_mails()
        question.give_answer(by=create_user("olivia"), answer="Yes, a canary.")
    with time_machine.travel(timezone.now() + 20 * MINUTE):
        Notification.objects.queue_mails()
    bodies = {message.to[0]: message.body for message in mail.outbox}
    assert "because you posted this job" in bodies["olivia@example.org"]
    assert "because you asked about this job" in bodies["stan@example.org"]
    assert not any("canary" in body for body in bodies.values())


# What the database refuses


@pytest.mark.parametrize(
    "values",
    [
        {"answer": "Yes"},
        {"answered_at": timezone.now()},
        {"answer": "Yes", "answered_at": timezone.now(), "withdrawn_at": timezone.now()},
        {"text": ""},
        {"text": "x" * 501},
        {"answer": "x" * 501, "answered_at": timezone.now()},
    ],
)
def test_the_database_refuses_what_no_verb_writes(cast, values):
    question = ask()
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(**values)
