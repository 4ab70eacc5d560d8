"""Photos of a job: who adds and sees them, until when, and when their files go."""

import re
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.tests.pictures import saved
from cleanings.models import Photo
from cleanings.photos import JOB_PHOTOS
from marketplace.testing import create_cleaning, text_of

# Photos differ in their colour alone.
COLOURS = iter(range(256**3))


def picture(size=(80, 60), kind="JPEG") -> bytes:
    number = next(COLOURS) * 997
    return saved(Image.new("RGB", size, (number % 256, number // 256 % 256, number // 65536 % 256)), kind)


def encoded(size=(80, 60)):
    return JOB_PHOTOS.clean(ContentFile(picture(size)))


def chosen(name="kitchen.jpg", data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture() if data is None else data, "image/jpeg")


def add(cleaning, by, kind="job", amount=1, **facts) -> Photo:
    """The last of those added."""
    facts = {"shows": "The kitchen", "photos": [encoded() for _ in range(amount)]} | facts
    Photo.add(cleaning, by=by, kind=kind, **facts)
    return Photo.objects.latest("pk")


def stored(private) -> set[str]:
    """The names of the photos in the folder, each of which has to have its two files and no other."""
    files = [file.name for file in private.rglob("*") if file.is_file()]
    names = {re.fullmatch(r"([0-9a-f]{32})-(?:400|1600)\.webp", file)[1] for file in files}
    assert len(files) == 2 * len(names)
    return names


def in_rows() -> set[str]:
    return set(Photo.objects.values_list("file", flat=True))


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("private")]


class TestPage:
    def test_owner_adds_several_at_once_and_reads_them_on_the_page_of_the_job(self, client):
        cleaning = create_cleaning()
        client.force_login(cleaning.owner)
        path = f"/cleanings/{cleaning.pk}/photos/"
        assert "Add photos" in text_of(client.get(path))
        sent = {"photo": [chosen(), chosen()], "shows": "The kitchen", "kind": "job", "audience": "everybody"}
        page = client.post(path, sent, follow=True)
        assert page.redirect_chain == [(path, 302)]
        assert "Your 2 photos are added." in text_of(page)
        first, second = Photo.objects.in_order()
        assert (first.place, second.place, first.audience, first.offer) == (1, 2, "everybody", None)
        page = text_of(Client().get(cleaning.get_absolute_url()))
        assert page.count('alt="The kitchen"') == 2
        answer = Client().get(first.small_url)
        assert (answer["Content-Type"], answer["Cache-Control"], answer["X-Robots-Tag"]) == (
            "image/webp", "public, max-age=60", "noindex",
        )  # fmt: skip
        assert Image.open(BytesIO(answer.content)).size == (80, 60)
