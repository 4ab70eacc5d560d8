"""Cards of offers, which are kept by all that they show."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from marketplace.testing import create_cleaning, create_offer, create_user, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def compared(client):
    """What the owner of a job reads of its offers."""

    def read(cleaning):
        client.force_login(cleaning.owner)
        return " ".join(text_of(client.get(f"/cleanings/{cleaning.pk}/offers/")).split())

    return read


def test_on_a_warm_cache_a_card_follows_its_offer_and_its_cleaner(compared):
    carl, ada = create_user("carl"), create_user("ada", is_staff=True, is_superuser=True)
    offer = create_offer(cleaner=carl, message="I have my own mop.")
    assert "I have my own mop." in compared(offer.cleaning)
    assert "Offered <time" in compared(offer.cleaning)
    carl.profile.full_name = "Carl Peeters"
    carl.profile.save_changes(["full_name"])
    assert "Carl Peeters" in compared(offer.cleaning)
    offer.revise(by=carl, hourly_rate=offer.hourly_rate + 1, message="With a machine.")
    assert "With a machine." in compared(offer.cleaning)
    offer.hide(by=ada)
    assert "With a machine." not in compared(offer.cleaning)
    carl.profile.hide(by=ada)
    assert "Carl Peeters" not in compared(offer.cleaning)


def test_on_a_warm_cache_days_go_by(compared):
    cleaning = create_offer(cleaning=create_cleaning(starts_at=None)).cleaning
    assert ">today</time>" in compared(cleaning)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert ">yesterday</time>" in compared(cleaning)
        assert "Offered <time" in compared(cleaning)


def test_on_warm_caches_each_owner_reads_the_offers_on_their_own_job_alone(compared, client):
    carl = create_user("carl")
    one = create_offer(cleaner=carl, message="For Olivia").cleaning
    other = create_offer(cleaning=create_cleaning(owner=create_user("stan")), cleaner=carl, message="For Stan").cleaning
    for cleaning, mine, theirs in ((one, "For Olivia", "For Stan"), (other, "For Stan", "For Olivia")) * 2:
        page = compared(cleaning)
        assert mine in page
        assert theirs not in page
        assert f"/cleanings/{cleaning.pk}/offers/carl/accept/" in page
    for username in ("carl", "stan"):
        client.force_login(create_user(username))
        assert client.get(f"/cleanings/{one.pk}/offers/").status_code == 403
