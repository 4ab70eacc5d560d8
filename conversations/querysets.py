from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import Block, Deletion, User
from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from conversations import notices
from offers.querysets import OfferQuerySet

if TYPE_CHECKING:
    from conversations.models import Question

# How long after the end of the job; a job that was cancelled ends the writing at once.
WRITTEN_FOR = timedelta(days=30)
# How long after the end of the writing.
READ_FOR = timedelta(days=90)


class MessageQuerySet(models.QuerySet):
    # The ids of messages that a report waits for; the app of reports, which builds on this one, sets it.
    in_open_reports: ClassVar[Callable[[], models.QuerySet]]

    def newest_first(self) -> MessageQuerySet:
        return self.order_by("-pk")

    def with_author(self) -> MessageQuerySet:
        return self.select_related("author__profile")

    def unreadable(self) -> MessageQuerySet:
        """`Message.read_until` as a query."""
        now = timezone.now()
        done = Q(offer__status=OfferStatus.COMPLETED, offer__status_since__lte=now - WRITTEN_FOR - READ_FOR)
        ended = Q(offer__status=OfferStatus.CANCELLED, offer__status_since__lte=now - READ_FOR)
        return self.filter(done | ended)

    def deletable(self) -> MessageQuerySet:
        """Unreadable, and of a job without an open report on a message."""
        reported = self.model._default_manager.filter(pk__in=type(self).in_open_reports())
        return self.unreadable().exclude(offer__in=reported.values("offer"))

    def deletable_of(self, offers: OfferQuerySet) -> OfferQuerySet:
        return offers.filter(pk__in=self.deletable().values("offer"))

    def update(self, **kwargs):
        raise TypeError("A message is never edited.")


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: User | AnonymousUser) -> QuestionQuerySet:
        """Answered ones to all who see the cleaning, others to asker and owner; hidden ones without their words."""
        seen = Q(answered_at__isnull=False)
        if user.is_authenticated:
            seen |= Q(asker=user) | Q(cleaning__owner=user, withdrawn_at=None)
        return self.filter(seen, cleaning__in=Cleaning.objects.visible_to(user))

    def not_withdrawn(self) -> QuestionQuerySet:
        return self.filter(withdrawn_at=None)

    def unanswered(self) -> QuestionQuerySet:
        return self.filter(answered_at=None, withdrawn_at=None, hidden_at=None)

    def without_answer(self) -> QuestionQuerySet:
        """Withdrawn and hidden ones too."""
        return self.filter(answered_at=None)

    def between(self, one: User, other: User) -> QuestionQuerySet:
        return self.filter(Q(asker=one, cleaning__owner=other) | Q(asker=other, cleaning__owner=one))

    def answered_by(self, owner: User) -> QuestionQuerySet:
        return self.filter(cleaning__owner=owner, answered_at__isnull=False)

    def newest_first(self) -> QuestionQuerySet:
        return self.order_by("-pk")

    def with_people(self) -> QuestionQuerySet:
        return self.select_related("asker__profile", "cleaning__owner__profile")

    def with_block(self) -> QuestionQuerySet:
        return self.annotate(has_block=Exists(Block.objects.between(OuterRef("asker"), OuterRef("cleaning__owner"))))

    def remove_unanswered(self) -> None:
        """Also withdrawn and hidden ones, and the owner's notices of them."""
        gone: list[Question] = list(self.without_answer().select_related("cleaning"))
        notices.remove_asked(gone)
        rows = self.filter(pk__in=[question.pk for question in gone])
        if gone:
            Deletion.objects.remember(rows, "asker", "asked_at")
        rows.delete()

    def end(self, cleaning: Cleaning) -> None:
        """For a job that is over. People who no longer see it lose their notice of an answer."""
        self.remove_unanswered()
        if cleaning.is_closed:
            strangers = self.exclude(asker__in=cleaning.offers.values("cleaner"))
            notices.of_cleaning(cleaning).filter(recipient__in=strangers.values("asker")).delete()

    def remove_notices(self, cleaning: Cleaning) -> None:
        """Called before the cleaning is deleted: the links of notices would lead nowhere."""
        people = Q(recipient=cleaning.owner_id) | Q(recipient__in=self.values("asker"))
        people |= Q(recipient__in=cleaning.offers.values("cleaner"))
        notices.of_cleaning(cleaning).filter(people).delete()
