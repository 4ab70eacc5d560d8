"""What people are notified of in a conversation; no line of a timeline."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Min
from django.urls import reverse

from cleanings.events import ON_BOTH, ON_CLEANINGS
from conversations.threads import offer_in, thread_of
from notifications import topics
from notifications.models import Notification
from notifications.querysets import NotificationQuerySet
from notifications.topics import Mailing, Notice, Topic, TopicRow

if TYPE_CHECKING:
    from accounts.models import User
    from offers.models import Offer

topics.register(
    [
        TopicRow(Topic.ASKED, ON_CLEANINGS, asks=True),
        TopicRow(Topic.QUESTION_ANSWERED, ON_BOTH),
        TopicRow(Topic.WRITTEN, ON_BOTH),
    ]
)


def messages_url(offer: Offer) -> str:
    return reverse("conversations:messages", args=[offer.cleaning_id, offer.cleaner.username])


def written(offer: Offer, author: User, recipient: User) -> Notice:
    """Says who wrote about which job, but never what."""
    what = f"{author.isolated_name} wrote to you about {offer.cleaning.quoted_name}"
    return Notice(recipient, Topic.WRITTEN, what, f"{what}.", messages_url(offer), "Read the messages")


def about(offer: Offer) -> NotificationQuerySet:
    sides = (offer.cleaning.owner_id, offer.cleaner_id)
    return Notification.objects.filter(recipient__in=sides, thread=thread_of(offer))


def unread(reader: User, offer: Offer) -> NotificationQuerySet:
    return about(offer).unread().filter(recipient=reader)


def unread_offers(reader: User) -> dict[int, datetime]:
    """By id of the offer, since when there are messages that the reader has not seen."""
    rows = reader.notifications.unread().filter(topic=Topic.WRITTEN).values_list("thread")
    return {offer_in(thread): since for thread, since in rows.annotate(Min("created_at"))}


def waiting_for(reader: User, offer: Offer) -> NotificationQuerySet:
    """What tells of further messages too; locked, so that it is neither read nor mailed before they are written."""
    return unread(reader, offer).filter(mailing=Mailing.WAITING).select_for_update()
