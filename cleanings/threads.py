from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat

from cleanings.models import Cleaning, Event
from cleanings.timeline import THREAD_PREFIX
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
            return "You get this mail because you posted this cleaning."
        if Event.objects.filter(cleaning=self._cleaning_id(thread)).about(person).exists():
            return "You get this mail because you made an offer for this cleaning."
        if person.questions.filter(cleaning=self._cleaning_id(thread)).exists():
            return "You get this mail because you asked about this cleaning."
        return "You get this mail because you were invited to this cleaning."

    def handled(self, thread: str, person: User, notifications: Iterable[Notification]) -> list[Notification]:
        acts = list(Event.objects.filter(cleaning=self._cleaning_id(thread)).acts_of(person))
        return [
            notice
            for notice in notifications
            if notice.asks and notice.event and any(notice.event.is_answered_by(act, person) for act in acts)
        ]

    def _cleaning_id(self, thread: str) -> int:
        return int(thread.removeprefix(self.prefix))
