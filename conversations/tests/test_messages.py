"""Who may write to whom, who may read it, and until when."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from cleanings.models import Event
from cleanings.states import IllegalMove, OfferStatus, ReleaseReason
from conversations.models import Message
from core.exceptions import LimitReached
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start
from notifications.models import Notification

pytestmark = pytest.mark.django_db

SIDES = ("olivia", "carl")
PEOPLE = (*SIDES, "cora", "stan", "ada")
NOON = datetime.fromisoformat("2026-11-24 12:00+01:00")


@pytest.fixture
def offer():
    """Carl's, which Olivia has accepted."""
    create_cast()
    return create_offer(status=OfferStatus.ACCEPTED)


def said():
    return list(Message.objects.order_by("pk").values_list("author__username", "text"))


def counted():
    return Message.objects.count(), Event.objects.count(), Notification.objects.count()


def test_both_sides_write_and_no_line_of_a_timeline_says_so(offer):
    before = Event.objects.count()
    for username, text in (("carl", "Where is the key?"), ("olivia", "  Under the mat.\r\n")):
        Message.say(offer, by=create_user(username), text=text)
    assert said() == [("carl", "Where is the key?"), ("olivia", "Under the mat.")]
    assert Event.objects.count() == before


def test_a_message_is_called_by_its_number_without_its_words(offer):
    Message.say(offer, by=offer.cleaner, text="Where is the key?")
    message = Message.objects.get()
    assert str(message) == f"Message {message.pk} on offer {offer.pk}"


@pytest.mark.parametrize("person", ["cora", "stan", "ada"])
def test_nobody_but_the_two_sides_writes(offer, person):
    before = counted()
    with pytest.raises(PermissionDenied):
        Message.say(offer, by=create_user(person), text="Hello")
    assert counted() == before
    Message.say(offer, by=offer.cleaner, text="Hello")


# The status of Carl's offer, how many days ago it got that, and whether its two sides may write and read.
STATES = [
    (OfferStatus.PENDING, 0, False, False),
    (OfferStatus.REJECTED, 0, False, False),
    (OfferStatus.RESCINDED, 0, False, False),
    (OfferStatus.ACCEPTED, 0, True, True),
    (OfferStatus.ACCEPTED, 500, True, True),
    (OfferStatus.COMPLETED, 0, True, True),
    (OfferStatus.COMPLETED, 29.99, True, True),
    (OfferStatus.COMPLETED, 30, False, True),
    (OfferStatus.COMPLETED, 119.99, False, True),
    (OfferStatus.COMPLETED, 120, False, False),
    (OfferStatus.CANCELLED, 0, False, True),
    (OfferStatus.CANCELLED, 89.99, False, True),
    (OfferStatus.CANCELLED, 90, False, False),
]


@pytest.mark.long
@pytest.mark.parametrize(("status", "days", "writes", "reads"), STATES)
def test_who_writes_and_reads_by_state_and_time(status, days, writes, reads):
    create_cast()
    with time_machine.travel(NOON, tick=False):
        offer = create_offer(status=status)
    with time_machine.travel(NOON + timedelta(days=days), tick=False):
        writers = {name for name in PEOPLE if Message.can_be_written_by(create_user(name), offer)}
        readers = {name for name in PEOPLE if Message.can_be_read_by(create_user(name), offer)}
        assert (writers, readers) == (set(SIDES) if writes else set(), set(SIDES) if reads else set())
        for name in SIDES:
            if writes:
                Message.say(offer, by=create_user(name), text=f"From {name}")
            else:
                with pytest.raises(IllegalMove, match=Message.why_not(offer, create_user(name))):
                    Message.say(offer, by=create_user(name), text=f"From {name}")
        assert [author for author, _ in said()] == (["olivia", "carl"] if writes else [])


def test_release_ends_the_writing_like_a_cancellation(offer):
    offer.release(by=offer.cleaning.owner, reason=ReleaseReason.OTHER)
    for side in (offer.cleaner, offer.cleaning.owner):
        assert (Message.can_be_written_by(side, offer), Message.can_be_read_by(side, offer)) == (False, True)


@pytest.mark.parametrize("gone", SIDES)
def test_nobody_writes_to_an_account_that_has_ended_and_it_writes_to_nobody(offer, gone):
    User.objects.filter(username=gone).update(is_active=False)
    before, (other,) = counted(), set(SIDES) - {gone}
    with pytest.raises(IllegalMove, match="has closed their account"):
        Message.say(offer, by=create_user(other), text="Hello")
    with pytest.raises(PermissionDenied):
        Message.say(offer, by=create_user(gone), text="Hello")
    assert counted() == before
    assert Message.can_be_read_by(create_user(other), offer)


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b", "x" * 2001])
def test_a_message_has_1_to_2000_characters(offer, text):
    before = counted()
    with pytest.raises(ValidationError):
        Message.say(offer, by=offer.cleaner, text=text)
    assert counted() == before
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.bulk_create([Message(offer=offer, author=offer.cleaner, text=text and text.strip("\u200b \n"))])
    Message.say(offer, by=offer.cleaner, text="x" * 2000)


def test_what_was_said_stays_as_it_is(offer):
    message = Message.say(offer, by=offer.cleaner, text="Hello")
    message.text = "Goodbye"
    for change in (message.save, message.delete, lambda: offer.messages.update(text="Goodbye")):
        with pytest.raises(TypeError):
            change()
    assert said() == [("carl", "Hello")]


def test_a_form_that_is_sent_twice_says_it_once(offer):
    with time_machine.travel(NOON, tick=False) as clock:
        first = Message.say(offer, by=offer.cleaner, text="Hello")
        clock.shift(59)
        assert Message.say(offer, by=offer.cleaner, text="Hello ") == first
        clock.shift(1)
        assert Message.say(offer, by=offer.cleaner, text="Hello") != first
    assert len(said()) == 2


def test_the_same_words_are_said_again_after_others(offer):
    for username, text in (("carl", "Yes"), ("olivia", "Yes"), ("carl", "Yes"), ("carl", "No"), ("carl", "Yes")):
        Message.say(offer, by=create_user(username), text=text)
    assert len(said()) == 5


def test_a_form_that_is_sent_again_after_the_end_lands_on_what_was_said(offer):
    message = Message.say(offer, by=offer.cleaner, text="Hello")
    offer.cancel(by=offer.cleaner, reason="other")
    assert Message.say(offer, by=offer.cleaner, text="Hello") == message


def test_a_person_writes_60_messages_an_hour_over_all_jobs(offer):
    other = create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED)
    with time_machine.travel(NOON, tick=False) as clock:
        for number in range(60):
            Message.say((offer, other)[number % 2], by=offer.cleaner, text=str(number))
            clock.shift(10)
        before = counted()
        with pytest.raises(LimitReached) as refusal:
            Message.say(offer, by=offer.cleaner, text="One more")
        assert (counted(), refusal.value.again) == (before, NOON + timedelta(hours=1))
        # What was sent last, sent again, is no further message.
        Message.say(other, by=offer.cleaner, text="59")
        Message.say(offer, by=offer.cleaning.owner, text="From the other side")
        clock.move_to(refusal.value.again)
        Message.say(offer, by=offer.cleaner, text="One more")
    assert Message.objects.count() == 62


def end(offer, status):
    if status == OfferStatus.CANCELLED:
        offer.cancel(by=offer.cleaner, reason="other")
    if status == OfferStatus.COMPLETED:
        move_start(offer.cleaning, timedelta(hours=-1))
        offer.complete(by=offer.cleaning.owner)


@pytest.mark.parametrize(("status", "days"), [(OfferStatus.COMPLETED, 120), (OfferStatus.CANCELLED, 90)])
def test_messages_are_deleted_with_their_notifications_once_nobody_may_read_them(status, days):
    with time_machine.travel(NOON, tick=False):
        offer, kept = (create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED) for _ in range(2))
        for each in (offer, kept):
            Message.say(each, by=each.cleaner, text="Hello")
        end(offer, status)
    with time_machine.travel(NOON + timedelta(days=days, minutes=-1)):
        with pytest.raises(IllegalMove):
            Message.delete_all_of(offer)
        assert Message.objects.count() == 2
    with time_machine.travel(NOON + timedelta(days=days)):
        Message.delete_all_of(offer)
        with pytest.raises(IllegalMove):
            Message.delete_all_of(offer)
    assert [message.offer for message in Message.objects.all()] == [kept]
    written = Notification.objects.filter(topic="written")
    assert [notice.thread for notice in written] == [f"conversation-{kept.pk}"]


def test_unreadable_is_why_not_read_as_a_query():
    create_cast()
    offers = [create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED) for _ in range(3)]
    for offer, status in zip(offers, (OfferStatus.ACCEPTED, OfferStatus.COMPLETED, OfferStatus.CANCELLED), strict=True):
        Message.say(offer, by=offer.cleaner, text="Hello")
        end(offer, status)
    for days in (0, 89, 91, 119, 121, 900):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            found = {message.offer for message in Message.objects.unreadable()}
            assert found == {offer for offer in offers if Message.why_not_read(offer, offer.cleaner)}, days
    assert len(found) == 2
