"""Photos that are sent at the same moment, over HTTP against a real server."""

import http.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import User
from cleanings.models import Cleaning, Photo
from cleanings.photos import MOST_MEGABYTES
from marketplace.testing import create_cleaning, create_photo, create_user, picture
from marketplace.tests.rounds import rounds
from offers.tests.test_races import TOKEN, Session, meet

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("private", "no_limits"),
]

AT_ONCE, ROUNDS = 3, rounds(3, full=30)


def upload(barrier, session, data, path):
    form = {"photo": SimpleUploadedFile("kitchen.jpg", data, "image/jpeg"), "shows": "The kitchen", "kind": "job"}
    body = encode_multipart(BOUNDARY, form | {"audience": "members", "csrfmiddlewaretoken": TOKEN})
    connection = http.client.HTTPConnection(session.host, timeout=60)
    connection.connect()
    barrier.wait(timeout=60)
    connection.request("POST", path, body, {"Cookie": session.cookie, "Content-Type": MULTIPART_CONTENT})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def race(live_server, fill, rounds=ROUNDS, photos=None):
    """In each round Olivia sends photos from several tabs to a job that has room for one; yields answers and job."""
    olivia = create_user("olivia")
    sessions = [Session(live_server, olivia) for _ in range(AT_ONCE)]
    for _ in range(rounds):
        Photo.objects.all().delete()
        cleaning, barrier = create_cleaning(), Barrier(AT_ONCE)
        fill(cleaning)
        sent = photos or [picture() for _ in sessions]
        path = f"/cleanings/{cleaning.pk}/photos/"
        with ThreadPoolExecutor(AT_ONCE) as pool:
            posts = [pool.submit(upload, barrier, *form, path) for form in zip(sessions, sent, strict=True)]
            yield Counter(post.result() for post in posts), cleaning


def five_photos(cleaning):
    for _ in range(5):
        create_photo(cleaning=cleaning)


def room_for_one(cleaning):
    """All photos of one size, made by `picture`, take about as much."""
    photo = create_photo(cleaning=create_cleaning())
    Photo.objects.update(size=MOST_MEGABYTES * 1024 * 1024 - photo.size * 3 // 2)


@pytest.mark.parametrize(("fill", "left"), [(five_photos, 6), (room_for_one, 1)])
def test_only_what_there_is_room_for_is_added(live_server, fill, left):
    for answers, cleaning in race(live_server, fill):
        assert answers == {302: 1, 200: AT_ONCE - 1}
        assert cleaning.photos.count() == left


def test_the_same_photo_from_several_tabs_is_one(live_server):
    for answers, cleaning in race(live_server, lambda cleaning: None, photos=[picture()] * AT_ONCE):
        assert answers == {302: AT_ONCE}
        assert cleaning.photos.count() == 1


@pytest.mark.parametrize(("fill", "left"), [(five_photos, 6), (room_for_one, 1)])
def test_control_without_locks_more_is_added(live_server, monkeypatch, fill, left):
    def fill_and_unlock(cleaning):
        fill(cleaning)
        meet(monkeypatch, Photo, "save", AT_ONCE, lambda photo: photo._state.adding)
        monkeypatch.setattr(Cleaning, "lock", lambda cleaning: cleaning.refresh_from_db())
        monkeypatch.setattr(type(User.objects), "lock_active", lambda users, people: list(people))
        monkeypatch.setattr(Photo, "_add", classmethod(Photo._add.__func__.__wrapped__))

    for answers, cleaning in race(live_server, fill_and_unlock, rounds=1):
        assert answers == {302: AT_ONCE}
        assert cleaning.photos.count() == left + AT_ONCE - 1
