"""Who is told of a move, in what words, and where they act on it: one function per event."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cleanings.events import EventType, Sentences, always, register
from cleanings.states import BY_KIND, Kind, OfferStatus, Role
from cleanings.terms import Change
from cleanings.timeline import Event
from core.formatting import day_label, money
from core.text import isolate, truncate
from notifications.models import Notification
from notifications.topics import Told, Topic

if TYPE_CHECKING:
    from offers.models import Offer

EVENT_TYPES = [
    EventType(
        kind=Kind.OFFER,
        status=OfferStatus.PENDING,
        by=Role.CLEANER,
        sentences=Sentences(
            you="You offered {rate} an hour.",
            party="{cleaner} offered {rate} an hour.",
            staff="The staff offered {rate} an hour.",
            site="The site offered {rate} an hour.",
        ),
    ),
    EventType(
        kind=Kind.REVISE,
        status=OfferStatus.PENDING,
        by=Role.CLEANER,
        sentences=Sentences(
            you="You revised {cleaner}’s offer: {rate} an hour.",
            party="{cleaner} revised the offer: {rate} an hour.",
            staff="The staff revised {cleaner}’s offer: {rate} an hour.",
            site="The site revised {cleaner}’s offer: {rate} an hour.",
        ),
        to_concerned=Sentences(
            you="You revised the offer: {rate} an hour.",
            staff="The staff revised your offer: {rate} an hour.",
            site="The site revised your offer: {rate} an hour.",
        ),
    ),
    EventType(
        kind=Kind.CONFIRM,
        status=OfferStatus.PENDING,
        by=Role.CLEANER,
        sentences=Sentences(
            you="You confirmed {cleaner}’s offer for the changed cleaning.",
            party="{cleaner} confirmed the offer for the changed cleaning.",
            staff="The staff confirmed {cleaner}’s offer for the changed cleaning.",
            site="The site confirmed {cleaner}’s offer for the changed cleaning.",
        ),
        to_concerned=Sentences(
            you="You confirmed the offer for the changed cleaning.",
            staff="The staff confirmed your offer for the changed cleaning.",
            site="The site confirmed your offer for the changed cleaning.",
        ),
    ),
    EventType(
        kind=Kind.RESCIND,
        status=OfferStatus.RESCINDED,
        by=Role.CLEANER,
        sentences=Sentences(
            you="You rescinded {cleaner}’s offer.",
            party="{cleaner} rescinded the offer.",
            staff="The staff rescinded {cleaner}’s offer.",
            site="The site rescinded {cleaner}’s offer.",
        ),
        to_concerned=Sentences(
            you="You rescinded the offer.",
            staff="The staff rescinded your offer.",
            site="The site rescinded your offer.",
        ),
    ),
    EventType(
        kind=Kind.REJECT,
        status=OfferStatus.REJECTED,
        sentences=Sentences(
            you="You rejected {cleaner}’s offer.",
            party="The owner rejected {cleaner}’s offer.",
            staff="The staff rejected {cleaner}’s offer.",
            site="The site rejected {cleaner}’s offer.",
        ),
        to_concerned=Sentences(
            you="You rejected your offer.",
            party="The owner rejected your offer.",
            staff="The staff rejected your offer.",
            site="The site rejected your offer.",
        ),
    ),
    EventType(
        kind=Kind.ACCEPT,
        status=OfferStatus.ACCEPTED,
        sentences=Sentences(
            you="You accepted {cleaner}’s offer at {rate} an hour.",
            party="The owner accepted {cleaner}’s offer at {rate} an hour.",
            staff="The staff accepted {cleaner}’s offer at {rate} an hour.",
            site="The site accepted {cleaner}’s offer at {rate} an hour.",
        ),
        to_concerned=Sentences(
            you="You accepted your offer at {rate} an hour.",
            party="The owner accepted your offer at {rate} an hour.",
            staff="The staff accepted your offer at {rate} an hour.",
            site="The site accepted your offer at {rate} an hour.",
        ),
    ),
    EventType(
        kind=Kind.ACCEPT,
        status=OfferStatus.REJECTED,
        sentences=Sentences(
            you="You chose someone else, so {cleaner}’s offer was rejected.",
            party="The owner chose someone else, so {cleaner}’s offer was rejected.",
            staff="The staff chose someone else, so {cleaner}’s offer was rejected.",
            site="The site chose someone else, so {cleaner}’s offer was rejected.",
        ),
        to_concerned=Sentences(
            you="You chose someone else, so your offer was rejected.",
            party="The owner chose someone else, so your offer was rejected.",
            staff="The staff chose someone else, so your offer was rejected.",
            site="The site chose someone else, so your offer was rejected.",
        ),
    ),
    EventType(
        kind=Kind.CANCEL,
        status=OfferStatus.CANCELLED,
        by=Role.CLEANER,
        sentences=Sentences(
            you="You cancelled the job.",
            party="{cleaner} cancelled the job.",
            staff="The staff cancelled the job.",
            site="The site cancelled the job.",
        ),
    ),
    EventType(
        kind=Kind.CANCEL,
        status=OfferStatus.PENDING,
        sentences=always("This put {cleaner}’s offer back in play."),
        to_concerned=always("This put your offer back in play."),
    ),
    EventType(
        kind=Kind.RELEASE,
        status=OfferStatus.CANCELLED,
        sentences=Sentences(
            you="You released {cleaner} from the job.",
            party="The owner released {cleaner} from the job.",
            staff="The staff released {cleaner} from the job.",
            site="The site released {cleaner} from the job.",
        ),
        to_concerned=Sentences(
            you="You released yourself from the job.",
            party="The owner released you from the job.",
            staff="The staff released you from the job.",
            site="The site released you from the job.",
        ),
    ),
    EventType(
        kind=Kind.RELEASE,
        status=OfferStatus.PENDING,
        sentences=always("This put {cleaner}’s offer back in play."),
        to_concerned=always("This put your offer back in play."),
    ),
    EventType(
        kind=Kind.COMPLETE,
        status=OfferStatus.COMPLETED,
        sentences=Sentences(
            you="You completed the job with {cleaner}.",
            party="The owner completed the job with {cleaner}.",
            staff="The staff completed the job with {cleaner}.",
            site="The site completed the job with {cleaner}.",
        ),
        to_concerned=Sentences(
            you="You completed your job.",
            party="The owner completed the job with you.",
            staff="The staff completed the job with you.",
            site="The site completed the job with you.",
        ),
    ),
    EventType(
        kind=Kind.CLOSE,
        status=OfferStatus.REJECTED,
        sentences=Sentences(
            you="You closed the cleaning, which rejected {cleaner}’s offer.",
            party="The owner closed the cleaning, which rejected {cleaner}’s offer.",
            staff="The staff closed the cleaning, which rejected {cleaner}’s offer.",
            site="The site closed the cleaning, which rejected {cleaner}’s offer.",
        ),
        to_concerned=Sentences(
            you="You closed the cleaning, which rejected your offer.",
            party="The owner closed the cleaning, which rejected your offer.",
            staff="The staff closed the cleaning, which rejected your offer.",
            site="The site closed the cleaning, which rejected your offer.",
        ),
    ),
    EventType(
        kind=Kind.SEE,
        sentences=Sentences(you="You saw {other}’s {seen}.", party="{doer} saw {other}’s {seen}."),
        to_concerned=Sentences(party="{doer} saw your {seen}."),
        repeated=EventType(
            kind=Kind.SEE,
            sentences=Sentences(
                you="You saw {other}’s {seen}, {times} times that day.",
                party="{doer} saw {other}’s {seen}, {times} times that day.",
            ),
            to_concerned=Sentences(party="{doer} saw your {seen}, {times} times that day."),
        ),
    ),
    EventType(kind=Kind.REMIND, sentences=always("The site reminded both sides of the job.")),
    EventType(
        kind=Kind.ANSWER,
        sentences=Sentences(
            you="You answered what {other} said of a no-show.",
            party="{doer} answered what {other} said of a no-show.",
        ),
        to_concerned=Sentences(party="{doer} answered what you said of a no-show."),
    ),
]
register(EVENT_TYPES)


def offered(event: Event, offer: Offer) -> Told:
    who, what = offer.cleaner.isolated_name, event.heading
    sentence = f"{who} offers {offer.rate_label}, for {what}."
    return Told(offer.cleaning.owner, Topic.OFFERED, f"New offer for {what}", sentence, compare(offer))


def revised(event: Event, offer: Offer) -> Told:
    before, after = money(Decimal(event.terms["rate_before"])), money(offer.hourly_rate)
    rates = f"from {before} to {after} an hour" if before != after else f"still {after} an hour"
    sentence = f"{offer.cleaner.isolated_name} revised the offer for {event.heading}: {rates}."
    return Told(offer.cleaning.owner, Topic.REVISED, f"Offer revised for {event.heading}", sentence, compare(offer))


def confirmed(event: Event, offer: Offer) -> Told:
    who, what = offer.cleaner.isolated_name, event.heading
    sentence = f"{who} confirmed the offer for {what} as it is described now: {offer.rate_label}."
    return Told(offer.cleaning.owner, Topic.CONFIRMED, f"Offer confirmed for {what}", sentence, compare(offer))


def rescinded(event: Event, offer: Offer) -> Told:
    who, what = offer.cleaner.isolated_name, event.heading
    sentence = f"{who} rescinded the offer for {what}."
    return Told(offer.cleaning.owner, Topic.RESCINDED, f"Offer rescinded for {what}", sentence, compare(offer))


def rejected(event: Event, offer: Offer) -> Told:
    words = f"Your offer for {event.heading} was rejected"
    return Told(offer.cleaner, Topic.REJECTED, words, f"{words}.", offer.get_absolute_url())


def accepted(event: Event, offer: Offer) -> Told:
    cleaning, words = offer.cleaning, f"You have the job: {event.heading}"
    sentence = f"{words}, {in_a_sentence(cleaning.when_label)}. The street is on its page."
    subject = f"{words}, {day_label(cleaning.starts_at)}" if cleaning.starts_at else words
    return Told(offer.cleaner, Topic.CHOSEN, subject, sentence, cleaning.get_absolute_url())


def not_chosen(event: Event, offer: Offer) -> Told:
    words = f"Somebody else was chosen for {event.heading}"
    sentence = f"{words}. If it opens again, your offer is back in play."
    return Told(offer.cleaner, Topic.NOT_CHOSEN, words, sentence, reverse("cleanings:list"))


def cancelled(event: Event, offer: Offer) -> Told:
    pending = offer.cleaning.offers.pending().count()
    count = f"{pending} offer{'' if pending == 1 else 's'} pending"
    words = f"{offer.cleaner.isolated_name} cancelled {event.heading}"
    answer = f" You can answer that on the page of {offer.cleaner.isolated_name}’s offer." if event.is_no_show else ""
    sentence = f"{words}. Reason: {event.reason_label}.{answer} It is open again, {count}."
    return Told(offer.cleaning.owner, Topic.CANCELLED, words, sentence, compare(offer))


def released(event: Event, offer: Offer) -> Told:
    words = f"You were released from {event.heading}"
    sentence, url = f"{words}. Reason: {event.reason_label}.", offer.get_absolute_url()
    if event.is_no_show:
        sentence, url = f"{sentence} You can answer that, once.", answer_no_show(offer)
    return Told(offer.cleaner, Topic.RELEASED, words, sentence, url)


def revived(event: Event, offer: Offer) -> Told:
    """Why it is open again and how old the offer is, because what suited then may not suit any more."""
    words = f"{event.heading} is open again"
    why = "the chosen cleaner cancelled" if event.kind == Kind.CANCEL else "the chosen cleaner was released"
    act = "Keep it or rescind it." if offer.is_current else "Confirm it for the changed cleaning, or rescind it."
    if not (offer.is_current or offer.takes_offers):
        act = "It was made for other terms, and unless the owner moves the start it cannot be confirmed."
    sentence = f"{words}, because {why}. Your offer of {made_when(offer)}, is back in play. {act}"
    return Told(offer.cleaner, Topic.REOPENED, words, sentence, offer.get_absolute_url())


def completed(event: Event, offer: Offer) -> Told:
    words, owner = f"{event.heading} is completed", offer.cleaning.owner
    sentence = f"{words}. You can evaluate {owner.isolated_name} until {day_label(offer.evaluated_until)}."
    return Told(offer.cleaner, Topic.COMPLETED, words, sentence, evaluate(offer))


def closed(event: Event, offer: Offer) -> Told:
    words = f"{event.heading} was closed"
    return Told(offer.cleaner, Topic.CLOSED, words, f"{words}.", reverse("cleanings:list"))


def terms_edited(event: Event, offer: Offer) -> Told:
    changes = offer.cleaning.changes_since(event.terms["version"] - 1)
    words, what = f"{event.heading} has changed", "; ".join(map(from_and_to, changes))
    sentence = f"{words}: {what}. Confirm or revise your offer, or it cannot be accepted."
    return Told(offer.cleaner, Topic.CHANGED, words, sentence, offer.get_absolute_url())


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


def reminded(person: User, event: Event, offer: Offer) -> Told:
    cleaning, what = offer.cleaning, event.heading
    days = (timezone.localdate(cleaning.starts_at) - timezone.localdate(event.at)).days
    day = {0: "today", 1: "tomorrow"}.get(days, "soon")
    comes = f"{offer.cleaner.isolated_name} cleans {what}" if person == cleaning.owner else f"You clean {what}"
    sentence = f"{comes} {day}: {cleaning.when_label}. What both of you need for it is on its page."
    if role := offer.role_with_closed_account:
        sentence = f"{what} starts {day}: {cleaning.when_label}. But the account of its {role} has ended."
    return Told(person, Topic.REMINDED, f"{what} is {day}", sentence, cleaning.get_absolute_url())


def lapsed(event: Event, offer: Offer) -> Told:
    words = f"The start of {event.heading} has passed and nobody was chosen"
    sentence = f"{words}. Unless the owner moves the start or still chooses, it is over."
    return Told(offer.cleaner, Topic.LAPSED, f"{event.heading} is over", sentence, offer.get_absolute_url())


def nobody_chosen(event: Event, to_choose: int) -> Told:
    """The same for the owner, who may have some offers to choose from."""
    what, cleaning = event.heading, event.cleaning
    url = reverse("offers:list" if to_choose else "cleanings:update", args=[cleaning.pk])
    choices = "Choose, move the start, or close it." if to_choose else "Move the start or close it."
    sentence = f"The start of {what} has passed and nobody was chosen. {choices}"
    return Told(cleaning.owner, Topic.LAPSED, f"The start of {what} has passed", sentence, url)


def answered(event: Event, offer: Offer, other: User) -> Told:
    """To the side that said that there was a no-show; the words themselves go along as the note."""
    subject = f"{event.actor.isolated_name} answered about {event.heading}"
    return Told(other, Topic.ANSWERED, subject, event.retold_to(other), offer.cleaning.get_absolute_url())


def notices(event: Event, offer: Offer) -> list[Notification]:
    """What is to be told of an event about an offer, unsaved: to the other party.

    Where the staff or the site acted in a party's place, both parties hear who did.
    """
    move, parties = BY_KIND.get(Kind(event.kind)), (offer.cleaning.owner, offer.cleaner)
    if event.kind == Kind.REMIND:
        return Notification.of(event, [reminded(person, event, offer) for person in parties])
    if move and offer.status == move.offer_to and event.actor != parties[move.role is Role.CLEANER]:
        return Notification.of(event, [in_their_place(person, event, offer) for person in parties])
    return Notification.of(event, [WORDS[Kind(event.kind), OfferStatus(offer.status)](event, offer)])


def in_their_place(person: User, event: Event, offer: Offer) -> Told:
    """The line of the timeline, for the party in whose place the staff or the site acted, and for the other one.

    To the other one it is the news that it always is, and leads to where they act on it.
    """
    if event.kind == Kind.COMPLETE:
        return completed_for(person, event, offer)
    usual = WORDS[Kind(event.kind), OfferStatus(offer.status)](event, offer)
    if person != usual.recipient:
        usual = usual._replace(topic=Topic.IN_YOUR_PLACE, url=offer.cleaning.get_absolute_url())
    subject = f"{'The staff' if event.actor else 'The site'} acted on {event.heading}"
    sentence = event.retold_to(person) + (f" Reason: {event.reason_label}." if event.reason else "")
    return usual._replace(recipient=person, subject=subject, sentence=sentence)


def completed_for(person: User, event: Event, offer: Offer) -> Told:
    """That the site or the staff completed the job: either side may evaluate the other, who has to be here for it."""
    other = offer.other_side(person)
    sentence, url = event.retold_to(person), offer.cleaning.get_absolute_url()
    if other.is_active:
        sentence += f" You can evaluate {other.isolated_name} until {day_label(offer.evaluated_until)}."
        url = evaluate(offer)
    return Told(person, Topic.COMPLETED, f"{event.heading} is completed", sentence, url)


def made_when(offer: Offer) -> str:
    """The day on which an offer was made, and how long ago that is: "12 Nov 2026, 9 days ago"."""
    days = (timezone.localdate() - timezone.localdate(offer.created_at)).days
    ago = {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
    return f"{day_label(offer.created_at)}, {ago}"


def from_and_to(change: Change) -> str:
    """One change of the terms in a few words; of the street, which stays private, only that it changed."""
    if change.is_private:
        return change.name
    before, after = (isolate(in_a_sentence(truncate(value, 40))) for value in (change.before, change.after))
    return f"{change.name} from {before} to {after}"


def in_a_sentence(label: str) -> str:
    """A label that may stand by itself, "Date by agreement", in the midst of other words."""
    return label.replace("Date by", "date by")


def evaluate(offer: Offer) -> str:
    return reverse("evaluations:create", args=[offer.cleaning_id, offer.cleaner.username])


def answer_no_show(offer: Offer) -> str:
    return reverse("offers:answer-no-show", args=[offer.cleaning_id, offer.cleaner.username])


def compare(offer: Offer) -> str:
    return reverse("offers:list", args=[offer.cleaning_id])
