"""Handlers of other apps for the end of an account, registered in `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

if TYPE_CHECKING:
    from accounts.models import User


class ClosingHandler:
    """Runs in the transaction that ends an account; each method is called for all apps before the next one."""

    def lock_cleanings(self, user: User) -> list[int]:
        """Lock every cleaning that `end_open` will change, by ascending id, and return the ids."""
        return []

    def has_jobs(self, user: User) -> bool:
        return False

    def end_open(self, user: User, locked: list[int], by: User | None) -> None:
        """End what waits for an answer on the locked cleanings; without `by` it is the site that ends it."""

    def has_unanswered(self, user: User) -> bool:
        return False

    def remove_personal_data(self, user: User, username: str) -> None:
        """`username` is the name that the account had until it was closed."""

    def renamed(self, user: User) -> Iterable[QuerySet]:
        return []


_handlers: list[ClosingHandler] = []


def register(handler: ClosingHandler) -> None:
    _handlers.append(handler)


def handlers() -> Iterable[ClosingHandler]:
    """Handlers of apps that build on others come first, the reverse order of `ready`."""
    return reversed(_handlers)


def rename_in_log(rows: QuerySet) -> None:
    keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
    content_type = ContentType.objects.get_for_model(rows.model)
    for entry in LogEntry.objects.filter(content_type=content_type, object_id__in=keys):
        entry.object_repr = str(entry.get_edited_object())[:200]
        entry.save(update_fields=["object_repr"])
