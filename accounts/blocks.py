"""No contact between two people, because one of them wants none; the other is not told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone

from core.statements import Statement


@Statement
def blocks_between(one: int, other: int) -> models.QuerySet[Block]:
    return Block.objects.between(one, other)


def is_block_between(one: int, other: int) -> bool:
    return bool(blocks_between(one, other))


class BlockQuerySet(models.QuerySet["Block"]):
    def between(self, one, other) -> BlockQuerySet:
        return self.filter(Q(blocker=one, blocked=other) | Q(blocker=other, blocked=one))

    def others_of(self, person) -> models.QuerySet:
        """The ids of all whom the person has blocked, or who have blocked the person."""
        other = Case(When(blocker=person, then=F("blocked")), default=F("blocker"))
        return self.filter(Q(blocker=person) | Q(blocked=person)).values_list(other, flat=True)

    def why_no_contact(self, reader, other, sentence: str) -> str:
        """Empty without a block. `sentence` is for a reader who was blocked, and does not say so."""
        blockers = self.between(reader, other).values_list("blocker", flat=True)
        if reader.pk in blockers:
            return f"You have blocked {other.isolated_name}. Nothing can be sent between you until you unblock them."
        return sentence if blockers else ""


class Block(models.Model):
    blocker = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="blocks", db_index=False)
    blocked = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="blocks_by_others")
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BlockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="one_block_per_pair"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="nobody_blocks_themselves"),
        ]

    def __str__(self) -> str:
        # The staff's log keeps this, so it holds no name.
        return f"Block {self.pk}"
