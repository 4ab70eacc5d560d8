from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from accounts.blocks import Block
from accounts.hiding import HIDDEN_BY_STAFF
from cleanings.constraints import MOST_CHARACTERS
from cleanings.states import CleaningStatus, IllegalMove
from core.fields import NameField
from core.transactions import atomic

if TYPE_CHECKING:
    from accounts.models import User
    from cleanings.models import Cleaning

MOST_BOOKMARKS = 200
TOO_MANY = f"You have saved {MOST_BOOKMARKS} jobs, and that is the most. Remove one from your saved jobs first."
CLOSED, NOT_OPEN = "The owner closed this job.", "This job is not open any more."


class BookmarkQuerySet(models.QuerySet["Bookmark"]):
    def without_blocks(self, person: User) -> BookmarkQuerySet:
        return self.exclude(cleaning__owner__in=Block.objects.others_of(person))


class Bookmark(models.Model):
    """A job that a person saved, with the name that it had then."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bookmarks", db_index=False)
    cleaning = models.ForeignKey("cleanings.Cleaning", models.CASCADE, verbose_name="job", related_name="bookmarks")
    name = NameField(max_length=MOST_CHARACTERS["name"])

    objects = BookmarkQuerySet.as_manager()

    class Meta:
        verbose_name = "saved job"
        constraints = [
            models.UniqueConstraint(fields=["person", "cleaning"], name="one_bookmark_per_person_and_cleaning"),
            models.CheckConstraint(
                condition=models.Q(
                    GreaterThanOrEqual(Length("name"), 1), LessThanOrEqual(Length("name"), MOST_CHARACTERS["name"])
                ),
                name="bookmark_name_length",
            ),
        ]
        indexes = [models.Index(fields=["person", "-id"], name="bookmark_of_person_newest")]

    def __str__(self) -> str:
        return f"Saved job {self.pk}"

    @property
    def shown_name(self) -> str:
        return HIDDEN_BY_STAFF if self.cleaning.is_hidden else self.name

    @property
    def why_gone(self) -> str:
        """For a person who cannot see the job any more; it never says for whom it is reserved."""
        return CLOSED if self.cleaning.status == CleaningStatus.CLOSED else NOT_OPEN

    @classmethod
    @atomic
    def add(cls, cleaning: Cleaning, *, by: User) -> Bookmark:
        cleaning.lock()
        by.lock()
        if not cleaning.can_be_bookmarked_by(by):
            raise PermissionDenied("Members save the jobs of others.")
        if not type(cleaning).objects.visible_to(by).filter(pk=cleaning.pk).exists():
            raise PermissionDenied("Members save jobs that they see.")
        if saved := by.bookmarks.filter(cleaning=cleaning).first():
            return saved
        if by.bookmarks.count() >= MOST_BOOKMARKS:
            raise IllegalMove(TOO_MANY)
        return cls.objects.create(person=by, cleaning=cleaning, name=cleaning.public_name)
