"""I17: nothing begins between two people of whom one has blocked the other."""

from __future__ import annotations

from django.db.models import CharField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from accounts.blocks import Block
from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from conversations.models import Message, Question
from offers.models import Offer
from pages.integrity.bargain import invitations
from pages.integrity.rule import Rule


def blocked(one: str, other: str, **which) -> Exists:
    return Exists(Block.objects.between(OuterRef(one), OuterRef(other)).filter(**which))


def offers() -> QuerySet:
    """One that is pending would have ended with the block."""
    blocks = Block.objects.between(OuterRef("cleaner"), OuterRef("cleaning__owner"))
    blocks = blocks.annotate(status=ExpressionWrapper(OuterRef("status"), CharField()))
    later = Q(at__lt=OuterRef("created_at")) | Q(status=OfferStatus.ACCEPTED, at__lt=OuterRef("status_since"))
    return Offer.objects.filter(Exists(blocks.filter(later | Q(status=OfferStatus.PENDING))))


def questions() -> QuerySet:
    return Question.objects.filter(blocked("asker", "cleaning__owner", at__lt=OuterRef("asked_at")))


def messages() -> QuerySet:
    return Message.objects.filter(blocked("offer__cleaner", "offer__cleaning__owner", at__lt=OuterRef("at")))


def written_invitations() -> QuerySet:
    return invitations().filter(blocked("person", "cleaning__owner", at__lt=OuterRef("at")))


def running_invitations() -> QuerySet:
    running = Cleaning.objects.filter(reserved_until__isnull=False)
    return running.filter(blocked("reserved_for", "owner"))


RULES = (
    Rule("I17", "No offer is made, pending or accepted after a block.", offers),
    Rule("I17", "No question is asked after a block.", questions),
    Rule("I17", "No message is written after a block.", messages),
    Rule("I17", "Nobody is invited after a block.", written_invitations),
    Rule("I17", "A block ends an invitation.", running_invitations),
)
