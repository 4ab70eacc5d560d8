"""What each move does, beyond the table of statuses that the matrix holds."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import User
from cleanings.models import Cleaning, Event
from cleanings.states import IllegalMove, OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start
from notifications.models import Notification
from offers.models import Offer
from offers.tests.invariants import contradictions

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return create_cast()


def statuses(cleaning):
    return dict(cleaning.offers.values_list("cleaner__username", "status"))


def test_accept_rejects_the_others(cast):
    olivia, carl, cora, *_ = cast
    cleaning = create_cleaning()
    offer = create_offer(cleaning=cleaning, cleaner=carl)
    create_offer(cleaning=cleaning, cleaner=cora)
    offer.accept(by=olivia)
    assert statuses(cleaning) == {"carl": "accepted", "cora": "rejected"}
    assert contradictions(cleaning) == []


@pytest.mark.parametrize("ending", ["cancel", "release"])
def test_cancel_and_release_revive_every_rejected_offer(cast, ending):
    olivia, carl, cora, stan, _ = cast
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning, cleaner=stan, status=OfferStatus.REJECTED)
    create_offer(cleaning=cleaning, cleaner=cora)
    offer = create_offer(cleaning=cleaning, cleaner=carl, status=OfferStatus.ACCEPTED)
    getattr(offer, ending)(by=carl if ending == "cancel" else olivia, reason="other", note="It rains.")
    assert statuses(cleaning) == {"carl": "cancelled", "cora": "pending", "stan": "pending"}
    assert contradictions(cleaning) == []


def test_closed_accounts_stay_out_of_a_revival(cast):
    _, carl, cora, *_ = cast
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning, cleaner=cora)
    offer = create_offer(cleaning=cleaning, cleaner=carl, status=OfferStatus.ACCEPTED)
    User.objects.filter(pk=cora.pk).update(is_active=False)
    offer.cancel(by=carl, reason="other")
    assert statuses(cleaning) == {"carl": "cancelled", "cora": "rejected"}


def test_a_rescinded_offer_is_made_anew_in_the_same_row(cast):
    cleaning = create_cleaning()
    first = create_offer(cleaning=cleaning, status=OfferStatus.RESCINDED)
    anew = create_offer(cleaning=cleaning, hourly_rate=Decimal("30"))
    cleaning.refresh_from_db()
    assert (anew.pk, anew.revision, anew.status, cleaning.offers_count) == (first.pk, 2, "pending", 1)


def test_nobody_offers_on_a_cleaning_of_their_own_not_even_staff(cast):
    *_, ada = cast
    cleaning = create_cleaning(owner=ada)
    with pytest.raises(PermissionDenied):
        create_offer(cleaning=cleaning, cleaner=ada)


def test_the_same_offer_sent_twice_is_one_and_another_is_refused(cast):
    cleaning = create_cleaning()
    assert create_offer(cleaning=cleaning) == create_offer(cleaning=cleaning)
    assert cleaning.events.filter(kind="offer").count() == 1
    with pytest.raises(IllegalMove, match="change it"):
        create_offer(cleaning=cleaning, message="Something else")


@pytest.mark.parametrize("values", [{"hourly_rate": "0.99"}, {"hourly_rate": "NaN"}, {"message": "x" * 1001}])
def test_terms_out_of_bounds_are_refused_by_the_verb(cast, values):
    offer = create_offer()
    with pytest.raises(ValidationError):
        offer.revise(by=offer.cleaner, **{"hourly_rate": "20", "message": ""} | values)
    with pytest.raises(ValidationError):
        create_offer(cleaning=create_cleaning(), **values)
    assert Offer.objects.get().revision == 1


def test_a_repeated_move_changes_nothing(cast):
    olivia, *_ = cast
    offer = create_offer(status=OfferStatus.ACCEPTED)
    events, notifications = Event.objects.count(), Notification.objects.count()
    offer.accept(by=olivia)
    assert (Event.objects.count(), Notification.objects.count()) == (events, notifications)


def test_a_move_that_somebody_else_made_is_no_repetition(cast):
    olivia, *_, ada = cast
    offer = create_offer()
    offer.accept(by=ada)
    with pytest.raises(IllegalMove):
        offer.accept(by=olivia)


def test_only_the_site_completes_without_a_person_and_only_after_14_days(cast):
    offer = create_offer(status=OfferStatus.ACCEPTED)
    start = offer.cleaning.starts_at
    with time_machine.travel(start + timedelta(days=13, hours=23)), pytest.raises(IllegalMove):
        offer.complete()
    with time_machine.travel(start + timedelta(days=14, hours=1)):
        offer.complete()
        offer.complete()
    assert Offer.objects.get().status == "completed"
    notified = set(offer.cleaning.events.last().notifications.values_list("recipient__username", flat=True))
    assert notified == {"olivia", "carl"}


def test_without_a_start_a_job_counts_as_started_once_assigned(cast):
    olivia, *_ = cast
    offer = create_offer(cleaning=create_cleaning(starts_in=None))
    assert not offer.has_started
    offer.accept(by=olivia)
    assert offer.has_started
    assert offer.cleaning.completes_itself_at - timezone.now() > timedelta(days=13)


def test_a_reason_is_one_of_the_move_s_own(cast):
    offer = create_offer(status=OfferStatus.ACCEPTED)
    with pytest.raises(ValidationError):
        offer.cancel(by=offer.cleaner, reason="not_needed")
    with pytest.raises(ValidationError):
        offer.cancel(by=offer.cleaner, reason="other", note="x" * 501)
    assert Offer.objects.get().status == "accepted"


def test_accepting_is_possible_after_the_start_but_offering_is_not(cast):
    olivia, *_ = cast
    offer = create_offer()
    move_start(offer.cleaning, timedelta(hours=-1))
    with pytest.raises(IllegalMove, match="start has passed"):
        create_offer(cleaning=offer.cleaning, cleaner=create_user("cora"))
    offer.accept(by=olivia)
    assert offer.status == "accepted"


def test_a_move_on_a_deleted_cleaning_is_refused(cast):
    olivia, carl, *_ = cast
    cleaning = create_cleaning()
    offer = create_offer(cleaning=cleaning, status=OfferStatus.RESCINDED)
    cleaning.delete(by=olivia)
    with pytest.raises(IllegalMove, match="deleted"):
        offer.rescind(by=carl)


def test_staff_need_the_permission_to_act_in_another_s_place(cast):
    *_, stan, _ = cast
    stan.is_staff = True
    stan.save()
    offer = create_offer()
    with pytest.raises(PermissionDenied):
        offer.reject(by=stan)
    stan.user_permissions.add(Permission.objects.get(codename="change_offer"))
    offer.reject(by=User.objects.get(pk=stan.pk))
    assert offer.status == "rejected"


@pytest.mark.parametrize("rival", ["ada", "carl"])
def test_staff_with_an_offer_decide_about_no_offer_on_that_job(cast, rival):
    """Neither about their own, nor about another one."""
    _, carl, _, _, ada = cast
    cleaning = create_cleaning()
    offers = {person.username: create_offer(cleaning=cleaning, cleaner=person) for person in (carl, ada)}
    for move in (Offer.accept, Offer.reject):
        with pytest.raises(PermissionDenied):
            move(offers[rival], by=ada)
    assert statuses(cleaning) == {"carl": "pending", "ada": "pending"}


def test_every_move_dates_what_it_changes(cast):
    olivia, carl, cora, *_ = cast
    cleaning = create_cleaning(starts_in=timedelta(days=60))
    first, second = (create_offer(cleaning=cleaning, cleaner=cleaner) for cleaner in (carl, cora))
    later = timezone.now() + timedelta(days=2)
    with time_machine.travel(later, tick=False):
        first.accept(by=olivia)
    second.refresh_from_db()
    first.refresh_from_db()
    cleaning.refresh_from_db()
    assert {first.status_since, second.status_since, first.updated_at, cleaning.status_since} == {later}


def test_an_offer_made_anew_is_as_old_as_its_making(cast):
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning, status=OfferStatus.RESCINDED)
    later = timezone.now() + timedelta(days=1)
    with time_machine.travel(later, tick=False):
        create_offer(cleaning=cleaning)
    assert Offer.objects.get().created_at == later


@pytest.mark.parametrize("late", ["revise", "confirm"])
def test_a_refused_revision_or_confirmation_is_not_taken_for_a_repetition(cast, late):
    olivia, carl, *_ = cast
    offer = create_offer()
    offer.cleaning.edit(by=olivia, estimated_hours="4")
    values = {"revise": {"hourly_rate": "25"}, "confirm": {"version": 2}}[late]
    getattr(offer, late)(by=carl, **values)
    getattr(offer, late)(by=carl, **values)
    if late == "confirm":
        offer.cleaning.edit(by=olivia, estimated_hours="5")
    move_start(offer.cleaning, timedelta(hours=-1))
    with pytest.raises(IllegalMove, match="start has passed"):
        getattr(offer, late)(by=carl, **values | ({"hourly_rate": "30"} if late == "revise" else {}))


def test_a_closed_account_is_neither_accepted_nor_acts(cast):
    olivia, carl, cora, *_ = cast
    offer = create_offer()
    carl.is_active = False
    carl.save()
    with pytest.raises(IllegalMove, match="closed their account"):
        Offer.objects.get().accept(by=olivia)
    for act in (
        lambda: offer.rescind(by=carl),
        lambda: create_offer(cleaning=create_cleaning(), cleaner=carl),
        lambda: create_cleaning(owner=carl),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_a_closed_account_is_not_notified(cast):
    olivia, carl, cora, *_ = cast
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning, cleaner=cora)
    offer = create_offer(cleaning=cleaning, cleaner=carl)
    User.objects.filter(pk=cora.pk).update(is_active=False)
    offer.accept(by=olivia)
    assert not Notification.objects.filter(recipient=cora, sentence__startswith="Someone else").exists()


def test_a_job_accepted_after_its_start_is_over_14_days_after_that(cast):
    olivia, *_ = cast
    offer = create_offer()
    move_start(offer.cleaning, timedelta(days=-20))
    offer.accept(by=olivia)
    assert offer.cleaning.completes_itself_at == offer.cleaning.status_since + timedelta(days=14)
    with pytest.raises(IllegalMove):
        offer.complete()


def test_an_offer_on_a_job_that_was_deleted_meanwhile_is_refused_with_a_sentence(cast):
    seen = create_cleaning()
    assert Offer.get_or_new(seen, create_user("stan")).status is None
    Cleaning.objects.get(pk=seen.pk).delete(by=seen.owner)
    with pytest.raises(IllegalMove, match="has deleted this job"):
        Offer.get_or_new(seen, create_user("stan"))
