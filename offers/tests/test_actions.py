"""Which actions are drawn for whom, by role and state."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser

from cleanings.states import CleaningStatus, OfferStatus
from core.formatting import when_label
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start
from offers.actions import change_sentence, cleaning_actions, next_cleaning_action
from offers.tests.scenarios import SCENARIOS

pytestmark = pytest.mark.django_db


def drawn(cleaning, person):
    """The labels as a page draws them, the main one marked, and the sentence."""
    cleaning.refresh_from_db()
    cleaning.__dict__.pop("chosen_offer", None)
    found = cleaning_actions(cleaning, person)
    labels = [f"*{found.main.label}"] if found.main else []
    return labels + [action.label for action in found.others], found.sentence


@pytest.fixture
def cast():
    return create_cast()


def test_a_stranger_and_nobody_are_invited_to_an_open_cleaning(cast):
    cleaning = create_cleaning()
    for person in (AnonymousUser(), cast[3]):
        assert drawn(cleaning, person) == (["*Make an offer"], "")


def test_the_owner_of_an_open_cleaning_without_offers(cast):
    expected = ["*Change the job", "Post again", "Close the job", "Delete the job"]
    assert drawn(create_cleaning(), cast[0]) == (expected, "No offers yet. We’ll tell you when one comes.")


def test_the_owner_of_an_open_cleaning_with_offers_compares_first(cast):
    cleaning = create_offer().cleaning
    assert drawn(cleaning, cast[0]) == (["*Compare offers (1)", "Change the job", "Post again", "Close the job"], "")


def test_when_the_start_has_passed_only_what_can_succeed_is_drawn(cast):
    olivia, carl, _, stan, _ = cast
    cleaning = create_offer().cleaning
    move_start(cleaning, timedelta(hours=-1))
    assert drawn(cleaning, stan) == ([], "The start has passed, so the job takes no more offers.")
    assert drawn(cleaning, carl) == (["Withdraw your offer"], "The start has passed, so the job takes no more offers.")
    assert drawn(cleaning, olivia)[0] == ["*Compare offers (1)", "Change the job", "Post again", "Close the job"]


def test_a_job_without_offers_whose_start_has_passed_leads_its_owner_to_another_start(cast):
    cleaning = create_cleaning()
    assert next_cleaning_action(cleaning) is None
    move_start(cleaning, timedelta(hours=-1))
    action = next_cleaning_action(cleaning)
    assert (action.label, action.url) == ("Move the start", f"/cleanings/{cleaning.pk}/edit/")


def test_a_cleaner_with_a_pending_offer_revises_or_confirms_first(cast):
    olivia, carl, *_ = cast
    cleaning = create_offer().cleaning
    assert drawn(cleaning, carl) == (["*Change your offer", "Withdraw your offer"], "")
    cleaning.edit(by=olivia, estimated_hours=4)
    assert drawn(cleaning, carl) == (["*Keep your offer", "Change your offer", "Withdraw your offer"], "")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (OfferStatus.RESCINDED, (["*Make an offer"], "")),
        (OfferStatus.REJECTED, ([], "The owner turned down your offer.")),
        (OfferStatus.CANCELLED, ([], "Your job here was cancelled, so you can’t offer on it again.")),
        (OfferStatus.ACCEPTED, (["Suggest a change", "Cancel the job"], "")),
        (OfferStatus.COMPLETED, ([], "This job is done.")),
    ],
)
def test_a_cleaner_s_actions_by_the_status_of_the_offer(cast, status, expected):
    assert drawn(create_offer(status=status).cleaning, cast[1]) == expected


@pytest.mark.parametrize("status", [OfferStatus.REJECTED, OfferStatus.CANCELLED])
def test_an_owner_with_no_pending_offer_is_led_to_what_can_be_done_first(cast, status):
    olivia, cleaning = cast[0], create_offer(status=status).cleaning
    expected = ["*Change the job", "See earlier offers", "Post again", "Close the job"]
    sentence = "No offer is waiting. We’ll tell you when the next one comes."
    assert drawn(cleaning, olivia) == (expected, sentence)
    move_start(cleaning, timedelta(hours=-1))
    assert drawn(cleaning, olivia) == (
        expected,
        "The start has passed, so the job takes no more offers. Move the start, or close the job.",
    )


def test_an_assigned_cleaning_by_role_before_and_after_its_start(cast):
    olivia, carl, cora, stan, ada = cast
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning, cleaner=cora)
    create_offer(cleaning=cleaning, cleaner=carl, status=OfferStatus.ACCEPTED)
    assert drawn(cleaning, olivia) == (["Suggest a change", "Cancel the job", "Post again"], "")
    assert drawn(cleaning, cora) == ([], "Someone has been chosen.")
    assert drawn(cleaning, stan) == ([], "Someone has been chosen.")
    move_start(cleaning, timedelta(hours=-1))
    assert drawn(cleaning, olivia) == (["*Mark as done", "Suggest a change", "Cancel the job", "Post again"], "")
    assert next_cleaning_action(cleaning).label == "Mark as done"


def test_the_side_that_has_to_answer_a_change_is_led_to_it_first(cast):
    olivia, carl, *_ = cast
    offer = create_offer(status=OfferStatus.ACCEPTED)
    move_start(offer.cleaning, timedelta(hours=-1))
    change = offer.suggest(by=carl, estimated_hours=4)
    assert drawn(offer.cleaning, olivia) == (
        ["*See the suggested change", "Mark as done", "Cancel the job", "Post again"],
        "",
    )
    assert drawn(offer.cleaning, carl) == (
        ["See your suggested change", "Cancel the job"],
        "",
    )
    assert [change_sentence(offer, person) for person in (olivia, carl)] == [
        f"carl suggests a change to this job. You can answer until {when_label(change.expires_at)}.",
        "Your suggested change is waiting for olivia’s answer.",
    ]
    with time_machine.travel(change.expires_at + timedelta(seconds=1)):
        assert drawn(offer.cleaning, olivia)[0] == [
            "*Mark as done",
            "Suggest a change",
            "Cancel the job",
            "Post again",
        ]


def test_a_closed_cleaning_says_when_and_may_be_deleted_without_offers(cast):
    olivia, carl, *_ = cast
    with_offer, without = create_offer().cleaning, create_cleaning()
    for cleaning in (with_offer, without):
        cleaning.close(by=olivia)
    assert drawn(with_offer, carl) == ([], "This job was closed.")
    assert drawn(with_offer, olivia)[0] == ["*Post again"]
    actions, sentence = drawn(without, olivia)
    assert actions == ["*Post again", "Delete the job"]
    assert sentence.startswith("You closed this job on ")


def test_staff_with_no_part_in_it_get_the_way_into_the_admin(cast):
    cleaning = create_cleaning()
    found = cleaning_actions(cleaning, cast[4])
    assert (found.actions, found.staff_url) == ([], f"/admin/cleanings/cleaning/{cleaning.pk}/change/")


@pytest.mark.long
@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_everything_drawn_can_succeed(scenario, client):
    create_cast()
    scenario.build()
    for name in ("stan", "carl", "olivia"):
        person = create_user(name)
        client.force_login(person)
        if scenario.cleaning_status == CleaningStatus.CLOSED and name == "stan":
            continue
        for action in cleaning_actions(scenario.cleaning, person).actions:
            assert client.get(action.url).status_code == 200, (name, action.label)
