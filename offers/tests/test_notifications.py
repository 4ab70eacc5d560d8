"""For every move, exactly who is told, in which words, and where it leads."""

from datetime import UTC, datetime

import pytest
import time_machine

from cleanings.models import Event
from marketplace.testing import create_cast, create_cleaning, create_offer
from notifications.models import Notification
from offers.states import OfferStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    """Olivia's cleaning with a pending offer of Carl's and one of Cora's; nobody has been told of anything yet."""
    people = create_cast()
    cleaning = create_cleaning(name="Attic")
    offers = [create_offer(cleaning=cleaning, cleaner=people[place]) for place in (1, 2)]
    Notification.objects.all().delete()
    return *people[:3], cleaning, *offers


def told():
    return sorted(Notification.objects.values_list("recipient__username", "sentence", "url"))


def test_offer_tells_the_owner():
    *_, stan, _ = create_cast()
    cleaning = create_cleaning(name="Attic")
    create_offer(cleaning=cleaning, cleaner=stan)
    sentence = "stan offers €22.50 an hour, about €67.50 in all, for “Attic”."
    assert told() == [("olivia", sentence, f"/cleanings/{cleaning.pk}/offers/")]


@pytest.mark.parametrize(
    ("verb", "values", "sentence"),
    [
        ("revise", {"hourly_rate": "25"}, "carl revised the offer for “Attic”: from €22.50 to €25.00 an hour."),
        ("rescind", {}, "carl rescinded the offer for “Attic”."),
    ],
)
def test_revise_and_rescind_tell_the_owner(town, verb, values, sentence):
    olivia, carl, cora, cleaning, carls, coras = town
    getattr(carls, verb)(by=carl, **values)
    assert told() == [("olivia", sentence, f"/cleanings/{cleaning.pk}/offers/")]


def test_an_edit_of_the_terms_asks_each_pending_cleaner_and_confirm_tells_the_owner(town):
    olivia, carl, cora, cleaning, carls, coras = town
    cleaning.edit(by=olivia, estimated_hours="5")
    sentence = "“Attic” has changed. Confirm or revise your offer, or it cannot be accepted."
    assert told() == [(name, sentence, f"/cleanings/{cleaning.pk}/offers/{name}/") for name in ("carl", "cora")]
    Notification.objects.all().delete()
    carls.confirm(by=carl, version=2)
    confirmed = "carl confirmed the offer for “Attic” as it is described now."
    assert told() == [("olivia", confirmed, f"/cleanings/{cleaning.pk}/offers/")]


def test_an_edit_asks_nobody_whose_offer_is_over(town):
    olivia, carl, cora, cleaning, carls, coras = town
    carls.reject(by=olivia)
    Notification.objects.all().delete()
    cleaning.edit(by=olivia, city="Bruges")
    assert [name for name, *_ in told()] == ["cora"]


def test_an_edit_of_words_tells_nobody(town):
    olivia, *_, cleaning, _, _ = town
    cleaning.edit(by=olivia, name="Loft")
    assert told() == []


def test_reject_tells_its_cleaner(town):
    olivia, carl, cora, cleaning, carls, coras = town
    carls.reject(by=olivia)
    assert told() == [("carl", "Your offer for “Attic” was rejected.", f"/cleanings/{cleaning.pk}/offers/carl/")]


def test_accept_tells_each_by_outcome(town):
    olivia, carl, cora, cleaning, carls, coras = town
    carls.accept(by=olivia)
    assert told() == [
        ("carl", f"You have the job: “Attic”, {cleaning.when_label}.", f"/cleanings/{cleaning.pk}/"),
        ("cora", "Somebody else was chosen for “Attic”. Should it open again, your offer counts again.", "/cleanings/"),
    ]


def test_cancel_tells_the_owner_and_each_revived(town):
    olivia, carl, cora, cleaning, carls, coras = town
    carls.accept(by=olivia)
    Notification.objects.all().delete()
    carls.cancel(by=carl, reason="cannot_come")
    assert told() == [
        (
            "cora",
            "“Attic” is open again, and your offer counts again. Keep it or rescind it.",
            coras.get_absolute_url(),
        ),
        (
            "olivia",
            "carl cancelled “Attic”. Reason: I cannot come. It is open again, 1 offer pending.",
            f"/cleanings/{cleaning.pk}/offers/",
        ),
    ]


def test_release_tells_the_cleaner_and_each_revived(town):
    olivia, carl, cora, cleaning, carls, coras = town
    carls.accept(by=olivia)
    Notification.objects.all().delete()
    carls.release(by=olivia, reason="no_show")
    assert told()[0] == ("carl", "You were released from “Attic”. Reason: Did not turn up.", carls.get_absolute_url())
    assert [name for name, *_ in told()] == ["carl", "cora"]


def test_complete_tells_the_cleaner():
    create_cast()
    offer = create_offer(status=OfferStatus.ACCEPTED, cleaning=create_cleaning(name="Attic", starts_in=None))
    Notification.objects.all().delete()
    with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False):
        offer.complete(by=offer.cleaning.owner)
    sentence = "“Attic” is completed. You can evaluate olivia until 5 Dec 2026."
    assert told() == [("carl", sentence, f"/cleanings/{offer.cleaning_id}/offers/carl/evaluate/")]


def test_close_tells_each_who_was_pending(town):
    olivia, carl, cora, cleaning, carls, coras = town
    coras.rescind(by=cora)
    Notification.objects.all().delete()
    cleaning.close(by=olivia)
    assert told() == [("carl", "“Attic” was closed.", "/cleanings/")]


def test_what_staff_do_in_a_party_s_place_is_told_to_that_party_too(town):
    olivia, carl, cora, cleaning, carls, coras = town
    *_, ada = create_cast()
    carls.rescind(by=ada)
    assert [(name, sentence) for name, sentence, _ in told()] == [
        ("carl", "“Attic”: The staff rescinded your offer."),
        ("olivia", "“Attic”: The staff rescinded carl’s offer."),
    ]


def test_nobody_is_told_of_their_own_move_and_nobody_twice(town):
    olivia, carl, cora, cleaning, carls, coras = town
    carls.accept(by=olivia)
    carls.cancel(by=carl, reason="other")
    for event in Event.objects.prefetch_related("notifications"):
        people = [notice.recipient_id for notice in event.notifications.all()]
        assert event.actor_id not in people
        assert len(people) == len(set(people))


def test_a_long_name_with_line_breaks_is_one_short_line():
    create_cast()
    create_offer(cleaning=create_cleaning(name="A\nB " + "x" * 110))
    assert told()[0][1].endswith(f"for “A B {'x' * 55}…”.")
