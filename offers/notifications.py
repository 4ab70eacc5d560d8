"""Who is told of a move, in what words, and where they act on it: one function per event."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.urls import reverse

from accounts.models import User
from cleanings.labels import day_label, money, short_name
from cleanings.timeline import Event
from notifications.models import Notification
from offers.states import BY_KIND, Kind, OfferStatus

if TYPE_CHECKING:
    from offers.models import Offer


class Told(NamedTuple):
    recipient: User
    sentence: str
    url: str


def offered(event: Event, offer: Offer) -> Told:
    who, what = offer.cleaner.display_name, quoted(offer)
    return Told(offer.cleaning.owner, f"{who} offers {offer.rate_label}, for {what}.", compare(offer))


def revised(event: Event, offer: Offer) -> Told:
    before, after = money(Decimal(event.terms["rate_before"])), money(offer.hourly_rate)
    who, what = offer.cleaner.display_name, quoted(offer)
    rates = f"from {before} to {after} an hour" if before != after else f"still {after} an hour"
    return Told(offer.cleaning.owner, f"{who} revised the offer for {what}: {rates}.", compare(offer))


def confirmed(event: Event, offer: Offer) -> Told:
    who, what = offer.cleaner.display_name, quoted(offer)
    return Told(offer.cleaning.owner, f"{who} confirmed the offer for {what} as it is described now.", compare(offer))


def rescinded(event: Event, offer: Offer) -> Told:
    who, what = offer.cleaner.display_name, quoted(offer)
    return Told(offer.cleaning.owner, f"{who} rescinded the offer for {what}.", compare(offer))


def rejected(event: Event, offer: Offer) -> Told:
    return Told(offer.cleaner, f"Your offer for {quoted(offer)} was rejected.", offer.get_absolute_url())


def accepted(event: Event, offer: Offer) -> Told:
    sentence = f"You have the job: {quoted(offer)}, {offer.cleaning.when_label}."
    return Told(offer.cleaner, sentence, offer.cleaning.get_absolute_url())


def not_chosen(event: Event, offer: Offer) -> Told:
    sentence = f"Somebody else was chosen for {quoted(offer)}. Should it open again, your offer counts again."
    return Told(offer.cleaner, sentence, reverse("cleanings:list"))


def cancelled(event: Event, offer: Offer) -> Told:
    pending = offer.cleaning.offers.pending().count()
    count = f"{pending} offer{'' if pending == 1 else 's'} pending"
    sentence = f"{offer.cleaner.display_name} cancelled {quoted(offer)}. Reason: {event.reason_label}."
    return Told(offer.cleaning.owner, f"{sentence} It is open again, {count}.", compare(offer))


def released(event: Event, offer: Offer) -> Told:
    sentence = f"You were released from {quoted(offer)}. Reason: {event.reason_label}."
    return Told(offer.cleaner, sentence, offer.get_absolute_url())


def revived(event: Event, offer: Offer) -> Told:
    act = "Keep it or rescind it." if offer.is_current else "Confirm it for the changed cleaning, or rescind it."
    sentence = f"{quoted(offer)} is open again, and your offer counts again. {act}"
    return Told(offer.cleaner, sentence, offer.get_absolute_url())


def completed(event: Event, offer: Offer) -> Told:
    url = reverse("evaluations:create", args=[offer.cleaning_id, offer.cleaner.username])
    name, date = offer.cleaning.owner.display_name, day_label(offer.evaluated_until)
    return Told(offer.cleaner, f"{quoted(offer)} is completed. You can evaluate {name} until {date}.", url)


def closed(event: Event, offer: Offer) -> Told:
    return Told(offer.cleaner, f"{quoted(offer)} was closed.", reverse("cleanings:list"))


def terms_edited(event: Event, offer: Offer) -> Told:
    sentence = f"{quoted(offer)} has changed. Confirm or revise your offer, or it cannot be accepted."
    return Told(offer.cleaner, sentence, offer.get_absolute_url())


WORDS = {
    (Kind.OFFER, OfferStatus.PENDING): offered,
    (Kind.REVISE, OfferStatus.PENDING): revised,
    (Kind.CONFIRM, OfferStatus.PENDING): confirmed,
    (Kind.RESCIND, OfferStatus.RESCINDED): rescinded,
    (Kind.REJECT, OfferStatus.REJECTED): rejected,
    (Kind.ACCEPT, OfferStatus.ACCEPTED): accepted,
    (Kind.ACCEPT, OfferStatus.REJECTED): not_chosen,
    (Kind.CANCEL, OfferStatus.CANCELLED): cancelled,
    (Kind.CANCEL, OfferStatus.PENDING): revived,
    (Kind.RELEASE, OfferStatus.CANCELLED): released,
    (Kind.RELEASE, OfferStatus.PENDING): revived,
    (Kind.COMPLETE, OfferStatus.COMPLETED): completed,
    (Kind.CLOSE, OfferStatus.REJECTED): closed,
    (Kind.EDIT, OfferStatus.PENDING): terms_edited,
}


def notices(event: Event, offer: Offer) -> list[Notification]:
    """What is to be told of an event about an offer, unsaved: to the other party, and never to the one who acted.

    Where the staff or the site acted in a party's place, both parties hear who did.
    """
    move, parties = BY_KIND.get(Kind(event.kind)), (offer.cleaning.owner, offer.cleaner)
    if move and offer.status == move.offer_to and event.actor not in parties:
        told = [in_their_place(person, event, offer) for person in parties]
    else:
        told = [WORDS[Kind(event.kind), OfferStatus(offer.status)](event, offer)]
    return [
        Notification(recipient=recipient, event=event, sentence=sentence, url=url, created_at=event.at)
        for recipient, sentence, url in told
        if recipient != event.actor and recipient.is_active
    ]


def in_their_place(person: User, event: Event, offer: Offer) -> Told:
    """The line of the timeline, for a party in whose place the staff or the site acted."""
    return Told(person, event.retold_to(person), offer.cleaning.get_absolute_url())


def quoted(offer: Offer) -> str:
    return f"“{short_name(offer.cleaning.name)}”"


def compare(offer: Offer) -> str:
    return reverse("offers:list", args=[offer.cleaning_id])
