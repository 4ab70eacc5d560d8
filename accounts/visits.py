"""When a member was here before, kept in the session; a visit ends after half an hour without a request."""

import time
from datetime import UTC, datetime

from django.contrib.sessions.backends.base import SessionBase

ENDS_AFTER = 30 * 60
SEEN_KEY, LAST_VISIT_KEY = "seen_at", "last_visit"


def last_visit(session: SessionBase) -> datetime | None:
    """When the visit before this one ended; None in the first visit after a log-in."""
    seen = session.get(SEEN_KEY)
    ended = seen if is_over(seen) else session.get(LAST_VISIT_KEY)
    return datetime.fromtimestamp(ended, UTC) if ended else None


def is_over(seen: float | None) -> bool:
    return seen is not None and time.time() - seen > ENDS_AFTER


def note_request(session: SessionBase) -> None:
    seen = session.get(SEEN_KEY)
    if is_over(seen):
        session[LAST_VISIT_KEY] = seen
    session[SEEN_KEY] = int(time.time())
