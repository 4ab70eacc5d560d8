"""Changes by consent: who may suggest and answer what and when, and what it does."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from cleanings.states import ChangeStatus, IllegalMove, OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer
from offers.models import Offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return create_cast()


@pytest.fixture
def job(cast):
    """Carl's accepted offer on Olivia's cleaning, on which Cora's was rejected."""
    cleaning = create_cleaning(name="Attic")
    create_offer(cleaning=cleaning, cleaner=cast[2])
    return create_offer(cleaning=cleaning, cleaner=cast[1], status=OfferStatus.ACCEPTED)


def again(job):
    return Offer.objects.with_people().with_cleaning().get(pk=job.pk)


def test_agreeing_writes_the_rate_to_the_offer_and_all_else_to_the_cleaning(cast, job):
    olivia, carl, *_ = cast
    start = job.cleaning.starts_at + timedelta(days=1)
    change = job.suggest(by=carl, hourly_rate="25", estimated_hours="4", starts_at=start)
    again(job).open_change.agree(by=olivia)
    offer = again(job)
    assert (offer.hourly_rate, offer.revision, offer.cleaning_version) == (25, 2, 2)
    cleaning = offer.cleaning
    assert (cleaning.hourly_rate, cleaning.estimated_hours, cleaning.starts_at) == (20, 4, start)
    assert cleaning.version == 2
    change.refresh_from_db()
    assert (change.status, change.made_for, change.answered_at is None) == (ChangeStatus.AGREED, 1, False)


def refused(act):
    try:
        with transaction.atomic():
            act()
    except (PermissionDenied, IllegalMove, ValidationError) as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize(("verb", "status"), [("decline", "declined"), ("withdraw", "withdrawn")])
def test_a_change_that_is_declined_or_withdrawn_leaves_everything_as_agreed(cast, job, verb, status):
    olivia, carl, *_ = cast
    change = job.suggest(by=carl, estimated_hours="4")
    getattr(change, verb)(by=olivia if verb == "decline" else carl)
    change.refresh_from_db()
    offer = again(job)
    assert (change.status, offer.open_change, offer.cleaning.estimated_hours, offer.cleaning.version) == (
        status,
        None,
        3,
        1,
    )
    assert refused(lambda: change.agree(by=olivia)) is IllegalMove


def test_a_replaced_change_cannot_be_agreed_to(cast, job):
    olivia, carl, *_ = cast
    shown = job.suggest(by=carl, estimated_hours="4")
    job.suggest(by=carl, estimated_hours="9")
    assert refused(lambda: shown.agree(by=olivia)) is IllegalMove
    assert again(job).cleaning.estimated_hours == 3
    assert again(job).open_change.terms == {"estimated_hours": "9.00"}
