"""The types of events of an offer: lines of the timeline, notices and their words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from cleanings.events import (
    CLEANING,
    ON_BOTH,
    ON_CLEANINGS,
    ON_OFFERS,
    OTHER_CLEANINGS,
    SITE_ACTED,
    STAFF_ACTED,
    EventType,
    Link,
    NoticeType,
    Sentences,
    always,
    event_type,
    register,
)
from cleanings.states import CHANGE_KINDS, MOVES_BY_KIND, Kind, OfferStatus, Role
from cleanings.terms import in_a_sentence, listed
from cleanings.timeline import Event
from core.formatting import ago_label, count_word, day_label, money, when_label
from notifications import topics
from notifications.models import Notification
from notifications.topics import Notice, Topic, TopicRow

if TYPE_CHECKING:
    from offers.models import Offer

topics.register(
    [
        TopicRow(Topic.OFFERED, ON_CLEANINGS, asks=True),
        TopicRow(Topic.REVISED, ON_CLEANINGS, asks=True),
        TopicRow(Topic.CONFIRMED, ON_CLEANINGS, asks=True),
        TopicRow(Topic.RESCINDED, ON_CLEANINGS),
        TopicRow(Topic.CANCELLED, ON_CLEANINGS, asks=True),
        TopicRow(Topic.CHOSEN, ON_OFFERS, asks=True),
        TopicRow(Topic.NOT_CHOSEN, ON_OFFERS),
        TopicRow(Topic.REJECTED, ON_OFFERS),
        TopicRow(Topic.CHANGED, ON_OFFERS, asks=True),
        TopicRow(Topic.REOPENED, ON_OFFERS, asks=True),
        TopicRow(Topic.RELEASED, ON_OFFERS),
        TopicRow(Topic.CLOSED, ON_OFFERS),
        TopicRow(Topic.LAPSED, ON_BOTH, asks=True),
        TopicRow(Topic.REMINDED, ON_BOTH, asks=True),
        TopicRow(Topic.COMPLETED, ON_BOTH, asks=True),
        TopicRow(Topic.ANSWERED, ON_BOTH),
        TopicRow(Topic.SUGGESTED, ON_BOTH, asks=True),
        TopicRow(Topic.AGREED, ON_BOTH),
        TopicRow(Topic.CHANGE_OVER, ON_BOTH),
    ]
)

COMPARE = Link("Compare the offers", lambda event, offer: reverse("offers:list", args=[event.cleaning_id]))
OFFER = Link("See your offer", lambda event, offer: offer.get_absolute_url())
MOVE_START = Link("Move the start", lambda event, offer: reverse("cleanings:update", args=[event.cleaning_id]))
CHANGE = Link("See the change", lambda event, offer: _url_of_job("offers:change", event))
ANSWER_NO_SHOW = Link("Tell your side", lambda event, about: _url_of_job("offers:answer-no-show", event))
EVALUATE = Link("Write a review", lambda event, about: _url_of_job("evaluations:create", event))


def _url_of_job(name: str, event: Event) -> str:
    cleaner = event.cleaner.username if event.cleaner else ""
    return reverse(name, args=[event.cleaning_id, cleaner])


def has_other_rate(event: Event, offer: Offer) -> bool:
    return Decimal(event.terms["rate_before"]) != offer.hourly_rate


def has_date(event: Event, offer: Offer) -> bool:
    return offer.cleaning.starts_at is not None


def is_no_show(event: Event, offer: Offer) -> bool:
    return event.is_no_show


def is_current(event: Event, offer: Offer) -> bool:
    return offer.is_current


def takes_offers(event: Event, offer: Offer) -> bool:
    return offer.takes_offers


def cleaner_is_gone(event: Event, offer: Offer) -> bool:
    return offer.role_with_closed_account == Role.CLEANER


def owner_is_gone(event: Event, offer: Offer) -> bool:
    return offer.role_with_closed_account == Role.OWNER


def offered_rate(event: Event, offer: Offer) -> dict[str, str]:
    return {"rate": offer.rate_label}


def rates(event: Event, offer: Offer) -> dict[str, str]:
    return {"before": money(Decimal(event.terms["rate_before"])), "after": money(offer.hourly_rate)}


def start(event: Event, offer: Offer) -> dict[str, str]:
    starts_at = offer.cleaning.starts_at
    return {"start": in_a_sentence(offer.cleaning.when_label), "day": day_label(starts_at) if starts_at else ""}


def start_ahead(event: Event, offer: Offer) -> dict[str, str]:
    days = (timezone.localdate(offer.cleaning.starts_at) - timezone.localdate(event.at)).days
    return {"start": offer.cleaning.when_label, "day": {0: "today", 1: "tomorrow"}.get(days, "soon")}


def pending_offers(event: Event, offer: Offer) -> dict[str, str]:
    count = offer.cleaning.offers.pending().count()
    if offer.cleaning.is_undecided and not count:
        return {"now": "Only you see it: open it to everyone, invite someone else, or close it."}
    if count == 1:
        return {"now": "It is open again, with one offer waiting."}
    return {"now": f"It is open again, with {count_word(count)} offers waiting."}


def made(event: Event, offer: Offer) -> dict[str, str]:
    """With the age of the offer, because a date that suited then may not suit any more."""
    return {"made": f"{day_label(offer.created_at)} ({ago_label(offer.created_at)})"}


def last_day_to_evaluate(event: Event, offer: Offer) -> dict[str, str]:
    return {"until": day_label(offer.evaluated_until)}


def suggestion(event: Event, offer: Offer) -> dict[str, str]:
    until = offer.open_change.expires_at if offer.open_change else event.at
    return who_answered(event, offer) | agreed_terms(event, offer) | {"until": when_label(until)}


def agreed_terms(event: Event, offer: Offer) -> dict[str, str]:
    return who_answered(event, offer) | {"changes": listed(event.changes)}


def who_answered(event: Event, offer: Offer) -> dict[str, str]:
    return {"actor": event.actor.isolated_name if event.actor else ""}


def changes(event: Event, offer: Offer) -> dict[str, str]:
    since = offer.cleaning.changes_since(event.terms["version"] - 1)
    return {"changes": listed(since)}


STAFF_LOOKED = "Our staff looked at {seen} because of a report."
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
        notices=(
            NoticeType(
                hears=Role.OWNER,
                topic=Topic.OFFERED,
                subject="New offer for {cleaning}",
                sentence="{cleaner} offers {rate}, for {cleaning}.",
                link=COMPARE,
                facts=offered_rate,
            ),
        ),
    ),
    EventType(
        kind=Kind.REVISE,
        status=OfferStatus.PENDING,
        by=Role.CLEANER,
        sentences=Sentences(
            you="You changed {cleaner}’s offer: {rate} an hour.",
            party="{cleaner} changed the offer: {rate} an hour.",
            staff="The staff changed {cleaner}’s offer: {rate} an hour.",
            site="The site changed {cleaner}’s offer: {rate} an hour.",
        ),
        to_concerned=Sentences(
            you="You changed your offer: {rate} an hour.",
            staff="The staff changed your offer: {rate} an hour.",
            site="The site changed your offer: {rate} an hour.",
        ),
        notices=(
            NoticeType(
                hears=Role.OWNER,
                topic=Topic.REVISED,
                subject="Offer changed for {cleaning}",
                sentence="{cleaner} changed the offer for {cleaning}: {after} an hour, and it was {before}.",
                link=COMPARE,
                when=has_other_rate,
                facts=rates,
            ),
            NoticeType(
                hears=Role.OWNER,
                topic=Topic.REVISED,
                subject="Offer changed for {cleaning}",
                sentence="{cleaner} changed the offer for {cleaning}. The rate is still {after} an hour.",
                link=COMPARE,
                facts=rates,
            ),
        ),
    ),
    EventType(
        kind=Kind.CONFIRM,
        status=OfferStatus.PENDING,
        by=Role.CLEANER,
        sentences=Sentences(
            you="You kept {cleaner}’s offer after the job had changed.",
            party="{cleaner} kept the offer after the job had changed.",
            staff="The staff kept {cleaner}’s offer after the job had changed.",
            site="The site kept {cleaner}’s offer after the job had changed.",
        ),
        to_concerned=Sentences(
            you="You kept your offer after the job had changed.",
            staff="The staff kept your offer after the job had changed.",
            site="The site kept your offer after the job had changed.",
        ),
        notices=(
            NoticeType(
                hears=Role.OWNER,
                topic=Topic.CONFIRMED,
                subject="Offer kept for {cleaning}",
                sentence="{cleaner} keeps the offer for {cleaning} after your changes: {rate}.",
                link=COMPARE,
                facts=offered_rate,
            ),
        ),
    ),
    EventType(
        kind=Kind.RESCIND,
        status=OfferStatus.RESCINDED,
        by=Role.CLEANER,
        sentences=Sentences(
            you="You withdrew {cleaner}’s offer.",
            party="{cleaner} withdrew the offer.",
            staff="The staff withdrew {cleaner}’s offer.",
            site="The site withdrew {cleaner}’s offer.",
        ),
        to_concerned=Sentences(
            you="You withdrew your offer.",
            staff="The staff withdrew your offer.",
            site="The site withdrew your offer.",
        ),
        notices=(
            NoticeType(
                hears=Role.OWNER,
                topic=Topic.RESCINDED,
                subject="Offer withdrawn for {cleaning}",
                sentence="{cleaner} withdrew the offer for {cleaning}.",
                link=COMPARE,
            ),
        ),
    ),
    EventType(
        kind=Kind.REJECT,
        status=OfferStatus.REJECTED,
        sentences=Sentences(
            you="You turned down {cleaner}’s offer.",
            party="The owner turned down {cleaner}’s offer.",
            staff="The staff turned down {cleaner}’s offer.",
            site="The site turned down {cleaner}’s offer.",
        ),
        to_concerned=Sentences(
            you="You turned down your offer.",
            party="The owner turned down your offer.",
            staff="The staff turned down your offer.",
            site="The site turned down your offer.",
        ),
        notices=(
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.REJECTED,
                subject="Your offer for {cleaning} was turned down",
                sentence="Your offer for {cleaning} was turned down.",
                link=OFFER,
            ),
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
        notices=(
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.CHOSEN,
                subject="You’ve got the job: {cleaning}, {day}",
                sentence="You’ve got the job: {cleaning}, {start}. The street is on its page.",
                link=CLEANING,
                when=has_date,
                facts=start,
            ),
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.CHOSEN,
                subject="You’ve got the job: {cleaning}",
                sentence="You’ve got the job: {cleaning}, {start}. The street is on its page.",
                link=CLEANING,
                facts=start,
            ),
        ),
    ),
    EventType(
        kind=Kind.ACCEPT,
        status=OfferStatus.REJECTED,
        sentences=Sentences(
            you="You chose someone else, so {cleaner}’s offer was turned down.",
            party="The owner chose someone else, so {cleaner}’s offer was turned down.",
            staff="The staff chose someone else, so {cleaner}’s offer was turned down.",
            site="The site chose someone else, so {cleaner}’s offer was turned down.",
        ),
        to_concerned=Sentences(
            you="You chose someone else, so your offer was turned down.",
            party="The owner chose someone else, so your offer was turned down.",
            staff="The staff chose someone else, so your offer was turned down.",
            site="The site chose someone else, so your offer was turned down.",
        ),
        notices=(
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.NOT_CHOSEN,
                subject="Someone else was chosen for {cleaning}",
                sentence="Someone else was chosen for {cleaning}. If it opens again, your offer is back in play.",
                link=OTHER_CLEANINGS,
            ),
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
        notices=(
            NoticeType(
                hears=Role.OWNER,
                topic=Topic.CANCELLED,
                subject="{cleaner} cancelled {cleaning}",
                sentence="{cleaner} cancelled {cleaning}. Reason: {reason}."
                " You can answer that on the page of {cleaner}’s offer. {now}",
                link=COMPARE,
                when=is_no_show,
                facts=pending_offers,
            ),
            NoticeType(
                hears=Role.OWNER,
                topic=Topic.CANCELLED,
                subject="{cleaner} cancelled {cleaning}",
                sentence="{cleaner} cancelled {cleaning}. Reason: {reason}. {now}",
                link=COMPARE,
                facts=pending_offers,
            ),
        ),
    ),
    EventType(
        kind=Kind.CANCEL,
        status=OfferStatus.PENDING,
        sentences=always("This put {cleaner}’s offer back in play."),
        to_concerned=always("This put your offer back in play."),
        notices=(
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.REOPENED,
                subject="{cleaning} is open again",
                sentence="{cleaning} is open again because the chosen cleaner cancelled. Your offer of {made}"
                " is back in play. You don’t have to do anything to keep it.",
                link=OFFER,
                facts=made,
                when=is_current,
            ),
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.REOPENED,
                subject="{cleaning} is open again",
                sentence="{cleaning} is open again because the chosen cleaner cancelled. Your offer of {made}"
                " is back in play. Keep it for the changed job, change it or withdraw it.",
                link=OFFER,
                facts=made,
                when=takes_offers,
            ),
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.REOPENED,
                subject="{cleaning} is open again",
                sentence="{cleaning} is open again because the chosen cleaner cancelled. Your offer of {made}"
                " is back in play. It was made before the job changed,"
                " and you can keep it only if the owner moves the start.",
                link=OFFER,
                facts=made,
            ),
        ),
    ),
    EventType(
        kind=Kind.RELEASE,
        status=OfferStatus.CANCELLED,
        sentences=Sentences(
            you="You cancelled the job with {cleaner}.",
            party="The owner cancelled the job with {cleaner}.",
            staff="The staff cancelled the job with {cleaner}.",
            site="The site cancelled the job with {cleaner}.",
        ),
        to_concerned=Sentences(
            you="You cancelled your job.",
            party="The owner cancelled the job with you.",
            staff="The staff cancelled the job with you.",
            site="The site cancelled the job with you.",
        ),
        notices=(
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.RELEASED,
                subject="The owner cancelled {cleaning}",
                sentence="The owner cancelled {cleaning} with you. Reason: {reason}. You can tell your side, once.",
                link=ANSWER_NO_SHOW,
                when=is_no_show,
            ),
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.RELEASED,
                subject="The owner cancelled {cleaning}",
                sentence="The owner cancelled {cleaning} with you. Reason: {reason}.",
                link=OFFER,
            ),
        ),
    ),
    EventType(
        kind=Kind.RELEASE,
        status=OfferStatus.PENDING,
        sentences=always("This put {cleaner}’s offer back in play."),
        to_concerned=always("This put your offer back in play."),
        notices=(
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.REOPENED,
                subject="{cleaning} is open again",
                sentence="{cleaning} is open again because the owner cancelled with the chosen cleaner."
                " Your offer of {made} is back in play. You don’t have to do anything to keep it.",
                link=OFFER,
                facts=made,
                when=is_current,
            ),
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.REOPENED,
                subject="{cleaning} is open again",
                sentence="{cleaning} is open again because the owner cancelled with the chosen cleaner."
                " Your offer of {made} is back in play. Keep it for the changed job, change it or withdraw it.",
                link=OFFER,
                facts=made,
                when=takes_offers,
            ),
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.REOPENED,
                subject="{cleaning} is open again",
                sentence="{cleaning} is open again because the owner cancelled with the chosen cleaner."
                " Your offer of {made} is back in play. It was made before the job changed,"
                " and you can keep it only if the owner moves the start.",
                link=OFFER,
                facts=made,
            ),
        ),
    ),
    EventType(
        kind=Kind.COMPLETE,
        status=OfferStatus.COMPLETED,
        sentences=Sentences(
            you="You marked the job with {cleaner} as done.",
            party="The owner marked the job with {cleaner} as done.",
            staff="The staff marked the job with {cleaner} as done.",
            site="The site marked the job with {cleaner} as done.",
        ),
        to_concerned=Sentences(
            you="You marked your job as done.",
            party="The owner marked the job with you as done.",
            staff="The staff marked the job with you as done.",
            site="The site marked the job with you as done.",
        ),
        notices=(
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.COMPLETED,
                subject="{cleaning} is done",
                sentence="{cleaning} is done. You can review {owner} until {until}.",
                link=EVALUATE,
                facts=last_day_to_evaluate,
            ),
        ),
    ),
    EventType(
        kind=Kind.CLOSE,
        status=OfferStatus.REJECTED,
        sentences=Sentences(
            you="You closed the job, so {cleaner}’s offer was turned down.",
            party="The owner closed the job, so {cleaner}’s offer was turned down.",
            staff="The staff closed the job, so {cleaner}’s offer was turned down.",
            site="The site closed the job, so {cleaner}’s offer was turned down.",
        ),
        to_concerned=Sentences(
            you="You closed the job, so your offer was turned down.",
            party="The owner closed the job, so your offer was turned down.",
            staff="The staff closed the job, so your offer was turned down.",
            site="The site closed the job, so your offer was turned down.",
        ),
        notices=(
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.CLOSED,
                subject="{cleaning} was closed",
                sentence="{cleaning} was closed, and nobody was chosen.",
                link=OTHER_CLEANINGS,
            ),
        ),
    ),
    EventType(
        kind=Kind.SEE,
        sentences=Sentences(you="You saw {other}’s {seen}.", party="{doer} saw {other}’s {seen}.", staff=STAFF_LOOKED),
        to_concerned=Sentences(party="{doer} saw your {seen}.", staff=STAFF_LOOKED),
        repeated=EventType(
            kind=Kind.SEE,
            sentences=Sentences(
                you="You saw {other}’s {seen}, {times} that day.",
                party="{doer} saw {other}’s {seen}, {times} that day.",
                staff=STAFF_LOOKED,
            ),
            to_concerned=Sentences(party="{doer} saw your {seen}, {times} that day.", staff=STAFF_LOOKED),
        ),
    ),
    EventType(
        kind=Kind.REMIND,
        sentences=always("We reminded both sides of the job."),
        notices=(
            NoticeType(
                topic=Topic.REMINDED,
                subject="{cleaning} is {day}",
                sentence="{cleaning} starts {day}: {start}. But the cleaner has closed their account.",
                link=CLEANING,
                facts=start_ahead,
                when=cleaner_is_gone,
            ),
            NoticeType(
                topic=Topic.REMINDED,
                subject="{cleaning} is {day}",
                sentence="{cleaning} starts {day}: {start}. But the owner has closed their account.",
                link=CLEANING,
                facts=start_ahead,
                when=owner_is_gone,
            ),
            NoticeType(
                hears=Role.OWNER,
                topic=Topic.REMINDED,
                subject="{cleaning} is {day}",
                sentence="{cleaner} is coming {day} for {cleaning}: {start}. Everything you both need is on its page.",
                link=CLEANING,
                facts=start_ahead,
            ),
            NoticeType(
                hears=Role.CLEANER,
                topic=Topic.REMINDED,
                subject="{cleaning} is {day}",
                sentence="You’re cleaning {day} for {cleaning}: {start}. Everything you both need is on its page.",
                link=CLEANING,
                facts=start_ahead,
            ),
        ),
    ),
    EventType(
        kind=Kind.ANSWER,
        sentences=Sentences(
            you="You told your side of the missed job.",
            party="{doer} told their side of the missed job.",
        ),
        to_concerned=Sentences(party="{doer} told their side of the missed job."),
        notices=(
            NoticeType(
                topic=Topic.ANSWERED,
                subject="{actor} answered about {cleaning}",
                sentence="{cleaning}: {line}",
                link=CLEANING,
                facts=who_answered,
            ),
        ),
    ),
    EventType(
        kind=Kind.SUGGEST,
        sentences=Sentences(you="You suggested a change: {changes}.", party="{doer} suggested a change: {changes}."),
        notices=(
            NoticeType(
                topic=Topic.SUGGESTED,
                subject="{actor} suggests a change to {cleaning}",
                sentence="{actor} suggests a change to {cleaning}: {changes}. Answer by {until}.",
                link=CHANGE,
                facts=suggestion,
            ),
        ),
    ),
    EventType(
        kind=Kind.AGREE,
        sentences=Sentences(
            you="You agreed to {other}’s change: {changes}.",
            party="{doer} agreed to {other}’s change: {changes}.",
            staff="The staff agreed to {other}’s change in {doer}’s place: {changes}.",
        ),
        to_concerned=Sentences(
            party="{doer} agreed to your change: {changes}.",
            staff="The staff agreed to your change in {doer}’s place: {changes}.",
        ),
        notices=(
            NoticeType(
                topic=Topic.AGREED,
                subject="The change to {cleaning} is agreed",
                sentence="{actor} agreed to your change to {cleaning}: {changes}.",
                link=CLEANING,
                facts=agreed_terms,
            ),
        ),
    ),
    EventType(
        kind=Kind.DECLINE,
        sentences=Sentences(
            you="You declined {other}’s change.",
            party="{doer} declined {other}’s change.",
            staff="The staff declined {other}’s change in {doer}’s place.",
        ),
        to_concerned=Sentences(
            party="{doer} declined your change.", staff="The staff declined your change in {doer}’s place."
        ),
        notices=(
            NoticeType(
                topic=Topic.CHANGE_OVER,
                subject="{actor} declined your change to {cleaning}",
                sentence="{actor} declined your change to {cleaning}. The job stays as it was.",
                link=CLEANING,
                facts=who_answered,
            ),
        ),
    ),
    EventType(
        kind=Kind.WITHDRAW,
        sentences=Sentences(
            you="You withdrew your change.",
            party="{doer} withdrew the change.",
            staff="The staff withdrew {doer}’s change.",
        ),
        notices=(
            NoticeType(
                topic=Topic.CHANGE_OVER,
                subject="{actor} withdrew the change to {cleaning}",
                sentence="{actor} withdrew the change to {cleaning}. The job stays as it was.",
                link=CLEANING,
                facts=who_answered,
            ),
        ),
    ),
    EventType(
        kind=Kind.EXPIRE,
        sentences=Sentences(site="Nobody answered {doer}’s change in time."),
        notices=(
            NoticeType(
                topic=Topic.CHANGE_OVER,
                subject="The change to {cleaning} has run out",
                sentence="Nobody answered the change to {cleaning} in time. The job stays as it was.",
                link=CLEANING,
            ),
        ),
    ),
]
register(EVENT_TYPES)

TERMS_CHANGED = NoticeType(
    hears=Role.CLEANER,
    topic=Topic.CHANGED,
    subject="{cleaning} has changed",
    sentence="{cleaning} has changed: {changes}. Keep or change your offer, so that it can be accepted.",
    link=OFFER,
    facts=changes,
)
LAPSED = NoticeType(
    hears=Role.CLEANER,
    topic=Topic.LAPSED,
    subject="Nobody was chosen for {cleaning}",
    sentence="The start of {cleaning} has passed, and nobody was chosen."
    " The owner can still choose you or move the start.",
    link=OFFER,
)
LAPSED_WITH_OFFERS = NoticeType(
    hears=Role.OWNER,
    topic=Topic.LAPSED,
    subject="The start of {cleaning} has passed",
    sentence="The start of {cleaning} has passed, and you haven’t chosen anyone."
    " Pick an offer, move the start, or close the job.",
    link=COMPARE,
)
LAPSED_WITHOUT_OFFERS = NoticeType(
    hears=Role.OWNER,
    topic=Topic.LAPSED,
    subject="The start of {cleaning} has passed",
    sentence="The start of {cleaning} has passed, and nobody was chosen. Move the start, or close the job.",
    link=MOVE_START,
)

# The other side can be evaluated only while its account exists.
COMPLETED_IN_YOUR_PLACE = NoticeType(
    hears=Role.OWNER,
    topic=Topic.COMPLETED,
    subject="{cleaning} is done",
    sentence="{cleaning}: {line} You can review {other} until {until}.",
    link=EVALUATE,
    facts=last_day_to_evaluate,
)
COMPLETED_WITHOUT_OTHER = NoticeType(
    hears=Role.OWNER,
    topic=Topic.COMPLETED,
    subject="{cleaning} is done",
    sentence="{cleaning}: {line}",
    link=CLEANING,
)


def notifications(event: Event, offer: Offer) -> list[Notification]:
    """Return unsaved notifications. Where staff or the site acted in a party's place, both parties get one."""
    return Notification.for_event(event, list(_notices(event, offer)))


def _notices(event: Event, offer: Offer) -> Iterator[Notice]:
    if event.cleaner is None:
        yield _notice(TERMS_CHANGED, event, offer)
        return
    is_in_place = _is_in_their_place(event, offer)
    rows = event_type(event.kind, offer.status, is_about_offer=True).notices
    for role in Role:
        usual = next((row for row in rows if row.hears in (role, None) and row.when(event, offer)), None)
        if is_in_place:
            yield _notice(_in_their_place(role, usual, event, offer), event, offer)
        elif usual:
            yield _notice(replace(usual, hears=role), event, offer)


def _is_in_their_place(event: Event, offer: Offer) -> bool:
    parties = {Role.OWNER: offer.cleaning.owner, Role.CLEANER: offer.cleaner}
    if event.kind in CHANGE_KINDS:
        return event.actor is not None and event.actor not in parties.values()
    move = MOVES_BY_KIND.get(Kind(event.kind))
    return move is not None and offer.status == move.offer_to and event.actor != parties[move.role]


def _in_their_place(role: Role, usual: NoticeType | None, event: Event, offer: Offer) -> NoticeType:
    """The other party gets its usual notice with the line of the timeline."""
    if event.kind == Kind.COMPLETE:
        other = offer.cleaner if role is Role.OWNER else offer.cleaning.owner
        return replace(COMPLETED_IN_YOUR_PLACE if other.is_active else COMPLETED_WITHOUT_OTHER, hears=role)
    acted = STAFF_ACTED if event.actor else SITE_ACTED
    if event.reason:
        acted = replace(acted, sentence="{cleaning}: {line} Reason: {reason}.")
    if usual:
        acted = replace(acted, topic=usual.topic, link=usual.link)
    return replace(acted, hears=role)


def _notice(row: NoticeType, event: Event, offer: Offer) -> Notice:
    owner, cleaner = offer.cleaning.owner, offer.cleaner
    recipient, other = (owner, cleaner) if row.hears is Role.OWNER else (cleaner, owner)
    people = {"owner": owner, "cleaner": cleaner, "other": other}
    names = {name: person.isolated_name for name, person in people.items() if row.says(name)}
    return row.notice(recipient, event, offer, **names)


def lapsed(event: Event, offers: list[Offer], *, has_offers_to_choose: bool) -> list[Notification]:
    to_owner = LAPSED_WITH_OFFERS if has_offers_to_choose else LAPSED_WITHOUT_OFFERS
    to_cleaners = [_notice(LAPSED, event, offer) for offer in offers]
    return Notification.for_event(event, [to_owner.notice(event.cleaning.owner, event), *to_cleaners])
