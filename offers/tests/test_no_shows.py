"""No-shows: when one can be said, who hears of it at once, and the one answer that follows."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cleanings import states
from cleanings.states import NO_SHOW, CancelReason, IllegalMove, Kind, OfferStatus, ReleaseReason
from evaluations.models import Evaluation
from marketplace.testing import (
    create_cast,
    create_cleaning,
    create_no_show,
    create_offer,
    create_user,
    move_start,
    text_of,
)
from notifications.emails import email_about
from notifications.models import Notification
from notifications.topics import Topic
from offers.models import Offer
from offers.tests.invariants import contradictions

pytestmark = [pytest.mark.long, pytest.mark.django_db]

AHEAD = [timedelta(days=3), timedelta(hours=1), timedelta(minutes=1), timedelta(days=300), timedelta(seconds=30)]
BEGUN = [timedelta(0), timedelta(seconds=-1), timedelta(hours=-1), timedelta(days=-13), None]
SIDES = {"release": ("olivia", ReleaseReason), "cancel": ("carl", CancelReason)}
SAID = "The lift was broken, and so was my phone."


@pytest.fixture(autouse=True)
def cast():
    return create_cast()


def agreed(starts_in, **facts):
    offer = create_offer(status=OfferStatus.ACCEPTED, **facts)
    move_start(offer.cleaning, starts_in)
    return offer


def page_of(client, username, path):
    client.force_login(create_user(username))
    return text_of(client.get(path))


def notifications_of(username):
    notices = Notification.objects.filter(recipient__username=username).order_by("pk")
    return list(notices.values_list("topic", "sentence", "url"))


def address(offer):
    return f"/cleanings/{offer.cleaning_id}/offers/{offer.cleaner.username}/answer-no-show/"


# When it can be said


@pytest.mark.parametrize("starts_in", AHEAD)
@pytest.mark.parametrize("verb", SIDES)
def test_before_the_start_no_side_can_say_that_the_other_did_not_turn_up(client, verb, starts_in):
    offer, (username, reasons) = agreed(starts_in), SIDES[verb]
    with pytest.raises(ValidationError, match="hasn’t started yet"):
        getattr(offer, verb)(by=create_user(username), reason=NO_SHOW)
    path = f"{offer.get_absolute_url()}{verb}/"
    page = page_of(client, username, path)
    drawn = [reason for reason in reasons.values if f'value="{reason}"' in page]
    assert drawn == [reason for reason in reasons.values if reason != NO_SHOW]
    assert "Choose a reason." in client.post(path, {"reason": NO_SHOW}).content.decode()
    assert Offer.objects.get().status == OfferStatus.ACCEPTED
    client.post(path, {"reason": "other"})
    assert Offer.objects.get().status == OfferStatus.CANCELLED


@pytest.mark.parametrize("starts_in", BEGUN)
@pytest.mark.parametrize("verb", SIDES)
def test_once_the_job_has_started_either_side_can(client, verb, starts_in):
    offer, (username, _) = agreed(starts_in), SIDES[verb]
    path = f"{offer.get_absolute_url()}{verb}/"
    assert f'value="{NO_SHOW}"' in page_of(client, username, path)
    assert client.post(path, {"reason": NO_SHOW}).status_code == 302
    assert offer.cleaning.events.last().cleaner == offer.cleaner
    assert Offer.objects.get().absentee == create_user({"release": "carl", "cancel": "olivia"}[verb])


@pytest.mark.parametrize("status", [OfferStatus.PENDING, OfferStatus.ACCEPTED, OfferStatus.COMPLETED])
def test_an_evaluation_says_it_of_no_job_that_lies_ahead(status):
    offer = create_offer(status=status)
    move_start(offer.cleaning, timedelta(days=2))
    with pytest.raises((ValidationError, IllegalMove)):
        Evaluation.write(offer, by=offer.cleaning.owner, no_show=True)
    assert not Evaluation.objects.exists()


def test_a_no_show_can_be_put_on_record_though_the_start_was_moved_since():
    offer = create_no_show()
    move_start(offer.cleaning, timedelta(days=2))
    assert Evaluation.write(offer, by=offer.cleaning.owner, no_show=True).no_show


def test_reasons_that_say_no_no_show_are_there_at_any_time():
    for starts_in in (*AHEAD, *BEGUN):
        offer = agreed(starts_in, cleaning=create_cleaning())
        for move in (states.CANCEL, states.RELEASE):
            given = {value for value, _ in offer.reasons_for(move)}
            assert set(move.reasons.values) - given == ({NO_SHOW} if starts_in in AHEAD else set())


# Who hears of it


def test_a_cleaner_hears_of_a_release_for_a_no_show_and_that_it_can_be_answered():
    offer = create_no_show(cleaning=create_cleaning(name="Attic"))
    sentence = "The owner cancelled “Attic” with you. Reason: Didn’t turn up. You can tell your side, once."
    assert notifications_of("carl")[-1] == (Topic.RELEASED, sentence, address(offer))


def test_an_owner_hears_that_nobody_let_the_cleaner_in():
    offer = agreed(timedelta(hours=-1), cleaning=create_cleaning(name="Attic"))
    offer.cancel(by=offer.cleaner, reason=NO_SHOW)
    topic, sentence, _ = notifications_of("olivia")[-1]
    assert topic == Topic.CANCELLED
    assert "Reason: Nobody let me in. You can answer that on the page of carl’s offer." in sentence


@pytest.mark.parametrize(
    ("author", "subject", "what"), [("olivia", "carl", "you didn’t turn up"), ("carl", "olivia", "nobody let them in")]
)
def test_an_evaluation_tells_at_once_of_the_no_show_and_no_word_more(author, subject, what):
    offer = create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.COMPLETED)
    Evaluation.write(offer, by=create_user(author), no_show=True, headline="Ghastly", comment="Never again.")
    topic, sentence, url = notifications_of(subject)[-1]
    assert (topic, url) == (Topic.NO_SHOW, address(offer))
    assert f"It says that {what}. You can answer that once." in sentence
    assert [words for words in ("Ghastly", "Never again") if words in sentence] == []


def test_an_evaluation_with_a_rating_tells_of_no_no_show():
    offer = create_offer(status=OfferStatus.COMPLETED)
    Evaluation.write(offer, by=offer.cleaning.owner, overall_rating=1)
    assert notifications_of("carl")[-1][0] == Topic.EVALUATED


# The answer


def say_by_release():
    return create_no_show(), "carl", "olivia"


def say_by_cancel():
    offer = agreed(timedelta(hours=-1))
    offer.cancel(by=offer.cleaner, reason=NO_SHOW)
    return offer, "olivia", "carl"


def say_by_evaluation(author, subject):
    offer = create_offer(status=OfferStatus.COMPLETED)
    Evaluation.write(offer, by=create_user(author), no_show=True)
    return offer, subject, author


WAYS = {
    "release": say_by_release,
    "cancel": say_by_cancel,
    "owner's evaluation": lambda: say_by_evaluation("olivia", "carl"),
    "cleaner's evaluation": lambda: say_by_evaluation("carl", "olivia"),
}


@pytest.mark.parametrize("way", WAYS)
def test_it_can_be_answered_once_and_the_other_side_is_notified(client, way):
    offer, subject, other = WAYS[way]()
    offer = Offer.objects.get(pk=offer.pk)
    assert 'name="answer"' in page_of(client, subject, address(offer))
    assert f'href="{address(offer)}"' in page_of(client, subject, offer.get_absolute_url())
    assert client.post(address(offer), {"answer": f"  {SAID}\r\n"})["Location"] == offer.get_absolute_url()
    line = offer.cleaning.events.get(kind=Kind.ANSWER)
    assert (line.actor.username, line.cleaner, line.note) == (subject, offer.cleaner, SAID)
    assert line.from_status == line.to_status == offer.status
    assert notifications_of(other)[-1] == (
        Topic.ANSWERED,
        f"“Spring clean of a flat”: {subject} told their side of the missed job.",
        offer.cleaning.get_absolute_url(),
    )
    assert SAID in page_of(client, other, offer.get_absolute_url())
    assert f'href="{address(offer)}"' not in page_of(client, subject, offer.get_absolute_url())


@pytest.mark.parametrize("is_blocker", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_the_words_of_an_answer_are_sent_to_nobody_over_a_block(client, way, is_blocker):
    offer, subject, other = WAYS[way]()
    blocker, blocked = (subject, other) if is_blocker else (other, subject)
    create_user(blocker).block(create_user(blocked))
    offer.answer_no_show(by=create_user(subject), answer=SAID)
    assert offer.cleaning.events.get(kind=Kind.ANSWER).note == SAID
    told = Notification.objects.get(recipient__username=other, topic=Topic.ANSWERED)
    assert SAID not in page_of(client, other, "/notifications/")
    assert SAID not in email_about([told]).body


@pytest.mark.parametrize("way", WAYS)
def test_a_second_answer_is_refused_and_the_same_one_again_is_none(client, way):
    offer, subject, _ = WAYS[way]()
    person = create_user(subject)
    offer.answer_no_show(by=person, answer=SAID)
    offer.answer_no_show(by=person, answer=f"{SAID}\n")
    with pytest.raises(IllegalMove, match="told your side"):
        offer.answer_no_show(by=person, answer="On second thoughts")
    client.force_login(person)
    assert [client.get(address(offer)).status_code, client.post(address(offer), {"answer": "x"}).status_code] == [
        409
    ] * 2
    assert offer.cleaning.events.filter(kind=Kind.ANSWER).count() == 1


@pytest.mark.parametrize("answer", ["", "   ", "\r\n\t", "x" * 501, "\x00\x07"])
def test_an_answer_has_words_and_at_most_500_characters(client, answer):
    offer = create_no_show()
    with pytest.raises(ValidationError):
        offer.answer_no_show(by=offer.cleaner, answer=answer)
    client.force_login(offer.cleaner)
    page = client.post(address(offer), {"answer": answer})
    assert page.status_code == 200
    assert 'class="error-summary"' in page.content.decode()
    assert not offer.cleaning.events.filter(kind=Kind.ANSWER).exists()
    offer.answer_no_show(by=offer.cleaner, answer="x" * 500)


@pytest.mark.parametrize(
    "status", [OfferStatus.PENDING, OfferStatus.ACCEPTED, OfferStatus.CANCELLED, OfferStatus.COMPLETED]
)
def test_where_nothing_was_said_there_is_nothing_to_answer(client, status):
    offer = create_offer(status=status)
    for username in ("carl", "olivia"):
        client.force_login(create_user(username))
        assert client.get(address(offer)).status_code == client.post(address(offer), {"answer": "x"}).status_code == 409
    assert not offer.cleaning.events.filter(kind=Kind.ANSWER).exists()


def test_nobody_else_answers(client, cast):
    offer = create_no_show()
    for person in (create_user("stan"), create_user("cora"), create_user("ada")):
        with pytest.raises(PermissionDenied):
            offer.answer_no_show(by=person, answer=SAID)
        client.force_login(person)
        assert client.post(address(offer), {"answer": SAID}).status_code == 403
    with pytest.raises(IllegalMove):
        offer.answer_no_show(by=offer.cleaning.owner, answer=SAID)


def test_a_closed_account_answers_nothing():
    offer = create_no_show()
    type(offer.cleaner).objects.filter(pk=offer.cleaner_id).update(is_active=False)
    with pytest.raises(PermissionDenied):
        offer.answer_no_show(by=offer.cleaner, answer=SAID)


def test_each_side_answers_what_is_said_of_it():
    offer = create_offer(status=OfferStatus.COMPLETED)
    Evaluation.write(offer, by=offer.cleaning.owner, no_show=True)
    Evaluation.write(offer, by=offer.cleaner, no_show=True)
    for person in (offer.cleaner, offer.cleaning.owner):
        offer.answer_no_show(by=person, answer=f"{person} was there")
    notes = offer.cleaning.events.filter(kind=Kind.ANSWER).oldest_first().values_list("note", flat=True)
    assert list(notes) == ["carl was there", "olivia was there"]
    printed = Evaluation.objects.with_answers().order_by("pk").values_list("answer", flat=True)
    assert list(printed) == ["carl was there", "olivia was there"]


def test_the_answer_moves_nothing(cast):
    offer = create_no_show()
    before = (offer.cleaning.status, offer.status, offer.revision)
    offer.answer_no_show(by=offer.cleaner, answer=SAID)
    offer.refresh_from_db()
    offer.cleaning.refresh_from_db()
    assert (offer.cleaning.status, offer.status, offer.revision) == before
    assert contradictions(offer.cleaning) == []
