"""A profile that staff have hidden shows neither name, nor words, nor picture to anybody but its person."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.hiding import Hideable
from accounts.models import Profile, User
from accounts.photos import LARGE, PROFILE_PHOTOS, SMALL
from conversations.models import Message
from core.exceptions import IllegalMove
from core.photos import PhotoStorage
from marketplace.testing import create_cast, create_offer, create_user, picture, text_of

pytestmark = [pytest.mark.long, pytest.mark.django_db]
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


def test_of_two_who_hide_it_at_the_same_moment_one_is_told(carl, monkeypatch):
    ada, other = create_user("ada"), create_user("olivia")
    set_hidden = Hideable._set_hidden

    def set_too_late(profile, at, by):
        Profile.objects.filter(pk=profile.pk).update(hidden_at=at, hidden_by=other)
        set_hidden(profile, at, by)

    monkeypatch.setattr(Hideable, "_set_hidden", set_too_late)
    with pytest.raises(IllegalMove, match="at the same moment"):
        carl.profile.hide(by=ada)


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


@pytest.mark.parametrize("fails", ["copy", "delete"])
def test_a_picture_that_could_not_be_moved_moves_with_the_next_run(
    carl, media, private, monkeypatch, django_capture_on_commit_callbacks, fails
):
    def fail(*args):
        raise OSError("The storage is down.")

    carl.profile.set_photo(PROFILE_PHOTOS.clean(ContentFile(picture())))
    known = media / PROFILE_PHOTOS.path_of(carl.profile.photo, SMALL)
    with monkeypatch.context() as down:
        down.setattr(PhotoStorage, fails, fail)
        with django_capture_on_commit_callbacks(execute=True):
            carl.profile.hide(by=create_user("ada"))
        with pytest.raises(CommandError):
            call_command("run_due", "hidden_photos", stdout=StringIO())
    assert known.exists()
    call_command("run_due", "hidden_photos", stdout=StringIO())
    kept = media / PROFILE_PHOTOS.path_of(Profile.objects.get(user=carl).photo, SMALL)
    assert (known.exists(), kept.exists()) == (False, True)


def test_a_picture_that_was_replaced_meanwhile_is_deleted_and_the_other_one_kept(carl, media):
    carl.profile.set_photo(PROFILE_PHOTOS.clean(ContentFile(picture())))
    known = media / PROFILE_PHOTOS.path_of(carl.profile.photo, SMALL)
    carl.profile.hide(by=create_user("ada"))
    carl.profile.set_photo(PROFILE_PHOTOS.clean(ContentFile(picture())))
    other = carl.profile.photo
    carl.profile.move_photo()
    assert (known.exists(), Profile.objects.get(user=carl).photo) == (False, other)
    assert (media / PROFILE_PHOTOS.path_of(other, SMALL)).exists()


def test_of_two_runs_that_move_a_picture_at_the_same_moment_one_leaves_its_copy(carl, media, monkeypatch):
    carl.profile.set_photo(PROFILE_PHOTOS.clean(ContentFile(picture())))
    carl.profile.hide(by=create_user("ada"))
    copy = PhotoStorage.copy

    def copy_too_late(storage, name):
        monkeypatch.setattr(PhotoStorage, "copy", copy)
        copied = storage.copy(name)
        Profile.objects.get(pk=carl.profile.pk).move_photo()
        return copied

    monkeypatch.setattr(PhotoStorage, "copy", copy_too_late)
    carl.profile.move_photo()
    kept = Profile.objects.get(pk=carl.profile.pk).photo
    assert {path.name for path in media.rglob("*.webp")} == {
        (media / PROFILE_PHOTOS.path_of(kept, size)).name for size in (SMALL, LARGE)
    }
    assert carl.profile.photo == kept


def test_a_profile_that_has_no_picture_any_more_has_none_to_move(carl, media):
    Profile.objects.update(photo="", known_photo="")
    carl.profile.move_photo()
    assert (Profile.objects.get(pk=carl.profile.pk).photo, list(media.iterdir())) == ("", [])


def test_files_of_pictures_that_no_profile_has_go_after_a_day(carl, media):
    carl.profile.set_photo(PROFILE_PHOTOS.clean(ContentFile(picture())))
    lost = PROFILE_PHOTOS.copy(carl.profile.photo)
    for later, gone in ((timedelta(hours=23), 0), (timedelta(hours=25), 2)):
        with time_machine.travel(timezone.now() + later):
            assert Profile.clear_files() == gone
    there = [(media / PROFILE_PHOTOS.path_of(name, SMALL)).exists() for name in (lost, carl.profile.photo)]
    assert there == [False, True]
