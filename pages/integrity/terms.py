"""I15: the terms of an agreed job are those accepted, and change only by agreed changes, in their order."""

from __future__ import annotations

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DecimalField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, NullIf

from cleanings.models import Cleaning, Event
from cleanings.states import ChangeStatus, Kind, OfferStatus
from cleanings.terms import PAY, TERMS
from offers.changes import Change
from offers.models import Offer
from offers.querysets import NEVER
from pages.integrity import steps
from pages.integrity.rule import Rule

# The events of an offer hold its rate, and none holds a street.
OF_CLEANING = [name for name in TERMS if name != "street_address"]
AFTER_ACCEPTANCE = (Kind.AGREE, Kind.COMPLETE)


def term(name: str, path: str = "terms"):
    """As an event holds it, in a form that can be compared."""
    text = Cast(KT(f"{path}__{name}"), TextField())
    if name in PAY:
        return Cast(text, DecimalField(max_digits=6, decimal_places=2))
    # On SQLite the text of JSON's null is "null".
    return moment(NullIf(text, Value("null"))) if name == "starts_at" else text


def moment(expression):
    """Also of no start, which is a moment that never comes."""
    return steps.Moment(Coalesce(steps.Moment(expression), steps.Moment(Value(NEVER))))


def number(path: str):
    return Cast(KT(path), IntegerField())


def differ(one: str, other: str) -> Q:
    """Only where both are there: earlier versions of the site wrote fewer terms."""
    return Q((f"{one}__isnull", False), (f"{other}__isnull", False)) & ~Q((one, F(other)))


def offers_changed_without_agreement() -> QuerySet:
    """Events that do not follow from the one before and what was agreed."""
    moves = Event.objects.moves().filter(steps.OF_OFFERS)
    is_agreement = Q(kind=Kind.AGREE)
    rate_before = steps.previous(term("hourly_rate"))
    changes_rate = is_agreement & Q(terms__after__has_key="hourly_rate")
    moves = moves.annotate(
        rate=term("hourly_rate"),
        revision=number("terms__revision"),
        version=number("terms__cleaning_version"),
        rate_expected=Case(When(changes_rate, then=term("hourly_rate", "terms__after")), default=rate_before),
        revision_expected=steps.previous(number("terms__revision")) + Case(When(changes_rate, then=1), default=0),
        version_expected=steps.previous(number("terms__cleaning_version"))
        + Case(When(is_agreement, then=1), default=0),
    )
    wrong = differ("rate", "rate_expected") | differ("revision", "revision_expected")
    return moves.filter(wrong | differ("version", "version_expected"), kind__in=AFTER_ACCEPTANCE)


def offers_unlike_their_last_event() -> QuerySet:
    last = steps.last_moves().filter(cleaning=OuterRef("cleaning"), cleaner=OuterRef("cleaner"))
    same = last.annotate(
        rate=term("hourly_rate"), revision=number("terms__revision"), version=number("terms__cleaning_version")
    ).filter(rate=OuterRef("hourly_rate"), revision=OuterRef("revision"), version=OuterRef("cleaning_version"))
    return Offer.objects.winning().filter(Exists(last)).exclude(Exists(same))


def cleanings_changed_without_agreement() -> QuerySet:
    """Their own events that do not follow from the one before and what the two sides agreed on."""
    agreed = Event.objects.filter(steps.OF_OFFERS, kind=Kind.AGREE, cleaning=OuterRef("cleaning"))
    agreed = agreed.annotate(version=number("terms__cleaning_version")).filter(version=OuterRef("version"))
    own = Event.objects.moves().filter(steps.OF_CLEANINGS).annotate(version=number("terms__version"))
    wrong = Q()
    for name in OF_CLEANING:
        before, change = steps.previous(term(name)), None
        if name != "hourly_rate":
            change = Subquery(agreed.filter(terms__after__has_key=name).values(after=term(name, "terms__after"))[:1])
        expected = Case(When(kind=Kind.AGREE, then=Coalesce(change, before)), default=before) if change else before
        own = own.annotate(**{f"{name}_is": term(name), f"{name}_expected": expected})
        wrong |= differ(f"{name}_is", f"{name}_expected")
    return own.filter(wrong, kind__in=AFTER_ACCEPTANCE)


def cleanings_unlike_their_last_event() -> QuerySet:
    """Its version is that of the offer, because a change of the rate alone is none of the cleaning's events."""
    own = steps.last_moves().filter(steps.OF_CLEANINGS, cleaning=OuterRef("pk"))
    same = own
    for name in OF_CLEANING:
        same = same.annotate(**{f"{name}_is": term(name)})
        row = moment(OuterRef(name)) if name == "starts_at" else OuterRef(name)
        same = same.filter(Q((f"{name}_is", None)) | Q((f"{name}_is", row)))
    won = Cleaning.objects.filter(pk__in=Offer.objects.winning().values("cleaning"))
    return won.filter(Exists(own)).exclude(Exists(same))


def agreements_without_a_change() -> QuerySet:
    change = Change.objects.filter(pk=OuterRef("change"), status=ChangeStatus.AGREED)
    of_offer = change.filter(offer__cleaning=OuterRef("cleaning"), offer__cleaner=OuterRef("cleaner"))
    agreements = Event.objects.filter(steps.OF_OFFERS, kind=Kind.AGREE)
    return agreements.annotate(change=Cast(KT("terms__change"), BigIntegerField())).exclude(Exists(of_offer))


def changes_without_an_agreement() -> QuerySet:
    agreements = Event.objects.filter(steps.OF_OFFERS, kind=Kind.AGREE, cleaning=OuterRef("offer__cleaning"))
    of_change = agreements.annotate(change=Cast(KT("terms__change"), BigIntegerField())).filter(change=OuterRef("pk"))
    return Change.objects.filter(status=ChangeStatus.AGREED).exclude(Exists(of_change))


def with_several_open_changes() -> QuerySet:
    open_changes = Change.objects.open().order_by().values("offer__cleaning").annotate(changes=Count("pk"))
    return Cleaning.objects.filter(pk__in=open_changes.filter(changes__gt=1).values("offer__cleaning"))


def open_where_nothing_is_agreed() -> QuerySet:
    return Change.objects.open().exclude(offer__status=OfferStatus.ACCEPTED)


RULES = (
    Rule("I15", "The rate of an agreed job changes only by an agreed change.", offers_changed_without_agreement),
    Rule("I15", "The rate of the chosen offer is what was agreed last.", offers_unlike_their_last_event),
    Rule("I15", "The terms of an agreed job change only by an agreed change.", cleanings_changed_without_agreement),
    Rule("I15", "The terms of an agreed job are those agreed last.", cleanings_unlike_their_last_event),
    Rule("I15", "What was agreed was suggested.", agreements_without_a_change),
    Rule("I15", "A change that is agreed is in the timeline.", changes_without_an_agreement),
    Rule("I15", "At most one change of a cleaning is open.", with_several_open_changes),
    Rule("I15", "A change is open only on an agreed job.", open_where_nothing_is_agreed),
)
