"""What the site does by itself as time passes, each in its own transaction: safe to do twice, and at once.

Whatever is due is looked up again by its verb, under the lock of its cleaning, and done once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from accounts.models import CacheEntry
from accounts.sessions import clear_sessions
from accounts.usernames import HeldUsername
from cleanings.models import Cleaning
from cleanings.states import IllegalMove
from evaluations.models import Evaluation
from mailqueue.models import Mail
from notifications.models import Notification
from offers.models import Offer

logger = logging.getLogger(__name__)

# By name and in this order: what it is about, and the verb that each of them then meets.
VERBS: dict[str, tuple[Callable[[], Iterable], Callable]] = {
    "expiry": (lambda: Cleaning.objects.lapsed().with_owner().order_by("pk"), Cleaning.lapse),
    "reminders": (lambda: _jobs().to_remind(), Offer.remind),
    "completion": (lambda: _jobs().to_complete(), Offer.complete),
    "evaluations": (lambda: _jobs().to_evaluate_soon(), Evaluation.remind),
    "publication": (lambda: Evaluation.objects.to_announce().with_job().order_by("pk"), Evaluation.announce),
}
# The same for what is done in one go, as how much was done and how much failed.
CHORES: dict[str, Callable[[], tuple[int, int]]] = {
    "mails": Notification.objects.queue_mails,
    "clearing": lambda: (Notification.objects.clear_old(), 0),
    "usernames": lambda: (HeldUsername.objects.clear_expired(), 0),
    "limits": lambda: (CacheEntry.objects.clear_expired(), 0),
    "finished_mails": lambda: (Mail.objects.clear_finished(), 0),
    "sessions": lambda: (clear_sessions(), 0),
}


def do(name: str) -> tuple[int, int]:
    """Do what is due of one kind, and return how much was done and how much failed."""
    try:
        if name in CHORES:
            return CHORES[name]()
        find, verb = VERBS[name]
        results = [_attempt(name, verb, thing) for thing in find()]
    except Exception:
        logger.exception("Nothing of %s could be done", name)
        return 0, 1
    return results.count(True), results.count(None)


def _attempt(name: str, verb: Callable, thing) -> bool | None:
    """Whether it was done; False where another run or a person was faster, None where it failed, which is logged."""
    try:
        verb(thing)
    except IllegalMove:
        return False
    except Exception:
        # One that fails, for whatever reason, keeps no other from its due.
        logger.exception("%s of %s %s failed", name, type(thing).__name__, thing.pk)
        return None
    return True


def _jobs():
    """All offers, with the people and the cleaning that their verbs need, in the order in which they were made."""
    return Offer.objects.with_people().with_cleaning().order_by("pk")
