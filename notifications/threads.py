"""What the apps above know of the threads of notifications: each registers a handler in its `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import Notification
    from notifications.querysets import NotificationQuerySet


class ThreadHandler:
    """For the threads whose names start with its prefix."""

    prefix: str

    def name_threads(self, notifications: NotificationQuerySet) -> None:
        """Name the thread of those that an earlier version of the site wrote without one."""

    def reason(self, thread: str, person: User) -> str:
        """Why the person gets mails of the thread, as a sentence."""
        return "You get this mail because you have an account here."

    def handled(self, thread: str, person: User, notifications: Iterable[Notification]) -> list[Notification]:
        """Those that ask for something which the person has done since."""
        return []


_handlers: list[ThreadHandler] = []
_without_app = ThreadHandler()


def register(handler: ThreadHandler) -> None:
    _handlers.append(handler)


def handlers() -> Iterable[ThreadHandler]:
    return _handlers


def handler_of(thread: str) -> ThreadHandler:
    return next((handler for handler in _handlers if thread.startswith(handler.prefix)), _without_app)
