"""A change of address: password again, confirmed at the new one, notified to the old one, which stays until then."""

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.tests.helpers import create_unconfirmed, link_in, log_in, subjects
from marketplace.testing import PASSWORD, create_user

pytestmark = pytest.mark.django_db

EMAIL = "/accounts/email/"
ADD = {"action_add": "1", "email": "new@example.org"}


@pytest.fixture
def maria(client):
    create_user("maria")
    log_in(client)
    return client


def change(client, **typed):
    """Ask for another address, and give the password when it is asked for again."""
    asked = client.post(EMAIL, ADD | typed)
    assert asked.url.startswith("/accounts/reauthenticate/?next=")
    return client.post(asked.url, {"password": PASSWORD})


def address():
    return User.objects.get(username="maria").email


def test_an_address_is_changed_once_it_is_confirmed(maria):
    assert change(maria).url == EMAIL
    assert (address(), subjects()) == ("maria@example.org", [(["new@example.org"], "Confirm your e-mail address")])
    assert "Waiting for new@example.org" in maria.get(EMAIL).content.decode()
    assert log_in(Client(), "new@example.org").status_code == 200
    maria.post(link_in(mail.outbox[0]))
    assert address() == "new@example.org"
    assert subjects()[-1] == (["maria@example.org"], "Your e-mail address was changed")
    assert log_in(Client(), "new@example.org").url == "/dashboard/"
    assert log_in(Client(), "maria@example.org").status_code == 200


def test_nothing_is_mailed_without_the_password(maria):
    asked = maria.post(EMAIL, ADD)
    assert maria.post(asked.url, {"password": "wrong"}).status_code == 200
    assert (mail.outbox, address()) == ([], "maria@example.org")


def test_an_address_is_asked_for_twenty_times_an_hour(maria):
    change(maria)
    added = [maria.post(EMAIL, ADD | {"email": f"new{number}@example.org"}).status_code for number in range(19)]
    # The first was sent twice: before the password and after it.
    assert (added, len(mail.outbox)) == ([302] * 18 + [429], 19)


def test_a_change_can_be_taken_back_and_its_link_dies(maria):
    change(maria)
    maria.post(EMAIL, {"action_remove": "1", "email": "new@example.org"})
    assert Client().post(link_in(mail.outbox[0])).status_code == 404
    assert (address(), User.objects.get().emailaddress_set.count()) == ("maria@example.org", 1)


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("action", ["action_remove", "action_primary", "action_send"])
def test_the_address_that_is_confirmed_stays_whatever_is_sent(maria, action, waits):
    change(maria)
    if not waits:
        maria.post(EMAIL, {"action_remove": "1", "email": "new@example.org"})
    maria.post(EMAIL, {action: "1", "email": "maria@example.org"})
    maria.post(EMAIL, {"action_primary": "1", "email": "new@example.org"})
    assert (address(), log_in(Client(), "maria@example.org").url) == ("maria@example.org", "/dashboard/")


def test_a_second_change_ends_the_first(maria):
    change(maria)
    maria.post(EMAIL, ADD | {"email": "third@example.org"})
    assert Client().post(link_in(mail.outbox[0])).status_code == 404
    maria.post(link_in(mail.outbox[1]))
    assert address() == "third@example.org"


def test_somebody_elses_address_cannot_be_taken_and_nobody_learns_that_it_is_one(maria):
    create_user("carl")
    pages = []
    for email in ("carl@example.org", "free@example.org"):
        answer = change(maria, email=email) if not pages else maria.post(EMAIL, ADD | {"email": email})
        pages.append((answer.status_code, answer.url, maria.get(EMAIL).content.decode().count("Waiting for")))
    assert pages[0] == pages[1]
    carls = maria.get(link_in(mail.outbox[0])).content.decode()
    assert "This link no longer works" in carls
    assert address() == "maria@example.org"


def test_an_address_that_is_asked_for_twice_goes_to_whoever_confirms_it(maria):
    other = Client()
    create_user("carl")
    log_in(other, "carl")
    change(maria)
    asked = other.post(EMAIL, ADD)
    other.post(asked.url, {"password": PASSWORD})
    maria.post(link_in(mail.outbox[0]))
    carl = User.objects.get(username="carl")
    assert (address(), carl.email) == ("new@example.org", "carl@example.org")


def test_a_sign_up_that_nobody_confirmed_keeps_no_address_from_its_owner(maria):
    create_unconfirmed("squatter")
    User.objects.filter(username="squatter").update(email="new@example.org")
    change(maria)
    maria.post(link_in(mail.outbox[0]))
    assert address() == "new@example.org"
    assert not User.objects.filter(username="squatter").exists()


def test_an_address_that_staff_gave_to_somebody_stays_theirs(maria):
    User.objects.create_user("given", "new@example.org", PASSWORD)
    change(maria)
    page = maria.post(link_in(mail.outbox[0]), follow=True).content.decode()
    assert "new@example.org belongs to another account" in page
    assert address() == "maria@example.org"


@pytest.mark.parametrize("email", ["a,b@example.org", '"a b"@example.org', "maria@example.org", "x"])
def test_an_address_that_will_not_do_is_refused_beside_the_field(maria, email):
    change(maria)
    page = maria.post(EMAIL, ADD | {"email": email}).content.decode()
    assert "There is a problem" in page
    assert User.objects.get().emailaddress_set.filter(verified=False).get().email == "new@example.org"
