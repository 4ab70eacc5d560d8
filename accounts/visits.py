"""When a member was here before, kept in the session; a visit ends after half an hour without a request."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.contrib.sessions.backends.base import SessionBase

if TYPE_CHECKING:
    from accounts.models import User

ENDS_AFTER = 30 * 60
SEEN_KEY, LAST_VISIT_KEY = "seen_at", "last_visit"


def seen_at(session: SessionBase, user: User) -> float:
    return session.get(SEEN_KEY) or (user.last_login.timestamp() if user.last_login else 0)


def last_visit(session: SessionBase, user: User) -> datetime | None:
    """When the visit before this one ended; None in the first visit after a log-in."""
    seen = seen_at(session, user)
    ended = seen if is_over(seen) else session.get(LAST_VISIT_KEY)
    return datetime.fromtimestamp(ended, UTC) if ended else None


def is_over(seen: float) -> bool:
    return time.time() - seen > ENDS_AFTER


def note_request(session: SessionBase, user: User) -> None:
    seen = seen_at(session, user)
    if is_over(seen):
        session[LAST_VISIT_KEY] = int(seen)
    session[SEEN_KEY] = int(time.time())
