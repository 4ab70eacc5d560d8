"""Changes by consent: who may suggest and answer what and when, and what that does to offer, cleaning and timeline."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Block, User
from cleanings.contact import contact_for, is_shown
from cleanings.models import Cleaning, Event
from cleanings.states import IllegalMove, Kind, OfferStatus
from evaluations.models import Evaluation
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start
from notifications.models import Notification
from offers.changes import Change
from offers.models import Offer
from offers.tests.invariants import contradictions, terms_nobody_agreed_on

pytestmark = [pytest.mark.long, pytest.mark.django_db]


@pytest.fixture
def cast():
    return create_cast()


@pytest.fixture
def job(cast):
    """Carl's accepted offer on Olivia's cleaning, on which Cora's was turned down."""
    cleaning = create_cleaning(name="Attic")
    create_offer(cleaning=cleaning, cleaner=cast[2])
    return create_offer(cleaning=cleaning, cleaner=cast[1], status=OfferStatus.ACCEPTED)


def again(job):
    return Offer.objects.with_people().with_cleaning().get(pk=job.pk)


def refusal(act):
    """The class of what the verb raises, or None; nothing of it stays."""
    try:
        with transaction.atomic():
            act()
    except (PermissionDenied, IllegalMove, ValidationError, TypeError) as raised:
        return type(raised)
    return None


def in_(**later):
    return time_machine.travel(timezone.now() + timedelta(**later), tick=False)


def lines(cleaning, reader):
    return [sentence for _, sentence in cleaning.events.lines_for(reader)]


# Agreeing.


def test_the_rate_goes_to_the_offer_and_all_else_to_the_cleaning(cast, job):
    olivia, carl, *_ = cast
    start = job.cleaning.starts_at + timedelta(days=1)
    facts = {"estimated_hours": Decimal("4"), "starts_at": start, "cleaning_type": "dust_up", "area": "kitchen"}
    facts |= {"supplies": "owner", "pets": "no", "city": "Bruges", "postcode": "8000", "street_address": "New Lane 1"}
    job.suggest(by=olivia, hourly_rate=Decimal("25"), **facts).agree(by=carl)
    offer = again(job)
    assert {name: getattr(offer.cleaning, name) for name in facts} == facts
    assert (offer.hourly_rate, offer.revision, offer.cleaning_version) == (25, 2, 2)
    assert (offer.cleaning.hourly_rate, offer.cleaning.version, offer.cleaning.city_key) == (20, 2, "bruges")
    assert (contradictions(offer.cleaning), terms_nobody_agreed_on(offer.cleaning)) == ([], [])


def test_a_rate_alone_raises_the_version_and_leaves_the_cleaning_as_it_was(cast, job):
    olivia, carl, *_ = cast
    before = Cleaning.objects.values().get()
    job.suggest(by=carl, hourly_rate="25").agree(by=olivia)
    assert Cleaning.objects.values().get() == before | {"version": 2}
    offer = again(job)
    assert (offer.hourly_rate, offer.revision, offer.cleaning_version) == (25, 2, 2)
    assert not Event.objects.filter(kind=Kind.AGREE, cleaner=None).exists()


def test_since_a_version_of_which_no_event_tells_nothing_is_said_to_have_changed(cast, job):
    olivia, carl, *_ = cast
    job.suggest(by=carl, hourly_rate="25").agree(by=olivia)
    again(job).suggest(by=carl, estimated_hours="4").agree(by=olivia)
    cleaning = again(job).cleaning
    found = [[change.name for change in cleaning.changes_since(version)] for version in (1, 2, 3)]
    assert (cleaning.version, found) == (3, [["estimated hours"], [], []])


def test_without_a_rate_the_offer_has_no_other_revision(cast, job):
    olivia, carl, *_ = cast
    job.suggest(by=carl, estimated_hours="4").agree(by=olivia)
    offer = again(job)
    assert (offer.hourly_rate, offer.revision, offer.cleaning_version) == (Decimal("22.50"), 1, 2)


def test_terms_of_an_accepted_offer_follow_from_its_timeline(cast, job):
    olivia, carl, *_ = cast
    start = job.cleaning.starts_at + timedelta(days=2)
    for by, answer, terms in [
        (carl, "agree", {"hourly_rate": "25", "estimated_hours": "5"}),
        (olivia, "decline", {"hourly_rate": "10"}),
        (olivia, "agree", {"starts_at": start, "city": "Bruges"}),
        (carl, "agree", {"hourly_rate": "24", "pets": "yes"}),
    ]:
        change = again(job).suggest(by=by, **terms)
        getattr(change, answer)(by=change.offer.other_side(by))
    assert terms_nobody_agreed_on(job.cleaning) == []
    Offer.objects.filter(pk=job.pk).update(hourly_rate=30)
    Cleaning.objects.update(pets="no")
    assert terms_nobody_agreed_on(job.cleaning) == [
        "The rate of the chosen offer is what was agreed last.",
        "The terms of an agreed job are those agreed last.",
    ]


def test_agreeing_to_a_change_that_was_replaced_agrees_to_nothing(cast, job):
    olivia, carl, *_ = cast
    shown = job.suggest(by=carl, estimated_hours="4")
    latest = job.suggest(by=carl, estimated_hours="9")
    assert refusal(lambda: shown.agree(by=olivia)) is IllegalMove
    offer = again(job)
    assert (offer.cleaning.estimated_hours, offer.cleaning.version, offer.open_change) == (3, 1, latest)
    latest.agree(by=olivia)
    assert again(job).cleaning.estimated_hours == 9


def test_a_change_for_another_version_is_not_agreed_to(cast, job):
    olivia, carl, *_ = cast
    change = job.suggest(by=carl, estimated_hours="4")
    Cleaning.objects.update(version=2)
    assert refusal(lambda: change.agree(by=olivia)) is IllegalMove
    Cleaning.objects.update(version=1)
    assert refusal(lambda: change.agree(by=olivia)) is None


@pytest.mark.parametrize(("verb", "person"), [("agree", "olivia"), ("decline", "olivia"), ("withdraw", "carl")])
def test_the_same_person_repeating_an_answer_changes_nothing(cast, job, verb, person):
    change = job.suggest(by=create_user("carl"), estimated_hours="4")
    getattr(change, verb)(by=create_user(person))
    before = Event.objects.count(), Notification.objects.count(), Cleaning.objects.get().version
    getattr(Change.objects.get(), verb)(by=create_user(person))
    assert (Event.objects.count(), Notification.objects.count(), Cleaning.objects.get().version) == before


def test_rejected_cleaners_are_not_notified_and_confirm_when_the_job_opens_again(cast, job):
    olivia, carl, cora, *_ = cast
    Notification.objects.all().delete()
    job.suggest(by=carl, estimated_hours="4").agree(by=olivia)
    assert not cora.notifications.exists()
    again(job).cancel(by=carl, reason="other")
    coras = job.cleaning.offers.get(cleaner=cora)
    assert (coras.status, coras.waits_for_confirmation) == ("pending", True)
    assert [str(change) for change in coras.changed_terms] == ["estimated hours from 3 hours to 4 hours"]


# Suggesting.


def test_only_what_differs_is_suggested_in_the_form_of_the_terms(cast, job):
    olivia, *_ = cast
    start = job.cleaning.starts_at + timedelta(hours=1)
    same = {
        "estimated_hours": "3",
        "cleaning_type": "full_clean",
        "city": " Ghent ",
        "street_address": "Hidden Lane 12",
    }
    change = job.suggest(by=olivia, hourly_rate="22.5", starts_at=start, postcode="9001", note=" Why not? ", **same)
    assert (change.terms, change.note) == ({"starts_at": start.isoformat(), "postcode": "9001"}, "Why not?")
    assert set(change.terms) < set(job.cleaning.terms)
    assert (change.by, change.made_for, change.status) == (olivia, 1, "open")


@pytest.mark.parametrize("terms", [{}, {"estimated_hours": "3.0"}, {"hourly_rate": "22.50", "city": "Ghent"}])
def test_a_change_of_nothing_is_refused(cast, job, terms):
    assert refusal(lambda: job.suggest(by=cast[0], **terms)) is ValidationError
    assert refusal(lambda: job.suggest(by=cast[0], **terms | {"pets": "yes"})) is None


@pytest.mark.parametrize(
    ("terms", "refused"),
    [
        ({"hourly_rate": "0.99"}, ValidationError),
        ({"hourly_rate": "1000.01"}, ValidationError),
        ({"hourly_rate": "22.505"}, ValidationError),
        ({"estimated_hours": "0"}, ValidationError),
        ({"estimated_hours": "24.5"}, ValidationError),
        ({"cleaning_type": "magic"}, ValidationError),
        ({"area": ""}, ValidationError),
        ({"pets": "maybe"}, ValidationError),
        ({"supplies": "both"}, ValidationError),
        ({"city": ""}, ValidationError),
        ({"postcode": "x" * 13}, ValidationError),
        ({"street_address": " "}, ValidationError),
        ({"starts_at": None}, ValidationError),
        ({"pets": "yes", "note": "x" * 501}, ValidationError),
        ({"name": "Cellar"}, TypeError),
        ({"status": "completed"}, TypeError),
        ({"pets": "yes", "version": 7}, TypeError),
    ],
)
def test_what_no_job_can_have_is_refused(cast, job, terms, refused):
    assert refusal(lambda: job.suggest(by=cast[0], **terms)) is refused
    assert not Change.objects.exists()


@pytest.mark.parametrize(("days", "refused"), [(-4, True), (1, False), (360, False), (400, True)])
def test_a_start_lies_between_now_and_a_year_from_now(cast, job, days, refused):
    moved = job.cleaning.starts_at + timedelta(days=days)
    assert (refusal(lambda: job.suggest(by=cast[1], starts_at=moved)) is ValidationError) == refused


def test_a_start_can_be_set_where_there_was_none(cast):
    olivia, carl, *_ = cast
    job = create_offer(cleaning=create_cleaning(starts_in=None), status=OfferStatus.ACCEPTED)
    assert refusal(lambda: job.suggest(by=carl, starts_at=None)) is ValidationError
    start = timezone.now() + timedelta(days=2)
    job.suggest(by=carl, starts_at=start).agree(by=olivia)
    assert again(job).cleaning.starts_at == start


@pytest.mark.parametrize("name", ["city", "postcode", "street_address"])
def test_the_place_is_suggested_by_the_owner_alone(cast, job, name):
    olivia, carl, *_ = cast
    assert refusal(lambda: job.suggest(by=carl, **{name: "Elsewhere"})) is PermissionDenied
    assert refusal(lambda: job.suggest(by=carl, pets="yes", **{name: getattr(job.cleaning, name)})) is None
    Change.objects.all().delete()
    assert refusal(lambda: again(job).suggest(by=olivia, **{name: "Elsewhere"})) is None


@pytest.mark.parametrize("terms", [{"estimated_hours": "4"}, {"hourly_rate": "25"}])
def test_hours_and_rate_can_be_agreed_on_until_the_job_is_completed(cast, job, terms):
    olivia, carl, *_ = cast
    change = job.suggest(by=carl, **terms)
    with in_(days=3, hours=5):
        change.agree(by=olivia)
        other = again(job).suggest(by=olivia, estimated_hours="6", hourly_rate="20")
        again(job).complete(by=olivia)
        assert refusal(lambda: other.agree(by=carl)) is IllegalMove
        assert refusal(lambda: again(job).suggest(by=carl, estimated_hours="7")) is IllegalMove


def test_all_else_can_be_suggested_only_before_the_start(cast, job):
    olivia, carl, *_ = cast
    later = {"starts_at": job.cleaning.starts_at + timedelta(days=1)}
    suggestions = [later, {"pets": "yes"}, {"city": "Bruges"}, {"estimated_hours": "4", "area": "kitchen"}]

    def refusals():
        return [refusal(lambda terms=terms: again(job).suggest(by=olivia, **terms)) for terms in suggestions]

    with in_(days=3, hours=1):
        assert refusals() == [IllegalMove] * 4
    assert refusals() == [None] * 4


def test_one_s_own_change_is_replaced_and_the_other_s_answered_first(cast, job):
    olivia, carl, *_ = cast
    first = job.suggest(by=carl, estimated_hours="4")
    assert refusal(lambda: job.suggest(by=olivia, estimated_hours="5")) is IllegalMove
    second = job.suggest(by=carl, pets="yes")
    first.refresh_from_db()
    assert (first.status, again(job).open_change) == ("withdrawn", second)
    second.decline(by=olivia)
    assert refusal(lambda: again(job).suggest(by=olivia, estimated_hours="5")) is None


def test_the_same_suggestion_sent_twice_is_one(cast, job):
    carl = cast[1]
    changes = {again(job).suggest(by=carl, estimated_hours="4", note="Dusty") for _ in range(2)}
    assert len(changes) == Change.objects.count() == Event.objects.filter(kind=Kind.SUGGEST).count() == 1
    again(job).suggest(by=carl, estimated_hours="4", note="Very dusty")
    assert Change.objects.count() == 2


@pytest.mark.parametrize("gone", ["olivia", "carl"])
def test_nothing_is_suggested_to_or_by_an_account_that_has_ended(cast, job, gone):
    left = {"olivia": "carl", "carl": "olivia"}[gone]
    User.objects.filter(username=gone).update(is_active=False)
    assert refusal(lambda: again(job).suggest(by=create_user(left), pets="yes")) is IllegalMove
    assert refusal(lambda: again(job).suggest(by=create_user(gone), pets="yes")) is PermissionDenied
    User.objects.filter(username=gone).update(is_active=True)
    assert refusal(lambda: again(job).suggest(by=create_user(left), pets="yes")) is None


# Running out.


def test_an_open_change_runs_out_after_seven_days(cast):
    olivia, carl, *_ = cast
    job = create_offer(cleaning=create_cleaning(starts_in=timedelta(days=30)), status=OfferStatus.ACCEPTED)
    change = job.suggest(by=carl, pets="yes")
    with in_(days=7, seconds=-1):
        assert (list(Change.objects.to_expire()), refusal(change.expire)) == ([], IllegalMove)
    with in_(days=7):
        assert refusal(lambda: change.agree(by=olivia)) is IllegalMove
        Change.objects.to_expire().get().expire()
        assert refusal(change.expire) is IllegalMove
    change.refresh_from_db()
    assert (change.status, again(job).cleaning.pets) == ("expired", "")


@pytest.mark.parametrize(("terms", "is_over"), [({"pets": "yes"}, True), ({"estimated_hours": "4"}, False)])
def test_a_change_of_more_than_hours_and_rate_runs_out_at_the_start(cast, job, terms, is_over):
    change = job.suggest(by=cast[1], **terms | {"hourly_rate": "25"})
    with in_(days=3):
        assert change.has_run_out == is_over == Change.objects.to_expire().exists()
        assert (refusal(lambda: change.agree(by=cast[0])) is IllegalMove) == is_over


def test_a_change_runs_out_at_the_start_that_it_suggests(cast, job):
    change = job.suggest(by=cast[1], starts_at=timezone.now() + timedelta(hours=2))
    with in_(hours=2):
        assert Change.objects.to_expire().get() == change


def test_after_the_other_s_change_has_run_out_nobody_waits_for_the_site(cast, job):
    olivia, carl, *_ = cast
    first = job.suggest(by=carl, estimated_hours="4")
    with in_(days=8):
        second = again(job).suggest(by=olivia, estimated_hours="5")
    first.refresh_from_db()
    assert (first.status, again(job).open_change) == ("expired", second)
    assert [event.kind for event in job.cleaning.events.about(carl).order_by("pk")][-3:] == [
        Kind.SUGGEST, Kind.EXPIRE, Kind.SUGGEST,
    ]  # fmt: skip


@pytest.mark.parametrize("verb", ["cancel", "release", "complete"])
def test_the_end_of_the_job_ends_its_open_change_and_is_never_blocked_by_it(cast, job, verb):
    olivia, carl, *_ = cast
    change = job.suggest(by=carl, estimated_hours="4")
    values = {} if verb == "complete" else {"reason": "other"}
    Notification.objects.all().delete()
    with in_(days=3, hours=1):
        getattr(again(job), verb)(by=carl if verb == "cancel" else olivia, **values)
    change.refresh_from_db()
    assert (change.status, contradictions(job.cleaning)) == ("expired", [])
    assert "Nobody answered carl’s change in time." in lines(job.cleaning, olivia)
    assert not Notification.objects.filter(event__kind=Kind.EXPIRE).exists()


# What follows from another start.


def test_the_14_days_and_the_address_count_from_the_start_that_was_agreed(cast, job):
    olivia, carl, *_ = cast
    start = job.cleaning.starts_at + timedelta(days=30)
    job.suggest(by=carl, starts_at=start).agree(by=olivia)
    cleaning = again(job).cleaning
    assert cleaning.completes_itself_at == start + timedelta(days=14)
    with time_machine.travel(start + timedelta(days=13), tick=False):
        assert not Offer.objects.to_complete().exists()
    with time_machine.travel(start + timedelta(days=14), tick=False):
        assert Offer.objects.to_complete().get() == job
    with time_machine.travel(start + timedelta(days=43), tick=False):
        assert is_shown(cleaning)
    with time_machine.travel(start + timedelta(days=44), tick=False):
        assert not is_shown(cleaning)


# What others read.


def test_the_timeline_tells_the_two_everything_and_others_neither_rate_nor_values(cast, job):
    olivia, carl, cora, stan, ada = cast
    change = job.suggest(by=olivia, hourly_rate="37.77", estimated_hours="4", street_address="Secret Lane 9")
    change.agree(by=carl)
    changes = "hourly rate from €22.50 to €37.77; estimated hours from 3 hours to 4 hours; street and number"
    assert lines(job.cleaning, olivia)[-2:] == [
        f"You suggested a change: {changes}.", f"carl agreed to your change: {changes}.",
    ]  # fmt: skip
    assert lines(job.cleaning, carl)[-2:] == [
        f"olivia suggested a change: {changes}.", f"You agreed to olivia’s change: {changes}.",
    ]  # fmt: skip
    assert lines(job.cleaning, ada)[-1] == f"carl agreed to olivia’s change: {changes}."
    assert lines(job.cleaning, cora)[-1] == (
        "Owner and cleaner agreed on a change: estimated hours, street and number."
    )
    assert "37.77" not in str(list(Event.objects.visible_to(cora).values()))


def test_a_rate_alone_is_told_to_the_two_only(cast, job):
    olivia, carl, cora, *_ = cast
    before = lines(job.cleaning, cora)
    job.suggest(by=carl, hourly_rate="37.77").agree(by=olivia)
    assert lines(job.cleaning, cora) == before
    assert lines(job.cleaning, carl)[-1].startswith("olivia agreed to your change: hourly rate from")


def test_a_suggested_street_is_in_no_event_and_no_notification(cast, job):
    olivia, carl, *_ = cast
    change = job.suggest(by=olivia, street_address="Secret Lane 9", pets="yes")
    change.agree(by=carl)
    assert Cleaning.objects.get().street_address == Change.objects.get().terms["street_address"] == "Secret Lane 9"
    rows = [*Event.objects.values(), *Notification.objects.values()]
    assert len(rows) > 6
    assert "Secret" not in str(rows)


def test_the_comparison_has_what_differs_and_the_pay_in_all(cast, job):
    olivia, carl, *_ = cast
    change = job.suggest(by=olivia, hourly_rate="25", estimated_hours="4", street_address="New Lane 9")
    rows = [
        ("hourly rate", "€22.50", "€25"),
        ("estimated hours", "3 hours", "4 hours"),
        ("street and number", "Hidden Lane 12", "New Lane 9"),
    ]
    assert change.rows_for(olivia) == change.rows_for(carl) == rows
    assert change.pay_row == ("in all", "€67.50", "€100")


def test_a_street_is_shown_to_the_cleaner_as_long_as_the_address_is(cast, job):
    olivia, carl, cora, *_ = cast
    change = job.suggest(by=olivia, street_address="New Lane 9")
    assert [change.shows_street_to(person) for person in (olivia, carl, cora)] == [True, True, False]
    again(job).cancel(by=carl, reason="other")
    change = Change.objects.with_job().get()
    assert [change.shows_street_to(person) for person in (olivia, carl)] == [True, False]
    assert ("street and number", "", "another one") in change.rows_for(carl)


# Accounts that end.


def test_a_closed_account_takes_the_suggested_streets_along(cast, job):
    olivia, carl, cora, *_ = cast
    job.suggest(by=olivia, street_address="Secret Lane 9", pets="yes").decline(by=carl)
    again(job).release(by=olivia, reason="other")
    User.objects.get(pk=olivia.pk).close(by=olivia)
    assert Change.objects.get().terms == {"street_address": "Removed with the account", "pets": "yes"}


@pytest.mark.parametrize("gone", ["olivia", "carl"])
def test_deactivating_an_account_ends_its_open_changes_and_notifies_who_is_left(cast, job, gone):
    change = job.suggest(by=create_user("carl"), estimated_hours="4")
    assert (refusal(change.end_with_account), Change.objects.get().status) == (IllegalMove, "open")
    Notification.objects.all().delete()
    create_user(gone).deactivate(by=cast[4])
    assert (Change.objects.get().status, again(job).status) == ("expired", "accepted")
    expired = Event.objects.get(kind=Kind.EXPIRE)
    assert [notice.recipient.username for notice in expired.notifications.all()] == [
        {"olivia": "carl", "carl": "olivia"}[gone]
    ]


def test_nobody_agrees_with_an_account_that_has_ended(cast, job):
    olivia, carl, *_ = cast
    change = job.suggest(by=carl, estimated_hours="4")
    User.objects.filter(pk=carl.pk).update(is_active=False)
    fresh = Change.objects.with_job().get()
    assert refusal(lambda: fresh.agree(by=olivia)) is IllegalMove
    fresh.decline(by=olivia)
    change.refresh_from_db()
    assert change.status == "declined"


def test_nobody_agrees_over_a_block(cast, job):
    olivia, carl, *_ = cast
    job.suggest(by=carl, estimated_hours="4")
    Block.objects.create(blocker=carl, blocked=olivia)
    fresh = Change.objects.with_job().get()
    with pytest.raises(IllegalMove, match="You can’t suggest changes to each other"):
        fresh.agree(by=olivia)
    assert again(job).cleaning.estimated_hours == 3
    assert (fresh.allows(Kind.AGREE, olivia), fresh.allows(Kind.DECLINE, olivia)) == (False, True)


@pytest.mark.parametrize(("verb", "username"), [("agree", "olivia"), ("decline", "olivia"), ("withdraw", "carl")])
def test_an_open_change_that_outlived_its_job_is_not_answered(cast, job, verb, username):
    job.suggest(by=cast[1], estimated_hours="4")
    Offer.objects.filter(pk=job.pk).update(status=OfferStatus.COMPLETED)
    with pytest.raises(IllegalMove, match="This job is done"):
        getattr(Change.objects.with_job().get(), verb)(by=create_user(username))
    assert (Change.objects.get().status, again(job).cleaning.estimated_hours) == ("open", 3)


def test_notifications_of_changes_lose_the_name_of_a_closed_account(cast, job):
    olivia, carl, *_ = cast
    carl.profile.full_name = "Karl Kunze"
    carl.profile.save()
    job = again(job)
    job.suggest(by=job.cleaner, estimated_hours="4").agree(by=olivia)
    again(job).suggest(by=olivia, estimated_hours="5").agree(by=job.cleaner)
    job.cleaning.refresh_from_db()
    again(job).cancel(by=job.cleaner, reason="other")
    assert olivia.notifications.filter(sentence__contains="Karl Kunze").count() >= 2
    User.objects.get(pk=carl.pk).close(by=carl)
    assert not Notification.objects.filter(sentence__contains="Karl").exists()
    assert not Notification.objects.filter(subject__contains="Karl").exists()


# What the database refuses.


def test_the_database_refuses_a_second_open_change(cast, job):
    facts = {"offer": job, "by": job.cleaner, "terms": {}, "made_for": 1, "expires_at": timezone.now()}
    Change.objects.create(**facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.create(**facts)
    Change.objects.update(status="declined", answered_at=timezone.now())
    Change.objects.create(**facts)


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "lost", "answered_at": timezone.now()},
        {"status": "agreed"},
        {"answered_at": timezone.now()},
        {"note": "x" * 501},
        {"made_for": 0},
    ],
)
def test_the_database_refuses_what_lies_beyond_a_bound_of_a_change(cast, job, facts):
    change = job.suggest(by=job.cleaner, pets="yes")
    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.filter(pk=change.pk).update(**facts)
    kept = {"status": "agreed", "answered_at": timezone.now(), "note": "x" * 500, "made_for": 2}
    assert Change.objects.filter(pk=change.pk).update(**kept) == 1


# Staff.


@pytest.mark.parametrize("verb", ["agree", "decline", "withdraw"])
def test_staff_answer_in_the_place_of_a_side_which_both_are_told(cast, job, verb):
    olivia, carl, *_, ada = cast
    change = job.suggest(by=carl, pets="yes")
    Notification.objects.all().delete()
    getattr(change, verb)(by=ada)
    words = {
        "agree": "The staff agreed to {whose} change in olivia’s place: pets from not said to Yes.",
        "decline": "The staff declined {whose} change in olivia’s place.",
        "withdraw": "The staff withdrew carl’s change.",
    }[verb]
    found = Notification.objects.order_by("recipient__username").values_list("recipient__username", "sentence")
    assert list(found) == [
        ("carl", f"“Attic”: {words.format(whose='your')}"),
        ("olivia", f"“Attic”: {words.format(whose='carl’s')}"),
    ]


def test_staff_who_are_a_side_do_not_agree_to_their_own_change(cast):
    *_, ada = cast
    job = create_offer(cleaner=ada, status=OfferStatus.ACCEPTED)
    change = job.suggest(by=ada, hourly_rate="99")
    assert refusal(lambda: change.agree(by=ada)) is PermissionDenied
    assert refusal(lambda: change.withdraw(by=ada)) is None


def test_staff_suggest_nothing(cast, job):
    assert refusal(lambda: job.suggest(by=cast[4], pets="yes")) is PermissionDenied


@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize("terms", [{"hourly_rate": "37.77"}, {"hourly_rate": "37.77", "pets": "yes"}])
def test_an_agreed_rate_is_on_no_page_but_those_of_the_two(client, cast, job, terms, is_done):
    olivia, carl, cora, stan, ada = cast
    job.suggest(by=carl, **terms).agree(by=olivia)
    if is_done:
        move_start(job.cleaning, timedelta(hours=-1))
        again(job).complete(by=olivia)
        for side in (olivia, carl):
            Evaluation.write(again(job), by=side, overall_rating=4)
    pages = ["/", "/cleanings/", "/feed/", f"/cleanings/{job.cleaning_id}/", "/people/carl/", "/people/olivia/"]
    pages += ["/people/carl/evaluations/", "/people/olivia/evaluations/", "/sitemap.xml", "/?city=Ghent"]
    pages += ["/dashboard/", "/notifications/", "/accounts/export/", f"/cleanings/{job.cleaning_id}/offers/cora/"]
    found = {}
    for reader in (None, stan, cora, carl):
        client.logout()
        if reader:
            client.force_login(reader)
        answers = [client.get(page) for page in pages]
        found[str(reader)] = [page for page, answer in zip(pages, answers, strict=True) if b"37.77" in answer.content]
    assert found["carl"] != []
    assert {name: pages for name, pages in found.items() if name != "carl"} == {"None": [], "stan": [], "cora": []}


def test_the_address_shown_is_the_one_that_was_agreed(cast, job):
    olivia, carl, *_ = cast
    job.suggest(by=olivia, street_address="New Lane 9").agree(by=carl)
    contact = contact_for(carl, again(job).cleaning)
    assert contact.street_address == "New Lane 9"


def test_a_job_by_whichever_name_is_open_to_suggestions_of_its_two_sides_alone(cast, job):
    assert [person.username for person in cast if again(job).can_suggest(person)] == ["olivia", "carl"]
    job.suggest(by=cast[1], pets="yes")
    assert [person.username for person in cast if again(job).can_suggest(person)] == ["carl"]
