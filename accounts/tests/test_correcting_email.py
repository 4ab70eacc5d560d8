"""A mistyped address is corrected by whoever knows the password, who learns nothing of the right one."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.forms import ERROR_MESSAGES, CorrectEmailForm
from accounts.models import User
from accounts.tests.helpers import WAITING, create_unconfirmed, is_logged_in, link_in, log_in, sign_up, subjects
from accounts.tests.test_enumeration import shown
from marketplace.testing import create_user

pytestmark = pytest.mark.django_db

RIGHT = "maria@right.example"
OTHER = "another-broom-42"


def correct(client, email=RIGHT, **extra):
    return client.post(WAITING, {"email": email}, **extra)


@pytest.fixture
def waiting(client):
    """A browser in which somebody who signed up with a wrong address has shown the password."""
    create_unconfirmed()
    log_in(client)
    return client


@pytest.mark.parametrize("typed", [RIGHT, "Maria@Right.Example", f" {RIGHT} ", "maria@RIGHT.example", f"{RIGHT}\u200b"])
def test_the_address_is_corrected_and_the_new_link_lets_its_owner_in(waiting, typed):
    wrong = link_in(mail.outbox[0])
    assert correct(waiting, typed).url == WAITING
    assert f"We sent a mail to {RIGHT}" in waiting.get(WAITING).content.decode()
    assert f"<strong>{RIGHT}</strong>" in waiting.get(WAITING).content.decode()
    assert mail.outbox[1].to == [RIGHT]
    assert "This link no longer works" in Client().get(wrong).content.decode()
    assert Client().post(wrong).status_code == 404
    assert not is_logged_in(waiting)
    Client().post(link_in(mail.outbox[1]))
    assert [log_in(Client(), login).url for login in ("maria", RIGHT)] == ["/dashboard/"] * 2
    assert log_in(Client(), "maria@example.org").status_code == 200
    assert User.objects.get().email == RIGHT


def test_the_address_that_was_wrong_is_free_for_its_owner(waiting):
    correct(waiting)
    with time_machine.travel(timezone.now() + timedelta(minutes=4)):
        sign_up(Client(), username="other")
    Client().post(link_in(mail.outbox[-1]))
    assert log_in(Client(), "maria@example.org").url == "/dashboard/"
    assert User.objects.get(email="maria@example.org").username == "other"


def test_right_after_signing_up_too(client):
    sign_up(client, email="maria@wrong.example")
    assert correct(client).url == WAITING
    assert [to for to, _ in subjects()] == [["maria@wrong.example"], [RIGHT]]


def test_whether_somebody_has_the_right_address_is_not_shown():
    create_user("carl")
    seen = []
    with time_machine.travel(timezone.now(), tick=False):
        for number, email in enumerate(("carl@example.org", "nobody@example.org")):
            client = Client()
            sign_up(client, username=f"maria{number}", email=f"wrong{number}@example.org", password1=OTHER)
            client.get(WAITING)
            answer = correct(client, email)
            page = client.get(answer.url)
            again = client.post(WAITING, follow=True)
            by_address = log_in(Client(), email, OTHER)
            seen.append([shown(step, email) for step in (answer, page, again, by_address)])
    assert seen[0] == seen[1]
    assert [subject for to, subject in subjects() if to == ["carl@example.org"]] == ["You have an account already"]
    assert User.objects.get(username="maria0").email == ""
    assert not User.objects.get(username="carl").emailaddress_set.exclude(verified=True).exists()


def test_the_owner_of_an_address_is_let_in_and_no_one_else(waiting):
    create_user("carl")
    User.objects.filter(username="maria").update(password=make_password(OTHER))
    correct(waiting, "carl@example.org")
    assert log_in(Client(), "carl@example.org").url == "/dashboard/"
    assert log_in(browser := Client(), "carl@example.org", OTHER).url == WAITING
    assert [is_logged_in(one) for one in (waiting, browser)] == [False, False]
    assert User.objects.get(email="carl@example.org").username == "carl"


@pytest.mark.parametrize("email", ["", "maria", "a,b@example.org", "maria@localhost", "m@example..org", "a" * 300])
def test_what_is_no_address_is_refused_with_a_sentence(waiting, email):
    answer = correct(waiting, email)
    assert (answer.status_code, "There is a problem" in answer.content.decode()) == (200, True)
    assert User.objects.get().email == "maria@example.org"


def test_the_same_address_is_sent_its_link_again(waiting):
    link = link_in(mail.outbox[0])
    correct(waiting, "maria@example.org")
    assert len(mail.outbox) == 1
    assert Client().post(link).status_code == 302


def test_without_the_password_nothing_is_corrected():
    create_unconfirmed()
    client = Client()
    log_in(client, password="wrong")
    assert correct(client).url == "/accounts/login/"
    assert (User.objects.get().email, mail.outbox) == ("maria@example.org", [])


def test_an_address_that_was_confirmed_meanwhile_is_not_changed(waiting):
    Client().post(link_in(mail.outbox[0]))
    assert correct(waiting).url == "/accounts/login/"
    assert "Your e-mail address is confirmed" in strip_tags(waiting.get("/accounts/login/").content.decode())
    assert User.objects.get().emailaddress_set.get(verified=True).email == "maria@example.org"


def test_corrections_count_as_sign_ups_and_a_mailbox_gets_its_mails_as_seldom(waiting):
    for number in range(20):
        assert correct(waiting, f"maria{number}@right.example").status_code == 302
    refused = correct(waiting)
    assert (refused.status_code, int(refused["Retry-After"]) > 3000) == (429, True)
    assert User.objects.get().email == "maria19@right.example"


def test_a_mailbox_gets_one_mail_in_three_minutes_whoever_corrects(waiting):
    correct(waiting)
    sign_up(other := Client(), username="other", email="other@example.org", password1=OTHER)
    correct(other, RIGHT)
    assert [to for to, _ in subjects()].count([RIGHT]) == 1


@pytest.mark.parametrize("several", [True, False])
def test_an_error_reads_as_we_word_it_whether_it_comes_alone_or_with_others(several):
    form, error = CorrectEmailForm({"email": RIGHT}), ValidationError("As the library words it.", code="email_taken")
    form.add_error(*((None, {"email": error}) if several else ("email", error)))
    assert form.errors == {"email": [ERROR_MESSAGES["email_taken"]]}
