"""What people wrote and deleted still counts towards limits. Else they could write and delete without end."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone

from core.batches import delete_in_batches

# The longest period of a limit.
COUNTED_FOR = timedelta(days=1)


class DeletionQuerySet(models.QuerySet["Deletion"]):
    def remember(self, rows: models.QuerySet, person: str, moment: str, kind: str = "") -> None:
        """Called before the rows are deleted. `person` and `moment` name the columns that say who wrote, and when."""
        counted = rows.filter((f"{moment}__gt", timezone.now() - COUNTED_FOR))
        kind = kind or rows.model._meta.label_lower
        written = counted.order_by().values(who=F(person), when=F(moment))
        self.bulk_create(self.model(person_id=row["who"], kind=kind, at=row["when"]) for row in written)

    def clear_old(self) -> int:
        return delete_in_batches(self.filter(at__lte=timezone.now() - COUNTED_FOR))


class Deletion(models.Model):
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, editable=False, related_name="deletions", db_index=False
    )
    # The model, like "cleanings.photo", or what `Written` calls a part of its rows.
    kind = models.CharField(max_length=50, editable=False)
    # When it was written, not when it was deleted.
    at = models.DateTimeField(editable=False)

    objects = DeletionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["person", "kind", "-at"], name="deletion_of_person_newest"),
            models.Index(fields=["at"], name="deletion_oldest"),
        ]

    def __str__(self) -> str:
        return f"Deletion {self.pk}"
