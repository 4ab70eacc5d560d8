from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from accounts.impartiality import require_impartial
from accounts.models import User
from cleanings.models import Event
from cleanings.sentences import NO_SHOW_TOO_EARLY
from cleanings.states import HideReason, IllegalMove, Kind, OfferStatus
from cleanings.timeline import now
from core.fields import CleanCharField, CleanTextField
from core.limits import RowLimit, Written
from core.transactions import atomic
from evaluations import events
from evaluations.querysets import EvaluationQuerySet
from notifications.models import Notification
from offers.models import Offer

MOST_CHARACTERS = {"headline": 100, "comment": 2000}
HOURLY = RowLimit(
    20,
    timedelta(hours=1),
    Written("evaluations_evaluation", "author_id", "created_at"),
    "You have written 20 reviews within an hour, and that is the most.",
)


class Stars(models.IntegerChoices):
    POOR = 1, "1 Poor"
    FAIR = 2, "2 Fair"
    FINE = 3, "3 Fine"
    GOOD = 4, "4 Good"
    EXCELLENT = 5, "5 Excellent"


PARTS = ("professionalism", "completeness", "efficiency")
RATINGS = ("overall_rating", *PARTS)
# Only owners rate the parts, because they saw the work.
SAID = ("no_show", "overall_rating", "headline", "comment", *PARTS)
CHANGES_LATER = ("publishes_at", "hidden_at", "hidden_by", "hide_reason")


class RatingField(models.PositiveSmallIntegerField):
    def __init__(self, *args, **kwargs) -> None:
        errors = {"invalid_choice": "Choose a rating from 1 to 5."}
        super().__init__(
            *args, **kwargs | {"choices": Stars.choices, "null": True, "blank": True, "error_messages": errors}
        )


class Evaluation(models.Model):
    """Published once both sides have written, or 14 days after the job. A no-show is counted, not rated.

    Each verb locks the cleaning, then its two people. It raises PermissionDenied when it is not for this person, and
    IllegalMove when it is not possible.
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
    # 14 days after the job, or the moment at which the second side wrote.
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
        verbose_name = "review"
        permissions = [("hide_evaluation", "Can hide a review")]

    def __str__(self) -> str:
        return f"Review of {self.subject} by {self.author}"

    def save(self, *args, update_fields=None, **kwargs) -> None:
        if self._state.adding:
            # A number set by hand must not overwrite another evaluation.
            kwargs["force_insert"] = True
        elif not set(update_fields or RATINGS) <= set(CHANGES_LATER):
            raise TypeError("An evaluation is never edited.")
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def is_published(self) -> bool:
        return self.publishes_at <= timezone.now()

    @property
    def is_hidden(self) -> bool:
        return self.hidden_at is not None

    @property
    def parties(self) -> set[int]:
        return {self.author_id, self.subject_id}

    @classmethod
    def of_party(cls, user: User) -> Q:
        return Q(author=user) | Q(subject=user)

    @property
    def is_by_owner(self) -> bool:
        return self.offer.cleaning.is_owned_by(self.author)

    @property
    def ratings(self) -> list[int]:
        return [stars for rating in RATINGS if (stars := getattr(self, rating)) is not None]

    @property
    def parts(self) -> list[tuple[str, str]]:
        rated = [(part, getattr(self, part)) for part in PARTS]
        return [(part.capitalize(), Stars(stars).label) for part, stars in rated if stars]

    @classmethod
    def why_not(cls, offer: Offer, author: User) -> str:
        other = offer.other_side(author)
        if other is None:
            return "Only the two sides of a job review each other."
        if offer.status != OfferStatus.COMPLETED and offer.absentee != other:
            return "You can review each other once the job is done."
        if any(written.author_id == author.pk for written in offer.evaluations.all()):
            return f"You have reviewed {other.isolated_name} for this job. A review can’t be changed."
        if timezone.now() >= offer.evaluated_until:
            return "The 14 days for reviews of this job are over."
        return "" if other.is_active else "The other side of this job has closed the account."

    @classmethod
    def can_be_written_by(cls, author: User, offer: Offer) -> bool:
        return not cls.why_not(offer, author)

    def is_hidden_from(self, reader: User | AnonymousUser) -> bool:
        return self.is_hidden and reader.pk != self.author_id

    def can_be_hidden_by(self, user: User) -> bool:
        """Not even staff hide an evaluation of a job that they have to do with."""
        is_party = user.pk in self.offer.cleaning.parties
        return user.is_active and user.has_perm("evaluations.hide_evaluation") and not is_party

    @classmethod
    @atomic
    def write(cls, offer: Offer, *, by: User, **said) -> Evaluation:
        """Write once; the second evaluation of a job publishes both. After a no-show only that can be written."""
        subject = offer.other_side(by)
        if subject is None:
            raise PermissionDenied("Only the two sides of a job review each other.")
        offer.lock_with(by, subject)
        if not by.is_active:
            raise PermissionDenied("A closed account reviews nobody.")
        if why_not := cls.why_not(offer, by):
            raise IllegalMove(why_not)
        evaluation = cls(offer=offer, author=by, subject=subject, publishes_at=offer.evaluated_until, **said)
        evaluation._require_in_bounds(said)
        HOURLY.require(by)
        first = offer.evaluations.by(subject).first()
        if first:
            first.publishes_at = evaluation.publishes_at = timezone.now()
            first.save(update_fields=["publishes_at"])
        evaluation.save()
        event = offer.new_event(Kind.EVALUATE, by, from_status=offer.status)
        event.save()
        Notification.objects.notify(events.evaluated(event, evaluation))
        return evaluation

    @atomic
    def hide(self, *, by: User, reason: str, note: str = "", tell_author: bool = True) -> None:
        """Leaves it out of the sums too; the subject gets the reason, and by default the author."""
        if not self.can_be_hidden_by(by):
            raise PermissionDenied("Only staff hide reviews, and nobody one of their own jobs.")
        require_impartial(by, self)
        if reason not in HideReason.values:
            raise ValidationError({"reason": "Choose a reason."})
        note = Event._meta.get_field("note").clean(note, None)
        self.offer.lock_with(self.author, self.subject)
        self.refresh_from_db(fields=["hidden_at", "hidden_by", "hide_reason"])
        if self.is_hidden:
            raise IllegalMove("This review is hidden already.")
        hidden = {"hidden_at": timezone.now(), "hidden_by": by, "hide_reason": reason}
        for name, value in hidden.items():
            setattr(self, name, value)
        self.save(update_fields=list(hidden))
        event = self.offer.new_event(
            Kind.HIDE, by, from_status=self.offer.status, reason=reason, note=note, author=self.author_id
        )
        event.save()
        Notification.objects.notify(events.hidden(event, self, tell_author=tell_author))

    @atomic
    def unhide(self, *, by: User) -> None:
        """It counts again. Nobody is notified, and the line in the timeline stays."""
        if not self.can_be_hidden_by(by):
            raise PermissionDenied("Only staff bring reviews back, and nobody one of their own jobs.")
        self.offer.lock_with(self.author, self.subject)
        self.refresh_from_db(fields=["hidden_at", "hidden_by", "hide_reason"])
        if not self.is_hidden:
            raise IllegalMove("This review isn’t hidden.")
        self.hidden_at, self.hidden_by, self.hide_reason = None, None, ""
        self.save(update_fields=["hidden_at", "hidden_by", "hide_reason"])

    @classmethod
    @atomic
    def remind(cls, offer: Offer) -> None:
        """Reminds each side that has not evaluated the other; the site calls it once."""
        sides = (offer.cleaning.owner, offer.cleaner)
        offer.lock_with(*sides)
        if not cls.objects.ending_soon(Offer.objects.filter(pk=offer.pk)).exists():
            raise IllegalMove("Nobody has to be reminded to review this job.")
        event = offer.new_event(Kind.DUE, None, from_status=offer.status)
        event.save()
        late = [side for side in sides if cls.can_be_written_by(side, offer)]
        Notification.objects.notify(events.due(event, offer, late))

    @atomic
    def announce(self) -> None:
        """The site calls it once, after 14 days without the other side's evaluation."""
        self.offer.lock_with(self.author, self.subject)
        if not type(self).objects.to_announce().filter(pk=self.pk).exists():
            raise IllegalMove("Nobody has to hear of this review.")
        event = self.offer.new_event(Kind.PUBLISH, None, from_status=self.offer.status, author=self.author_id)
        event.save()
        Notification.objects.notify(events.published(event, self))

    def delete(self, *args, **kwargs):
        raise TypeError("An evaluation is hidden, but not deleted.")

    def _require_in_bounds(self, said: dict) -> None:
        given = {name for name, value in said.items() if value is not None}
        if unknown := given - set(SAID):
            raise TypeError(f"Nobody says {', '.join(sorted(unknown))} of a job.")
        if not self.is_by_owner and (rated := given.intersection(PARTS)):
            raise ValidationError(dict.fromkeys(rated, "Only owners rate this."))
        self.clean_fields(exclude=["offer", "author", "subject"])
        if self.offer.absentee and not self.no_show:
            raise ValidationError({"no_show": "This job ended with a no-show, so there is no rating."})
        if self.no_show and not (self.offer.absentee or self.offer.has_started):
            raise ValidationError({"no_show": NO_SHOW_TOO_EARLY})
        if self.no_show and self.ratings:
            raise ValidationError({"overall_rating": "A no-show is counted by itself, without a rating."})
        if not self.no_show and self.overall_rating is None:
            raise ValidationError({"overall_rating": "Choose an overall rating."})
