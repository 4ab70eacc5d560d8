"""The words in which the rest of the site asks for cleanings."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from offers.states import CleaningStatus


class CleaningQuerySet(models.QuerySet):
    def open(self) -> CleaningQuerySet:
        """Those that take offers: open, and starting in the future or by agreement."""
        return self.filter(Q(starts_at=None) | Q(starts_at__gt=timezone.now()), status=CleaningStatus.OPEN)

    def visible_to(self, user) -> CleaningQuerySet:
        """All but the closed ones, which only their owner, those with an offer on them and staff may see."""
        if user.is_staff:
            return self
        seen = ~Q(status=CleaningStatus.CLOSED)
        if user.is_authenticated:
            seen |= Q(owner=user) | Q(pk__in=user.offers.values("cleaning"))
        return self.filter(seen)

    def with_status(self, status: str) -> CleaningQuerySet:
        return self.filter(status=status)

    def marked_for(self, user) -> CleaningQuerySet:
        """Each with `has_my_offer`, whether the person has an offer on it; nobody's are marked for nobody."""
        if not user.is_authenticated:
            return self
        return self.annotate(has_my_offer=Exists(user.offers.standing().filter(cleaning=OuterRef("pk"))))

    def with_owner(self) -> CleaningQuerySet:
        return self.select_related("owner__profile")

    def newest_first(self) -> CleaningQuerySet:
        return self.order_by("-created_at", "-pk")

    def delete(self):
        raise TypeError("Delete cleanings one by one, by their verb: cleaning.delete(by=owner).")
