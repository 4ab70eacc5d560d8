from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from cleanings.models import Event
from cleanings.states import Kind, OfferStatus
from conversations.models import AGREED, ANSWERED_WHILE, Message, Question
from conversations.querysets import READ_FOR, WRITTEN_FOR
from pages.integrity.rule import CLOCKS_DIFFER, RUN_DUE_WITHIN, Rule


def by_strangers() -> QuerySet:
    return Message.objects.exclude(Q(author=F("offer__cleaner")) | Q(author=F("offer__cleaning__owner")))


def before_an_agreement() -> QuerySet:
    accepted = Event.objects.filter(cleaning=OuterRef("offer__cleaning"), cleaner=OuterRef("offer__cleaner"))
    accepted = accepted.filter(kind=Kind.ACCEPT, to_status=OfferStatus.ACCEPTED, at__lte=OuterRef("at") + CLOCKS_DIFFER)
    return Message.objects.filter(~Q(offer__status__in=AGREED) | ~Exists(accepted))


def after_the_end() -> QuerySet:
    cancelled = Q(offer__status=OfferStatus.CANCELLED, at__gt=F("offer__status_since") + CLOCKS_DIFFER)
    done = Q(offer__status=OfferStatus.COMPLETED, at__gt=F("offer__status_since") + WRITTEN_FOR + CLOCKS_DIFFER)
    return Message.objects.filter(cancelled | done)


def kept_too_long() -> QuerySet:
    ended = timezone.now() - READ_FOR - RUN_DUE_WITHIN
    cancelled = Q(offer__status=OfferStatus.CANCELLED, offer__status_since__lt=ended)
    done = Q(offer__status=OfferStatus.COMPLETED, offer__status_since__lt=ended - WRITTEN_FOR)
    return Message.objects.filter(cancelled | done)


def unanswered_where_nobody_answers() -> QuerySet:
    return Question.objects.unanswered().exclude(cleaning__status__in=ANSWERED_WHILE)


def asked_of_oneself() -> QuerySet:
    return Question.objects.filter(asker=F("cleaning__owner"))


RULES = (
    Rule("I16", "Messages are between the two sides of an offer.", by_strangers),
    Rule("I16", "Messages begin with the acceptance of an offer.", before_an_agreement),
    Rule("I16", "Messages end with the job, 30 days after it was done.", after_the_end),
    Rule("I16", "Messages are deleted 90 days after the last could be written.", kept_too_long),
    Rule("I16", "Unanswered questions wait only where somebody can answer.", unanswered_where_nobody_answers),
    Rule("I16", "Nobody asks about a cleaning of their own.", asked_of_oneself),
)
