"""Terms are pinned: nobody is held to what they were not shown."""

from decimal import Decimal

import pytest

from cleanings.states import CleaningStatus, IllegalMove, TermsChanged
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user
from offers.models import Offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return create_cast()


def test_revising_without_a_change_makes_no_revision(cast):
    offer = create_offer()
    offer.revise(by=offer.cleaner, hourly_rate=str(offer.hourly_rate), message=offer.message)
    assert (offer.revision, offer.cleaning.events.filter(kind="revise").count()) == (1, 0)


def test_an_accept_of_an_outdated_revision_is_refused(cast):
    olivia, carl, *_ = cast
    shown = create_offer()
    Offer.objects.get().revise(by=carl, hourly_rate="99")
    with pytest.raises(TermsChanged):
        shown.accept(by=olivia)
    assert Offer.objects.get().status == "pending"
    shown.accept(by=olivia, revision=2)
    assert Offer.objects.get().status == "accepted"


@pytest.mark.parametrize("again", ["confirm", "revise"])
def test_an_offer_for_an_older_version_waits_for_its_cleaner(cast, again):
    olivia, carl, *_ = cast
    offer = create_offer()
    offer.cleaning.edit(by=olivia, street_address="Other Lane 1")
    with pytest.raises(IllegalMove, match="has to keep it"):
        offer.accept(by=olivia)
    getattr(offer, again)(by=carl, **({"hourly_rate": "25"} if again == "revise" else {}))
    offer.accept(by=olivia)
    assert offer.cleaning.status == CleaningStatus.ASSIGNED


@pytest.mark.parametrize("change", [{"name": "Other name"}, {"description": "Other words"}])
def test_words_that_are_no_terms_leave_offers_current(cast, change):
    olivia, *_ = cast
    offer = create_offer()
    offer.cleaning.edit(by=olivia, **change)
    offer.accept(by=olivia)
    assert offer.cleaning.version == 1


def test_confirming_what_was_not_shown_is_refused(cast):
    olivia, carl, *_ = cast
    offer = create_offer()
    offer.cleaning.edit(by=olivia, estimated_hours="4")
    offer.cleaning.edit(by=olivia, estimated_hours="6")
    with pytest.raises(TermsChanged):
        offer.confirm(by=carl, version=2)
    assert not offer.is_current


def test_an_offer_sent_from_an_older_page_counts_for_that_version_only(cast):
    olivia, carl, *_ = cast
    cleaning = create_cleaning()
    cleaning.edit(by=olivia, estimated_hours="6")
    assert create_offer(cleaning=cleaning, version=1).is_outdated
    assert create_offer(cleaning=cleaning, cleaner=create_user("cora"), version=99).cleaning_version == 2


def test_the_changed_terms_are_named_without_the_street(cast):
    olivia, *_ = cast
    offer = create_offer()
    offer.cleaning.edit(by=olivia, estimated_hours=Decimal("4"), street_address="Secret Street 5")
    offer.cleaning.edit(by=olivia, city="Bruges")
    changes = [(change.name, change.before, change.after) for change in offer.changed_terms]
    assert changes == [
        ("estimated hours", "3 hours", "4 hours"),
        ("city", "Ghent", "Bruges"),
        ("street and number", "", ""),
    ]


def test_a_confirmed_offer_does_not_fall_back_to_the_version_of_an_older_page(cast):
    olivia, carl, *_ = cast
    offer = create_offer()
    offer.cleaning.edit(by=olivia, estimated_hours="4")
    offer.confirm(by=carl, version=2)
    offer.revise(by=carl, hourly_rate="30", version=1)
    assert offer.is_current


def test_an_accept_of_terms_that_were_not_shown_is_refused(cast):
    olivia, carl, *_ = cast
    offer = create_offer()
    offer.cleaning.edit(by=olivia, estimated_hours="20")
    offer.confirm(by=carl, version=2)
    with pytest.raises(TermsChanged):
        offer.accept(by=olivia, revision=1, version=1)
    offer.accept(by=olivia, revision=1, version=2)
    assert offer.status == "accepted"


@pytest.mark.parametrize("change", [{"area": "kitchen"}, {"supplies": "cleaner"}, {"pets": "yes"}])
def test_area_supplies_and_pets_are_terms(cast, change):
    olivia, *_ = cast
    offer = create_offer()
    offer.cleaning.edit(by=olivia, **change)
    assert (offer.cleaning.version, offer.is_outdated) == (2, True)
    assert [each.before for each in offer.changed_terms] == ["Whole home" if "area" in change else "not said"]


def test_terms_without_an_area_as_an_older_version_wrote_them_can_be_compared(cast):
    olivia, *_ = cast
    offer = create_offer()
    cleaning = offer.cleaning
    cleaning.edit(by=olivia, area="kitchen")
    for event in cleaning.own_events:
        if event.kind == "post":
            del event.terms["area"]
    assert [(each.before, each.after) for each in cleaning.changes_since(1)] == [("not said", "Kitchen")]
