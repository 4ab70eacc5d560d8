"""What people write or show, and staff may hide."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.exceptions import IllegalMove
from core.transactions import atomic

if TYPE_CHECKING:
    from accounts.models import User

HIDDEN_BY_STAFF = "Hidden by our staff"


class Hideable(models.Model):
    """While a row is hidden, its author alone reads it. It comes back as it was. Hiding writes no Event."""

    hidden_at = models.DateTimeField("hidden", null=True, editable=False)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )

    class Meta:
        abstract = True

    @property
    def is_hidden(self) -> bool:
        return self.hidden_at is not None

    @property
    def author_pk(self) -> int:
        raise NotImplementedError

    @property
    def parties(self) -> set[int]:
        """The ids of the author and of the other side. As staff they may not hide the row."""
        return {self.author_pk}

    @classmethod
    def of_party(cls, user: User) -> Q:
        """`parties` as a query."""
        raise NotImplementedError

    def is_hidden_from(self, reader: User | AnonymousUser) -> bool:
        return self.is_hidden and reader.pk != self.author_pk

    def can_be_hidden_by(self, user: User) -> bool:
        return user.is_active and user.has_perm("accounts.hide_content") and user.pk not in self.parties

    @atomic
    def hide(self, *, by: User) -> None:
        self._lock_and_require(by)
        if self.is_hidden:
            raise IllegalMove("This is hidden already.")
        self._set_hidden(timezone.now(), by)

    @atomic
    def unhide(self, *, by: User) -> None:
        self._lock_and_require(by)
        if not self.is_hidden:
            raise IllegalMove("This is not hidden.")
        self._set_hidden(None, None)

    def lock_cleaning(self) -> None:
        """Lock the cleaning that the row belongs to, if any, until the transaction ends."""

    def _lock_and_require(self, by: User) -> None:
        self.lock_cleaning()
        by.lock()
        if not self.can_be_hidden_by(by):
            raise PermissionDenied("Only staff hide what people write or show, and nobody what concerns themselves.")
        row = type(self)._base_manager.filter(pk=self.pk).values("hidden_at", "hidden_by_id").first()
        if row is None:
            raise IllegalMove("This is gone: it was removed meanwhile.")
        for name, value in row.items():
            setattr(self, name, value)

    def _set_hidden(self, at: datetime | None, by: User | None) -> None:
        as_it_was = type(self)._base_manager.filter(pk=self.pk, hidden_at=self.hidden_at)
        if not as_it_was.update(hidden_at=at, hidden_by=by):
            raise IllegalMove("Someone else hid this, or brought it back, at the same moment.")
        self.hidden_at, self.hidden_by = at, by


def hidden_by_someone(name: str) -> models.CheckConstraint:
    condition = Q(hidden_at=None, hidden_by=None) | Q(hidden_at__isnull=False, hidden_by__isnull=False)
    return models.CheckConstraint(condition=condition, name=name)
