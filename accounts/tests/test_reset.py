"""Resetting a password: by a link that works once, for an hour, and only if nothing came after it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.http import int_to_base36

from accounts.allauth_views import ResetPasswordView
from accounts.models import User
from accounts.tests.helpers import create_unconfirmed, is_logged_in, link_in, log_in
from marketplace.testing import PASSWORD, create_user

pytestmark = pytest.mark.django_db

NEW = "another-broom-42"


def ask(**headers):
    Client().post("/accounts/password/reset/", {"email": "maria@example.org"}, headers=headers)
    return link_in(mail.outbox[-1])


def use(client, link, password=NEW):
    """Open the link and choose a password; whether that went well."""
    form = client.get(link, follow=True)
    if not form.redirect_chain:
        return False
    return client.post(form.redirect_chain[-1][0], {"password1": password}).status_code == 302


@pytest.fixture
def maria():
    return create_user("maria")


def test_a_reset_ends_all_sessions_logs_nobody_in_and_tells_by_mail(maria):
    client, other = Client(), Client()
    log_in(other)
    assert use(client, ask())
    assert (is_logged_in(client), is_logged_in(other)) == (False, False)
    assert log_in(Client(), password=PASSWORD).status_code == 200
    assert log_in(Client(), password=NEW).status_code == 302
    assert [message.subject for message in mail.outbox] == ["Reset your password", "Your password was changed"]


def test_a_link_works_once_and_for_an_hour(maria):
    link = ask()
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert not use(Client(), link)
    with time_machine.travel(timezone.now() + timedelta(minutes=59)):
        assert use(Client(), link)
        assert not use(Client(), link, "a-third-broom-42")
    assert User.objects.get().check_password(NEW)


def test_an_hour_is_one_when_the_clocks_change(maria):
    with time_machine.travel(datetime(2027, 3, 28, 0, 45, tzinfo=UTC), tick=False) as clock:
        link = ask()
        clock.shift(timedelta(minutes=59))
        assert use(Client(), link)


def test_a_newer_link_ends_the_one_before(maria):
    older, newer = ask(), ask()
    assert (use(Client(), older), use(Client(), newer)) == (False, True)


def test_who_has_yet_to_confirm_the_address_gets_that_link_and_then_a_reset():
    create_unconfirmed()
    link = ask()
    assert "confirm-email" in link
    Client().post(link)
    assert use(Client(), ask())


REPLACED, EXPIRED, UNKNOWN = "We’ve sent you a newer link", "more than an hour old", "A link works once"


def reason(link):
    page = Client().get(link).content.decode()
    (found,) = [sentence for sentence in (REPLACED, EXPIRED, UNKNOWN) if sentence in page]
    return found


@pytest.mark.parametrize("newer", [1, 2, 4])
def test_an_older_link_says_that_a_newer_one_was_sent(maria, newer):
    link = ask()
    for _ in range(newer):
        ask()
    assert reason(link) == REPLACED
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert reason(link) == REPLACED


def test_a_link_that_is_too_old_says_so(maria):
    link = ask()
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert reason(link) == EXPIRED


def test_a_link_says_the_same_after_a_change_of_the_key_of_the_site(maria, settings):
    links = ask(), ask()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key"
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert [reason(link) for link in links] == [REPLACED, EXPIRED]


def test_a_link_that_was_used_or_is_not_ours_says_what_ends_one(maria):
    used, carl = ask(), create_user("carl")
    assert use(Client(), used)
    marias, carls = (int_to_base36(person.pk) for person in (maria, carl))
    older = ask()
    ask()
    keys = [f"{marias}-made-up", f"{marias}-zzzzzzzzzzzzzz-made-up", "zzzzzzz-made-up", f"{'z' * 30}-made-up"]
    strange = [older[:-2] + "/", older.replace(f"/key/{marias}-", f"/key/{carls}-")]
    links = [used, *strange, *(f"/accounts/password/reset/key/{key}/" for key in keys)]
    assert {reason(link) for link in links} == {UNKNOWN}


def test_a_link_that_is_used_between_two_looks_at_it_changes_nothing(maria, monkeypatch):
    link, lock = ask(), User.lock

    def wait_for_another_browser(user):
        monkeypatch.setattr(User, "lock", lock)
        assert use(Client(), link, "a-third-broom-42")
        lock(user)

    monkeypatch.setattr(User, "lock", wait_for_another_browser)
    client = Client()
    answer = client.post(client.get(link).url, {"password1": NEW})
    assert UNKNOWN in answer.content.decode()
    assert User.objects.get().check_password("a-third-broom-42")


@contextmanager
def six_at_once(monkeypatch):
    """Six browsers send the form of one link, each of which has found the link good before any is gone on with."""
    barrier, carry_on = Barrier(6), ResetPasswordView.form_valid

    def wait_and_carry_on(view, form):
        barrier.wait(timeout=60)
        return carry_on(view, form)

    monkeypatch.setattr(ResetPasswordView, "form_valid", wait_and_carry_on)
    link, clients = ask(), [Client() for _ in range(6)]
    forms = [client.get(link).url for client in clients]

    def send(number):
        answer = clients[number].post(forms[number], {"password1": f"{number}-another-broom"})
        connection.close()
        return answer

    with ThreadPoolExecutor(6) as pool:
        yield list(pool.map(send, range(6)))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_link_that_is_used_six_times_at_once_works_once(monkeypatch):
    maria = create_user("maria")
    with six_at_once(monkeypatch) as answers:
        (winner,) = [number for number, answer in enumerate(answers) if answer.status_code == 302]
        assert [UNKNOWN in answer.content.decode() for answer in answers].count(True) == 5
    maria.refresh_from_db()
    assert maria.check_password(f"{winner}-another-broom")
    assert [message.subject for message in mail.outbox] == ["Reset your password", "Your password was changed"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_control_without_a_second_look_at_the_link_it_works_six_times(monkeypatch):
    create_user("maria")
    monkeypatch.setattr(ResetPasswordView, "link_still_works", lambda view: True)
    with six_at_once(monkeypatch) as answers:
        assert [answer.status_code for answer in answers] == [302] * 6


@pytest.mark.parametrize("change", ["password", "address", "log-in"])
def test_a_link_dies_with_the_account_as_it_was(maria, change):
    link = ask()
    if change == "password":
        maria.set_password("changed-broom-42")
        maria.save()
    elif change == "address":
        maria.emailaddress_set.update(email="new@example.org")
        User.objects.update(email="new@example.org")
    else:
        log_in(Client())
    assert not use(Client(), link)


def test_a_link_is_for_one_person(maria):
    carl = create_user("carl")
    marias, carls = (f"/key/{int_to_base36(person.pk)}-" for person in (maria, carl))
    link = ask()
    assert marias in link
    assert not use(Client(), link.replace(marias, carls))
    assert use(Client(), link)


@pytest.mark.parametrize("headers", [{"host": "127.0.0.1"}, {"x-forwarded-host": "evil.example"}])
def test_links_lead_to_the_site_whatever_the_request_says(maria, headers):
    ask(**headers)
    assert "http://localhost:8000/accounts/password/reset/key/" in mail.outbox[0].body
    assert "evil" not in str(mail.outbox[0].message())


def test_a_request_for_another_host_gets_no_link(maria):
    answer = Client().post("/accounts/password/reset/", {"email": maria.email}, headers={"host": "evil.example"})
    assert (answer.status_code, mail.outbox) == (400, [])
