from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from notifications.threads import ThreadHandler

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import Notification
    from offers.models import Offer

PREFIX = "conversation-"


def thread_of(offer: Offer) -> str:
    return f"{PREFIX}{offer.pk}"


def offer_in(thread: str) -> int:
    return int(thread.removeprefix(PREFIX))


class ConversationThreadHandler(ThreadHandler):
    prefix = PREFIX

    def reason(self, thread: str, person: User) -> str:
        return "You get this mail because you and the other side agreed on this job."

    def handled(self, thread: str, person: User, notifications: Iterable[Notification]) -> list[Notification]:
        """Whoever has read the messages needs no mail about them."""
        return [notice for notice in notifications if notice.read_at]
