"""What people write or show, and staff may hide."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

HIDDEN_BY_STAFF = "Hidden by our staff"


class Hideable(models.Model):
    hidden_at = models.DateTimeField("hidden", null=True, editable=False)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )

    class Meta:
        abstract = True

    @property
    def is_hidden(self) -> bool:
        return self.hidden_at is not None


def hidden_by_someone(name: str) -> models.CheckConstraint:
    condition = Q(hidden_at=None, hidden_by=None) | Q(hidden_at__isnull=False, hidden_by__isnull=False)
    return models.CheckConstraint(condition=condition, name=name)
