"""Jobs that are over, one way or the other."""

import pytest

from cleanings.states import OfferStatus
from marketplace.testing import create_cast, create_no_show, create_offer
from notifications.models import Notification


@pytest.fixture
def job(db):
    """Carl has done Olivia's cleaning, and nobody has been notified of anything yet."""
    create_cast()
    offer = create_offer(status=OfferStatus.COMPLETED)
    Notification.objects.all().delete()
    return offer


@pytest.fixture
def no_show(db):
    """Olivia has released Carl, who did not turn up."""
    create_cast()
    return create_no_show()
