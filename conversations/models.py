from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.hiding import Hideable, hidden_by_someone
from accounts.models import Block, User
from cleanings import sentences
from cleanings.models import Cleaning
from cleanings.states import CleaningStatus, IllegalMove, OfferStatus
from cleanings.timeline import now
from conversations import notices
from conversations.contact_details import validate_no_contact_details
from conversations.querysets import READ_FOR, WRITTEN_FOR, MessageQuerySet, QuestionQuerySet
from core.fields import CleanTextField
from core.limits import RowLimit, Written
from core.mixins import CheckedOnWritingMixin
from core.transactions import atomic
from notifications.models import Notification
from notifications.topics import Notice
from offers.models import Offer

MOST_CHARACTERS_OF_QUESTION = 500
MOST_CHARACTERS_OF_MESSAGE = 2000
MOST_UNANSWERED = 3
# An assigned job may open again; of one that is over nobody asks any more.
ANSWERED_WHILE = (CleaningStatus.OPEN, CleaningStatus.ASSIGNED)
CORRECTED_WITHIN = timedelta(minutes=15)
QUESTIONS_A_DAY = RowLimit(
    20,
    timedelta(days=1),
    Written("conversations_question", "asker_id", "asked_at"),
    "You’ve asked 20 questions within a day, and that’s the most.",
)
SENT_TWICE_WITHIN = timedelta(minutes=1)
HOURLY = RowLimit(
    60,
    timedelta(hours=1),
    Written("conversations_message", "author_id", "at"),
    "You’ve sent 60 messages within an hour, and that’s the most.",
)
# Accepted once, even if it was cancelled since.
AGREED = (OfferStatus.ACCEPTED, OfferStatus.COMPLETED, OfferStatus.CANCELLED)
OVER_BLOCK = "No messages can be sent between you."
STAYS_AGREED = "The job stays agreed. If it can’t go ahead like this, you can cancel it."
ONLY_THE_TWO = "Only the two people of an agreed job can write to each other."


class PublicTextField(CleanTextField):
    default_validators = [validate_no_contact_details]


class Question(CheckedOnWritingMixin, Hideable):
    """Asked in public before an offer, and answered once by the owner.

    Each verb locks the cleaning, then the people, checks, writes and notifies. It raises PermissionDenied when it is
    another person's, IllegalMove when it is not possible, and ValidationError for a text that is refused.
    """

    cleaning = models.ForeignKey(Cleaning, models.CASCADE, verbose_name="job", related_name="questions")
    asker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="questions")
    text = PublicTextField(
        max_length=MOST_CHARACTERS_OF_QUESTION, validators=[MaxLengthValidator(MOST_CHARACTERS_OF_QUESTION)]
    )
    asked_at = models.DateTimeField(default=now, editable=False)
    answer = PublicTextField(
        max_length=MOST_CHARACTERS_OF_QUESTION,
        blank=True,
        validators=[MaxLengthValidator(MOST_CHARACTERS_OF_QUESTION)],
    )
    answered_at = models.DateTimeField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    GreaterThanOrEqual(Length("text"), 1),
                    LessThanOrEqual(Length("text"), MOST_CHARACTERS_OF_QUESTION),
                ),
                name="question_text_length",
            ),
            models.CheckConstraint(
                condition=Q(LessThanOrEqual(Length("answer"), MOST_CHARACTERS_OF_QUESTION)),
                name="question_answer_length",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="question_answer_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(withdrawn_at=None), name="question_answered_or_withdrawn"
            ),
            hidden_by_someone("question_hidden_by_someone"),
        ]
        indexes = [
            models.Index(fields=["cleaning", "id"], name="question_of_cleaning"),
            models.Index(fields=["asker", "-asked_at"], name="question_of_asker"),
        ]

    def __str__(self) -> str:
        return f"Question {self.pk} on job {self.cleaning_id}"

    def get_absolute_url(self) -> str:
        return f"{self.cleaning.get_absolute_url()}#question-{self.pk}"

    @property
    def author_pk(self) -> int:
        return self.asker_id

    @property
    def parties(self) -> set[int]:
        return {self.asker_id, self.cleaning.owner_id}

    @classmethod
    def of_party(cls, user: User) -> Q:
        return Q(asker=user) | Q(cleaning__owner=user)

    def lock_cleaning(self) -> None:
        self.cleaning.lock()

    @property
    def is_answered(self) -> bool:
        return self.answered_at is not None

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    def is_answer_hidden_from(self, reader: User | AnonymousUser) -> bool:
        """The answer is the owner's."""
        return self.is_hidden and not self.is_put_to(reader)

    @property
    def corrected_until(self) -> datetime | None:
        return self.answered_at and self.answered_at + CORRECTED_WITHIN

    @cached_property
    def has_block(self) -> bool:
        """Between asker and owner; lists ask for it by `with_block`."""
        return Block.objects.between(self.asker_id, self.cleaning.owner_id).exists()

    def is_asked_by(self, user: User | AnonymousUser) -> bool:
        return self.asker_id == user.pk

    def is_put_to(self, user: User | AnonymousUser) -> bool:
        return self.cleaning.is_owned_by(user)

    @classmethod
    def why_not_ask(cls, cleaning: Cleaning, asker: User | AnonymousUser) -> str:
        if not cleaning.is_open:
            return sentences.CLEANING_STATUS[CleaningStatus(cleaning.status)]
        if cleaning.is_hidden:
            return "Our staff have hidden this job, so nobody can ask about it for now."
        if not cleaning.takes_offers:
            return "The start has passed, so no more questions can be asked."
        if not cleaning.is_open_to(asker):
            return "This invitation is over, so no more questions can be asked."
        if cleaning.has_block_with(asker):
            return Block.objects.why_no_contact(asker, cleaning.owner, "You can’t ask a question about this job.")
        if cleaning.questions.unanswered().filter(asker=asker.pk).count() >= MOST_UNANSWERED:
            return "Three of your questions here are waiting for an answer. You can withdraw one to ask another."
        return ""

    @property
    def why_not_answer(self) -> str:
        if self.is_withdrawn:
            return "This question was withdrawn."
        if self.is_hidden:
            return "Our staff have hidden this question, so it can’t be answered for now."
        if self.cleaning.status not in ANSWERED_WHILE:
            return sentences.CLEANING_STATUS[CleaningStatus(self.cleaning.status)]
        return ""

    @property
    def why_not_correct(self) -> str:
        if self.corrected_until and timezone.now() >= self.corrected_until:
            return "You answered this question more than 15 minutes ago, so it can’t be changed."
        if self.has_block:
            sentence = "You can’t correct the answer to this question."
            return Block.objects.why_no_contact(self.cleaning.owner, self.asker, sentence)
        return self.why_not_answer

    @property
    def why_not_withdraw(self) -> str:
        if self.is_answered:
            return "The owner has answered your question, so it stays for everyone to read."
        return "You’ve withdrawn this question." if self.is_withdrawn else ""

    def can_be_answered_by(self, user: User | AnonymousUser) -> bool:
        return self.is_put_to(user) and not self.is_answered and not self.why_not_answer

    def can_be_corrected_by(self, user: User | AnonymousUser) -> bool:
        return self.is_put_to(user) and self.is_answered and not self.why_not_correct

    def can_be_withdrawn_by(self, user: User | AnonymousUser) -> bool:
        return self.is_asked_by(user) and not self.why_not_withdraw

    @classmethod
    @atomic
    def ask(cls, cleaning: Cleaning, *, by: User, text: str) -> Question:
        """The same words again, while they wait for an answer, return the question that waits."""
        cleaning.lock()
        by.lock()
        if not by.is_active or cleaning.is_owned_by(by):
            raise PermissionDenied("Nobody asks about a job of their own, or from a closed account.")
        if not Cleaning.objects.visible_to(by).filter(pk=cleaning.pk).exists():
            raise PermissionDenied("Nobody asks about a job that they cannot see.")
        question = cls(cleaning=cleaning, asker=by, text=text)
        question.clean_fields(exclude=["cleaning", "asker"])
        if waiting := cleaning.questions.unanswered().filter(asker=by, text=question.text).first():
            return waiting
        if why_not := cls.why_not_ask(cleaning, by):
            raise IllegalMove(why_not)
        QUESTIONS_A_DAY.require(by)
        question.save()
        question._notify([notices.asked(question)], by, question.asked_at)
        return question

    @atomic
    def give_answer(self, *, by: User, answer: str) -> None:
        """Notify the asker and all with a pending offer; the same answer again changes nothing."""
        self._lock(by)
        cleaned = self._cleaned_answer(by, answer)
        if self.answer == cleaned:
            return
        if self.is_answered:
            raise IllegalMove("This question has already been answered.")
        if self.why_not_answer:
            raise IllegalMove(self.why_not_answer)
        self._write(answer=cleaned, answered_at=timezone.now())
        notices.mail_no_more(self)
        pending = [offer.cleaner for offer in self.cleaning.offers.pending().with_people()]
        people = dict.fromkeys([self.asker, *pending])
        self._notify([notices.answered(self, person) for person in people], by, self.answered_at)

    @atomic
    def correct_answer(self, *, by: User, answer: str) -> None:
        """Within 15 minutes of the answer; nobody is notified once more."""
        self._lock(by)
        cleaned = self._cleaned_answer(by, answer)
        if not self.is_answered:
            raise IllegalMove("This question hasn’t been answered yet.")
        if self.answer == cleaned:
            return
        if self.why_not_correct:
            raise IllegalMove(self.why_not_correct)
        self._write(answer=cleaned)

    @atomic
    def withdraw(self, *, by: User) -> None:
        self._lock(by)
        if not by.is_active or not self.is_asked_by(by):
            raise PermissionDenied("Only the asker withdraws a question.")
        if self.is_withdrawn:
            return
        if self.is_answered:
            raise IllegalMove(self.why_not_withdraw)
        self._write(withdrawn_at=timezone.now())
        notices.remove_asked([self])

    def _lock(self, by: User) -> None:
        self.cleaning.lock()
        open_accounts = User.objects.lock_active([by.pk, self.asker_id, self.cleaning.owner_id])
        self.__dict__.pop("has_block", None)
        by.is_active, self.asker.is_active = by.pk in open_accounts, self.asker_id in open_accounts
        fields = ("answer", "answered_at", "withdrawn_at", "hidden_at")
        row = Question.objects.filter(pk=self.pk).values(*fields).first()
        if row is None:
            raise IllegalMove("This question is gone. Its asker has closed the account, or the job is over.")
        for name, value in row.items():
            setattr(self, name, value)

    def _cleaned_answer(self, by: User, answer: str) -> str:
        if not by.is_active or not self.is_put_to(by):
            raise PermissionDenied("Only the owner of the job answers.")
        typed = Question(answer=answer)
        typed.clean_fields(exclude=["cleaning", "asker", "text"])
        if not typed.answer:
            raise ValidationError({"answer": "Write an answer."})
        return typed.answer

    def _write(self, **fields) -> None:
        as_it_was = Question.objects.filter(pk=self.pk, answered_at=self.answered_at, withdrawn_at=self.withdrawn_at)
        if not as_it_was.update(**fields):
            raise IllegalMove("Someone else changed this question at the same moment.")
        for name, value in fields.items():
            setattr(self, name, value)

    def _notify(self, notices_of_it: list[Notice], by: User, at: datetime | None) -> None:
        thread = notices.cleaning_thread(self.cleaning)
        Notification.objects.notify(Notification.in_thread(thread, notices_of_it, by=by, created_at=at))


class Message(CheckedOnWritingMixin, Hideable):
    """Between the two sides of an agreed job; staff read them from a report alone. Never edited."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="messages_written")
    text = CleanTextField(
        max_length=MOST_CHARACTERS_OF_MESSAGE, validators=[MaxLengthValidator(MOST_CHARACTERS_OF_MESSAGE)]
    )
    at = models.DateTimeField(default=now, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    GreaterThanOrEqual(Length("text"), 1),
                    LessThanOrEqual(Length("text"), MOST_CHARACTERS_OF_MESSAGE),
                ),
                name="message_text_length",
            ),
            hidden_by_someone("message_hidden_by_someone"),
        ]
        indexes = [
            models.Index(fields=["offer", "-id"], name="message_of_offer_newest"),
            models.Index(fields=["author", "-at"], name="message_of_author"),
        ]

    def __str__(self) -> str:
        return f"Message {self.pk} on offer {self.offer_id}"

    def save(self, *args, **kwargs) -> None:
        if not self._state.adding:
            raise TypeError("A message is never edited.")
        # A number set by hand must not overwrite another message.
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *args, **kwargs):
        raise TypeError("A message is not deleted but with all of its job, in time.")

    @property
    def author_pk(self) -> int:
        return self.author_id

    @property
    def parties(self) -> set[int]:
        return {self.offer.cleaner_id, self.offer.cleaning.owner_id}

    @classmethod
    def of_party(cls, user: User) -> Q:
        return Q(offer__cleaner=user) | Q(offer__cleaning__owner=user)

    def lock_cleaning(self) -> None:
        self.offer.cleaning.lock()

    @staticmethod
    def read_until(offer: Offer) -> datetime | None:
        """None while nothing has ended the job."""
        if offer.status == OfferStatus.COMPLETED:
            return offer.status_since + WRITTEN_FOR + READ_FOR
        return offer.status_since + READ_FOR if offer.status == OfferStatus.CANCELLED else None

    @classmethod
    def why_not_read(cls, offer: Offer, reader: User | AnonymousUser) -> str:
        if offer.other_side(reader) is None:
            return ONLY_THE_TWO
        if offer.status not in AGREED:
            return "You can write to each other once this offer is accepted."
        until = cls.read_until(offer)
        return "" if until is None or timezone.now() < until else "The messages about this job have been deleted."

    @classmethod
    def why_not(cls, offer: Offer, author: User | AnonymousUser) -> str:
        if why_not := cls.why_not_read(offer, author):
            return why_not
        if offer.status == OfferStatus.CANCELLED:
            return "This job was cancelled, so no more messages can be sent about it."
        if offer.status == OfferStatus.COMPLETED and timezone.now() >= offer.status_since + WRITTEN_FOR:
            return "This job was done more than 30 days ago, so no more messages can be sent about it."
        other = offer.other_side(author)
        if not (other and other.is_active):
            return "The other person has closed their account, so nobody would read a message."
        return offer.why_no_contact(author, OVER_BLOCK)

    @classmethod
    def can_be_read_by(cls, reader: User | AnonymousUser, offer: Offer) -> bool:
        return not cls.why_not_read(offer, reader)

    @classmethod
    def can_be_written_by(cls, author: User | AnonymousUser, offer: Offer) -> bool:
        return not cls.why_not(offer, author)

    @classmethod
    @atomic
    def say(cls, offer: Offer, *, by: User, text: str) -> Message:
        """Write to the other side; what was said last, again within a minute, is a form that was sent twice."""
        other = offer.other_side(by)
        if other is None:
            raise PermissionDenied(ONLY_THE_TWO)
        offer.lock_with(by, other)
        if not by.is_active:
            raise PermissionDenied("A closed account writes to nobody.")
        message = cls(offer=offer, author=by, text=text)
        message.clean_fields(exclude=["offer", "author"])
        last = offer.messages.newest_first().first()
        if last and message.repeats(last):
            return last
        if why_not := cls.why_not(offer, by):
            raise IllegalMove(why_not)
        HOURLY.require(by)
        message.save()
        if not notices.waiting_for(other, offer).exists():
            notice = notices.written(offer, by, other)
            Notification.objects.notify(
                Notification.in_thread(notices.thread_of(offer), [notice], by=by, created_at=message.at)
            )
        return message

    @classmethod
    @atomic
    def delete_all_of(cls, offer: Offer) -> None:
        """The site does this once nobody may read them any more, and no report on one of them is open."""
        offer.lock_with()
        if not offer.messages.deletable().exists():
            raise IllegalMove("These messages can still be read, are needed for a report, or are deleted already.")
        offer.messages.all().delete()
        notices.about(offer).delete()

    def repeats(self, other: Message) -> bool:
        return (self.author_id, self.text) == (other.author_id, other.text) and self.at - other.at < SENT_TWICE_WITHIN
