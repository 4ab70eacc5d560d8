"""Whom other apps keep from acting as staff, registered in `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import Model

if TYPE_CHECKING:
    from accounts.models import User

_checks: list[tuple[Callable[[User, Model], bool], str]] = []


def register(is_partial: Callable[[User, Model], bool], why: str) -> None:
    _checks.append((is_partial, why))


def require_impartial(staff: User, row: Model) -> None:
    for is_partial, why in _checks:
        if is_partial(staff, row):
            raise PermissionDenied(why)
