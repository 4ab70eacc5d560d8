"""Evaluations: what each side says of the other when the job is over, and who may say it, until when."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from cleanings.states import HideReason, OfferStatus
from cleanings.timeline import now
from core.fields import CleanCharField, CleanTextField
from evaluations.moves import Moves
from evaluations.querysets import EvaluationQuerySet
from offers.models import Offer

MOST_CHARACTERS = {"headline": 100, "comment": 2000}


class Stars(models.IntegerChoices):
    """A rating, each explained in a word."""

    POOR = 1, "1 Poor"
    FAIR = 2, "2 Fair"
    FINE = 3, "3 Fine"
    GOOD = 4, "4 Good"
    EXCELLENT = 5, "5 Excellent"


PARTS = ("professionalism", "completeness", "efficiency")
RATINGS = ("overall_rating", *PARTS)
# All else stays as it was written.
CHANGES_LATER = ("publishes_at", "hidden_at", "hidden_by", "hide_reason")


class RatingField(models.PositiveSmallIntegerField):
    """One to five stars, or none."""

    def __init__(self, *args, **kwargs) -> None:
        errors = {"invalid_choice": "Choose a rating from 1 to 5."}
        super().__init__(
            *args, **kwargs | {"choices": Stars.choices, "null": True, "blank": True, "error_messages": errors}
        )


class Evaluation(Moves, models.Model):
    """What one side of a job says of the other. It is published once both have written, or 14 days after the job.

    A no-show is not rated: it is counted by itself. Who hides an evaluation leaves it where it was, and says why.
    This page says what an evaluation is and who may write it; `evaluations/moves.py` what writing and hiding do.
    """

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="evaluations")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="evaluations_written")
    subject = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="evaluations")
    no_show = models.BooleanField(default=False)
    overall_rating = RatingField()
    professionalism = RatingField()
    completeness = RatingField()
    efficiency = RatingField()
    headline = CleanCharField(max_length=MOST_CHARACTERS["headline"], blank=True)
    comment = CleanTextField(
        max_length=MOST_CHARACTERS["comment"], blank=True, validators=[MaxLengthValidator(MOST_CHARACTERS["comment"])]
    )
    created_at = models.DateTimeField("written", default=now, editable=False)
    # When it is published, which may lie ahead: 14 days after the job, or the moment at which the other side wrote.
    publishes_at = models.DateTimeField(editable=False)
    hidden_at = models.DateTimeField(null=True, editable=False)
    hidden_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    hide_reason = models.CharField(max_length=20, choices=HideReason, blank=True, editable=False)

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "author"], name="one_evaluation_per_offer_and_author"),
            models.CheckConstraint(condition=~Q(author=F("subject")), name="nobody_evaluates_themselves"),
            *(
                models.CheckConstraint(
                    condition=Q(**{rating: None}) | Q(**{f"{rating}__range": (1, 5)}),
                    name=f"evaluation_{rating}_1_to_5",
                )
                for rating in RATINGS
            ),
            models.CheckConstraint(
                condition=Q(no_show=False, overall_rating__isnull=False) | Q(no_show=True, **dict.fromkeys(RATINGS)),
                name="evaluation_rated_or_no_show",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(LessThanOrEqual(Length(field), most)), name=f"evaluation_{field}_length"
                )
                for field, most in MOST_CHARACTERS.items()
            ),
            models.CheckConstraint(
                condition=Q(hidden_at=None, hidden_by=None, hide_reason="")
                | Q(hidden_at__isnull=False, hidden_by__isnull=False, hide_reason__in=HideReason.values),
                name="evaluation_hidden_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["subject", "-publishes_at", "-id"], name="evaluation_of_subject_newest")]
        permissions = [("hide_evaluation", "Can hide an evaluation")]

    def __str__(self) -> str:
        return f"Evaluation of {self.subject} by {self.author}"

    def save(self, *args, update_fields=None, **kwargs) -> None:
        if self._state.adding:
            # One made by hand under the number of another would take its place.
            kwargs["force_insert"] = True
        elif not set(update_fields or RATINGS) <= set(CHANGES_LATER):
            raise TypeError("An evaluation is never edited.")
        super().save(*args, update_fields=update_fields, **kwargs)

    # How it stands

    @property
    def is_published(self) -> bool:
        return self.publishes_at <= timezone.now()

    @property
    def is_hidden(self) -> bool:
        return self.hidden_at is not None

    @property
    def is_by_owner(self) -> bool:
        return self.offer.cleaning.is_owned_by(self.author)

    @property
    def ratings(self) -> list[int]:
        """Its stars, the overall rating first; those that were left out are left out."""
        return [stars for rating in RATINGS if (stars := getattr(self, rating)) is not None]

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The names of the parts that were rated, each with its stars in words."""
        rated = [(part, getattr(self, part)) for part in PARTS]
        return [(part.capitalize(), Stars(stars).label) for part, stars in rated if stars]

    # Who may

    @classmethod
    def objection(cls, offer: Offer, author) -> str:
        """Why the author, one of the two sides, cannot evaluate the other as things stand; empty when they can."""
        other = offer.other_side(author)
        if offer.status != OfferStatus.COMPLETED and offer.absentee != other:
            return "Only a job that is completed can be evaluated."
        if any(written.author_id == author.pk for written in offer.evaluations.all()):
            return f"You have evaluated {other.isolated_name} for this job. What is written stays as it is."
        if timezone.now() >= offer.evaluated_until:
            return "The 14 days in which this job could be evaluated are over."
        return "" if other.is_active else "The other side of this job has closed the account."

    @classmethod
    def can_be_written_by(cls, author, offer: Offer) -> bool:
        return offer.other_side(author) is not None and not cls.objection(offer, author)

    def can_be_hidden_by(self, user) -> bool:
        """Whether the user may hide it; not even the staff what they wrote, or what was said of them."""
        is_concerned = user.pk in (self.author_id, self.subject_id)
        return user.is_active and user.has_perm("evaluations.hide_evaluation") and not is_concerned

    def delete(self, *args, **kwargs):
        raise TypeError("An evaluation is hidden, but not deleted.")
