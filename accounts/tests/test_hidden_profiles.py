"""A profile that staff have hidden shows neither name, nor words, nor picture to anybody but its person."""

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from accounts.models import Profile, User
from accounts.photos import PROFILE_PHOTOS, SMALL
from conversations.models import Message
from marketplace.testing import create_cast, create_offer, create_user, picture, text_of

pytestmark = pytest.mark.django_db
WORDS = {"full_name": "Canary Fullname", "bio": "canary-bio", "city": "Canary City", "photo": "a" * 32}


@pytest.fixture
def carl():
    create_cast()
    Profile.objects.filter(user__username="carl").update(**WORDS)
    return User.objects.get(username="carl")


def found(path, username=""):
    client = Client()
    if username:
        client.force_login(create_user(username))
    page = text_of(client.get(path))
    return {name for name, words in WORDS.items() if words in page}


def test_its_page_shows_them_to_its_person_alone(carl):
    path = carl.get_absolute_url()
    assert found(path) == found(path, "olivia") == set(WORDS)
    carl.profile.hide(by=create_user("ada"))
    assert (found(path), found(path, "olivia"), found(path, "ada")) == (set(), set(), set())
    assert found(path, "carl") == {"bio", "city", "photo"}
    assert found("/accounts/profile/", "carl") == set(WORDS)
    carl.profile.unhide(by=create_user("ada"))
    assert found(path) == set(WORDS)


def test_the_username_stands_where_the_name_stood(carl):
    offer = create_offer(cleaner=carl, status="accepted")
    Message.say(offer, by=carl, text="Hello")
    paths = ["/notifications/", offer.cleaning.get_absolute_url(), offer.get_absolute_url(), "/dashboard/"]
    assert [found(path, "olivia") & {"full_name"} for path in paths] == [{"full_name"}] * 4
    carl.profile.hide(by=create_user("ada"))
    assert [found(path, "olivia") for path in paths] == [set()] * 4
    assert User.objects.get(username="carl").display_name == "carl"


def test_its_picture_is_no_longer_at_the_address_that_others_know(carl, media, django_capture_on_commit_callbacks):
    carl.profile.set_photo(PROFILE_PHOTOS.clean(ContentFile(picture())))
    known = media / PROFILE_PHOTOS.path_of(carl.profile.photo, SMALL)
    before = known.read_bytes()
    with django_capture_on_commit_callbacks(execute=True):
        carl.profile.hide(by=create_user("ada"))
    kept = media / PROFILE_PHOTOS.path_of(Profile.objects.get(user=carl).photo, SMALL)
    assert (known.exists(), kept.read_bytes()) == (False, before)
