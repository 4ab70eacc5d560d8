from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils import timezone

from accounts.models import User
from cleanings.models import Cleaning
from cleanings.states import IllegalMove, OfferStatus
from cleanings.timeline import now
from conversations import notices
from conversations.querysets import READ_FOR, WRITTEN_FOR, MessageQuerySet
from conversations.threads import thread_of
from core.fields import CleanTextField
from core.limits import RowLimit
from notifications.models import Notification
from offers.models import Offer

MOST_CHARACTERS_OF_QUESTION = 500
MOST_CHARACTERS_OF_MESSAGE = 2000
SENT_TWICE_WITHIN = timedelta(minutes=1)
HOURLY = RowLimit(60, timedelta(hours=1), "You have sent 60 messages within an hour, and that is the most.")
# What has been accepted, whatever became of it.
AGREED = (OfferStatus.ACCEPTED, OfferStatus.COMPLETED, OfferStatus.CANCELLED)
ONLY_THE_TWO = "Only the two sides of an agreed job write to each other."


class Question(models.Model):
    """Asked in public before an offer, and answered once by the owner."""

    cleaning = models.ForeignKey(Cleaning, models.CASCADE, related_name="questions")
    asker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="questions")
    text = CleanTextField(
        max_length=MOST_CHARACTERS_OF_QUESTION, validators=[MaxLengthValidator(MOST_CHARACTERS_OF_QUESTION)]
    )
    asked_at = models.DateTimeField(default=now, editable=False)
    answer = CleanTextField(
        max_length=MOST_CHARACTERS_OF_QUESTION,
        blank=True,
        validators=[MaxLengthValidator(MOST_CHARACTERS_OF_QUESTION)],
    )
    answered_at = models.DateTimeField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    hidden_at = models.DateTimeField(null=True, editable=False)
    hidden_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")

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
        ]
        indexes = [
            models.Index(fields=["cleaning", "id"], name="question_of_cleaning"),
            models.Index(fields=["asker", "-asked_at"], name="question_of_asker"),
        ]

    def __str__(self) -> str:
        return f"Question {self.pk} on cleaning {self.cleaning_id}"


class Message(models.Model):
    """Between the two sides of an agreed job, and for nobody else, not even staff; never edited."""

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

    @staticmethod
    def read_until(offer: Offer) -> datetime | None:
        """None while nothing has ended the job."""
        if offer.status == OfferStatus.COMPLETED:
            return offer.status_since + WRITTEN_FOR + READ_FOR
        return offer.status_since + READ_FOR if offer.status == OfferStatus.CANCELLED else None

    @classmethod
    def why_not_read(cls, offer: Offer, reader: User | AnonymousUser) -> str:
        """The reason as a sentence; empty when the reader can."""
        if offer.other_side(reader) is None:
            return ONLY_THE_TWO
        if offer.status not in AGREED:
            return "You can write to each other once this offer is accepted."
        until = cls.read_until(offer)
        return "" if until is None or timezone.now() < until else "The messages about this job have been deleted."

    @classmethod
    def why_not(cls, offer: Offer, author: User | AnonymousUser) -> str:
        """The reason as a sentence; empty when the author can write."""
        if why_not := cls.why_not_read(offer, author):
            return why_not
        if offer.status == OfferStatus.CANCELLED:
            return "This job was cancelled, so no more messages can be sent about it."
        if offer.status == OfferStatus.COMPLETED and timezone.now() >= offer.status_since + WRITTEN_FOR:
            return "This job was done more than 30 days ago, so no more messages can be sent about it."
        other = offer.other_side(author)
        return (
            "" if other and other.is_active else "The other side’s account has ended, so nobody would read a message."
        )

    @classmethod
    def can_be_read_by(cls, reader: User | AnonymousUser, offer: Offer) -> bool:
        return not cls.why_not_read(offer, reader)

    @classmethod
    def can_be_written_by(cls, author: User | AnonymousUser, offer: Offer) -> bool:
        return not cls.why_not(offer, author)

    @classmethod
    @transaction.atomic
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
        HOURLY.require(by.messages_written.all(), "at")
        message.save()
        if not notices.waiting_for(other, offer).exists():
            notice = notices.written(offer, by, other)
            Notification.objects.notify(
                Notification.in_thread(thread_of(offer), [notice], by=by, created_at=message.at)
            )
        return message

    @classmethod
    @transaction.atomic
    def delete_all_of(cls, offer: Offer) -> None:
        """The site does this once nobody may read them any more."""
        offer.lock_with()
        if not offer.messages.unreadable().exists():
            raise IllegalMove("These messages can still be read, or are deleted already.")
        offer.messages.all().delete()
        notices.about(offer).delete()

    def repeats(self, other: Message) -> bool:
        return (self.author_id, self.text) == (other.author_id, other.text) and self.at - other.at < SENT_TWICE_WITHIN
