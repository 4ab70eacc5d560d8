"""I8: who hears of an event, by the rows of `events.py` in each app."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.utils import timezone

from accounts.models import User
from cleanings.events import event_type
from cleanings.models import Event
from cleanings.states import CHANGE_KINDS, MOVES, Kind, OfferStatus, Role
from cleanings.terms import TERMS
from evaluations.models import Evaluation
from notifications.models import Notification
from notifications.querysets import KEPT_FOR
from notifications.topics import Mailing
from offers.models import Offer
from pages.integrity import steps
from pages.integrity.bargain import invitations
from pages.integrity.rule import Rule
from pages.integrity.terms import term

SIDES = {Role.OWNER: "cleaning__owner", Role.CLEANER: "cleaner"}
# Functions of `evaluations/events.py` tell both sides of these; of the first only who has not written.
EVALUATING = (Kind.DUE, Kind.EVALUATE, Kind.HIDE, Kind.PUBLISH)
# What ends with the job is told with the end of the job.
ONE_TRANSACTION = timedelta(seconds=2)
ENDS_OF_JOBS = (Kind.CANCEL, Kind.RELEASE, Kind.COMPLETE)


def hears(role: Role, kind: Kind, status: OfferStatus) -> bool:
    notices = event_type(kind, status, is_about_offer=True).notices
    return any(row.hears in (role, None) for row in notices)


def told_steps() -> set[tuple[Kind, OfferStatus]]:
    """With the status of the offer after the event."""
    moves = {(move.kind, move.offer_to) for move in MOVES}
    others = {(move.kind, move.others[1]) for move in MOVES if move.others} | {(Kind.CLOSE, OfferStatus.REJECTED)}
    remarks = {(kind, status) for kind in (*CHANGE_KINDS, Kind.REMIND, Kind.ANSWER) for status in OfferStatus}
    return moves | others | remarks


def of_offers(role: Role, at: str = "") -> Q:
    """Events about an offer that this side hears of; `at` leads to the event."""
    told = Q((f"{at}kind__in", EVALUATING))
    for kind, status in sorted(told_steps()):
        if hears(role, kind, status):
            told |= Q((f"{at}kind", kind), (f"{at}to_status", status))
    return Q((f"{at}cleaner__isnull", False)) & (told | in_their_place(at))


def in_their_place(at: str) -> Q:
    """Where staff or the site moved in the place of a party, both hear of it."""
    moved = Q()
    for move in MOVES:
        by_party = Q((f"{at}actor", F(f"{at}{SIDES[move.role]}")))
        moved |= Q((f"{at}kind", move.kind), (f"{at}to_status", move.offer_to)) & ~(
            by_party & Q((f"{at}actor__isnull", False))
        )
    return moved


def of_cleanings(at: str = "") -> Q:
    """The cleaning's own events that its owner hears of."""
    by_someone = Q((f"{at}kind", Kind.UNRESERVE), (f"{at}actor__isnull", False))
    told = Q((f"{at}kind__in", (Kind.EDIT, Kind.CLOSE, Kind.LAPSE, Kind.PASS))) | by_someone
    return Q((f"{at}cleaner", None)) & told


def heard_by(role: Role, at: str = "") -> Q:
    return of_offers(role, at) | of_cleanings(at) if role is Role.OWNER else of_offers(role, at)


def recent_events() -> QuerySet:
    return Event.objects.filter(at__gt=timezone.now() - KEPT_FOR + timedelta(days=1))


def without(person: str) -> Q:
    """Whether the person should have been notified and was not: not the actor, nor a closed account."""
    told = Notification.objects.filter(event=OuterRef("pk"), recipient=OuterRef(person))
    return Q((f"{person}__is_active", True)) & ~Exists(told) & (Q(actor=None) | ~Q(actor=F(person)))


def untold(role: Role) -> QuerySet:
    side = SIDES[role]
    written = Evaluation.objects.filter(offer__cleaning=OuterRef("cleaning"), offer__cleaner=OuterRef("cleaner"))
    has_written = Q(kind=Kind.DUE) & Exists(written.filter(author=OuterRef(side), created_at__lte=OuterRef("at")))
    end = Event.objects.filter(steps.OF_CLEANINGS, kind__in=ENDS_OF_JOBS, cleaning=OuterRef("cleaning"))
    with_job = Q(kind=Kind.EXPIRE) & Exists(end.filter(pk__gt=OuterRef("pk"), at__lte=OuterRef("at") + ONE_TRANSACTION))
    begun = Q(kind=Kind.PASS, start__lte=F("at"))
    events = recent_events().annotate(start=term("starts_at"))
    return events.filter(heard_by(role) & without(side)).exclude(has_written | with_job | begun)


def owners_untold() -> QuerySet:
    return untold(Role.OWNER)


def cleaners_untold() -> QuerySet:
    return untold(Role.CLEANER)


def changes_terms() -> Q:
    changed = Q()
    for name in TERMS:
        changed |= Q(changed__contains=f'"{name}"')
    return changed


def pending_untold() -> QuerySet:
    """Of other terms, and of a start that has passed, every pending cleaner hears."""
    event = OuterRef(OuterRef("pk"))
    before = Event.objects.moves().filter(cleaning=OuterRef("cleaning"), cleaner=OuterRef("cleaner"), pk__lt=event)
    told = Notification.objects.filter(event=event, recipient=OuterRef("cleaner"))
    offers = Offer.objects.filter(cleaning=OuterRef("cleaning"), cleaner__is_active=True)
    then = offers.annotate(then=Subquery(before.order_by("-pk").values("to_status")[:1]))
    untold = then.filter(~Exists(told), then=OfferStatus.PENDING)
    events = recent_events().filter(steps.OF_CLEANINGS, kind__in=(Kind.EDIT, Kind.LAPSE))
    concerned = events.annotate(changed=KT("terms__changed")).filter(Q(kind=Kind.LAPSE) | changes_terms())
    return concerned.filter(Exists(untold))


def invited_untold() -> QuerySet:
    told = Notification.objects.filter(event=OuterRef("pk"), recipient=OuterRef("person"))
    active = User.objects.filter(pk=OuterRef("person"), is_active=True)
    return invitations().filter(Exists(active), pk__in=recent_events().filter(kind=Kind.INVITE)).exclude(Exists(told))


def told_to_nobody_concerned() -> QuerySet:
    """Notifications of an event for somebody who hears of it by no row."""
    expected = Q()
    for role, side in SIDES.items():
        expected |= Q(recipient=F(f"event__{side}")) & heard_by(role, "event__")
    offers = Offer.objects.filter(cleaning=OuterRef("event__cleaning"), cleaner=OuterRef("recipient"))
    invited = invitations().filter(cleaning=OuterRef("event__cleaning"), person=OuterRef("recipient"))
    own = Q(event__cleaner=None)
    expected |= own & Q(Exists(offers), event__kind__in=(Kind.EDIT, Kind.LAPSE))
    expected |= own & Q(Exists(invited), event__kind__in=(Kind.INVITE, Kind.CLOSE, Kind.UNRESERVE))
    by_another = Q(event__actor=None) | ~Q(event__actor=F("recipient"))
    return Notification.objects.filter(event__isnull=False).exclude(expected & by_another)


def told_twice() -> QuerySet:
    told = Notification.objects.filter(event__isnull=False).order_by().values("event", "recipient")
    return Event.objects.filter(pk__in=told.annotate(times=Count("pk")).filter(times__gt=1).values("event"))


def in_no_state() -> QuerySet:
    return Notification.objects.exclude(mailing__in=Mailing.values)


RULES = (
    Rule("I8", "The owner is notified of what the catalogue of events says.", owners_untold),
    Rule("I8", "The cleaner is notified of what the catalogue of events says.", cleaners_untold),
    Rule("I8", "Pending cleaners are notified of other terms and of a start that has passed.", pending_untold),
    Rule("I8", "The invited are notified.", invited_untold),
    Rule("I8", "Nobody is notified of what the catalogue does not say.", told_to_nobody_concerned),
    Rule("I8", "Nobody is notified twice of an event.", told_twice),
    Rule("I8", "A notification waits, is in a mail, or is unwanted.", in_no_state),
)
