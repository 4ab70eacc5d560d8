"""Photos that keep their shape; accounts/tests/test_photos.py has what is refused, and squares."""

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from accounts.tests import pictures
from accounts.tests.pictures import BLUE, GREEN, KEPT, RED, WHITE, corners, saved
from core.photos import PhotoStorage, comes_in_scans, one_at_a_time

FITTED = PhotoStorage("private", (40, 160))


def fitted(data: bytes) -> dict[int, Image.Image]:
    return {side: Image.open(BytesIO(file)) for side, file in FITTED.clean(ContentFile(data)).files.items()}


def sizes(data: bytes) -> list[tuple[int, int]]:
    pictures = fitted(data).values()
    assert {(picture.format, picture.mode) for picture in pictures} == {("WEBP", "RGB")}
    return [picture.size for picture in pictures]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1600, 1200), [(160, 120), (40, 30)]),
        ((1200, 1600), [(120, 160), (30, 40)]),
        ((319, 200), [(160, 100), (40, 25)]),
        # As large as it came, never larger.
        ((100, 50), [(100, 50), (40, 20)]),
        ((1, 1), [(1, 1), (1, 1)]),
        ((1, 15_000), [(1, 160), (1, 40)]),
        ((15_000, 1), [(160, 1), (40, 1)]),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_fits_into_each_size_and_keeps_its_shape(kind, size, expected):
    assert sizes(saved(Image.new("RGB", size, GREEN), kind)) == expected


@pytest.mark.parametrize("name", ["cmyk jpg", "png with holes", "16 bits"])
def test_every_kind_of_colour_is_made_that_of_browsers(name):
    assert sizes(COLOURS[name]()) == [(80, 60), (40, 30)]


COLOURS = {
    "cmyk jpg": lambda: saved(corners().convert("CMYK"), "JPEG"),
    "png with holes": lambda: saved(corners().convert("RGBA"), "PNG"),
    "16 bits": pictures.sixteen_bits,
}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright(orientation):
    data = saved(pictures.held(orientation), "JPEG", exif=pictures.exif(orientation))
    upright = fitted(data)[160]
    assert upright.size == (80, 60)
    found = [upright.getpixel(place) for place in ((10, 8), (70, 8), (10, 52), (70, 52))]
    nearest = [min((RED, GREEN, BLUE, WHITE), key=lambda named: distance(named, colour)) for colour in found]
    assert nearest == [RED, GREEN, BLUE, WHITE]


def distance(one: tuple, other: tuple) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def test_nothing_is_left_of_what_the_file_said_of_itself():
    data = saved(corners(), "JPEG", exif=pictures.exif(), comment=b"a comment")
    assert b"Spy Phone" in data
    for picture in fitted(data).values():
        assert picture.info.keys() & {"exif", "comment", "icc_profile", "xmp"} == set()


def test_the_size_is_that_of_all_files():
    photo = FITTED.clean(ContentFile(KEPT["jpg"]()))
    assert photo.size == sum(len(file) for file in photo.files.values()) > 0


@pytest.mark.parametrize(("name", "is_in_scans"), [("jpg", False), ("progressive jpg", True)])
@pytest.mark.parametrize("filler", [b"", b"\xff\xff\xff", b"\0\0"])
def test_what_fills_the_place_before_a_mark_hides_no_scans(name, is_in_scans, filler):
    data = KEPT[name]()
    start = data.index(b"\xff\xc2" if is_in_scans else b"\xff\xc0")
    assert comes_in_scans(data[:start] + filler + data[start:]) == is_in_scans


def test_a_picture_is_decoded_under_the_lock(monkeypatch):
    decode, held = PhotoStorage.shrink, []

    def shrink(storage, picture):
        held.append(one_at_a_time.locked())
        return decode(storage, picture)

    monkeypatch.setattr(PhotoStorage, "shrink", shrink)
    FITTED.clean(ContentFile(KEPT["jpg"]()))
    assert (held, one_at_a_time.locked()) == ([True], False)
