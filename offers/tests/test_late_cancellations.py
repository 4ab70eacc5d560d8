"""When a cancellation is late: within a day of the start, as it stood a day before."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from cleanings.models import Event
from cleanings.states import CancelReason, OfferStatus, ReleaseReason
from evaluations.ratings import job_history
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, text_of

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def cast():
    return create_cast()


def end(offer, kind="cancel", after=timedelta(0)):
    """Whether ending the job, so long after it was agreed, is late."""
    with time_machine.travel(timezone.now() + after, tick=False):
        if kind == "cancel":
            offer.cancel(by=offer.cleaner, reason=CancelReason.OTHER)
        else:
            offer.release(by=offer.cleaning.owner, reason=ReleaseReason.OTHER)
    return Event.objects.get(kind=kind, to_status=OfferStatus.CANCELLED).terms["late"]


@pytest.mark.parametrize("kind", ["cancel", "release"])
@pytest.mark.parametrize(
    ("after", "is_late"), [(47 * HOUR, False), (49 * HOUR, True), (71 * HOUR, True), (73 * HOUR, True)]
)
def test_a_cancellation_is_late_from_a_day_before_the_start_on(kind, after, is_late):
    offer = create_offer(cleaning=create_cleaning(starts_in=72 * HOUR), status=OfferStatus.ACCEPTED)
    assert end(offer, kind, after) is is_late


@pytest.mark.parametrize(("minutes", "is_late"), [(59, False), (61, True)])
def test_nobody_is_late_within_an_hour_of_the_acceptance(minutes, is_late):
    offer = create_offer(cleaning=create_cleaning(starts_in=5 * HOUR), status=OfferStatus.ACCEPTED)
    assert end(offer, after=timedelta(minutes=minutes)) is is_late


@pytest.mark.parametrize(("moved_after", "is_late"), [(50 * HOUR, True), (30 * HOUR, False)])
def test_a_start_moved_by_consent_counts_if_it_was_moved_a_day_before(moved_after, is_late):
    offer = create_offer(cleaning=create_cleaning(starts_in=72 * HOUR), status=OfferStatus.ACCEPTED)
    agreed_at, start = timezone.now(), offer.cleaning.starts_at
    with time_machine.travel(agreed_at + moved_after, tick=False):
        offer.suggest(by=offer.cleaner, starts_at=start + 168 * HOUR).agree(by=offer.cleaning.owner)
    offer.refresh_from_db()
    assert offer.cleaning.starts_at == start + 168 * HOUR
    assert end(offer, after=60 * HOUR) is is_late


def test_a_job_without_a_start_is_never_cancelled_late():
    offer = create_offer(cleaning=create_cleaning(starts_in=None), status=OfferStatus.ACCEPTED)
    assert end(offer, after=timedelta(days=3)) is False


def test_profiles_tell_how_many_cancellations_were_late(client):
    for number in range(5):
        offer = create_offer(cleaning=create_cleaning(name=f"Job {number}"), status=OfferStatus.ACCEPTED)
        with time_machine.travel(timezone.now() + timedelta(hours=2 if number else 60), tick=False):
            offer.cancel(by=offer.cleaner, reason=CancelReason.OTHER)
    (side,) = job_history(create_user("carl")).sides
    assert (side.cancelled, side.late) == (5, 1)
    page = text_of(client.get("/people/carl/"))
    assert "<b>5</b> cancelled by carl, 1 of them late" in page
