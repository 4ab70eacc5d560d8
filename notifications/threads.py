"""What other apps know of notification threads: each registers a handler in `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import Notification
    from notifications.querysets import NotificationQuerySet


class ThreadHandler:
    prefix: str
    template = "notifications/email/notifications"

    def name_threads(self, notifications: NotificationQuerySet) -> None:
        """For notifications that an earlier version of the site wrote without a thread."""

    def reason(self, thread: str, person: User) -> str:
        return "You get this mail because you have an account here."

    def handled(self, thread: str, person: User, notifications: Iterable[Notification]) -> list[Notification]:
        """The notifications that ask for something the person has done since."""
        return []

    def reword(self, notices: Sequence[Notification]) -> None:
        """Change the words of notifications that name something hidden since. Nothing is stored."""

    def context(self, notices: Sequence[Notification]) -> dict[str, Any]:
        """What the template of the mail prints beside their sentences."""
        return {}


_handlers: list[ThreadHandler] = []
_without_app = ThreadHandler()


def register(handler: ThreadHandler) -> None:
    _handlers.append(handler)


def handlers() -> Iterable[ThreadHandler]:
    return _handlers


def handler_of(thread: str) -> ThreadHandler:
    return next((handler for handler in _handlers if thread.startswith(handler.prefix)), _without_app)


def reword(notices: Iterable[Notification]) -> None:
    """All notices are of one person, and their events, jobs and people are fetched already."""
    by_handler: dict[ThreadHandler, list[Notification]] = {}
    for notice in notices:
        thread = notice.event.thread if notice.event else notice.thread
        by_handler.setdefault(handler_of(thread), []).append(notice)
    for handler, some in by_handler.items():
        handler.reword(some)
