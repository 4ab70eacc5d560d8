from __future__ import annotations

from collections.abc import Iterable, Sequence

from accounts.models import User, faces
from core.paging import built_segment
from notifications.models import Notification
from notifications.threads import reword

newest = built_segment(
    lambda recipient: Notification.objects.filter(recipient=recipient).with_job(), ("created_at",), is_descending=True
)


def make_readable(notices: Sequence[Notification], recipient: User) -> None:
    for notice in notices:
        notice.recipient = recipient
    attach_people(notices)
    reword(notices)


def attach_people(notices: Iterable[Notification]) -> None:
    """Reads each person once: a join for every part of a person takes PostgreSQL longer to plan than to run."""
    events = [notice.event for notice in notices if notice.event]
    ids = {pk for event in events for pk in (event.cleaning.owner_id, event.actor_id, event.cleaner_id) if pk}
    people = faces(ids)
    for event in events:
        event.cleaning.owner = people[event.cleaning.owner_id]
        event.actor = people.get(event.actor_id or 0)
        event.cleaner = people.get(event.cleaner_id or 0)
