"""What an owner does with a cleaning, and what its rows refuse."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from cleanings.models import Cleaning, Event
from cleanings.states import CleaningStatus, IllegalMove, OfferStatus, ReleaseReason
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start
from offers.models import Offer
from offers.tests.invariants import contradictions

pytestmark = pytest.mark.django_db


def test_posting_writes_the_first_line_of_the_timeline():
    cleaning = create_cleaning()
    event = cleaning.events.get()
    assert (event.kind, event.from_status, event.to_status, event.actor) == ("post", "", "open", cleaning.owner)
    assert "Hidden Lane" not in str(event.terms)


def test_the_same_token_posts_one_cleaning_a_person():
    token = uuid4()
    first = create_cleaning(token=token)
    assert create_cleaning(token=token) == first
    assert create_cleaning(token=token, owner=create_user("carl")) != first
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    "facts",
    [
        {"name": ""},
        {"hourly_rate": Decimal("0.99")},
        {"estimated_hours": Decimal("24.5")},
        {"cleaning_type": "moon_clean"},
        {"area": ""},
        {"supplies": "both"},
        {"pets": "maybe"},
        {"starts_in": timedelta(days=367)},
        {"starts_in": timedelta(minutes=-1)},
    ],
)
def test_posting_refuses_what_is_out_of_bounds(facts):
    with pytest.raises(ValidationError):
        create_cleaning(**facts)
    assert not Cleaning.objects.exists()


def test_an_edit_writes_only_what_changed_and_raises_the_version_for_terms_only():
    cleaning = create_cleaning()
    other_tab = Cleaning.objects.get()
    cleaning.edit(by=cleaning.owner, name="Other name")
    other_tab.edit(by=cleaning.owner, hourly_rate=Decimal("25"), city=cleaning.city)
    cleaning.refresh_from_db()
    assert (cleaning.name, cleaning.hourly_rate, cleaning.version) == ("Other name", Decimal("25"), 2)
    assert [event.terms.get("changed") for event in cleaning.events.oldest_first()] == [None, ["name"], ["hourly_rate"]]


def test_a_city_is_compared_as_it_is_saved_whichever_way():
    cleaning = create_cleaning(city="Liège")
    assert Cleaning.objects.in_city("LIEGE").get() == cleaning
    cleaning.city = "Bruges"
    cleaning.save(update_fields=["city"])
    assert Cleaning.objects.in_city("bruges").get() == cleaning
    cleaning.city = "Antwerp"
    cleaning.save()
    assert Cleaning.objects.in_city("antwerp").get() == cleaning


def test_an_edit_without_a_change_leaves_no_line():
    cleaning = create_cleaning()
    cleaning.edit(by=cleaning.owner, name=cleaning.name)
    assert cleaning.events.count() == 1


def test_a_start_that_has_passed_may_stay_but_not_be_set():
    cleaning = create_cleaning()
    move_start(cleaning, timedelta(hours=-1))
    cleaning.edit(by=cleaning.owner, description="Still wanted.", starts_at=cleaning.starts_at)
    with pytest.raises(ValidationError):
        cleaning.edit(by=cleaning.owner, starts_at=timezone.now() - timedelta(minutes=1))


def test_an_assigned_cleaning_is_neither_edited_nor_closed_nor_deleted():
    cleaning = create_offer(status=OfferStatus.ACCEPTED).cleaning
    for verb, values in {"edit": {"name": "Other"}, "close": {}, "delete": {}}.items():
        with pytest.raises(IllegalMove):
            getattr(cleaning, verb)(by=cleaning.owner, **values)
    assert contradictions(cleaning) == []


def test_closing_rejects_every_pending_offer_and_leaves_the_rescinded():
    olivia, carl, cora, *_ = create_cast()
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning, cleaner=carl)
    create_offer(cleaning=cleaning, cleaner=cora, status=OfferStatus.RESCINDED)
    cleaning.close(by=olivia)
    assert dict(cleaning.offers.values_list("cleaner__username", "status")) == {"carl": "rejected", "cora": "rescinded"}
    assert contradictions(cleaning) == []
    cleaning.close(by=olivia)
    assert cleaning.events.filter(kind="close", cleaner=None).count() == 1


def test_a_cleaning_goes_with_its_rescinded_offers_only():
    cleaning = create_cleaning()
    offer = create_offer(cleaning=cleaning)
    with pytest.raises(IllegalMove):
        cleaning.delete(by=cleaning.owner)
    offer.rescind(by=offer.cleaner)
    cleaning.delete(by=cleaning.owner)
    assert (Cleaning.objects.count(), Offer.objects.count(), Event.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("verb", ["edit", "close", "delete"])
def test_verbs_are_the_owner_s_and_the_staff_s(verb):
    *_, carl, cora, stan, ada = create_cast()
    cleaning = create_cleaning()
    values = {"name": "Other"} if verb == "edit" else {}
    for person in (carl, cora, stan):
        with pytest.raises(PermissionDenied):
            getattr(cleaning, verb)(by=person, **values)
    assert cleaning.events.count() == 1
    getattr(cleaning, verb)(by=ada, **values)


def test_staff_who_take_part_do_not_act_for_the_owner():
    *_, ada = create_cast()
    offered, invited = create_cleaning(), create_cleaning()
    create_offer(cleaning=offered, cleaner=ada)
    Cleaning.objects.filter(pk=invited.pk).update(reserved_for=ada, reserved_until=timezone.now() + timedelta(days=1))
    for cleaning in (offered, Cleaning.objects.get(pk=invited.pk)):
        with pytest.raises(PermissionDenied):
            cleaning.edit(by=ada, hourly_rate=Decimal(99))
        with pytest.raises(PermissionDenied):
            cleaning.close(by=ada)


def test_cleanings_are_not_deleted_in_bulk():
    create_cleaning()
    with pytest.raises(TypeError):
        Cleaning.objects.all().delete()
    assert Cleaning.objects.count() == 1


def test_open_are_those_that_take_offers():
    ahead, by_agreement, passed = create_cleaning(), create_cleaning(starts_in=None), create_cleaning()
    move_start(passed, timedelta(minutes=-1))
    create_cleaning().close(by=ahead.owner)
    create_offer(status=OfferStatus.ACCEPTED)
    assert (
        set(Cleaning.objects.open()) == {ahead, by_agreement} == {c for c in Cleaning.objects.all() if c.takes_offers}
    )


def test_a_closed_cleaning_is_visible_to_those_who_take_part():
    olivia, carl, _, stan, ada = create_cast()
    cleaning = create_offer(cleaner=carl).cleaning
    assert Cleaning.objects.visible_to(stan).exists()
    cleaning.close(by=olivia)
    seen = {person.username for person in create_cast() if Cleaning.objects.visible_to(person).exists()}
    assert seen == {"olivia", "carl", "ada"}


def test_the_timeline_shows_each_their_part_of_it():
    olivia, carl, cora, stan, ada = create_cast()
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning, cleaner=carl)
    create_offer(cleaning=cleaning, cleaner=cora).accept(by=olivia)
    lines = {person.username: len(cleaning.events.lines_for(person)) for person in (olivia, carl, cora, stan, ada)}
    assert lines == {"olivia": 5, "carl": 3, "cora": 3, "stan": 0, "ada": 5}
    lines_of_carl = " ".join(sentence for _, sentence in cleaning.events.lines_for(carl))
    assert "cora" not in lines_of_carl
    assert "The owner chose someone else, so your offer was turned down." in lines_of_carl


def test_what_happened_to_a_job_and_an_offer_at_once_is_one_line():
    olivia, carl, cora, *_ = create_cast()
    cleaning = create_cleaning()
    chosen, other = (create_offer(cleaning=cleaning, cleaner=cleaner) for cleaner in (carl, cora))
    chosen.accept(by=olivia)
    chosen.release(by=olivia, reason=ReleaseReason.OTHER)
    lines = {person: [sentence for _, sentence in cleaning.events.lines_for(person)][-2:] for person in (carl, cora)}
    assert lines[carl] == ["The owner accepted your offer at €22.50 an hour.", "The owner cancelled the job with you."]
    assert lines[cora] == ["The owner cancelled with the chosen cleaner.", "This put your offer back in play."]
    assert [sentence for _, sentence in cleaning.events.lines_for(olivia)][-4:] == [
        "You accepted carl’s offer at €22.50 an hour.",
        "You chose someone else, so cora’s offer was turned down.",
        "You cancelled the job with carl.",
        "This put cora’s offer back in play.",
    ]


@pytest.mark.parametrize("fact", ["status", "owner", "version", "offers_count", "created_at"])
def test_verbs_take_no_fact_that_is_not_on_the_form(fact):
    cleaning = create_cleaning()
    with pytest.raises(TypeError):
        cleaning.edit(by=cleaning.owner, **{fact: getattr(cleaning, fact)})
    with pytest.raises(TypeError):
        create_cleaning(**{fact: getattr(cleaning, fact)} if fact != "owner" else {"owner_id": 1})


def test_the_same_terms_written_otherwise_are_no_change():
    cleaning = create_cleaning()
    cleaning.edit(by=cleaning.owner, hourly_rate="20.0", estimated_hours="3", name=f" {cleaning.name} ")
    assert (cleaning.version, cleaning.events.count()) == (1, 1)


def test_posting_needs_every_fact():
    with pytest.raises(ValidationError):
        Cleaning.post(by=create_user("olivia"), name="Attic")
    with pytest.raises(ValidationError):
        create_cleaning(name="   ")


def test_the_owner_is_notified_of_what_staff_did_in_their_place():
    olivia, *_, ada = create_cast()
    cleaning = create_cleaning(name="Attic")
    cleaning.edit(by=ada, description="Shorter.")
    cleaning.close(by=ada)
    assert [notice.sentence for notice in olivia.notifications.order_by("pk")] == [
        "“Attic”: The staff changed the job: description.",
        "“Attic”: The staff closed the job.",
    ]


BEYOND = {
    "name": ["", "x" * 121],
    "description": ["x" * 4001],
    "city": ["", "x" * 81],
    "postcode": ["", "x" * 13],
    "street_address": ["", "x" * 121],
    "hourly_rate": [Decimal("0.99"), Decimal("1000.01")],
    "estimated_hours": [Decimal("0.49"), Decimal("24.01")],
    "cleaning_type": ["moon_clean"],
    "area": ["", "moon"],
    "supplies": ["both"],
    "pets": ["maybe"],
    "reserved_until": [F("created_at")],
    "status": ["lost"],
    "version": [0],
    "starts_at": [F("created_at") - timedelta(seconds=2), F("updated_at") + timedelta(days=367)],
    "offers_count": [-1],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in BEYOND.items() for value in values])
def test_the_database_refuses_what_lies_beyond_a_bound_of_a_cleaning(field, value):
    cleaning = create_cleaning()
    with pytest.raises(DatabaseError), transaction.atomic():
        Cleaning.objects.filter(pk=cleaning.pk).update(**{field: value})
    assert Cleaning.objects.filter(pk=cleaning.pk).update(**{field: getattr(cleaning, field)}) == 1


def test_the_database_takes_what_lies_just_on_a_bound():
    cleaning = create_cleaning()
    on_the_bound = {"name": "x" * 120, "hourly_rate": Decimal("1000"), "estimated_hours": Decimal("0.5")}
    assert Cleaning.objects.filter(pk=cleaning.pk).update(**on_the_bound, starts_at=F("created_at")) == 1


@pytest.mark.parametrize("values", [{"kind": "x"}, {"to_status": "pending"}, {"reason": "x"}, {"note": "x" * 501}])
def test_the_database_refuses_an_event_that_means_nothing(values):
    facts = {"cleaning": create_cleaning(), "kind": "close", "to_status": CleaningStatus.CLOSED}
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.create(**facts | values)
    Event.objects.create(**facts)
