"""A form that is sent after the session ended: what was typed is shown to be copied, and the log-in leads back."""

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from accounts.tests.helpers import log_in
from cleanings.models import Cleaning
from marketplace.testing import create_cast, create_cleaning, create_offer
from offers.models import Offer

pytestmark = [pytest.mark.long, pytest.mark.django_db]

TYPED = "Bring your own ladder & <b>soap</b>"
SHOWN = "Bring your own ladder &amp; &lt;b&gt;soap&lt;/b&gt;"
FORMS = {
    "post": ("olivia", "/cleanings/new/", {"name": "Attic", "description": TYPED, "post_token": "secret-token"}),
    "edit": ("olivia", "/cleanings/{open}/edit/", {"description": TYPED, "version": "1"}),
    "offer": ("cora", "/cleanings/{open}/offers/new/", {"hourly_rate": "20", "message": TYPED}),
    "revise": ("carl", "/cleanings/{open}/offers/carl/edit/", {"message": TYPED, "revision": "1"}),
    "evaluate": ("carl", "/cleanings/{done}/offers/carl/evaluate/", {"overall_rating": "4", "comment": TYPED}),
    "profile": ("carl", "/accounts/profile/", {"bio": TYPED}),
}


@pytest.fixture
def places():
    create_cast()
    done = create_offer(status="completed").cleaning_id
    return {"open": create_offer(cleaning=create_cleaning(name="Cellar")).cleaning_id, "done": done}


@pytest.fixture
def ended():
    """A browser whose session somebody's has been, and is not any more."""

    def make(username):
        client = Client()
        log_in(client, username)
        Session.objects.all().delete()
        return client

    return make


@pytest.mark.parametrize("form", FORMS)
def test_what_was_typed_is_shown_and_the_log_in_leads_back_to_the_form(places, ended, form):
    username, path, values = FORMS[form]
    client, path = ended(username), path.format(**places)
    answer = client.post(path, values)
    page = answer.content.decode()
    assert (answer.status_code, answer["Cache-Control"].count("no-store")) == (403, 1)
    assert SHOWN in page
    assert "secret-token" not in page
    assert f'href="/accounts/login/?next={path.replace("/", "%2F")}"' in page
    back = log_in(client, username, next=path)
    assert (back.url, client.get(path).status_code) == (path, 200)
    assert not Cleaning.objects.filter(description=TYPED).exists()
    assert not Offer.objects.filter(message=TYPED).exists()
    assert not User.objects.filter(profile__bio=TYPED).exists()


def test_the_query_of_the_form_comes_back_too(places, ended):
    page = ended("olivia").post("/cleanings/new/?like=3&a=b", {"name": "Attic"}).content.decode()
    assert 'href="/accounts/login/?next=%2Fcleanings%2Fnew%2F%3Flike%3D3%26a%3Db"' in page


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/accounts/password/change/", {"oldpassword": "old-secret", "password1": "new-secret"}),
        ("/accounts/close/", {"password": "old-secret"}),
        ("/accounts/sessions/", {"end": "all"}),
        ("/cleanings/{open}/offers/carl/accept/", {"revision": "1"}),
        ("/cleanings/{open}/offers/carl/rescind/", {"next": "/dashboard/"}),
        ("/cleanings/new/", {"name": "", "post_token": "secret-token"}),
    ],
)
def test_without_anything_typed_the_log_in_comes_at_once(places, ended, path, values):
    path = path.format(**places)
    answer = ended("olivia").post(path, values)
    assert (answer.status_code, answer.url) == (302, f"/accounts/login/?next={path}")


def test_neither_passwords_nor_files_are_shown(places, ended):
    photo = SimpleUploadedFile("secret-photo.jpg", b"secret-bytes", "image/jpeg")
    page = ended("carl").post("/accounts/profile/", {"bio": TYPED, "photo": photo, "old_password": "secret-word"})
    assert SHOWN in page.content.decode()
    assert "secret" not in page.content.decode()


def test_who_is_logged_in_or_only_looks_is_asked_nothing(places):
    client = Client()
    assert client.get("/cleanings/new/", {"name": TYPED}).status_code == 302
    log_in(client, "olivia")
    assert "Log in to send this" not in client.post("/cleanings/new/", {"description": TYPED}).content.decode()
