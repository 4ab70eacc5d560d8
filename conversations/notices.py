"""What people are notified of in a conversation; no line of a timeline."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Min, QuerySet

from cleanings.events import ON_BOTH, ON_CLEANINGS
from cleanings.timeline import THREAD_PREFIX
from core.addresses import address
from core.statements import Statement
from notifications import topics
from notifications.models import Notification
from notifications.querysets import NotificationQuerySet
from notifications.topics import Mailing, Notice, Topic, TopicRow

if TYPE_CHECKING:
    from accounts.models import User
    from cleanings.models import Cleaning
    from conversations.models import Question
    from offers.models import Offer

PREFIX = "conversation-"

topics.register(
    [
        TopicRow(Topic.ASKED, ON_CLEANINGS, asks=True),
        TopicRow(Topic.QUESTION_ANSWERED, ON_BOTH),
        TopicRow(Topic.WRITTEN, ON_BOTH),
    ]
)


def thread_of(offer: Offer) -> str:
    return f"{PREFIX}{offer.pk}"


def offer_in(thread: str) -> int:
    return int(thread.removeprefix(PREFIX))


def messages_url(offer: Offer) -> str:
    return address("conversations:messages", offer.cleaning_id, offer.cleaner.username)


def written(offer: Offer, author: User, recipient: User) -> Notice:
    """Says who wrote about which job, but never what."""
    what = f"{author.isolated_name} wrote to you about {offer.cleaning.quoted_name_for(recipient)}"
    return Notice(recipient, Topic.WRITTEN, what, f"{what}.", messages_url(offer), "Read the messages")


def about(offer: Offer) -> NotificationQuerySet:
    sides = (offer.cleaning.owner_id, offer.cleaner_id)
    return Notification.objects.filter(recipient__in=sides, thread=thread_of(offer))


def unread(reader: User, offer: Offer) -> NotificationQuerySet:
    return about(offer).unread().filter(recipient=reader)


class Unread(NamedTuple):
    """How many notifications are new, and by id of the offer since when there are messages."""

    number: int
    offers: dict[int, datetime]


@Statement
def counts_of_unread(reader: int) -> QuerySet:
    rows = Notification.objects.filter(recipient=reader).unread().order_by().values_list("topic", "thread")
    return rows.annotate(Count("pk"), Min("created_at"))


def unread_of(reader: User) -> Unread:
    found = counts_of_unread.tuples(reader.pk)
    written = {offer_in(thread): since for topic, thread, _, since in found if topic == Topic.WRITTEN}
    return Unread(sum(number for _, _, number, _ in found), written)


def waiting_for(reader: User, offer: Offer) -> NotificationQuerySet:
    """The waiting notice that covers further messages too; locked until they are written."""
    return unread(reader, offer).filter(mailing=Mailing.WAITING).select_for_update()


# Nobody is named in what is told of a question, so nothing has to be worded again when an account is closed.


def cleaning_thread(cleaning: Cleaning) -> str:
    return f"{THREAD_PREFIX}{cleaning.pk}"


def asked(question: Question) -> Notice:
    job = question.cleaning.quoted_name_for(question.cleaning.owner)
    return Notice(
        question.cleaning.owner,
        Topic.ASKED,
        f"A question about {job}",
        f"Someone asked a question about {job}. Everyone who sees the job can read it once you answer.",
        question.get_absolute_url(),
        "See the question",
    )


def answered(question: Question, recipient: User) -> Notice:
    job = question.cleaning.quoted_name_for(recipient)
    subject, sentence = f"A question about {job} has an answer", f"The owner answered a question about {job}."
    if recipient == question.asker:
        subject, sentence = f"Your question about {job} has an answer", f"The owner answered your question about {job}."
    url = question.get_absolute_url()
    return Notice(recipient, Topic.QUESTION_ANSWERED, subject, sentence, url, "Read the answer")


def asked_about(questions: Collection[Question]) -> NotificationQuerySet:
    """Notices that the owners got, found by recipient, because no index is on the address."""
    owners = {question.cleaning.owner_id for question in questions}
    urls = [question.get_absolute_url() for question in questions]
    return Notification.objects.filter(recipient__in=owners, topic=Topic.ASKED, url__in=urls)


def of_cleaning(cleaning: Cleaning) -> NotificationQuerySet:
    """Of questions alone; to be narrowed to recipients, because no index finds a thread."""
    return Notification.objects.filter(event=None, thread=cleaning_thread(cleaning))


def remove_asked(questions: Collection[Question]) -> None:
    if questions:
        asked_about(questions).delete()


def mail_no_more(question: Question) -> None:
    asked_about([question]).filter(mailing=Mailing.WAITING).update(mailing=Mailing.UNWANTED)
