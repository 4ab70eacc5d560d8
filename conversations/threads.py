from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from conversations import notices
from core.statements import Statement
from notifications.threads import ThreadHandler
from offers.models import Offer

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import Notification


@Statement
def naming_hidden(ids: str) -> QuerySet[Offer]:
    return Offer.objects.filter(pk__among=ids).naming_hidden().with_people().with_cleaning()


class ConversationThreadHandler(ThreadHandler):
    prefix = notices.PREFIX

    def reason(self, thread: str, person: User) -> str:
        return "You get this mail because you and the other side agreed on this job."

    def handled(self, thread: str, person: User, notifications: Iterable[Notification]) -> list[Notification]:
        """People who have read the messages need no mail about them, and nobody gets one over a block made since."""
        offer = Offer.objects.with_block().get(pk=notices.offer_in(thread))
        return [notice for notice in notifications if notice.read_at or offer.has_block]

    def reword(self, notifications: Sequence[Notification]) -> None:
        ids = {notices.offer_in(each.thread) for each in notifications}
        found = {offer.pk: offer for offer in naming_hidden.for_ids(ids)}
        for each in notifications:
            offer = found.get(notices.offer_in(each.thread))
            if offer and (author := offer.other_side(each.recipient)):
                notice = notices.written(offer, author, each.recipient)
                each.subject, each.sentence = notice.subject, notice.sentence
