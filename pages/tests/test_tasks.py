"""What waits for whom, in which words and in which order."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from conversations.models import Message, Question
from evaluations.models import Evaluation
from marketplace.testing import create_cleaning, create_offer, create_user, move_start
from offers.actions import Action
from offers.models import Offer
from pages.tasks import MOST_TASKS, tasks_for

pytestmark = [pytest.mark.long, pytest.mark.django_db]

BRUSSELS = ZoneInfo("Europe/Brussels")
NOON = datetime(2026, 11, 24, 12, tzinfo=BRUSSELS)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def urls(name):
    return [task.action.url for task in tasks_for(create_user(name))]


def test_evaluation_is_due_until_it_is_written():
    offer = create_offer(status=OfferStatus.COMPLETED)
    assert [urls(name) for name in ("olivia", "carl")] == [[f"{offer.get_absolute_url()}evaluate/"]] * 2
    Evaluation.write(offer, by=offer.cleaner, overall_rating=5)
    assert [urls(name) for name in ("olivia", "carl")] == [[f"{offer.get_absolute_url()}evaluate/"], []]


def test_revived_offer_is_recalled_until_its_cleaner_revises_it():
    cleaning = create_cleaning()
    coras = create_offer(cleaning=cleaning, cleaner=create_user("cora"))
    create_offer(cleaning=cleaning, status=OfferStatus.CANCELLED)
    assert urls("cora") == [coras.get_absolute_url()]
    Offer.objects.get(pk=coras.pk).revise(by=coras.cleaner, hourly_rate=25)
    assert urls("cora") == []


@pytest.mark.parametrize(
    ("start", "word"),
    [
        (datetime(2026, 11, 24, 12, 1), "today at 12:01"),
        (datetime(2026, 11, 24, 23, 59), "today at 23:59"),
        (datetime(2026, 11, 25, 0, 0), "tomorrow at 00:00"),
        (datetime(2026, 11, 25, 23, 59), "tomorrow at 23:59"),
        (datetime(2026, 11, 26, 0, 0), None),
    ],
)
def test_today_and_tomorrow_end_at_midnight_in_brussels(start, word):
    cleaning = create_offer(status=OfferStatus.ACCEPTED).cleaning
    move_start(cleaning, start.replace(tzinfo=BRUSSELS) - timezone.now())
    said = {name: [task.sentence for task in tasks_for(create_user(name))] for name in ("olivia", "carl")}
    owners, cleaners = (
        f"carl is coming {word} for “{cleaning.name}”.",
        f"You’re cleaning “{cleaning.name}” for olivia {word}.",
    )
    assert said == {"olivia": [owners] if word else [], "carl": [cleaners] if word else []}


def test_days_are_those_of_brussels_in_the_night_when_clocks_change(clock):
    clock.move_to(datetime(2026, 10, 24, 0, 30, tzinfo=BRUSSELS))
    cleaning = create_offer(status=OfferStatus.ACCEPTED).cleaning
    for start, found in ((datetime(2026, 10, 25, 23, 30), 1), (datetime(2026, 10, 26, 0, 30), 0)):
        move_start(cleaning, start.replace(tzinfo=BRUSSELS).astimezone(ZoneInfo("UTC")) - timezone.now())
        assert len(urls("carl")) == found


def test_only_offers_that_can_be_accepted_are_counted():
    cleaning = create_cleaning(name="Attic")
    for name in ("carl", "cora", "stan"):
        create_offer(cleaning=cleaning, cleaner=create_user(name))
    cleaning.edit(by=cleaning.owner, estimated_hours=5)
    for name in ("carl", "cora"):
        Offer.get_or_new(cleaning, create_user(name)).confirm(by=create_user(name))
    User.objects.filter(username="cora").update(is_active=False)
    sentences = [task.sentence for task in tasks_for(cleaning.owner)]
    assert sentences == ["1 offer for “Attic” waits for your answer. The job starts on Fri 27 Nov, 12:00."]


def test_most_urgent_comes_first_and_what_has_no_date_last():
    names = {"Passed": -1, "Soon": 2, "Later": 50, "Never": None}
    for name, hours in reversed(names.items()):
        cleaning = create_cleaning(name=name, starts_in=None if hours is None else timedelta(hours=abs(hours)))
        create_offer(cleaning=cleaning)
        move_start(cleaning, None if hours is None else timedelta(hours=hours))
    job = create_offer(cleaning=create_cleaning(name="Job"), status=OfferStatus.ACCEPTED).cleaning
    move_start(job, timedelta(hours=1))
    create_offer(cleaning=create_cleaning(name="Done"), status=OfferStatus.COMPLETED)
    found = [task.cleaning.name for task in tasks_for(create_user("olivia"))]
    assert found == ["Passed", "Job", "Soon", "Later", "Done", "Never"]


def test_of_many_the_most_urgent_are_read_and_one_more_than_is_shown():
    for hours in range(MOST_TASKS + 5):
        for status in (OfferStatus.PENDING, OfferStatus.ACCEPTED):
            cleaning = create_cleaning(starts_in=timedelta(days=9))
            create_offer(cleaning=cleaning, status=status)
            move_start(cleaning, timedelta(hours=-hours))
    tasks = tasks_for(create_user("olivia"))
    assert [task.deadline for task in tasks] == sorted(Cleaning.objects.values_list("starts_at", flat=True))[
        : MOST_TASKS + 1
    ]


def test_jobs_with_a_change_to_answer_push_no_more_urgent_task_out():
    asked, others = 5, MOST_TASKS + 1
    for number in range(asked + others):
        offer = create_offer(cleaning=create_cleaning(starts_in=timedelta(days=9)), status=OfferStatus.ACCEPTED)
        if number < asked:
            offer.suggest(by=offer.cleaner, estimated_hours=4)
        move_start(offer.cleaning, timedelta(hours=number - 99))
    deadlines = [task.deadline for task in tasks_for(create_user("olivia"))]
    assert deadlines == sorted(Cleaning.objects.values_list("starts_at", flat=True))[asked:]


def test_questions_wait_for_the_owner_until_they_are_answered_or_the_start_has_passed():
    cleaning, olivia, stan = create_cleaning(name="Attic"), create_user("olivia"), create_user("stan")
    questions = [Question.ask(cleaning, by=stan, text=text) for text in ("Is there a lift?", "Is there a dog?")]
    url = f"{cleaning.get_absolute_url()}#questions"

    def tasks():
        return [(task.sentence, task.action) for task in tasks_for(olivia)]

    assert tasks() == [("2 questions about “Attic” wait for your answers.", Action("Answer the questions", url))]
    questions[0].give_answer(by=olivia, answer="Yes, there is.")
    one = ("1 question about “Attic” waits for your answer.", Action("Answer the question", url))
    assert (tasks(), urls("stan")) == ([one], [])
    create_offer(cleaning=cleaning)
    assert urls("olivia") == [url, f"{cleaning.get_absolute_url()}offers/"]
    move_start(cleaning, timedelta(hours=-1))
    assert urls("olivia") == [f"{cleaning.get_absolute_url()}offers/"]
    move_start(cleaning, timedelta(hours=1))
    questions[1].withdraw(by=stan)
    assert urls("olivia") == [f"{cleaning.get_absolute_url()}offers/"]


def test_unread_messages_are_a_task_of_each_job_until_they_are_read(clock, client):
    attic, cellar = (
        create_offer(cleaning=create_cleaning(name=name), status=OfferStatus.ACCEPTED) for name in ("Attic", "Cellar")
    )
    for offer, text in ((cellar, "Hello"), (attic, "Hello"), (cellar, "Anybody there?")):
        Message.say(offer, by=offer.cleaner, text=text)
        clock.shift(60)
    tasks = tasks_for(create_user("olivia"))
    assert [task.sentence for task in tasks] == [f"carl wrote to you about “{name}”." for name in ("Cellar", "Attic")]
    assert [task.action.url for task in tasks] == [f"{each.get_absolute_url()}messages/" for each in (cellar, attic)]
    assert tasks_for(create_user("carl")) == []
    client.force_login(create_user("olivia"))
    client.get(tasks[0].action.url)
    assert urls("olivia") == [tasks[1].action.url]


def test_a_suggested_change_is_for_the_other_side_to_answer(clock):
    offer = create_offer(status=OfferStatus.ACCEPTED)
    change = offer.suggest(by=offer.cleaner, estimated_hours=4)
    assert [urls(name) for name in ("olivia", "carl")] == [[change.get_absolute_url()], []]
    (task,) = tasks_for(create_user("olivia"))
    sentence = "carl suggests a change to “Spring clean of a flat”. You can answer until Tue 1 Dec, 12:00."
    assert re.sub("[\u2068\u2069]", "", task.sentence) == sentence
    change.decline(by=offer.cleaning.owner)
    assert urls("olivia") == []


def test_a_change_that_has_run_out_is_nobody_s_to_answer(clock):
    offer = create_offer(cleaning=create_cleaning(starts_in=timedelta(days=30)), status=OfferStatus.ACCEPTED)
    change = offer.suggest(by=offer.cleaner, estimated_hours=4)
    clock.move_to(change.expires_at - timedelta(seconds=1))
    assert urls("olivia") == [change.get_absolute_url()]
    clock.move_to(change.expires_at)
    assert urls("olivia") == []
