"""Sign-up, log-in and log-out, and one's profile, on our pages and in our words."""

import pytest

from accounts.models import User
from accounts.tests.helpers import SIGN_UP, is_logged_in
from marketplace.testing import PASSWORD, create_cast, create_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("username", "ma ria", "Use 3 to 30 letters from a to z"),
        ("username", "MARIA2", "Someone has this username already"),
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


def test_logging_out_takes_a_post(client):
    client.force_login(create_user("maria"))
    assert client.get("/accounts/logout/").status_code == 200
    assert is_logged_in(client)
    client.post("/accounts/logout/")
    assert not is_logged_in(client)


def test_a_profile_shows_the_person_and_neither_e_mail_nor_phone_nor_postcode(client):
    maria = create_user("maria")
    client.force_login(maria)
    typed = {"full_name": "Maria Peeters", "bio": "I like windows.", "phone_number": "+32 2 555 12 34", "city": "Ghent"}
    typed |= {"postcode": "B-9050"}
    assert client.post("/accounts/profile/", typed).url == "/people/maria/"
    page = type(client)().get("/people/maria/").content.decode()
    assert all(text in page for text in ("Maria Peeters", "I like windows.", "Ghent"))
    assert "9050" in client.get("/accounts/profile/").content.decode()
    assert not any(private in page for private in ("555 12 34", "9050"))
    assert "maria@example.org" not in page


def test_a_closed_account_has_no_page(client):
    create_cast()
    assert client.get("/people/carl/").status_code == 200
    User.objects.filter(username="carl").update(is_active=False)
    assert client.get("/people/carl/").status_code == 404
