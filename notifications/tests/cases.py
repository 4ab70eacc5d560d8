"""All that people are notified of, each just before it happens, and the mails that follow it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import time_machine
from django.utils import timezone

from cleanings.models import Cleaning
from cleanings.states import MOVES_BY_KIND, CancelReason, HideReason, Kind, OfferStatus, ReleaseReason
from evaluations.models import Evaluation
from mailqueue.tests.mails import in_time, work
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications.models import Notification
from offers.models import Offer

# Nobody is notified of the rest.
CHANGES = (Kind.SUGGEST, Kind.AGREE, Kind.DECLINE, Kind.WITHDRAW, Kind.EXPIRE)
INVITATIONS = (Kind.INVITE, Kind.PASS, Kind.UNRESERVE)
NOTIFIED = [kind for kind in Kind if kind not in (Kind.POST, Kind.SEE, *CHANGES, *INVITATIONS)]

# How Carl's offer stands before, where it is no move of his offer, and how much later it happens.
STATUS = dict.fromkeys((Kind.EDIT, Kind.CLOSE, Kind.LAPSE), OfferStatus.PENDING) | {Kind.REMIND: OfferStatus.ACCEPTED}
AHEAD = {
    Kind.COMPLETE: {"days": 4},
    Kind.LAPSE: {"days": 4},
    Kind.REMIND: {"days": 2},
    Kind.DUE: {"days": 12},
    Kind.PUBLISH: {"days": 15},
}
NOTE = "The attic is\nfull of ghosts."

# Who acts, and what they do with the cleaning, Carl's offer, and what Olivia wrote of him.
OWNER, CLEANER, STAFF, SITE = "olivia", "carl", "ada", None
VERBS: dict[Kind, tuple[str | None, Callable[[Cleaning, Offer, str], object]]] = {
    Kind.OFFER: (CLEANER, lambda cleaning, offer, by: Offer.make(cleaning, by=by, hourly_rate="22.50")),
    Kind.REVISE: (CLEANER, lambda cleaning, offer, by: offer.revise(by=by, hourly_rate="30")),
    Kind.CONFIRM: (CLEANER, lambda cleaning, offer, by: offer.confirm(by=by, version=2)),
    Kind.RESCIND: (CLEANER, lambda cleaning, offer, by: offer.rescind(by=by)),
    Kind.REJECT: (OWNER, lambda cleaning, offer, by: offer.reject(by=by)),
    Kind.ACCEPT: (OWNER, lambda cleaning, offer, by: offer.accept(by=by)),
    Kind.CANCEL: (CLEANER, lambda cleaning, offer, by: offer.cancel(by=by, reason=CancelReason.OTHER, note=NOTE)),
    Kind.RELEASE: (OWNER, lambda cleaning, offer, by: offer.release(by=by, reason=ReleaseReason.OTHER, note=NOTE)),
    Kind.COMPLETE: (OWNER, lambda cleaning, offer, by: offer.complete(by=by)),
    Kind.EDIT: (OWNER, lambda cleaning, offer, by: cleaning.edit(by=by, estimated_hours="4")),
    Kind.CLOSE: (OWNER, lambda cleaning, offer, by: cleaning.close(by=by)),
    Kind.EVALUATE: (OWNER, lambda cleaning, offer, by: Evaluation.write(offer, by=by, overall_rating=4)),
    Kind.HIDE: (STAFF, lambda cleaning, offer, by: offer.evaluations.get().hide(by=by, reason=HideReason.PRIVATE)),
    Kind.LAPSE: (SITE, lambda cleaning, offer, by: cleaning.lapse()),
    Kind.REMIND: (SITE, lambda cleaning, offer, by: offer.remind()),
    Kind.DUE: (SITE, lambda cleaning, offer, by: Evaluation.remind(offer)),
    Kind.PUBLISH: (SITE, lambda cleaning, offer, by: offer.evaluations.get().announce()),
    Kind.ANSWER: (CLEANER, lambda cleaning, offer, by: offer.answer_no_show(by=by, answer=NOTE)),
}


@contextmanager
def before(kind: Kind, **facts) -> Iterator[Callable]:
    """The moment before it, when Carl and Cora have offered to clean Olivia's attic; gives what makes it happen.

    Nobody has been notified of anything yet. `facts` are those of the cleaning; `who` changes who acts. It is at
    midday, because a day ahead of that is always tomorrow.
    """
    with time_machine.travel(timezone.localtime().replace(hour=12, minute=0)):
        yield from _before(kind, facts)


def _before(kind: Kind, facts: dict) -> Iterator[Callable]:
    status = MOVES_BY_KIND[kind].offer_from[0] if kind in MOVES_BY_KIND else STATUS.get(kind, OfferStatus.COMPLETED)
    cleaning = create_cleaning(**{"name": "Attic"} | facts)
    create_offer(cleaning=cleaning, cleaner=create_user("cora"))
    offer = create_offer(cleaning=cleaning, status=status) if status else None
    if kind == Kind.CONFIRM:
        cleaning.edit(by=cleaning.owner, city="Bruges")
    if kind in (Kind.HIDE, Kind.PUBLISH):
        Evaluation.write(offer, by=cleaning.owner, overall_rating=4)
    if kind == Kind.ANSWER:
        Evaluation.write(offer, by=cleaning.owner, no_show=True)
    Notification.objects.all().delete()
    usual, verb = VERBS[kind]
    with in_time(**AHEAD.get(kind, {"days": 0})):
        yield lambda who=usual: verb(cleaning, offer, who and acting(who))


def acting(who: str):
    return create_user(who, is_staff=True, is_superuser=True) if who == STAFF else create_user(who)


def happen(kind: Kind, **facts) -> None:
    """Let it happen, and run a worker when its mails are due."""
    with before(kind, **facts) as act:
        act()
        send_what_is_due()


def send_what_is_due(minutes: int = 10) -> None:
    with in_time(minutes=minutes):
        work()
