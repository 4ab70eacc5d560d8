"""The username of a closed account: nobody else gets it for a year, however they come to be."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone

from accounts import models
from accounts.forms import ERROR_MESSAGES
from accounts.models import User
from accounts.tests.helpers import WAITING, sign_up
from accounts.usernames import HELD_FOR, HeldUsername, HeldUsernameQuerySet, digests
from marketplace.testing import PASSWORD, create_user
from pages import scheduled

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed():
    maria = create_user("Maria-1")
    maria.close(by=maria)
    return maria


@pytest.mark.parametrize("username", ["Maria-1", "maria-1", "MARIA-1", " maria-1 ", "mARIA-1"])
def test_a_stranger_cannot_sign_up_with_it(closed, username):
    answer = sign_up(Client(), username=username)
    assert ERROR_MESSAGES["username_taken"] in answer.content.decode()
    assert User.objects.get() == closed


@pytest.mark.parametrize("username", ["maria-2", "maria_1", "Maria", "maria-11", "aria-1"])
def test_names_that_are_like_it_are_free(closed, username):
    assert sign_up(Client(), username=username).url == WAITING


def test_staff_can_neither_make_nor_rename_somebody_to_it(closed, client):
    client.force_login(create_user("ada", is_staff=True, is_superuser=True))
    passwords = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    page = client.post("/admin/accounts/user/add/", {"username": "maria-1", "email": "new@example.org"} | passwords)
    assert "Someone has this username already" in page.content.decode()
    carl = create_user("carl")
    page = client.post(f"/admin/accounts/user/{carl.pk}/change/", {"username": "maria-1"})
    assert "Someone has this username already" in page.content.decode()
    assert not User.objects.filter(username__iexact="maria-1").exists()


def test_no_command_or_verb_gets_it(closed):
    with pytest.raises(CommandError, match="Someone has this username"):
        call_command("createsuperuser", username="maria-1", email="new@example.org", interactive=False)
    with pytest.raises(ValidationError, match="Someone has this username"):
        User(username="maria-1").full_clean()
    with pytest.raises(IntegrityError):
        User.objects.create_user("maria-1", "new@example.org", PASSWORD)
    carl = create_user("carl")
    carl.username = "maria-1"
    with pytest.raises(IntegrityError):
        carl.save()
    with pytest.raises(IntegrityError):
        carl.save(update_fields=["username"])
    carl.save(update_fields=["email"])
    assert User.objects.get(pk=carl.pk).username == "carl"


def test_it_is_free_after_a_year_whether_or_not_the_chores_ran(closed):
    with time_machine.travel(timezone.now() + HELD_FOR - timedelta(days=1)):
        assert scheduled.run("usernames") == (0, 0)
        assert sign_up(Client(), username="maria-1").status_code == 200
    with time_machine.travel(timezone.now() + HELD_FOR + timedelta(days=1)):
        assert sign_up(Client(), username="maria-1").url == WAITING
        assert (scheduled.run("usernames"), HeldUsername.objects.count()) == ((1, 0), 0)


def test_the_table_holds_no_name_and_its_hash_needs_the_key_of_the_site(closed, settings):
    row = HeldUsername.objects.values().get()
    assert "maria" not in str(row).lower()
    before = next(digests("maria-1"))
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key"
    assert next(digests("maria-1")) != before
    assert HeldUsername.objects.holds("MARIA-1")


def test_who_lives_on_keeps_the_name(closed):
    carl = create_user("carl")
    carl.set_password("another-broom-42")
    carl.save()
    closed.refresh_from_db()
    closed.save()
    assert closed.username.startswith("former-")


def test_an_account_that_was_never_confirmed_leaves_its_name_free():
    create_user("carl")
    sign_up(Client())
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        assert sign_up(Client(), email="other@example.org").url == WAITING


def sign_up_while_the_owner_leaves(monkeypatch):
    """Sign up with Carl's name; he gives it up after the look at who held names, and before the one at who has them."""
    carl, look = create_user("carl"), HeldUsernameQuerySet.holds

    def leave():
        carl.close(by=carl)
        connection.close()

    def look_and_leave(queryset, username):
        monkeypatch.setattr(HeldUsernameQuerySet, "holds", look)
        found = look(queryset, username)
        if connection.vendor == "postgresql":
            with ThreadPoolExecutor(1) as pool:
                pool.submit(leave).result(timeout=60)
        else:
            # Whoever writes keeps all others out: this is as near as they come.
            carl.close(by=carl)
        return found

    monkeypatch.setattr(HeldUsernameQuerySet, "holds", look_and_leave)
    return sign_up(Client(), username="carl")


@pytest.mark.django_db(transaction=True)
def test_it_is_held_from_the_moment_of_closing(monkeypatch):
    assert sign_up_while_the_owner_leaves(monkeypatch).status_code == 200
    assert not User.objects.filter(username="carl", is_active=True, emailaddress__email="maria@example.org").exists()


@pytest.mark.django_db(transaction=True)
def test_control_without_a_look_behind_the_row_it_is_had_at_that_moment(monkeypatch):
    monkeypatch.setattr(models, "require_not_held", lambda username: None)
    assert sign_up_while_the_owner_leaves(monkeypatch).url == WAITING
    assert User.objects.filter(username="carl", is_active=True, emailaddress__email="maria@example.org").exists()
