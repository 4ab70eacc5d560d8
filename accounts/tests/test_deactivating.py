"""How the staff end an account until further notice: what they take back, what stays, and who may."""

import pytest
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils.html import escape

from accounts.forms import ERROR_MESSAGES
from accounts.models import User
from accounts.tests.helpers import is_logged_in, log_in
from api.tests.programs import program_of
from cleanings.models import Cleaning
from cleanings.states import IllegalMove
from marketplace.testing import PASSWORD, create_cast, create_cleaning, create_offer, create_user
from offers.models import Offer
from offers.tests.invariants import contradictions

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return create_cast()


def client_for(person):
    """A client in which the person is logged in through the form."""
    client = Client()
    log_in(client, person.username, PASSWORD)
    return client


def test_deactivating_takes_back_what_waits_and_keeps_what_is_agreed(cast):
    olivia, carl, cora, _, ada = cast
    pending, agreed = create_offer(cleaning=create_cleaning(name="Attic")), create_offer(status="accepted")
    own = create_cleaning(owner=carl, name="Shed")
    create_offer(cleaning=own, cleaner=cora)
    User.objects.get(pk=carl.pk).deactivate(by=ada)
    for row in (pending, agreed, own):
        row.refresh_from_db()
    assert [row.status for row in (pending, agreed, own)] == ["rescinded", "accepted", "closed"]
    assert [contradictions(cleaning) for cleaning in (pending.cleaning, agreed.cleaning, own)] == [[], [], []]
    assert olivia.notifications.last().sentence == "“Attic”: The site withdrew Former member’s offer."
    assert cora.notifications.last().sentence == "“Shed” was closed, and nobody was chosen."
    assert own.events.about(None).last().sentence_for(cora) == "The site closed the job."
    assert not carl.notifications.filter(event__cleaning=own, event__kind="close").exists()
    Offer.objects.get(pk=agreed.pk).release(by=olivia, reason="not_needed")


@pytest.mark.parametrize("side", ["owner", "cleaner", "rival"])
def test_nobody_deactivates_a_person_with_whom_they_have_a_job_in_common(cast, side):
    olivia, carl, _, _, ada = cast
    create_offer(cleaning=create_cleaning(owner=olivia), cleaner=carl)
    other = User.objects.create_superuser("sue", "sue@example.org", PASSWORD)
    if side == "owner":
        create_offer(cleaning=create_cleaning(owner=ada), cleaner=carl)
    elif side == "cleaner":
        create_offer(cleaning=create_cleaning(owner=carl), cleaner=ada)
    else:
        create_offer(cleaning=Cleaning.objects.get(owner=olivia), cleaner=ada)
    with pytest.raises(PermissionDenied, match="a job in common"):
        carl.deactivate(by=ada)
    carl.deactivate(by=other)


@pytest.mark.parametrize(("verb", "by"), [("cancel", 1), ("release", 4)])
def test_a_job_that_ends_without_its_owner_leaves_no_open_cleaning(cast, verb, by):
    olivia, _, cora, _, ada = cast
    coras = create_offer(cleaner=cora)
    agreed = create_offer(cleaning=coras.cleaning, status="accepted")
    olivia.deactivate(by=ada)
    cora.notifications.all().delete()
    getattr(agreed, verb)(by=cast[by], reason="other")
    for row in (coras, coras.cleaning):
        row.refresh_from_db()
    assert (coras.status, coras.cleaning.status, cora.notifications.count()) == ("rejected", "closed", 0)
    assert contradictions(coras.cleaning) == []


def test_a_cleaner_reads_what_cancelling_does_to_a_job_without_an_owner(cast):
    olivia, carl, *_, ada = cast
    page = create_offer(status="accepted").get_absolute_url() + "cancel/"
    assert "The job opens again." in client_for(carl).get(page).content.decode()
    olivia.deactivate(by=ada)
    page_without_owner = client_for(carl).get(page).content.decode()
    assert "The job is closed, because its owner is no longer a member." in page_without_owner
    assert "opens again" not in page_without_owner


def test_what_is_personal_survives_a_deactivation(cast):
    carl, ada = cast[1], cast[4]
    create_offer(status="completed")
    before = set(User.objects.values_list("username", "email", "password", "profile__full_name"))
    carl.deactivate(by=ada)
    assert set(User.objects.values_list("username", "email", "password", "profile__full_name")) == before


def test_a_deactivated_person_is_out_and_their_log_in_fails_like_a_wrong_password(cast):
    carl, ada, client = cast[1], cast[4], client_for(cast[1])
    assert UserSession.objects.filter(user=carl).count() == 1
    carl.deactivate(by=ada)
    assert not is_logged_in(client)
    pages = [
        Client().post("/accounts/login/", {"login": "carl", "password": password}).content.decode()
        for password in (PASSWORD, "wrong")
    ]
    assert [escape(ERROR_MESSAGES["username_password_mismatch"]) in page for page in pages] == [True, True]
    carl.reactivate(by=ada)
    assert not is_logged_in(client)
    assert is_logged_in(client_for(carl))


def test_who_may_deactivate_whom(cast):
    olivia, carl, *_, ada = cast
    staff = create_user("sam", is_staff=True)
    for person, by in ((carl, olivia), (carl, staff), (ada, ada), (olivia, olivia)):
        with pytest.raises(PermissionDenied):
            person.deactivate(by=by)
    staff.deactivate(by=ada)
    assert not User.objects.get(pk=staff.pk).is_active


def test_only_a_superuser_reactivates_and_nobody_a_closed_account(cast):
    olivia, carl, cora, _, ada = cast
    carl.deactivate(by=ada)
    cora.close(by=cora)
    with pytest.raises(PermissionDenied):
        carl.reactivate(by=olivia)
    for person in (olivia, cora):
        with pytest.raises(IllegalMove):
            person.reactivate(by=ada)
    carl.reactivate(by=ada)
    assert User.objects.get(pk=carl.pk).is_active


def test_nobody_who_is_out_already_is_deactivated(cast):
    _, carl, cora, _, ada = cast
    carl.deactivate(by=ada)
    cora.close(by=cora)
    for person in (carl, cora):
        with pytest.raises(IllegalMove, match="already"):
            person.deactivate(by=ada)


def test_a_deactivated_account_can_still_be_closed(cast):
    carl, ada = cast[1], cast[4]
    carl.deactivate(by=ada)
    carl.close(by=carl)
    carl.refresh_from_db()
    assert (carl.email, carl.is_closed) == ("", True)


def test_the_site_itself_acts_for_nobody_who_has_an_account(cast):
    offer = create_offer()
    for move in (offer.rescind, offer.cleaning.close, offer.cleaning.delete, offer.reject):
        with pytest.raises(PermissionDenied):
            move(by=None)
    User.objects.update(is_active=False)
    for move in (offer.reject, offer.cleaning.delete):
        with pytest.raises(PermissionDenied):
            move(by=None)
    offer.rescind(by=None)
    offer.cleaning.close(by=None)


def test_a_superuser_logs_somebody_out_everywhere(cast):
    carl, ada = cast[1], cast[4]
    browser, program = client_for(carl), program_of("carl")
    for by in (carl, create_user("sam", is_staff=True)):
        with pytest.raises(PermissionDenied):
            carl.log_out_everywhere(by=by)
    assert (is_logged_in(browser), program.get("me/").status_code) == (True, 200)
    carl.log_out_everywhere(by=ada)
    assert (is_logged_in(browser), program.get("me/").status_code) == (False, 401)
    assert is_logged_in(client_for(carl))
