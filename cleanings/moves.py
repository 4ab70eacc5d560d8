"""What an owner does with a cleaning: the verbs, and what they are made of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Self
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from cleanings import constraints
from cleanings.states import CLOSING, CleaningStatus, IllegalMove, Kind
from cleanings.terms import FIELDS, TERMS
from cleanings.timeline import Event
from notifications.models import Notification
from notifications.topics import Told, Topic


class Moves:
    """The verbs of Cleaning.

    Each but the first locks the row and reads it again, checks, writes, and adds its Event and the notifications. It
    raises PermissionDenied for anybody but owner and staff, IllegalMove when it is not possible as things stand,
    ValidationError for values out of bounds, and TypeError for what is no field of the form.
    """

    @classmethod
    def post(cls, *, by, token: UUID | None = None, **facts) -> Self:
        """Post a cleaning of `by`'s and return it; the same token again returns the one it posted before.

        `facts` are the fields of the form.
        """
        cleaning = cls(owner=by, post_token=token, **cls._cleaned(facts, exclude=()))
        cls._require_in_range(cleaning.starts_at)
        try:
            with transaction.atomic():
                by.lock()
                if not by.is_active:
                    raise PermissionDenied("A closed account posts no cleaning.")
                cleaning.save(force_insert=True)
                cleaning.line(Kind.POST, by, from_status="").save()
        except IntegrityError:
            if token and (posted := cls.objects.filter(owner=by, post_token=token).first()):
                return posted
            raise
        return cleaning

    @transaction.atomic
    def edit(self, *, by, **changes) -> None:
        """Change an open cleaning. What changes its terms raises the version and asks each pending cleaner to confirm.

        `changes` are fields of the form; those that stay the same are left alone.
        """
        self._lock_for(by)
        self.require_open("edited")
        cleaned = self._cleaned(changes, exclude=set(FIELDS) - set(changes))
        changed = [field for field, value in cleaned.items() if getattr(self, field) != value]
        if not changed:
            return
        if "starts_at" in changed:
            self._require_in_range(cleaned["starts_at"])
        for field in changed:
            setattr(self, field, cleaned[field])
        has_other_terms = not set(TERMS).isdisjoint(changed)
        self.version += has_other_terms
        self.updated_at = timezone.now()
        self.save(update_fields=[*changed, "version", "updated_at"])
        event = self.line(Kind.EDIT, by, from_status=self.status, changed=changed)
        event.save()
        self._tell_owner(event)
        if has_other_terms:
            self.offers.tell((event, offer) for offer in self.offers.pending().with_people())

    @transaction.atomic
    def close(self, *, by) -> None:
        """Close an open cleaning for good, which rejects every pending offer.

        Without `by` the site itself does, for an owner whose account has ended.
        """
        self._lock_for(by, "cleanings.close_cleaning", by_the_site=True)
        if self.status == CleaningStatus.CLOSED and self.was_done_by(by, Kind.CLOSE):
            return
        self.require_open("closed")
        event = self.become(CleaningStatus.CLOSED, Kind.CLOSE, by)
        told = self.offers.shift(Kind.CLOSE, *CLOSING, by)
        Event.objects.bulk_create([event, *(line for line, _ in told)])
        self._tell_owner(event)
        self.offers.tell(told)

    @transaction.atomic
    def lapse(self) -> None:
        """Say that the start has passed and nobody was chosen: the site tells the owner and each pending cleaner, once.

        It moves nothing: the owner can still choose, move the start, or close. IllegalMove where there is nothing to
        say.
        """
        self.lock()
        if not type(self).objects.lapsed().filter(pk=self.pk).exists():
            raise IllegalMove("Nobody has to be told that the start has passed.")
        event = self.line(Kind.LAPSE, None, from_status=self.status)
        event.save()
        self.offers.pending().tell_of_lapse(event)

    @transaction.atomic
    def delete(self, *, by) -> None:  # type: ignore[override]
        """Delete a cleaning with its timeline, while it has no offer but rescinded ones."""
        self._lock_for(by)
        self.require_no_offers()
        super().delete()

    def _tell_owner(self, event: Event) -> None:
        """Where the staff acted in the owner's place, the owner hears of it."""
        sentence, url = event.retold_to(self.owner), self.get_absolute_url()
        told = Told(self.owner, Topic.IN_YOUR_PLACE, f"The staff acted on {event.heading}", sentence, url)
        Notification.objects.tell(Notification.of(event, [told]))

    @classmethod
    def _cleaned(cls, facts: dict, exclude: Collection[str]) -> dict:
        """The facts as the model's fields hold them, within their bounds; TypeError for what is no fact of the form."""
        if unknown := set(facts) - set(FIELDS):
            raise TypeError(f"No owner writes {', '.join(sorted(unknown))}.")
        typed = cls(**facts)
        typed.clean_fields(exclude={field.name for field in cls._meta.fields} - set(FIELDS) | set(exclude))
        return {name: getattr(typed, name) for name in facts}

    @staticmethod
    def _require_in_range(start: datetime | None) -> None:
        if not constraints.start_is_in_range(start):
            raise ValidationError({"starts_at": constraints.START_SENTENCE})

    def _lock_for(self, by, *permissions: str, by_the_site: bool = False) -> None:
        """Lock, and let pass the owner, staff in the owner's place, and the site where it may act by itself."""
        self.lock()
        if by is None:
            self.owner.lock()
            if self.owner.is_active or not by_the_site:
                raise PermissionDenied("The site itself only closes cleanings, of owners whose account has ended.")
        elif not by.is_active or not (
            self.is_owned_by(by) or any(map(by.has_perm, ("cleanings.change_cleaning", *permissions)))
        ):
            raise PermissionDenied("Only its owner may change this cleaning.")
