"""Signing up: an account is whole or not there, and nobody uses it before the address is confirmed."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db.models.signals import pre_save
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.helpers import WAITING, create_unconfirmed, is_logged_in, link_in, log_in, sign_up, subjects
from marketplace.testing import PASSWORD, create_cleaning, create_user

pytestmark = pytest.mark.django_db

CONFIRM = (["maria@example.org"], "Confirm your e-mail address")


def test_whoever_signs_up_logs_in_once_the_mailed_link_is_confirmed(client):
    answer = sign_up(client)
    assert (answer.status_code, answer.url, is_logged_in(client)) == (302, WAITING, False)
    assert subjects() == [CONFIRM]
    assert log_in(client).url == WAITING
    assert not is_logged_in(client)
    page = client.get(link_in(mail.outbox[0])).content.decode()
    assert "maria@example.org yours, and maria your username" in page
    assert not User.objects.get().emailaddress_set.get().verified
    assert client.post(link_in(mail.outbox[0])).url == "/accounts/login/"
    assert not is_logged_in(client)
    assert (log_in(client).url, is_logged_in(client)) == ("/dashboard/", True)


@pytest.mark.parametrize(
    "login", ["maria", "MARIA", "maria@example.org", "Maria@Example.ORG", " maria@example.org ", "maria@EXAMPLE.org"]
)
def test_whoever_has_not_confirmed_is_asked_to_check_their_mail_by_username_and_address(client, login):
    create_unconfirmed()
    assert log_in(client, login, "wrong").status_code == 200
    assert mail.outbox == []
    assert log_in(client, login).url == WAITING
    assert subjects() == [CONFIRM]
    assert not is_logged_in(client)


def test_two_who_signed_up_with_one_address_both_get_on_to_confirming_it():
    passwords = {"maria": "a-first-broom-42", "other": "a-second-broom-42"}
    for username, password in passwords.items():
        sign_up(Client(), username=username, password1=password)
    assert [log_in(Client(), "maria@example.org", password).url for password in passwords.values()] == [WAITING] * 2


@pytest.mark.parametrize("facts", [{"is_active": False}, {"is_staff": True}, {"last_login": timezone.now()}])
def test_an_address_that_waits_lets_in_only_who_has_just_signed_up(facts):
    create_unconfirmed()
    User.objects.update(**facts)
    assert log_in(Client(), "maria@example.org").status_code == 200


def test_an_address_that_a_member_wants_to_change_to_logs_nobody_in():
    create_user("maria").emailaddress_set.create(email="new@example.org")
    assert log_in(Client(), "new@example.org").status_code == 200
    assert log_in(Client(), "maria@example.org").url == "/dashboard/"


def test_opening_the_link_logs_nobody_in_or_out(client):
    sign_up(Client())
    client.force_login(create_user("carl"))
    client.get(link_in(mail.outbox[0]))
    client.post(link_in(mail.outbox[0]))
    assert "You’re logged in as carl" in client.get("/accounts/logout/").content.decode()
    assert User.objects.get(username="maria").emailaddress_set.get().verified


@pytest.mark.parametrize("used", [True, False])
def test_a_link_that_is_used_or_made_up_says_so(client, used):
    sign_up(client)
    link = link_in(mail.outbox[0])
    if used:
        client.post(link)
    link = link if used else "/accounts/confirm-email/made-up/"
    for answer in (client.get(link), client.post(link)):
        assert "This link no longer works" in answer.content.decode()
    assert answer.status_code == 404


def test_an_account_whose_mail_cannot_be_queued_is_not_made(client, settings):
    settings.EMAIL_BACKEND = "accounts.tests.helpers.NoPost"
    with pytest.raises(OSError, match="no room"):
        sign_up(client)
    assert not User.objects.exists()


def test_a_rival_who_is_faster_is_no_error(client):
    def come_first(sender, instance, **kwargs):
        pre_save.disconnect(come_first, User)
        User(username="rival", email=instance.email).save()

    pre_save.connect(come_first, User)
    assert sign_up(client).url == WAITING


def test_the_mail_is_sent_again_but_not_at_once(client):
    sign_up(client)
    assert "A mail is on its way already" in client.post(WAITING, follow=True).content.decode()
    assert len(mail.outbox) == 1
    with time_machine.travel(timezone.now() + timedelta(minutes=4)):
        assert "We sent a mail to maria@example.org" in client.post(WAITING, follow=True).content.decode()
    assert subjects() == [CONFIRM, CONFIRM]
    assert Client().post(WAITING).url == "/accounts/login/"
    assert len(mail.outbox) == 2


def test_whoever_signs_up_twice_gets_the_link_again(client):
    create_unconfirmed()
    assert sign_up(client, username="other").url == WAITING
    assert subjects() == [CONFIRM]
    assert "as maria" in mail.outbox[0].body
    assert User.objects.exclude(email="").get().username == "maria"


@pytest.mark.parametrize("typed", [{"username": "other"}, {"email": "other@example.org"}])
def test_what_nobody_confirmed_in_time_is_free_again(client, typed):
    create_unconfirmed()
    create_user("carl")
    with time_machine.travel(timezone.now() + timedelta(days=2.9)):
        sign_up(client, **typed)
        assert User.objects.filter(username="maria").exists()
    with time_machine.travel(timezone.now() + timedelta(days=3.1)):
        sign_up(client, **typed)
        assert sign_up(client, username="carl").status_code == 200
    assert User.objects.get(emailaddress__email=typed.get("email", "maria@example.org")).last_login is None
    assert set(User.objects.values_list("username", flat=True)) == {"carl", typed.get("username", "maria")}


@pytest.mark.parametrize("facts", [{"is_active": False}, {"is_staff": True}, {"last_login": timezone.now()}])
def test_only_what_was_signed_up_and_never_used_is_free_again(client, facts):
    create_unconfirmed()
    User.objects.update(**facts)
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        assert sign_up(client, email="other@example.org").status_code == 200
    assert User.objects.get().email == "maria@example.org"


def test_an_account_that_something_hangs_on_is_not_forgotten(client):
    cleaning = create_cleaning(owner=create_unconfirmed())
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        assert sign_up(client, email="other@example.org").status_code == 200
    assert User.objects.get() == cleaning.owner


@pytest.mark.parametrize("email", ["a,b@example.org", '"a,b"@example.org', '"ab"@example.org', "a@b,c@example.org"])
def test_an_address_that_could_be_read_as_two_is_refused(client, email):
    assert sign_up(client, email=email).status_code == 200
    assert not User.objects.exists()


def test_an_address_that_no_column_holds_is_refused(client):
    page = sign_up(client, email=f"maria@{'a.' * 125}example.org").content.decode()
    assert "Shorten “E-mail address” to 254 characters; it has 267." in page
    assert not User.objects.exists()


def test_people_made_by_command_or_staff_need_no_mail(client):
    call_command("createsuperuser", username="root", email="Root@Example.org", interactive=False)
    client.force_login(User.objects.get())
    passwords = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/admin/accounts/user/add/", {"username": "maria", "email": "maria@example.org"} | passwords)
    assert (log_in(Client()).url, mail.outbox) == ("/dashboard/", [])
    User.objects.filter(username="root").update(password=User.objects.get(username="maria").password)
    assert log_in(Client(), "root@example.org").url == "/dashboard/"
