"""I15: the terms of an agreed job are those accepted, and change only by agreed changes, in their order."""

from __future__ import annotations

from typing import Any

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
from cleanings.states import WINNING, ChangeStatus, CleaningStatus, Kind, OfferStatus
from cleanings.terms import PAY, TERMS
from offers.changes import Change
from offers.models import Offer
from offers.querysets import NEVER
from pages.integrity import steps
from pages.integrity.rule import Rule

# The events of an offer hold its rate, and none holds a street.
OF_CLEANING = [name for name in TERMS if name != "street_address"]
AFTER_ACCEPTANCE = (Kind.AGREE, Kind.COMPLETE)
MOVES_OF_AGREED = (Kind.ACCEPT, *AFTER_ACCEPTANCE)
OF_AGREED = (CleaningStatus.ASSIGNED, CleaningStatus.COMPLETED)


def term(name: str, path: str = "terms"):
    """As an event holds it, in a form that can be compared."""
    text = Cast(KT(f"{path}__{name}"), TextField())
    if name in PAY:
        return Cast(text, DecimalField(max_digits=6, decimal_places=2))
    # On SQLite the text of JSON's null is "null".
    return moment(NullIf(text, Value("null"))) if name == "starts_at" else text


def moment(expression):
    """Also of no start, which becomes a moment that never comes."""
    return steps.Moment(Coalesce(steps.Moment(expression), steps.Moment(Value(NEVER))))


def number(path: str):
    return Cast(KT(path), IntegerField())


def differ(one: str, other: str) -> Q:
    """Only where both are there: earlier versions of the site wrote fewer terms."""
    return Q((f"{one}__isnull", False), (f"{other}__isnull", False)) & ~Q((one, F(other)))


def expected(before, agreed: Q, after) -> Case:
    """After an acceptance; a condition beside it would leave out the events before."""
    return Case(When(agreed, then=after), When(kind__in=AFTER_ACCEPTANCE, then=before))


def offers_changed_without_agreement() -> QuerySet:
    is_agreed, rate = Q(kind=Kind.AGREE), term("hourly_rate")
    changes_rate = is_agreed & Q(terms__after__has_key="hourly_rate")
    revision, version = number("terms__revision"), number("terms__cleaning_version")
    before = {name: steps.previous(each) for name, each in (("revision", revision), ("version", version))}
    moves = Event.objects.moves().filter(steps.OF_OFFERS).annotate(
        rate=rate,
        revision=revision,
        version=version,
        rate_then=expected(steps.previous(rate), changes_rate, term("hourly_rate", "terms__after")),
        revision_then=expected(before["revision"], changes_rate, before["revision"] + 1),
        version_then=expected(before["version"], is_agreed, before["version"] + 1),
    )  # fmt: skip
    return moves.filter(
        differ("rate", "rate_then") | differ("revision", "revision_then") | differ("version", "version_then")
    )


def offers_unlike_their_last_event() -> QuerySet:
    offers = Offer.objects.filter(cleaning=OuterRef("cleaning"), cleaner=OuterRef("cleaner"))
    same = offers.filter(
        hourly_rate=OuterRef("rate"), revision=OuterRef("revision"), cleaning_version=OuterRef("version")
    )
    won = steps.last_of_offers(Event.objects.filter(kind__in=MOVES_OF_AGREED, to_status__in=WINNING))
    of_row = {"revision": number("terms__revision"), "version": number("terms__cleaning_version")}
    return won.annotate(rate=term("hourly_rate"), **of_row).exclude(Exists(same))


def cleanings_changed_without_agreement() -> QuerySet:
    agreed = Event.objects.filter(steps.OF_OFFERS, kind=Kind.AGREE, cleaning=OuterRef("cleaning"))
    agreed = agreed.annotate(version=number("terms__cleaning_version")).filter(version=OuterRef("version"))
    own = Event.objects.moves().filter(steps.OF_CLEANINGS).annotate(version=number("terms__version"))
    wrong = Q()
    for name in OF_CLEANING:
        before: Any = steps.previous(term(name))
        after = before
        if name != "hourly_rate":
            change = agreed.filter(terms__after__has_key=name).values(after=term(name, "terms__after"))
            after = Coalesce(Subquery(change[:1]), before)
        then = expected(before, Q(kind=Kind.AGREE), after)
        own = own.annotate(**{f"{name}_is": term(name), f"{name}_then": then})
        wrong |= differ(f"{name}_is", f"{name}_then")
    return own.filter(wrong)


def cleanings_unlike_their_last_event() -> QuerySet:
    """Found by their last event; the version is that of the offer, because a rate alone is no change of theirs."""
    own = steps.last_of_cleanings(Event.objects.filter(kind__in=MOVES_OF_AGREED, to_status__in=OF_AGREED))
    own = own.annotate(start=moment(F("cleaning__starts_at")))
    wrong = Q()
    for name in OF_CLEANING:
        own = own.annotate(**{f"{name}_is": term(name)})
        wrong |= differ(f"{name}_is", "start" if name == "starts_at" else f"cleaning__{name}")
    return own.filter(wrong)


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


OF_TERMS = (
    Rule("I15", "The rate of an agreed job changes only by an agreed change.", offers_changed_without_agreement),
    Rule("I15", "The rate of the chosen offer is what was agreed last.", offers_unlike_their_last_event),
    Rule("I15", "The terms of an agreed job change only by an agreed change.", cleanings_changed_without_agreement),
    Rule("I15", "The terms of an agreed job are those agreed last.", cleanings_unlike_their_last_event),
)
OF_CHANGES = (
    Rule("I15", "What was agreed was suggested.", agreements_without_a_change),
    Rule("I15", "A change that is agreed is in the timeline.", changes_without_an_agreement),
    Rule("I15", "At most one change of a cleaning is open.", with_several_open_changes),
    Rule("I15", "A change is open only on an agreed job.", open_where_nothing_is_agreed),
)
RULES = (*OF_TERMS, *OF_CHANGES)
