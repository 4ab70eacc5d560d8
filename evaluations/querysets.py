"""The words in which the rest of the site asks for evaluations, and what they add up to."""

from __future__ import annotations

from django.db import models
from django.db.models import Avg, Count, Max, Min, Q
from django.utils import timezone


class EvaluationQuerySet(models.QuerySet):
    def by(self, author) -> EvaluationQuerySet:
        return self.filter(author=author)

    def published(self) -> EvaluationQuerySet:
        """Those that everybody may know of; of a hidden one, that it was hidden."""
        return self.filter(publishes_at__lte=timezone.now())

    def counted(self) -> EvaluationQuerySet:
        """The published ones that say something: all but the hidden ones."""
        return self.published().filter(hidden_at=None)

    def newest_first(self) -> EvaluationQuerySet:
        return self.order_by("-publishes_at", "-pk")

    def with_people(self) -> EvaluationQuerySet:
        return self.select_related("author__profile", "offer__cleaning")

    def sums(self) -> dict:
        """What these add up to: `count` of those with a rating, mean, lowest and highest of the overall rating,
        `stars_1` to `stars_5`, the mean of each part over those who rated it, and `no_shows`.

        Means and extremes of nothing are None.
        """
        return self.aggregate(
            count=Count("overall_rating"),
            mean=Avg("overall_rating"),
            lowest=Min("overall_rating"),
            highest=Max("overall_rating"),
            professionalism=Avg("professionalism"),
            completeness=Avg("completeness"),
            efficiency=Avg("efficiency"),
            no_shows=Count("pk", filter=Q(no_show=True)),
            **{f"stars_{stars}": Count("pk", filter=Q(overall_rating=stars)) for stars in range(1, 6)},
        )

    def update(self, **kwargs):
        raise TypeError("An evaluation is never changed, but for when it is published, and by its verbs.")

    def delete(self):
        raise TypeError("Evaluations are hidden, but not deleted.")
