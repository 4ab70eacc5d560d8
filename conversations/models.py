from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from cleanings.models import Cleaning
from cleanings.timeline import now
from core.fields import CleanTextField
from offers.models import Offer

MOST_CHARACTERS_OF_QUESTION = 500
MOST_CHARACTERS_OF_MESSAGE = 2000


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
    """Between the two sides of an agreed job, and for nobody else."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="messages_written")
    text = CleanTextField(
        max_length=MOST_CHARACTERS_OF_MESSAGE, validators=[MaxLengthValidator(MOST_CHARACTERS_OF_MESSAGE)]
    )
    at = models.DateTimeField(default=now, editable=False)

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
