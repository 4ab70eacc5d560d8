"""What the database itself refuses of an offer, whatever the forms and verbs did."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from cleanings.states import OfferStatus
from marketplace.testing import create_cleaning, create_offer, create_user
from offers.models import Offer

pytestmark = pytest.mark.django_db

BEYOND = {
    "hourly_rate": [Decimal("0.99"), Decimal("1000.01")],
    "message": ["x" * 1001],
    "status": ["lost"],
    "revision": [0],
    "cleaning_version": [0],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in BEYOND.items() for value in values])
def test_the_database_refuses_what_lies_beyond_a_bound_of_an_offer(field, value):
    offer = create_offer()
    with pytest.raises(DatabaseError), transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(**{field: value})
    assert Offer.objects.filter(pk=offer.pk).update(**{field: getattr(offer, field)}) == 1


def test_the_database_refuses_a_second_offer_of_the_same_person():
    offer = create_offer()
    facts = {"cleaning": offer.cleaning, "hourly_rate": 20, "cleaning_version": 1}
    with pytest.raises(DatabaseError), transaction.atomic():
        Offer.objects.create(cleaner=offer.cleaner, **facts)
    Offer.objects.create(cleaner=create_user("cora"), **facts)


@pytest.mark.parametrize("first", [OfferStatus.ACCEPTED, OfferStatus.COMPLETED])
@pytest.mark.parametrize("second", [OfferStatus.ACCEPTED, OfferStatus.COMPLETED])
def test_the_database_refuses_a_second_winner(first, second):
    cleaning = create_cleaning()
    rivals = [create_offer(cleaning=cleaning, cleaner=create_user(name)) for name in ("carl", "cora")]
    assert Offer.objects.filter(pk=rivals[0].pk).update(status=first) == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Offer.objects.filter(pk=rivals[1].pk).update(status=second)
