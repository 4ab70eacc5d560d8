"""No contact between two people of whom one wants none: every channel, and what a block ends."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import blocking
from accounts.models import Block, User
from cleanings.models import Cleaning
from cleanings.photos import JOB_PHOTOS, Photo, PhotoKind
from cleanings.states import CleaningStatus, IllegalMove, OfferStatus
from conversations.models import Message, Question
from core.photos import EncodedPhoto
from mailqueue.tests.mails import in_time
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, rolled_back, text_of
from notifications.models import Notification
from offers.models import Offer

pytestmark = [pytest.mark.long, pytest.mark.django_db]

NO_OFFER, NO_QUESTION = "You can’t make an offer on this job.", "You can’t ask a question about this job."
NO_MESSAGE, NO_CHANGE = "No messages can be sent between you.", "You can’t suggest changes to each other."
NO_PHOTO = "No photos of this job, and no words about them, can be sent between you."
NO_NOTE = "You can’t send a note to each other. You can do this without one."
NO_INVITATION = "Choose someone who has done a job for you."


class Pair:
    """Olivia's open cleaning, one to which she invites nobody any more, and two jobs of Carl's for her."""

    def __init__(self):
        self.olivia, self.carl, *_ = create_cast()
        self.done = create_offer(cleaning=create_cleaning(), status=OfferStatus.COMPLETED)
        self.agreed = create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED)
        self.open = create_cleaning()
        self.rescinded = create_offer(cleaning=create_cleaning(), status=OfferStatus.RESCINDED)
        self.undecided = create_cleaning(reserved_for=self.done.cleaner, reserved_days=1)
        Cleaning.objects.filter(pk=self.undecided.pk).update(reserved_until=None)
        self.answered = Question.ask(self.open, by=self.carl, text="Is there a dog?")
        self.answered.give_answer(by=self.olivia, answer="No")
        self.photo = self.photo_by(self.olivia, kind=PhotoKind.JOB)
        self.after = self.photo_by(self.carl, kind=PhotoKind.AFTER, offer=self.agreed)

    def photo_by(self, by, **facts):
        facts |= {"shows": "The sink", "place": 1, "file": f"{by.pk:032x}", "size": 1}
        return Photo.objects.create(cleaning=self.agreed.cleaning, by=by, **facts)

    def offer(self):
        Offer.make(self.open, by=self.carl, hourly_rate=20)

    def offer_anew(self):
        Offer.make(self.rescinded.cleaning, by=self.carl, hourly_rate=20)

    def ask(self):
        Question.ask(self.open, by=self.carl, text="Is there a lift?")

    def write_to_owner(self):
        Message.say(self.agreed, by=self.carl, text="Hello")

    def write_to_cleaner(self):
        Message.say(self.done, by=self.olivia, text="Hello")

    def post_for(self):
        create_cleaning(reserved_for=self.carl, reserved_days=1)

    def invite(self):
        self.undecided.invite(self.carl, by=self.olivia, days=1)

    def suggest_to_owner(self):
        self.agreed.suggest(by=self.carl, estimated_hours=5)

    def suggest_to_cleaner(self):
        self.agreed.suggest(by=self.olivia, estimated_hours=5)

    def add_photo(self):
        photo = EncodedPhoto(dict.fromkeys(JOB_PHOTOS.sides, b"photo"))
        Photo.add(self.agreed.cleaning, by=self.carl, kind=PhotoKind.BEFORE, photos=[photo], shows="The stove")

    def describe_to_owner(self):
        self.after.edit(by=self.carl, shows="A word to you", place=1, audience=self.after.audience)

    def describe_to_cleaner(self):
        self.photo.edit(by=self.olivia, shows="A word to you", place=1, audience=self.photo.audience)

    def cancel_with_note(self):
        self.agreed.cancel(by=self.carl, reason="other", note="A word to you")

    def release_with_note(self):
        self.agreed.release(by=self.olivia, reason="other", note="A word to you")

    def correct(self):
        self.answered.correct_answer(by=self.olivia, answer="A word to you")


# Every way in which one of the two reaches the other: how, who does, and what they read after being blocked.
CHANNELS = [
    (Pair.offer, "carl", NO_OFFER),
    (Pair.offer_anew, "carl", NO_OFFER),
    (Pair.ask, "carl", NO_QUESTION),
    (Pair.write_to_owner, "carl", NO_MESSAGE),
    (Pair.write_to_cleaner, "olivia", NO_MESSAGE),
    (Pair.post_for, "olivia", NO_INVITATION),
    (Pair.invite, "olivia", NO_INVITATION),
    (Pair.suggest_to_owner, "carl", NO_CHANGE),
    (Pair.suggest_to_cleaner, "olivia", NO_CHANGE),
    (Pair.add_photo, "carl", NO_PHOTO),
    (Pair.describe_to_owner, "carl", NO_PHOTO),
    (Pair.describe_to_cleaner, "olivia", NO_PHOTO),
    (Pair.cancel_with_note, "carl", NO_NOTE),
    (Pair.release_with_note, "olivia", NO_NOTE),
    (Pair.correct, "olivia", "You can’t correct the answer to this question."),
]


def written():
    models = Cleaning, Offer, Question, Message, Notification
    words = (Offer, "status"), (Question, "answer"), (Photo, "shows")
    return [
        *(model.objects.count() for model in models),
        *(list(model.objects.order_by("pk").values_list(name)) for model, name in words),
    ]


@pytest.mark.parametrize("blocker", ["olivia", "carl"])
@pytest.mark.parametrize(("channel", "sender", "sentence"), CHANNELS)
def test_every_channel_is_shut_by_a_block_in_either_direction(private, channel, sender, sentence, blocker):
    with rolled_back():
        channel(Pair())
    pair = Pair()
    blocker, other = (pair.olivia, pair.carl) if blocker == "olivia" else (pair.carl, pair.olivia)
    blocker.block(other)
    before = written()
    with pytest.raises((IllegalMove, ValidationError)) as refusal:
        channel(pair)
    assert written() == before
    own = f"You have blocked {other.isolated_name}. Nothing can be sent between you until you unblock them."
    told = getattr(refusal.value, "messages", [str(refusal.value)])
    assert told == [own if sender == blocker.username else sentence]
    blocker.unblock(other)
    channel(pair)
    assert written() != before


def test_the_page_of_a_photo_over_a_block_takes_no_other_words_and_says_why(client):
    pair = Pair()
    client.force_login(pair.carl)
    pages = [client.get(f"/photos/{pair.after.pk}/edit/")]
    pair.olivia.block(pair.carl)
    pages.append(client.get(f"/photos/{pair.after.pk}/edit/"))
    assert [page.context["form"].fields["shows"].disabled for page in pages] == [False, True]
    assert [NO_PHOTO in text_of(page) for page in pages] == [False, True]


def test_what_is_agreed_goes_on_over_a_block():
    pair = Pair()
    pair.olivia.block(pair.carl)
    pair.agreed.cancel(by=pair.carl, reason="other")
    assert Offer.objects.get(pk=pair.agreed.pk).status == OfferStatus.CANCELLED


# What a block ends


def status_of(row):
    row.refresh_from_db()
    return row.status


@pytest.mark.parametrize(("blocker", "status"), [("olivia", "rejected"), ("carl", "rescinded")])
def test_pending_offers_end_by_the_blockers_own_verb(blocker, status):
    olivia, carl, cora, *_ = create_cast()
    offer, other = create_offer(), create_offer(cleaner=cora)
    create_user(blocker).block(carl if blocker == "olivia" else olivia)
    event = offer.cleaning.events.about(carl).latest("pk")
    assert (status_of(offer), event.actor.username, status_of(other)) == (status, blocker, "pending")


def test_offers_end_on_the_cleanings_of_both():
    olivia, carl, *_ = create_cast()
    offers = [create_offer(), create_offer(cleaning=create_cleaning(owner=carl), cleaner=olivia)]
    carl.block(olivia)
    assert [status_of(offer) for offer in offers] == ["rescinded", "rejected"]


@pytest.mark.parametrize("then_open", [False, True])
@pytest.mark.parametrize("blocker", ["olivia", "carl"])
def test_an_invitation_ends_and_opens_as_the_owner_said(blocker, then_open):
    pair = Pair()
    cleaning = create_cleaning(reserved_for=pair.carl, reserved_days=3, then_open=then_open)
    offer = create_offer(cleaning=cleaning)
    create_user(blocker).block(pair.carl if blocker == "olivia" else pair.olivia)
    cleaning.refresh_from_db()
    ended = offer.status == OfferStatus.PENDING != status_of(offer)
    assert (cleaning.is_public, cleaning.is_undecided, ended) == (then_open, not then_open, True)


@pytest.mark.parametrize(("blocker", "mails"), [("", 1), ("olivia", 0), ("carl", 0)])
def test_no_mail_that_waits_invites_over_a_block(mailoutbox, blocker, mails):
    create_cast()
    carl = create_offer(cleaning=create_cleaning(), status=OfferStatus.COMPLETED).cleaner
    create_cleaning(name="Invited", reserved_for=carl, reserved_days=1, then_open=True)
    if blocker:
        create_user(blocker).block(carl if blocker == "olivia" else create_user("olivia"))
    with in_time(hours=1):
        Notification.objects.queue_mails()
    assert sum("invites you" in mail.subject for mail in mailoutbox) == mails


def test_an_invitation_over_a_block_is_ended_by_the_site():
    pair = Pair()
    cleaning = create_cleaning(reserved_for=pair.carl, reserved_days=3)
    assert not Cleaning.objects.with_ended_invitation().exists()
    Block.objects.create(blocker=pair.carl, blocked=pair.olivia)
    assert list(Cleaning.objects.with_ended_invitation()) == [cleaning]


def test_unanswered_questions_go_and_answered_ones_stay():
    olivia, carl, *_ = create_cast()
    cleaning = create_cleaning()
    answered, _ = (Question.ask(cleaning, by=carl, text=text) for text in ("A lift?", "A dog?"))
    answered.give_answer(by=olivia, answer="Yes")
    olivia.block(carl)
    assert list(Question.objects.all()) == [answered]
    assert not olivia.notifications.filter(topic="asked", url__endswith=f"#question-{answered.pk + 1}").exists()


@pytest.mark.parametrize(("verb", "by"), [("hide", "ada"), ("withdraw", "carl")])
def test_the_cleaning_of_a_question_that_goes_is_locked_before(verb, by):
    olivia, carl, *_ = create_cast()
    question = Question.ask(create_cleaning(), by=carl, text="A lift?")
    getattr(question, verb)(by=create_user(by))
    assert blocking.concerned(olivia, carl) == {question.cleaning_id}


@pytest.mark.parametrize(("by", "status"), [("olivia", "withdrawn"), ("carl", "declined")])
def test_an_open_change_ends_by_its_verbs(by, status):
    pair = Pair()
    change = pair.agreed.suggest(by=create_user(by), estimated_hours=5)
    pair.olivia.block(pair.carl)
    assert (status_of(change), status_of(pair.agreed)) == (status, "accepted")


def test_a_change_that_has_run_out_expires():
    pair = Pair()
    change = pair.agreed.suggest(by=pair.carl, hourly_rate=30)
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        pair.olivia.block(pair.carl)
    assert status_of(change) == "expired"


@pytest.mark.parametrize("blocker", ["olivia", "carl"])
def test_an_offer_over_a_block_stays_rejected_when_others_are_revived(blocker):
    olivia, carl, cora, stan, _ = create_cast()
    cleaning = create_cleaning()
    carls, stans = (create_offer(cleaning=cleaning, cleaner=cleaner) for cleaner in (carl, stan))
    chosen = create_offer(cleaning=cleaning, cleaner=cora, status=OfferStatus.ACCEPTED)
    create_user(blocker).block(carl if blocker == "olivia" else olivia)
    chosen.cancel(by=cora, reason="other")
    assert (status_of(carls), status_of(stans), status_of(cleaning)) == ("rejected", "pending", CleaningStatus.OPEN)


def test_a_pending_offer_over_a_block_is_neither_accepted_nor_changed():
    olivia, carl, *_ = create_cast()
    offer = create_offer()
    Block.objects.create(blocker=carl, blocked=olivia)
    for refused in (lambda: offer.accept(by=olivia), lambda: offer.revise(by=carl, hourly_rate=30)):
        with pytest.raises(IllegalMove):
            refused()
    carl.unblock(olivia)
    offer.revise(by=carl, hourly_rate=30)
    offer.accept(by=olivia)


def test_nobody_is_told_of_a_block():
    olivia, carl, *_ = create_cast()
    create_cleaning()
    olivia.block(carl)
    olivia.unblock(carl)
    assert not Notification.objects.exists()


@pytest.mark.parametrize("blocker", ["olivia", "carl"])
def test_no_mail_that_waits_tells_of_a_message_or_holds_a_note_over_a_block(mailoutbox, blocker):
    olivia, carl, *_ = create_cast()
    offers = [create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED) for _ in range(2)]
    with in_time(hours=1):
        Notification.objects.queue_mails()
    mailoutbox.clear()

    def mailed():
        with in_time(hours=1):
            Notification.objects.queue_mails()
        return [f"{mail.subject} {mail.body}" for mail in mailoutbox if mail.to == ["olivia@example.org"]]

    Message.say(offers[0], by=offers[0].cleaner, text="Where is the key?")
    offers[1].cancel(by=offers[1].cleaner, reason="cannot_come", note="canary-note")
    with rolled_back():
        assert sorted("canary-note" in text for text in mailed()) == [False, True]
    mailoutbox.clear()
    create_user(blocker).block(carl if blocker == "olivia" else olivia)
    [told] = mailed()
    assert ("cancelled" in told, "canary-note" in told) == (True, False)


def test_a_block_again_is_the_same_block_and_a_block_undone_is_gone():
    olivia, carl, *_ = create_cast()
    olivia.block(carl)
    before = Block.objects.get()
    olivia.block(carl)
    assert (Block.objects.get(), Block.objects.get().at) == (before, before.at)
    for _ in range(2):
        olivia.unblock(carl)
    assert not Block.objects.exists()


@pytest.mark.parametrize("blocked", ["olivia", "carl"])
def test_the_database_refuses_a_second_block_and_one_of_oneself(blocked):
    olivia, carl, *_ = create_cast()
    olivia.block(carl)
    with pytest.raises(IntegrityError), transaction.atomic():
        Block.objects.create(blocker=olivia, blocked=create_user(blocked))
    carl.block(olivia)


def test_each_side_has_a_block_of_its_own():
    olivia, carl, *_ = create_cast()
    olivia.block(carl)
    carl.block(olivia)
    olivia.unblock(carl)
    assert (olivia.has_blocked(carl), carl.has_blocked(olivia), olivia.has_block_with(carl)) == (False, True, True)


def test_nobody_blocks_themselves_or_an_account_that_has_ended():
    olivia, carl, *_ = create_cast()
    with pytest.raises(PermissionDenied):
        olivia.block(olivia)
    carl.close(by=carl)
    with pytest.raises(IllegalMove):
        olivia.block(carl)
    with pytest.raises(PermissionDenied):
        carl.block(olivia)
    assert not Block.objects.exists()


def test_closing_an_account_removes_blocks_in_both_directions():
    olivia, carl, cora, *_ = create_cast()
    olivia.block(carl)
    carl.block(olivia)
    cora.block(olivia)
    carl.close(by=carl)
    assert [str(block.blocker) for block in Block.objects.all()] == ["cora"]


def test_what_begins_between_the_look_and_the_lock_is_ended_too(monkeypatch):
    offer = create_offer()
    looks, look = [], blocking.concerned

    def look_too_early(*people):
        looks.append(look(*people))
        return set() if len(looks) == 1 else looks[-1]

    monkeypatch.setattr(blocking, "concerned", look_too_early)
    offer.cleaning.owner.block(offer.cleaner)
    assert (len(looks), status_of(offer), Block.objects.count()) == (4, "rejected", 1)


def test_a_block_that_never_finds_calm_changes_nothing(monkeypatch):
    offer = create_offer()
    monkeypatch.setattr(blocking, "lock", lambda cleanings: cleanings.clear())
    with pytest.raises(IllegalMove, match="at the same moment"):
        offer.cleaning.owner.block(offer.cleaner)
    assert (status_of(offer), User.objects.count(), Block.objects.count()) == ("pending", 2, 0)
