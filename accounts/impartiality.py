"""Whom other apps keep from acting as staff, registered in `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import Model

if TYPE_CHECKING:
    from accounts.models import User

_checks: list[Callable[[User, Model], bool]] = []


def register(is_partial: Callable[[User, Model], bool]) -> None:
    _checks.append(is_partial)


def require_impartial(staff: User, row: Model) -> None:
    if any(is_partial(staff, row) for is_partial in _checks):
        raise PermissionDenied("You have reported this yourself, so someone else on our staff decides.")
