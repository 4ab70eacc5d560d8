"""The site's own actions as time passes. Each may run twice at once: verbs check again under their lock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from accounts.models import AccessToken, CacheEntry, Deletion, Profile
from accounts.sessions import clear_sessions
from accounts.usernames import HeldUsername
from cleanings.alerts import notify_of_new_jobs
from cleanings.models import Cleaning, Photo
from cleanings.querysets import CleaningQuerySet
from cleanings.states import IllegalMove
from conversations.models import Message
from evaluations.models import Evaluation
from mailqueue.models import Mail
from notifications.models import Notification
from offers.changes import Change
from offers.models import Offer
from reports.models import Report

logger = logging.getLogger(__name__)

# In this order: the rows, and the verb to call on each.
VERBS: dict[str, tuple[Callable[[], Iterable], Callable]] = {
    # First, because those whose start has passed are lapsed, too.
    "invitations": (lambda: in_turn(Cleaning.objects.with_ended_invitation()), Cleaning.end_invitation),
    "expiry": (lambda: in_turn(Cleaning.objects.lapsed()), Cleaning.lapse),
    "reminders": (lambda: all_offers().to_remind(), Offer.remind),
    "changes": (lambda: Change.objects.to_expire().with_job().order_by("pk"), Change.expire),
    "completion": (lambda: all_offers().to_complete(), Offer.complete),
    "evaluations": (lambda: Evaluation.objects.ending_soon(all_offers()), Evaluation.remind),
    "publication": (lambda: Evaluation.objects.to_announce().with_job().order_by("pk"), Evaluation.announce),
    "hidden_photos": (lambda: Profile.objects.exclude(known_photo="").order_by("pk"), Profile.move_photo),
    "messages": (lambda: Message.objects.deletable_of(all_offers()), Message.delete_all_of),
}
# In this order; each returns how much was done and how much failed.
BULK_JOBS: dict[str, Callable[[], tuple[int, int]]] = {
    "alerts": notify_of_new_jobs,
    "mails": Notification.objects.queue_mails,
    "clearing": lambda: (Notification.objects.clear_old(), 0),
    "usernames": lambda: (HeldUsername.objects.clear_expired(), 0),
    "limits": lambda: (CacheEntry.objects.clear_expired(), 0),
    "deletions": lambda: (Deletion.objects.clear_old(), 0),
    "finished_mails": lambda: (Mail.objects.clear_finished(), 0),
    "photos": lambda: (Photo.objects.clear_over(), 0),
    "photo_files": lambda: (Photo.objects.clear_files(), 0),
    "profile_photo_files": lambda: (Profile.clear_files(), 0),
    "reports": lambda: (Report.objects.clear_old(), 0),
    "sessions": lambda: (clear_sessions(), 0),
    "access_tokens": lambda: (AccessToken.objects.clear_expired(), 0),
}
NAMES = (*VERBS, *BULK_JOBS)


def in_turn(cleanings: CleaningQuerySet) -> CleaningQuerySet:
    return cleanings.with_owner().order_by("pk")


def all_offers():
    return Offer.objects.with_people().with_cleaning().order_by("pk")


def run(name: str) -> tuple[int, int]:
    try:
        if name in BULK_JOBS:
            return BULK_JOBS[name]()
        find, verb = VERBS[name]
        return call_on_each(name, verb, find())
    except Exception:
        logger.exception("Nothing of %s could be done", name)
        return 0, 1


def call_on_each(name: str, verb: Callable, rows: Iterable) -> tuple[int, int]:
    done = failed = 0
    for row in rows:
        try:
            verb(row)
            done += 1
        except IllegalMove:
            # Another run or a person was faster.
            continue
        except Exception:
            # The rows after it still have their turn.
            logger.exception("%s of %s %s failed", name, type(row).__name__, row.pk)
            failed += 1
    return done, failed
