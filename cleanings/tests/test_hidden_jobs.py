"""A job that staff have hidden: it takes no offers and is in no list, and what is agreed goes on."""

from datetime import timedelta

import pytest
from django.test import Client

from cleanings.models import Bookmark, Cleaning
from cleanings.states import CancelReason, IllegalMove, ReleaseReason
from conversations.models import Message, Question
from mailqueue.tests.mails import in_time
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start, text_of
from notifications.models import Notification
from offers.models import Offer
from pages.tasks import tasks_for

pytestmark = [pytest.mark.long, pytest.mark.django_db]


@pytest.fixture
def job():
    create_cast()
    return create_cleaning(name="Attic")


def hide(job):
    Cleaning.objects.get(pk=job.pk).hide(by=create_user("ada"))


def unhide(job):
    Cleaning.objects.get(pk=job.pk).unhide(by=create_user("ada"))


def offer_of_carl():
    return Offer.objects.select_related("cleaning", "cleaner").get(cleaner__username="carl")


def answer_of(path, username=""):
    client = Client()
    if username:
        client.force_login(create_user(username))
    return client.get(path)


OFFERING = {
    "offer": lambda job: Offer.make(job, by=create_user("stan"), hourly_rate=20),
    "revise": lambda job: offer_of_carl().revise(by=create_user("carl"), hourly_rate=30),
    "confirm": lambda job: offer_of_carl().confirm(by=create_user("carl")),
    "accept": lambda job: job.offers.get(cleaner__username="cora").accept(by=job.owner),
    "ask": lambda job: Question.ask(job, by=create_user("stan"), text="Is there a lift?"),
}


@pytest.mark.parametrize("verb", OFFERING)
def test_it_takes_neither_offers_nor_questions_until_it_is_back(verb, job):
    create_offer(cleaning=job)
    job.edit(by=job.owner, estimated_hours=5)
    create_offer(cleaning=job, cleaner=create_user("cora"))
    hide(job)
    with pytest.raises(IllegalMove, match="Our staff have hidden this job"):
        OFFERING[verb](job)
    unhide(job)
    OFFERING[verb](Cleaning.objects.get(pk=job.pk))


def test_offers_can_still_be_turned_down_and_withdrawn(job):
    create_offer(cleaning=job)
    create_offer(cleaning=job, cleaner=create_user("cora"))
    hide(job)
    offer_of_carl().reject(by=job.owner)
    Offer.objects.get(cleaner__username="cora").rescind(by=create_user("cora"))


def test_nobody_is_asked_to_accept_or_confirm_meanwhile(job):
    create_offer(cleaning=job)
    create_offer(cleaning=job, cleaner=create_user("cora"))
    job.edit(by=job.owner, estimated_hours=5)
    Offer.objects.get(cleaner__username="cora").confirm(by=create_user("cora"))
    assert [len(tasks_for(create_user(name))) for name in ("olivia", "carl")] == [1, 1]
    hide(job)
    assert [tasks_for(create_user(name)) for name in ("olivia", "carl")] == [[], []]


ENDS = {
    "cancel": lambda offer: offer.cancel(by=offer.cleaner, reason=CancelReason.OTHER),
    "release": lambda offer: offer.release(by=offer.cleaning.owner, reason=ReleaseReason.OTHER),
    "complete": lambda offer: offer.complete(by=offer.cleaning.owner),
}


@pytest.mark.parametrize("verb", ENDS)
def test_what_is_agreed_goes_on(verb, job):
    create_offer(cleaning=job, status="accepted")
    hide(job)
    Message.say(offer_of_carl(), by=create_user("carl"), text="Hello")
    offer_of_carl().suggest(by=job.owner, estimated_hours=4).agree(by=create_user("carl"))
    assert "Hidden Lane 12" in text_of(answer_of(job.get_absolute_url(), "carl"))
    move_start(job, timedelta(hours=-1))
    ENDS[verb](offer_of_carl())


def test_nobody_is_invited_and_the_invited_declines():
    create_cast()
    carl = create_user("carl")
    create_offer(cleaning=create_cleaning(), status="completed")
    job = create_cleaning(reserved_for=carl, reserved_days=2)
    hide(job)
    assert "Hidden by our staff" in text_of(answer_of(job.get_absolute_url(), "carl"))
    Cleaning.objects.get(pk=job.pk).decline(by=carl)
    job.refresh_from_db()
    assert job.is_undecided
    assert "hidden this job" in job.why_not_invite()
    unhide(job)
    assert "hidden this job" not in Cleaning.objects.get(pk=job.pk).why_not_invite()


LISTS = ("/", "/cleanings/", "/cleanings/?q=attic", "/feed/", "/sitemap-cleanings.xml", "/cleanings/?sort=soonest")


@pytest.mark.usefixtures("whole_sitemap")
def test_it_is_in_no_list_and_comes_back_unchanged(job):
    """The second time a card may come from its cache."""

    def lists():
        return [job.get_absolute_url() in answer_of(path, "stan").content.decode() for path in LISTS]

    assert lists() == [True] * len(LISTS)
    hide(job)
    assert lists() == [False] * len(LISTS)
    unhide(job)
    assert lists() == [True] * len(LISTS)
    assert "Attic" in text_of(answer_of("/cleanings/", "stan"))


def test_its_page_is_for_no_search_engine_and_offers_nothing(job):
    def page(username=""):
        return text_of(answer_of(job.get_absolute_url(), username))

    assert "noindex" not in page()
    assert ["Make an offer" in page("stan"), "Ask a question" in page("stan")] == [True, True]
    hide(job)
    assert "noindex" in page()
    assert "<h1>Hidden by our staff</h1>" in page("stan")
    assert ["Make an offer" in page("stan"), "Ask a question" in page("stan")] == [False, False]
    assert "<h1>Attic</h1>" in page("olivia")
    assert "Hidden by our staff: nobody else can see it" in page("olivia")


def test_its_owner_waits_for_no_offer(job):
    def pages():
        paths = (job.get_absolute_url(), f"{job.get_absolute_url()}offers/", "/cleanings/mine/")
        return [text_of(answer_of(path, "olivia")) for path in paths]

    assert ["tell you when one comes" in page for page in pages()] == [True, True, False]
    hide(job)
    words = ["For now it takes no offers", "For now it takes no offers", "<p>Hidden by our staff.</p>"]
    assert [said in page for said, page in zip(words, pages(), strict=True)] == [True] * 3
    assert not any("tell you when one comes" in page for page in pages())


@pytest.mark.parametrize("number", [1, 2])
def test_its_owner_is_offered_nobody_to_choose(job, number):
    for name in ("carl", "cora")[:number]:
        create_offer(cleaning=job, cleaner=create_user(name))
    path = f"{job.get_absolute_url()}offers/"
    assert "to choose from" in text_of(answer_of(path, "olivia"))
    hide(job)
    waiting = ("One offer is waiting", "Two offers are waiting")[number - 1]
    page = text_of(answer_of(path, "olivia"))
    assert (waiting in page, "to choose from" in page) == (True, False)


def test_a_saved_job_stands_there_without_its_name_and_without_a_link(job):
    Bookmark.add(job, by=create_user("stan"))
    create_cleaning(name="Cellar")
    link = f'href="{job.get_absolute_url()}"'
    saved = text_of(answer_of("/bookmarks/", "stan"))
    assert ["Attic" in saved, link in saved] == [True, True]
    hide(job)
    saved = text_of(answer_of("/bookmarks/", "stan"))
    assert ["Attic" in saved, link in saved] == [False, False]
    assert "Hidden by our staff" in saved
    assert "This job is not open any more." in saved


def test_what_was_notified_before_names_it_to_its_owner_alone(job):
    create_offer(cleaning=job)
    offer_of_carl().reject(by=job.owner)
    question = Question.ask(job, by=create_user("stan"), text="Is there a lift?")
    question.give_answer(by=job.owner, answer="Yes, there is.")
    names = ("olivia", "carl", "stan")
    assert ["Attic" in text_of(answer_of("/notifications/", name)) for name in names] == [True] * 3
    hide(job)
    assert ["Attic" in text_of(answer_of("/notifications/", name)) for name in names] == [True, False, False]
    unhide(job)
    assert ["Attic" in text_of(answer_of("/notifications/", name)) for name in names] == [True] * 3


def test_mails_that_wait_do_not_name_it(job, mailoutbox):
    create_offer(cleaning=job)
    offer_of_carl().reject(by=job.owner)
    create_offer(cleaning=job, cleaner=create_user("cora"))
    hide(job)
    with in_time(hours=1):
        Notification.objects.queue_mails()
    named = {message.to[0]: "Attic" in f"{message.subject} {message.body}" for message in mailoutbox}
    assert named == {"olivia@example.org": True, "carl@example.org": False}


def test_the_calendar_of_the_cleaner_does_not_name_it(job):
    create_offer(cleaning=job, status="accepted")
    path = f"{job.get_absolute_url()}calendar.ics"
    assert b"SUMMARY:Attic" in answer_of(path, "carl").content
    hide(job)
    assert b"SUMMARY:Hidden by our staff" in answer_of(path, "carl").content
    assert b"SUMMARY:Attic" in answer_of(path, "olivia").content
