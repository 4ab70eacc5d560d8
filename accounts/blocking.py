"""Handlers of other apps for a block between two people, registered in `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User


class BlockingHandler:
    """Runs in the transaction that makes a block."""

    def concerned(self, one: User, other: User) -> Iterable[int]:
        """The ids of cleanings on which a block ends something between the two."""
        return []

    def lock(self, cleanings: Collection[int]) -> None:
        """Lock by ascending id. One app does it for all."""

    def end(self, blocker: User, blocked: User) -> None:
        """End by verbs what waits between the two. The cleanings are locked already."""


_handlers: list[BlockingHandler] = []


def register(handler: BlockingHandler) -> None:
    _handlers.append(handler)


def concerned(one: User, other: User) -> set[int]:
    return {pk for handler in _handlers for pk in handler.concerned(one, other)}


def lock(cleanings: Collection[int]) -> None:
    for handler in _handlers:
        handler.lock(cleanings)


def end(blocker: User, blocked: User) -> None:
    """Apps that build on others come first."""
    for handler in reversed(_handlers):
        handler.end(blocker, blocked)
