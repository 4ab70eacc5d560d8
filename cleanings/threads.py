from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from accounts.hiding import HIDDEN_BY_STAFF
from cleanings.models import Cleaning, Event
from cleanings.states import Kind
from cleanings.timeline import THREAD_PREFIX
from core.statements import Statement
from notifications.threads import ThreadHandler

if TYPE_CHECKING:
    from accounts.models import User
    from notifications.models import Notification
    from notifications.querysets import NotificationQuerySet


class CleaningThreadHandler(ThreadHandler):
    prefix = THREAD_PREFIX

    def name_threads(self, notifications: NotificationQuerySet) -> None:
        cleaning = Cast(Subquery(Event.objects.filter(pk=OuterRef("event")).values("cleaning")), CharField())
        unnamed = notifications.filter(thread="", event__isnull=False)
        unnamed.update(thread=Concat(Value(self.prefix), cleaning))

    def reason(self, thread: str, person: User) -> str:
        if Cleaning.objects.filter(pk=self._cleaning_id(thread), owner=person).exists():
            return "You get this mail because you posted this job."
        if Event.objects.filter(cleaning=self._cleaning_id(thread)).about(person).exists():
            return "You get this mail because you made an offer for this job."
        if person.questions.filter(cleaning=self._cleaning_id(thread)).exists():
            return "You get this mail because you asked about this job."
        return "You get this mail because you were invited to this job."

    def handled(self, thread: str, person: User, notifications: Iterable[Notification]) -> list[Notification]:
        acts = list(Event.objects.filter(cleaning=self._cleaning_id(thread)).acts_of(person))

        def is_handled(notice: Notification) -> bool:
            event = notice.event
            if event is None:
                return False
            # An invitation can end by a block too, and then asks for nothing.
            if event.kind == Kind.INVITE and not event.cleaning.is_reserved_for(person):
                return True
            return notice.asks and any(event.is_answered_by(act, person) for act in acts)

        return list(filter(is_handled, notifications))

    def reword(self, notices: Sequence[Notification]) -> None:
        for notice in notices:
            if notice.event and notice.event.names_hidden_from(notice.recipient):
                notice.subject = notice.event.heading_for(notice.recipient)
                notice.sentence = notice.event.sentence_after_heading(notice.recipient)
        reword_about({notice: self._cleaning_id(notice.thread) for notice in notices if not notice.event})

    def _cleaning_id(self, thread: str) -> int:
        return int(thread.removeprefix(self.prefix))


@Statement
def hidden(ids: str) -> QuerySet[Cleaning]:
    return Cleaning.objects.exclude(hidden_at=None).filter(pk__among=ids).only("owner")


def reword_about(cleanings: dict[Notification, int]) -> None:
    """Where staff have hidden the cleaning, by its id, from the person who is notified."""
    owners = {job.pk: job.owner_id for job in hidden.for_ids(set(cleanings.values()))}
    for notice, pk in cleanings.items():
        if owners.get(pk, notice.recipient_id) != notice.recipient_id:
            notice.subject, notice.sentence = HIDDEN_BY_STAFF, "This is about a job that our staff have hidden."
