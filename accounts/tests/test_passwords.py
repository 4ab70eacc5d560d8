"""Which passwords are taken, and that they are taken exactly as they were typed."""

import pytest
from django.core import mail
from django.test import Client

from accounts.forms import SENTENCES
from accounts.models import User
from accounts.tests.entrance import is_logged_in, link_in, log_in, sign_up
from marketplace.testing import PASSWORD, create_user

pytestmark = pytest.mark.django_db

CHANGE = "/accounts/password/change/"


@pytest.mark.parametrize(
    "password",
    [
        "eightsix",
        "x" * 64 + "y" * 64,
        "no digit, no capital",
        "  a blank before and after  ",
        "Zoë fegt 🧹 zo graag",
        "тряпка и ведро",
    ],
)
def test_any_eight_characters_will_do_and_log_in_as_typed(client, password):
    sign_up(client, password1=password)
    client.post(link_in(mail.outbox[0]))
    for other in {password.strip(), password.lower(), password[:72]} - {password}:
        assert log_in(client, password=other).status_code == 200
    assert log_in(client, password=password).url == "/dashboard/"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("sevensi", "Choose a password of at least 8 characters."),
        ("iloveyou", SENTENCES["password_too_common"]),
        ("Swept1234!", SENTENCES["password_of_site_words"]),
        ("Clean-Cleaners.Password", SENTENCES["password_of_site_words"]),
        ("maria-peeters", SENTENCES["password_too_similar"]),
        ("janneke@example.org", SENTENCES["password_too_similar"]),
    ],
)
def test_passwords_that_are_tried_first_are_refused(client, password, sentence):
    typed = {"username": "maria_peeters", "email": "janneke@example.org", "password1": password}
    assert sentence in sign_up(client, **typed).content.decode()
    assert not User.objects.exists()


def test_a_password_like_the_name_is_refused_once_there_is_a_name(client):
    maria = create_user("maria")
    maria.profile.full_name = "Zoë van den Broeck"
    maria.profile.save()
    client.force_login(maria)
    page = client.post(CHANGE, {"oldpassword": PASSWORD, "password1": "zoë vandenbroeck"}).content.decode()
    assert SENTENCES["password_too_similar"] in page


def test_passwords_can_be_pasted(client):
    page = client.get("/accounts/signup/").content.decode()
    field = next(tag for tag in page.split("<") if 'name="password1"' in tag)
    assert 'autocomplete="new-password"' in field
    assert not [word for word in ("maxlength", "pattern", "onpaste", "readonly") if word in field]


def test_a_changed_password_ends_the_other_sessions_and_tells_by_mail(client):
    other = Client()
    for browser in (client, other):
        create_user("maria")
        log_in(browser)
    key = client.session.session_key
    answer = client.post(CHANGE, {"oldpassword": PASSWORD, "password1": "another-broom-42"})
    assert answer.url == "/accounts/profile/"
    assert (is_logged_in(client), is_logged_in(other)) == (True, False)
    assert client.session.session_key != key
    assert [message.subject for message in mail.outbox] == ["Your password was changed"]
    assert "Hello maria," in mail.outbox[0].body
