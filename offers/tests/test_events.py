"""For every move, exactly who is notified, in which words, and where it leads."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from cleanings.models import Event
from cleanings.states import OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer
from notifications.models import Notification
from offers.models import Offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_offers():
    """Olivia's cleaning with a pending offer of Carl's and one of Cora's; nobody has been notified of anything yet."""
    people = create_cast()
    cleaning = create_cleaning(name="Attic")
    offers = [create_offer(cleaning=cleaning, cleaner=people[place]) for place in (1, 2)]
    Notification.objects.all().delete()
    return *people[:3], cleaning, *offers


def make_old(offer, moment):
    Offer.objects.filter(pk=offer.pk).update(created_at=moment)


def notified():
    return sorted(Notification.objects.values_list("recipient__username", "sentence", "url"))


def test_offer_tells_the_owner():
    *_, stan, _ = create_cast()
    cleaning = create_cleaning(name="Attic")
    create_offer(cleaning=cleaning, cleaner=stan)
    sentence = "stan offers €22.50 an hour, about €67.50 in all, for “Attic”."
    assert notified() == [("olivia", sentence, f"/cleanings/{cleaning.pk}/offers/")]


@pytest.mark.parametrize(
    ("verb", "values", "sentence"),
    [
        ("revise", {"hourly_rate": "25"}, "carl changed the offer for “Attic”: €25 an hour, and it was €22.50."),
        ("rescind", {}, "carl withdrew the offer for “Attic”."),
    ],
)
def test_revise_and_rescind_tell_the_owner(two_offers, verb, values, sentence):
    olivia, carl, cora, cleaning, carls, coras = two_offers
    getattr(carls, verb)(by=carl, **values)
    assert notified() == [("olivia", sentence, f"/cleanings/{cleaning.pk}/offers/")]


def test_an_edit_of_the_terms_asks_each_pending_cleaner_and_confirm_tells_the_owner(two_offers):
    olivia, carl, cora, cleaning, carls, coras = two_offers
    cleaning.edit(by=olivia, estimated_hours="5")
    what = "estimated hours from 3 hours to 5 hours"
    sentence = f"“Attic” has changed: {what}. Keep or change your offer, so that it can be accepted."
    assert notified() == [(name, sentence, f"/cleanings/{cleaning.pk}/offers/{name}/") for name in ("carl", "cora")]
    Notification.objects.all().delete()
    carls.confirm(by=carl, version=2)
    rate = "€22.50 an hour, about €112.50 in all"
    confirmed = f"carl keeps the offer for “Attic” after your changes: {rate}."
    assert notified() == [("olivia", confirmed, f"/cleanings/{cleaning.pk}/offers/")]


def test_an_edit_asks_nobody_whose_offer_is_over(two_offers):
    olivia, carl, cora, cleaning, carls, coras = two_offers
    carls.reject(by=olivia)
    Notification.objects.all().delete()
    cleaning.edit(by=olivia, city="Bruges")
    assert [name for name, *_ in notified()] == ["cora"]


def test_an_edit_of_words_tells_nobody(two_offers):
    olivia, *_, cleaning, _, _ = two_offers
    cleaning.edit(by=olivia, name="Loft")
    assert notified() == []


def test_reject_tells_its_cleaner(two_offers):
    olivia, carl, cora, cleaning, carls, coras = two_offers
    carls.reject(by=olivia)
    assert notified() == [("carl", "Your offer for “Attic” was turned down.", f"/cleanings/{cleaning.pk}/offers/carl/")]


def test_accept_tells_each_by_outcome(two_offers):
    olivia, carl, cora, cleaning, carls, coras = two_offers
    carls.accept(by=olivia)
    sentence = f"You’ve got the job: “Attic”, {cleaning.when_label}. The street is on its page."
    assert notified() == [
        ("carl", sentence, f"/cleanings/{cleaning.pk}/"),
        ("cora", "Someone else was chosen for “Attic”. If it opens again, your offer is back in play.", "/cleanings/"),
    ]


@time_machine.travel("2026-11-24 12:00:00+01:00", tick=False)
def test_cancel_tells_the_owner_and_each_revived_how_old_their_offer_is(two_offers):
    olivia, carl, cora, cleaning, carls, coras = two_offers
    make_old(coras, "2026-11-15 23:30:00+01:00")
    carls.accept(by=olivia)
    Notification.objects.all().delete()
    carls.cancel(by=carl, reason="cannot_come")
    why = "because the chosen cleaner cancelled"
    sentence = f"“Attic” is open again {why}. Your offer of 15 Nov 2026 (9 days ago) is back in play."
    assert notified() == [
        ("cora", f"{sentence} You don’t have to do anything to keep it.", coras.get_absolute_url()),
        (
            "olivia",
            "carl cancelled “Attic”. Reason: I can’t come. It is open again, with one offer waiting.",
            f"/cleanings/{cleaning.pk}/offers/",
        ),
    ]


@time_machine.travel("2026-11-24 12:00:00+01:00", tick=False)
def test_release_tells_the_cleaner_and_each_revived(two_offers):
    olivia, carl, cora, cleaning, carls, coras = two_offers
    make_old(coras, "2026-11-24 00:30:00+01:00")
    carls.accept(by=olivia)
    Notification.objects.all().delete()
    carls.release(by=olivia, reason="other")
    released = "The owner cancelled “Attic” with you. Reason: Another reason."
    assert notified()[0] == ("carl", released, carls.get_absolute_url())
    revived = "“Attic” is open again because the owner cancelled with the chosen cleaner."
    offered = "Your offer of 24 Nov 2026 (today) is back in play. You don’t have to do anything to keep it."
    assert notified()[1] == ("cora", f"{revived} {offered}", coras.get_absolute_url())


def test_a_revived_offer_for_older_terms_has_to_be_confirmed(two_offers):
    olivia, carl, cora, cleaning, carls, coras = two_offers
    cleaning.edit(by=olivia, hourly_rate="21")
    carls.confirm(by=carl)
    carls.accept(by=olivia)
    Notification.objects.all().delete()
    carls.release(by=olivia, reason="other")
    assert notified()[1][1].endswith("is back in play. Keep it for the changed job, change it or withdraw it.")


def test_an_edit_says_each_change_from_what_to_what_but_never_the_street(two_offers):
    olivia, *_, cleaning, _, _ = two_offers
    moved = cleaning.starts_at + timedelta(days=1)
    facts = {"hourly_rate": "25", "starts_at": moved, "city": "G" * 80, "street_address": "Secret Lane 3"}
    before = cleaning.when_label
    cleaning.edit(by=olivia, **facts)
    assert notified()[0][1] == (
        f"“Attic” has changed: hourly rate from €20 to €25; start from {before} to {cleaning.when_label}; "
        f"city from Ghent to {'G' * 39}…; street and number. Keep or change your offer, so that it can be accepted."
    )


@pytest.fixture
def agreed():
    """Carl's accepted offer on Olivia's cleaning, which starts on Friday; Cora's was turned down."""
    with time_machine.travel("2026-11-24 12:00:00+01:00", tick=False):
        people = create_cast()
        cleaning = create_cleaning(name="Attic")
        create_offer(cleaning=cleaning, cleaner=people[2])
        offer = create_offer(cleaning=cleaning, cleaner=people[1], status=OfferStatus.ACCEPTED)
        Notification.objects.all().delete()
        yield *people[:2], offer


MOVED = "start from Fri 27 Nov 2026, 12:00 to Sat 28 Nov 2026, 12:00"


def test_a_suggested_change_tells_the_other_side_what_and_until_when(agreed):
    olivia, carl, offer = agreed
    moved = offer.cleaning.starts_at + timedelta(days=1)
    facts = {"hourly_rate": "25", "starts_at": moved, "street_address": "Secret Lane 3"}
    offer.suggest(by=olivia, note="My sister comes.", **facts)
    changes = f"hourly rate from €22.50 to €25; {MOVED}; street and number"
    sentence = f"olivia suggests a change to “Attic”: {changes}. Answer by Fri 27 Nov 2026, 12:00."
    assert notified() == [("carl", sentence, f"{offer.get_absolute_url()}change/")]
    found = Notification.objects.get()
    assert (found.subject, found.button, found.note, found.asks) == (
        "olivia suggests a change to “Attic”", "See the change", "My sister comes.", True,
    )  # fmt: skip


def test_a_change_of_hours_can_be_answered_for_seven_days(agreed):
    olivia, carl, offer = agreed
    offer.suggest(by=carl, estimated_hours="4")
    what = "estimated hours from 3 hours to 4 hours"
    sentence = f"carl suggests a change to “Attic”: {what}. Answer by Tue 1 Dec 2026, 12:00."
    assert notified() == [("olivia", sentence, f"{offer.get_absolute_url()}change/")]


@pytest.mark.parametrize(
    ("verb", "hears", "sentence"),
    [
        ("agree", "carl", f"olivia agreed to your change to “Attic”: {MOVED}."),
        ("decline", "carl", "olivia declined your change to “Attic”. The job stays as it was."),
        ("withdraw", "olivia", "carl withdrew the change to “Attic”. The job stays as it was."),
    ],
)
def test_the_answer_to_a_change_tells_the_other_side(agreed, verb, hears, sentence):
    olivia, carl, offer = agreed
    change = offer.suggest(by=carl, starts_at=offer.cleaning.starts_at + timedelta(days=1))
    Notification.objects.all().delete()
    getattr(change, verb)(by=carl if verb == "withdraw" else olivia)
    assert notified() == [(hears, sentence, f"/cleanings/{offer.cleaning_id}/")]


def test_a_change_that_runs_out_tells_both(agreed):
    olivia, carl, offer = agreed
    change = offer.suggest(by=carl, hourly_rate="25")
    Notification.objects.all().delete()
    with time_machine.travel("2026-12-01 12:00:00+01:00", tick=False):
        change.expire()
    words = "Nobody answered the change to “Attic” in time. The job stays as it was."
    assert notified() == [(name, words, f"/cleanings/{offer.cleaning_id}/") for name in ("carl", "olivia")]


def test_a_change_of_everything_fits_into_a_notification():
    olivia, carl, *_ = create_cast()
    long = {"name": "N" * 120, "city": "G" * 80, "postcode": "9" * 12, "cleaning_type": "spot_clean"}
    offer = create_offer(status=OfferStatus.ACCEPTED, cleaning=create_cleaning(**long))
    facts = {"hourly_rate": "1000", "estimated_hours": "23.75", "cleaning_type": "full_clean", "area": "living_room"}
    facts |= {"supplies": "cleaner", "pets": "yes", "starts_at": timezone.now() + timedelta(days=300)}
    offer.suggest(by=olivia, city="B" * 80, postcode="8" * 12, street_address="S" * 120, **facts)
    sentence = carl.notifications.last().sentence
    assert sentence.count(" from ") == 9
    assert len(sentence) < 800


def test_complete_tells_the_cleaner():
    create_cast()
    offer = create_offer(status=OfferStatus.ACCEPTED, cleaning=create_cleaning(name="Attic", starts_in=None))
    Notification.objects.all().delete()
    with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False):
        offer.complete(by=offer.cleaning.owner)
    sentence = "“Attic” is done. You can review olivia until 5 Dec 2026."
    assert notified() == [("carl", sentence, f"/cleanings/{offer.cleaning_id}/offers/carl/evaluate/")]


def test_close_tells_each_who_was_pending(two_offers):
    olivia, carl, cora, cleaning, carls, coras = two_offers
    coras.rescind(by=cora)
    Notification.objects.all().delete()
    cleaning.close(by=olivia)
    assert notified() == [("carl", "“Attic” was closed, and nobody was chosen.", "/cleanings/")]


def test_what_staff_do_in_a_party_s_place_notifies_that_party_too(two_offers):
    olivia, carl, cora, cleaning, carls, coras = two_offers
    *_, ada = create_cast()
    carls.rescind(by=ada)
    assert [(name, sentence) for name, sentence, _ in notified()] == [
        ("carl", "“Attic”: The staff withdrew your offer."),
        ("olivia", "“Attic”: The staff withdrew carl’s offer."),
    ]


def test_the_reason_for_which_staff_let_a_cleaner_go_is_in_both_notifications(two_offers):
    olivia, carl, cora, cleaning, carls, coras = two_offers
    *_, ada = create_cast()
    carls.accept(by=olivia)
    Notification.objects.all().delete()
    carls.release(by=ada, reason="not_needed")
    assert [(name, sentence) for name, sentence, _ in notified() if name != "cora"] == [
        ("carl", "“Attic”: The staff cancelled the job with you. Reason: No longer needed."),
        ("olivia", "“Attic”: The staff cancelled the job with carl. Reason: No longer needed."),
    ]


def test_nobody_is_notified_of_their_own_move_and_nobody_twice(two_offers):
    olivia, carl, cora, cleaning, carls, coras = two_offers
    carls.accept(by=olivia)
    carls.cancel(by=carl, reason="other")
    for event in Event.objects.prefetch_related("notifications"):
        people = [notice.recipient_id for notice in event.notifications.all()]
        assert event.actor_id not in people
        assert len(people) == len(set(people))


def test_a_long_name_with_line_breaks_is_one_short_line():
    create_cast()
    create_offer(cleaning=create_cleaning(name="A\nB " + "x" * 110))
    assert notified()[0][1].endswith(f"for “A B {'x' * 55}…”.")


def test_without_a_date_the_words_still_make_a_sentence():
    olivia, carl, *_ = create_cast()
    offer = create_offer(cleaning=create_cleaning(name="Attic", starts_in=None))
    offer.cleaning.edit(by=olivia, starts_at=timezone.now() + timedelta(days=2))
    offer.cleaning.edit(by=olivia, starts_at=None)
    assert any("to date by agreement. Keep or change" in sentence for _, sentence, _ in notified())
    offer.confirm(by=carl, version=3)
    offer.accept(by=olivia)
    assert any(sentence.startswith("You’ve got the job: “Attic”, date by agreement.") for _, sentence, _ in notified())
