"""What each move does, beyond the table of statuses that the matrix holds."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from cleanings.models import Cleaning, Event
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start
from notifications.models import Notification
from offers.models import Offer
from offers.states import CleaningStatus, IllegalMove, LookAgain, OfferStatus
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
    with pytest.raises(IllegalMove, match="revise"):
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
    events, told = Event.objects.count(), Notification.objects.count()
    offer.accept(by=olivia)
    assert (Event.objects.count(), Notification.objects.count()) == (events, told)


def test_a_move_that_somebody_else_made_is_no_repetition(cast):
    olivia, *_, ada = cast
    offer = create_offer()
    offer.accept(by=ada)
    with pytest.raises(IllegalMove):
        offer.accept(by=olivia)


def test_revising_without_a_change_makes_no_revision(cast):
    offer = create_offer()
    offer.revise(by=offer.cleaner, hourly_rate=str(offer.hourly_rate), message=offer.message)
    assert (offer.revision, offer.cleaning.events.filter(kind="revise").count()) == (1, 0)


def test_an_accept_of_an_outdated_revision_is_refused(cast):
    olivia, carl, *_ = cast
    shown = create_offer()
    Offer.objects.get().revise(by=carl, hourly_rate="99")
    with pytest.raises(LookAgain):
        shown.accept(by=olivia)
    assert Offer.objects.get().status == "pending"
    shown.accept(by=olivia, revision=2)
    assert Offer.objects.get().status == "accepted"


@pytest.mark.parametrize("again", ["confirm", "revise"])
def test_an_offer_for_an_older_version_waits_for_its_cleaner(cast, again):
    olivia, carl, *_ = cast
    offer = create_offer()
    offer.cleaning.edit(by=olivia, street_address="Other Lane 1")
    with pytest.raises(IllegalMove, match="has to confirm"):
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
    with pytest.raises(LookAgain):
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


def test_only_the_site_completes_without_a_person_and_only_after_14_days(cast):
    offer = create_offer(status=OfferStatus.ACCEPTED)
    start = offer.cleaning.starts_at
    with time_machine.travel(start + timedelta(days=13, hours=23)), pytest.raises(IllegalMove):
        offer.complete()
    with time_machine.travel(start + timedelta(days=14, hours=1)):
        offer.complete()
        offer.complete()
    assert Offer.objects.get().status == "completed"
    told = set(offer.cleaning.events.last().notifications.values_list("recipient__username", flat=True))
    assert told == {"olivia", "carl"}


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
        offer.cancel(by=offer.cleaner, reason="no_show")
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


def test_offers_and_events_cannot_be_deleted_or_rewritten(cast):
    create_offer()
    for forbidden in (
        Offer.objects.all().delete,
        Event.objects.all().delete,
        lambda: Event.objects.update(reason="x"),
        Event.objects.first().save,
        Event.objects.first().delete,
    ):
        with pytest.raises(TypeError):
            forbidden()
    assert (Offer.objects.count(), Event.objects.count()) == (1, 2)


def test_without_the_lock_the_conditional_updates_and_the_constraint_still_refuse(cast, monkeypatch):
    olivia, carl, cora, *_ = cast
    cleaning = create_cleaning()
    first, second = (create_offer(cleaning=cleaning, cleaner=cleaner) for cleaner in (carl, cora))
    late, stale = Offer.objects.select_related("cleaning").get(pk=second.pk), Cleaning.objects.get()
    monkeypatch.setattr("cleanings.models.Cleaning.lock", lambda cleaning: None)
    monkeypatch.setattr(Offer, "refresh_from_db", lambda offer, **kwargs: None)
    first.accept(by=olivia)
    with pytest.raises(IllegalMove, match="same moment"):
        late.accept(by=olivia)
    with pytest.raises(IllegalMove, match="same moment"):
        stale.close(by=olivia)
    Offer.objects.filter(pk=late.pk).update(status="pending")
    with pytest.raises(IntegrityError), transaction.atomic():
        late.accept(by=olivia)
    assert statuses(cleaning) == {"carl": "accepted", "cora": "pending"}


def first_query_of(act):
    """The SQL with which a verb begins, savepoints aside."""
    with CaptureQueriesContext(connection) as queries:
        act()
    return next(query["sql"] for query in queries if "SAVEPOINT" not in query["sql"])


VERBS = {
    "revise": {"hourly_rate": "30"},
    "rescind": {},
    "reject": {},
    "accept": {},
    "cancel": {"reason": "other"},
    "release": {"reason": "other"},
    "complete": {},
}


@pytest.mark.parametrize("verb", [*VERBS, "confirm", "make", "edit", "close", "delete"])
def test_every_verb_begins_by_locking_the_cleaning(cast, verb):
    olivia, carl, cora, *_ = cast
    cleaning = create_cleaning(starts_in=None)
    needs_winner = verb in ("cancel", "release", "complete")
    offer = create_offer(cleaning=cleaning, status="accepted" if needs_winner else "pending")
    if verb == "confirm":
        cleaning.edit(by=olivia, estimated_hours=9)
    if verb == "delete":
        offer.rescind(by=carl)
    acts = {
        "make": lambda: Offer.make(cleaning, by=cora, hourly_rate="20"),
        "edit": lambda: cleaning.edit(by=olivia, name="Other"),
        "close": lambda: cleaning.close(by=olivia),
        "delete": lambda: cleaning.delete(by=olivia),
        "confirm": lambda: offer.confirm(by=carl, version=2),
    }
    by = carl if verb in ("revise", "rescind", "cancel") else olivia
    sql = first_query_of(acts.get(verb) or (lambda: getattr(offer, verb)(by=by, **VERBS[verb])))
    assert 'FROM "cleanings_cleaning"' in sql
    assert connection.vendor != "postgresql" or sql.endswith("FOR UPDATE")


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


def test_a_confirmed_offer_does_not_fall_back_to_the_version_of_an_older_page(cast):
    olivia, carl, *_ = cast
    offer = create_offer()
    offer.cleaning.edit(by=olivia, estimated_hours="4")
    offer.confirm(by=carl, version=2)
    offer.revise(by=carl, hourly_rate="30", version=1)
    assert offer.is_current


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


def test_an_accept_of_terms_that_were_not_shown_is_refused(cast):
    olivia, carl, *_ = cast
    offer = create_offer()
    offer.cleaning.edit(by=olivia, estimated_hours="20")
    offer.confirm(by=carl, version=2)
    with pytest.raises(LookAgain):
        offer.accept(by=olivia, revision=1, version=1)
    offer.accept(by=olivia, revision=1, version=2)
    assert offer.status == "accepted"


def test_a_closed_account_is_neither_accepted_nor_acts(cast):
    olivia, carl, cora, *_ = cast
    offer = create_offer()
    carl.is_active = False
    carl.save()
    with pytest.raises(IllegalMove, match="closed the account"):
        Offer.objects.get().accept(by=olivia)
    for act in (
        lambda: offer.rescind(by=carl),
        lambda: create_offer(cleaning=create_cleaning(), cleaner=carl),
        lambda: create_cleaning(owner=carl),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_an_offer_is_not_deleted_from_the_shell(cast):
    with pytest.raises(TypeError):
        create_offer().delete()


def test_a_move_takes_as_many_queries_with_one_rival_as_with_thirty(cast):
    olivia, *_ = cast
    counts = []
    for rivals in (1, 30):
        cleaning = create_cleaning()
        for number in range(rivals):
            create_offer(cleaning=cleaning, cleaner=create_user(f"rival{number}"))
        offer = create_offer(cleaning=cleaning)
        with CaptureQueriesContext(connection) as queries:
            offer.accept(by=olivia)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_closed_account_is_not_told(cast):
    olivia, carl, cora, *_ = cast
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning, cleaner=cora)
    offer = create_offer(cleaning=cleaning, cleaner=carl)
    User.objects.filter(pk=cora.pk).update(is_active=False)
    offer.accept(by=olivia)
    assert not Notification.objects.filter(recipient=cora, sentence__startswith="Somebody else").exists()
