"""Sign-up, log-in, log-out, password change and reset, and one's profile, on our pages and in our words."""

import re

import pytest
from django.core import mail

from accounts.forms import SENTENCES
from accounts.models import User
from marketplace.testing import PASSWORD, create_cast, create_user

pytestmark = pytest.mark.django_db

SIGN_UP = {"username": "maria", "email": "maria@example.org", "password1": PASSWORD}


def is_logged_in(client):
    return "Log out" in client.get("/").content.decode()


def test_signing_up_logs_in(client):
    answer = client.post("/accounts/signup/", SIGN_UP)
    assert (answer.status_code, answer.url) == (302, "/")
    assert is_logged_in(client)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("username", "ma ria", "Use 3 to 30 letters from a to z"),
        ("username", "MARIA2", "Somebody has this username already"),
        ("username", "mine", "a word that the site itself uses"),
        ("email", "maria", "Enter"),
        ("password1", "password", "many people use this one"),
        ("password1", "x1!", "at least 8"),
    ],
)
def test_a_fault_at_sign_up_is_named_beside_its_field_and_above(client, field, typed, sentence):
    create_user("maria2")
    page = client.post("/accounts/signup/", SIGN_UP | {field: typed}).content.decode()
    assert page.count(sentence) >= 2
    assert PASSWORD not in page
    assert not User.objects.filter(email="maria@example.org").exists()
    assert client.post("/accounts/signup/", SIGN_UP).status_code == 302


@pytest.mark.parametrize("login", ["maria", "MARIA", "maria@example.org", "Maria@Example.org"])
def test_one_logs_in_by_username_or_e_mail_whatever_the_case(client, login):
    create_user("maria")
    answer = client.post("/accounts/login/?next=/offers/", {"login": login, "password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/offers/")


@pytest.mark.parametrize(("login", "password"), [("maria", "wrong"), ("nobody", PASSWORD), ("x@example.org", PASSWORD)])
def test_every_failed_log_in_gets_the_same_sentence(client, login, password):
    create_user("maria")
    page = client.post("/accounts/login/", {"login": login, "password": password}).content.decode()
    assert SENTENCES["username_password_mismatch"] in page
    assert not is_logged_in(client)


def test_too_many_failed_log_ins_are_stopped_with_a_time_to_try_again(client):
    create_user("maria")
    answers = [client.post("/accounts/login/", {"login": "maria", "password": "wrong"}) for _ in range(12)]
    assert answers[0].status_code == 200
    refused = client.post("/accounts/login/", {"login": "maria", "password": PASSWORD})
    assert refused.status_code in (200, 429)
    assert not is_logged_in(client)


def test_logging_out_takes_a_post(client):
    client.force_login(create_user("maria"))
    assert client.get("/accounts/logout/").status_code == 200
    assert is_logged_in(client)
    client.post("/accounts/logout/")
    assert not is_logged_in(client)


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(client, django_user_model):
    other = type(client)()
    for browser in (client, other):
        browser.force_login(create_user("maria"))
    change = {"oldpassword": PASSWORD, "password1": "another-broom-42", "password": "another-broom-42"}
    assert client.post("/accounts/password/change/", change).status_code == 302
    assert (is_logged_in(client), is_logged_in(other)) == (True, False)


@pytest.mark.parametrize("host", ["testserver", "127.0.0.1"])
def test_a_forgotten_password_is_reset_by_the_mailed_link_once(client, settings, host):
    settings.SITE_URL = "https://swept.example"
    create_user("maria")
    client.post("/accounts/password/reset/", {"email": "maria@example.org"}, headers={"host": host})
    link = re.search(r"https://swept\.example(/accounts/password/reset/key/\S+)", mail.outbox[0].body)[1]
    form = client.get(link, follow=True)
    answer = client.post(form.redirect_chain[-1][0], {"password1": "another-broom-42", "password": "another-broom-42"})
    assert answer.status_code == 302
    assert User.objects.get().check_password("another-broom-42")
    assert "another-broom" not in client.get(link, follow=True).content.decode()
    assert mail.outbox[0].to == ["maria@example.org"]


def test_a_reset_answers_the_same_to_known_and_unknown_addresses(client):
    create_user("maria")
    pages = [
        client.post("/accounts/password/reset/", {"email": email}, follow=True).content
        for email in ("maria@example.org", "nobody@example.org")
    ]
    hide = re.compile(rb'value="[A-Za-z0-9]{64}"')
    assert hide.sub(b"", pages[0]) == hide.sub(b"", pages[1])
    assert [message.to for message in mail.outbox] == [["maria@example.org"]]


def test_a_profile_shows_the_person_and_neither_e_mail_nor_phone(client):
    maria = create_user("maria")
    client.force_login(maria)
    typed = {"full_name": "Maria Peeters", "bio": "I like windows.", "phone_number": "+32 2 555 12 34", "city": "Ghent"}
    assert client.post("/accounts/profile/", typed).url == "/people/maria/"
    page = type(client)().get("/people/maria/").content.decode()
    assert all(told in page for told in ("Maria Peeters", "I like windows.", "Ghent"))
    assert "555 12 34" not in page
    assert "maria@example.org" not in page


def test_a_closed_account_has_no_page(client):
    create_cast()
    assert client.get("/people/carl/").status_code == 200
    User.objects.filter(username="carl").update(is_active=False)
    assert client.get("/people/carl/").status_code == 404
