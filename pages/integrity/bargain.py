"""I1 to I7, I10 and I18: offers, cleanings and their timeline."""

from __future__ import annotations

from django.db.models import BigIntegerField, Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from cleanings.models import Bookmark, Cleaning, Event
from cleanings.states import CleaningStatus, Kind, OfferStatus
from offers.models import Offer
from pages.integrity import steps
from pages.integrity.rule import Rule

WON = {CleaningStatus.ASSIGNED: OfferStatus.ACCEPTED, CleaningStatus.COMPLETED: OfferStatus.COMPLETED}


def with_several_winners() -> QuerySet:
    winners = Offer.objects.winning().order_by().values("cleaning").annotate(winners=Count("pk"))
    return Cleaning.objects.filter(pk__in=winners.filter(winners__gt=1).values("cleaning"))


def with_another_status_than_its_winner() -> QuerySet:
    wrong = Q()
    for status, offer_status in WON.items():
        is_won = Exists(Offer.objects.filter(cleaning=OuterRef("pk"), status=offer_status))
        wrong |= Q(status=status) & ~is_won | ~Q(status=status) & is_won
    return Cleaning.objects.filter(wrong)


def pending_where_nothing_is_open() -> QuerySet:
    return Offer.objects.pending().exclude(cleaning__status=CleaningStatus.OPEN)


def with_several_offers_of_one_person() -> QuerySet:
    pairs = Offer.objects.order_by().values("cleaning", "cleaner").annotate(offers=Count("pk"))
    return Cleaning.objects.filter(pk__in=pairs.filter(offers__gt=1).values("cleaning"))


def on_ones_own() -> QuerySet:
    return Offer.objects.filter(cleaner=F("cleaning__owner"))


def reopenings() -> QuerySet:
    return Event.objects.filter(steps.OF_CLEANINGS, kind__in=steps.REOPENING)


def reopened_without_a_cancelled_offer() -> QuerySet:
    ended = Event.objects.filter(cleaning=OuterRef("cleaning"), kind=OuterRef("kind"), pk__gt=OuterRef("pk"))
    return reopenings().exclude(Exists(ended.filter(to_status=OfferStatus.CANCELLED)))


def left_rejected() -> QuerySet:
    """On what is open again; those of ended accounts and over a block are left on purpose."""
    of_offer = Event.objects.moves().filter(cleaning=OuterRef("cleaning"), cleaner=OuterRef("cleaner"))
    rejections = of_offer.order_by().values("cleaner").annotate(last=Max("pk")).values("last")
    later = reopenings().filter(cleaning=OuterRef("cleaning"), pk__gt=OuterRef("rejection"))
    reopened = Cleaning.objects.filter(
        pk__in=reopenings().values("cleaning"), status=CleaningStatus.OPEN, owner__is_active=True
    )
    rejected = Offer.objects.filter(status=OfferStatus.REJECTED, cleaner__is_active=True, cleaning__in=reopened)
    return rejected.without_block().annotate(rejection=Subquery(rejections)).filter(Exists(later))


def won_at_another_version() -> QuerySet:
    return Offer.objects.winning().exclude(cleaning_version=F("cleaning__version"))


def cleanings_elsewhere_than_their_last_step() -> QuerySet:
    return steps.elsewhere(Cleaning.objects.all(), "NULL", "last.cleaning_id = rows.id")


def offers_elsewhere_than_their_last_step() -> QuerySet:
    chain = "(last.cleaning_id, last.cleaner_id) = (rows.cleaning_id, rows.cleaner_id)"
    return steps.elsewhere(Offer.objects.all(), "NOT NULL", chain)


def with_wrong_counts() -> QuerySet:
    standing = Count("offers", filter=~Q(offers__status=OfferStatus.RESCINDED))
    counted = Cleaning.objects.order_by().values("pk").annotate(standing=standing)
    return Cleaning.objects.filter(pk__in=counted.exclude(offers_count=F("standing")).values("pk"))


def reserved_but_not_open() -> QuerySet:
    return Cleaning.objects.filter(reserved_until__isnull=False).exclude(
        status=CleaningStatus.OPEN, reserved_for__isnull=False
    )


def invitations() -> QuerySet:
    return Event.objects.filter(kind=Kind.INVITE).annotate(person=Cast(KT("terms__invited"), BigIntegerField()))


def declined() -> QuerySet:
    return Event.objects.filter(kind=Kind.PASS, actor__isnull=False)


def reserved_for_who_declined() -> QuerySet:
    by_invited = declined().filter(cleaning=OuterRef("pk"), actor=OuterRef("reserved_for"))
    return Cleaning.objects.filter(Exists(by_invited), reserved_until__isnull=False)


def opened_to_everyone_twice() -> QuerySet:
    opened = Event.objects.filter(kind=Kind.UNRESERVE).order_by().values("cleaning").annotate(times=Count("pk"))
    return Cleaning.objects.filter(pk__in=opened.filter(times__gt=1).values("cleaning"))


def reserved_offers_of_strangers() -> QuerySet:
    """And of the invited who declined."""
    of_cleaner = {"cleaning": OuterRef("cleaning")}
    invited = invitations().filter(person=OuterRef("cleaner"), **of_cleaner)
    gone = declined().filter(actor=OuterRef("cleaner"), **of_cleaner)
    reserved = Offer.objects.pending().filter(cleaning__reserved_for__isnull=False)
    return reserved.filter(~Exists(invited) | Exists(gone))


def reserved_bookmarks_of_strangers() -> QuerySet:
    invited = invitations().filter(cleaning=OuterRef("cleaning"), person=OuterRef("person"))
    return Bookmark.objects.filter(cleaning__reserved_for__isnull=False).exclude(Exists(invited))


RULES = (
    Rule("I1", "At most one offer of a cleaning is accepted or completed.", with_several_winners),
    Rule(
        "I2",
        "A cleaning is assigned if an offer is accepted, completed if one is completed, and else neither.",
        with_another_status_than_its_winner,
    ),
    Rule("I3", "Pending offers exist only on open cleanings.", pending_where_nothing_is_open),
    Rule("I4", "A cleaner makes at most one offer on a cleaning.", with_several_offers_of_one_person),
    Rule("I4", "Nobody offers on a cleaning of their own.", on_ones_own),
    Rule("I5", "Cancelling leaves that offer cancelled.", reopened_without_a_cancelled_offer),
    Rule("I5", "Cancelling leaves no offer turned down.", left_rejected),
    Rule("I6", "The chosen offer carries the version of its cleaning.", won_at_another_version),
    Rule("I7", "Each step of a timeline begins where the one before ended.", steps.with_gaps),
    Rule("I7", "Each step of a timeline is a legal move.", steps.illegal),
    Rule("I7", "The last step of a cleaning is its status.", cleanings_elsewhere_than_their_last_step),
    Rule("I7", "The last step of an offer is its status.", offers_elsewhere_than_their_last_step),
    Rule("I10", "A job counts the offers that are not withdrawn.", with_wrong_counts),
    Rule("I18", "Only an open cleaning is reserved.", reserved_but_not_open),
    Rule("I18", "No cleaning is reserved for who has declined.", reserved_for_who_declined),
    Rule("I18", "A cleaning opens to everyone once.", opened_to_everyone_twice),
    Rule("I18", "Only an invited cleaner offers on a reserved cleaning.", reserved_offers_of_strangers),
    Rule("I18", "Only an invited cleaner saves a reserved cleaning.", reserved_bookmarks_of_strangers),
)
