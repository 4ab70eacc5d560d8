from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Avg, Case, Count, Exists, OuterRef, Q, Subquery, When
from django.utils import timezone

from accounts.models import User
from cleanings.states import EVALUATED_WITHIN, EVALUATION_REMINDED_BEFORE, MISSED_AFTER, Kind, OfferStatus, Role
from cleanings.timeline import Event
from offers.querysets import OfferQuerySet, was_missed


class EvaluationQuerySet(models.QuerySet):
    def by(self, author: User) -> EvaluationQuerySet:
        return self.filter(author=author)

    def to_evaluate_by(self, author: User, offers: OfferQuerySet, role: Role, at: datetime) -> OfferQuerySet:
        """`can_be_written_by` as a query, over offers in which the author has the role."""
        other = "cleaner" if role == Role.OWNER else "cleaning__owner"
        in_time = offers.filter(status_since__gt=at - EVALUATED_WITHIN, **{f"{other}__is_active": True})
        unwritten = in_time.exclude(Exists(self.by(author).filter(offer=OuterRef("pk"))))
        return unwritten.filter(Q(status=OfferStatus.COMPLETED) | was_missed(role))

    def ending_soon(self, offers: OfferQuerySet) -> OfferQuerySet:
        now = timezone.now()
        ends = (now - EVALUATED_WITHIN, now - EVALUATED_WITHIN + EVALUATION_REMINDED_BEFORE)
        ending = offers.filter(status=OfferStatus.COMPLETED, status_since__gt=ends[0], status_since__lte=ends[1])
        return ending.annotate(written=Count("evaluations")).filter(written__lt=2).without_event(Kind.DUE)

    def published(self, at: datetime | None = None) -> EvaluationQuerySet:
        """Hidden ones too: everybody may know that one was hidden."""
        return self.filter(publishes_at__lte=at or timezone.now())

    def counted(self, at: datetime | None = None) -> EvaluationQuerySet:
        return self.published(at).filter(hidden_at=None)

    def alone(self) -> EvaluationQuerySet:
        others = self.model._default_manager.filter(offer=OuterRef("offer")).exclude(pk=OuterRef("pk"))
        return self.exclude(Exists(others))

    def to_announce(self) -> EvaluationQuerySet:
        """Published by the passing of time: where both sides wrote, the notification is already written."""
        lately = self.counted().filter(publishes_at__gt=timezone.now() - MISSED_AFTER).alone()
        offer = {"cleaning": OuterRef("offer__cleaning"), "cleaner": OuterRef("offer__cleaner")}
        return lately.exclude(Exists(Event.objects.filter(kind=Kind.PUBLISH, **offer)))

    def newest_first(self) -> EvaluationQuerySet:
        return self.order_by("-publishes_at", "-pk")

    def with_people(self) -> EvaluationQuerySet:
        return self.select_related("author__profile", "offer__cleaning")

    def with_answers(self) -> EvaluationQuerySet:
        answers = Event.objects.filter(kind=Kind.ANSWER, actor=OuterRef("subject"))
        of_job = answers.filter(cleaning=OuterRef("offer__cleaning"), cleaner=OuterRef("offer__cleaner"))
        return self.annotate(answer=Case(When(no_show=True, then=Subquery(of_job.values("note")[:1]))))

    def with_job(self) -> EvaluationQuerySet:
        people = ("author__profile", "subject__profile")
        return self.select_related(*people, "offer__cleaner__profile", "offer__cleaning__owner__profile")

    def sums(self) -> dict:
        """Means are None without ratings."""
        return self.aggregate(
            count=Count("overall_rating"),
            mean=Avg("overall_rating"),
            professionalism=Avg("professionalism"),
            completeness=Avg("completeness"),
            efficiency=Avg("efficiency"),
            **{f"stars_{stars}": Count("pk", filter=Q(overall_rating=stars)) for stars in range(1, 6)},
        )

    def update(self, **kwargs):
        raise TypeError("An evaluation is never changed, but for when it is published, and by its verbs.")

    def delete(self):
        raise TypeError("Evaluations are hidden, but not deleted.")
