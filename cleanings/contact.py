from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from accounts.phone_numbers import dialled_number
from cleanings.models import Cleaning, Event
from cleanings.states import WINNING, WITH_WINNER, CleaningStatus, Kind, OfferStatus

if TYPE_CHECKING:
    from offers.models import Offer

SHOWN_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Contact:
    """Street and phone are empty once the job has been over for 30 days."""

    person: User
    offer: Offer
    street_address: str = ""
    phone_number: str = ""
    is_over: bool = False

    @property
    def dialled_number(self) -> str:
        return dialled_number(self.phone_number)

    @property
    def is_ahead(self) -> bool:
        job = self.offer.cleaning
        return job.status == CleaningStatus.ASSIGNED and job.starts_at is not None

    @property
    def is_done(self) -> bool:
        return self.offer.cleaning.status == CleaningStatus.COMPLETED

    @property
    def is_before_start(self) -> bool:
        job = self.offer.cleaning
        return job.status == CleaningStatus.ASSIGNED and not job.start_has_passed

    def record_view(self, *, by: User, names: Collection[str] = ("street_address", "phone_number")) -> None:
        is_cleaner = self.offer.cleaner == by
        shown = {"street_address": is_cleaner and self.street_address, "phone_number": self.phone_number}
        seen = [name for name in names if shown[name]]
        if seen:
            self.offer.new_event(Kind.SEE, by, from_status=self.offer.status, seen=seen).save()


def is_shown(cleaning: Cleaning) -> bool:
    if cleaning.status == CleaningStatus.ASSIGNED:
        return timezone.now() < cleaning.completes_itself_at + SHOWN_FOR
    return cleaning.status == CleaningStatus.COMPLETED and timezone.now() < cleaning.status_since + SHOWN_FOR


def contact_for(user: User | AnonymousUser, cleaning: Cleaning) -> Contact | None:
    """None for everybody but the two sides of the job."""
    if cleaning.status not in WITH_WINNER:
        return None
    offer = cleaning.chosen_offer if cleaning.is_owned_by(user) else cleaning.offer_of(user)
    if offer is None or offer.status not in WINNING:
        return None
    other = offer.cleaner if user == cleaning.owner else cleaning.owner
    if not is_shown(cleaning):
        return Contact(other, offer, is_over=True)
    street = "" if cleaning.owner.is_closed else cleaning.street_address
    return Contact(other, offer, street, other.profile.phone_number if other.is_active else "")


def terms_of_ended_job(cleaning: Cleaning, person: User, events: Collection[Event]) -> dict | None:
    """None without a start, and for an owner whose job another cleaner has done. `events` are oldest first."""
    is_owner = cleaning.is_owned_by(person)
    ended = [
        event.pk
        for event in events
        if event.kind in (Kind.CANCEL, Kind.RELEASE) and event.to_status == OfferStatus.CANCELLED
        if is_owner or event.cleaner_id == person.pk
    ]
    if not ended or (is_owner and cleaning.status == CleaningStatus.COMPLETED):
        return None
    agreed = [
        event.terms
        for event in events
        if event.kind in (Kind.ACCEPT, Kind.AGREE) and event.cleaner_id is None and event.pk < ended[-1]
    ]
    return agreed[-1] if agreed and agreed[-1]["starts_at"] else None
