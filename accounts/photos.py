"""A person's photo: what is taken for one, what is kept of it, and where.

Whatever comes in, a picture of our own making goes out: decoded, turned upright, cut to a square and encoded anew. So
neither the place where it was taken, nor anything else that a file can hide, is kept or shown.
"""

import re
import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from threading import Lock

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageCms, ImageOps

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 16_000
# A progressive JPEG usually has 10. A made-up one of 5 MB can have 10,000, each as costly as a whole picture.
MOST_SCANS = 50

EMPTY = "That file is empty."
WRONG_TYPE = "Choose a JPG, PNG or WebP."
TOO_HEAVY = "Choose a photo under 5 MB."
TOO_MANY_PIXELS = "Choose a photo under 25 megapixels."
TOO_LONG = "Choose a photo that is under 16,000 pixels wide and high."
MOVES = "Choose a photo that does not move."
UNREADABLE = "That file could not be read; try another."

BEGINNINGS = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP", re.DOTALL)

# The sides of the two squares, in pixels: for a name in a list, and for a page of one's own; enough for sharp screens.
SMALL, LARGE = SIDES = 96, 288
# How many rows of the larger square are made at a time.
BAND = 32

# Pillow warns of what is large, and refuses only what is twice as large.
warnings.simplefilter("error", Image.DecompressionBombWarning)

# Four threads with a picture each would fill the memory of a small machine.
one_at_a_time = Lock()


@dataclass(frozen=True)
class Photo:
    """A picture that has been cleaned: its files, by the length of their sides."""

    files: dict[int, bytes]


def clean(upload: File) -> Photo:
    """Make a photo of what was uploaded; ValidationError with a sentence when it cannot be one.

    Size, type, dimensions and frames are read from the file's beginning, before anything is decoded.
    """
    if upload.size > MOST_BYTES:
        raise ValidationError(TOO_HEAVY)
    data = upload.read()
    if not data:
        raise ValidationError(EMPTY)
    if not BEGINNINGS.match(data):
        raise ValidationError(WRONG_TYPE)
    with one_at_a_time:
        try:
            return encode(shrink(open_picture(data)))
        except ValidationError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise ValidationError(TOO_MANY_PIXELS) from error
        except Exception as error:
            # Decoders meet a broken file with almost any exception.
            raise ValidationError(UNREADABLE) from error


def open_picture(data: bytes) -> Image.Image:
    """The picture, whose header is read and whose pixels are not."""
    if data.count(b"\xff\xda") > MOST_SCANS and data.startswith(b"\xff\xd8"):
        raise ValidationError(UNREADABLE)
    picture = Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise ValidationError(TOO_MANY_PIXELS)
    if max(width, height) > LONGEST_SIDE:
        raise ValidationError(TOO_LONG)
    # Phones put a second picture, such as a map of depths, into one JPEG; the first is the photo.
    if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
        raise ValidationError(MOVES)
    return picture


def shrink(picture: Image.Image) -> Image.Image:
    """The square in the middle, at least twice as large as it will be shown where there is enough of it.

    Band by band, because a second copy of the whole picture may take 100 MB.
    """
    # A JPEG can be decoded at a half, a quarter or an eighth of its size.
    picture.draft(None, (2 * LARGE, 2 * LARGE))
    picture.load()
    factor = max(1, min(picture.size) // (2 * LARGE))
    side = min(picture.size) // factor
    left, top = ((length - side * factor) // 2 for length in picture.size)
    bands = []
    for y in range(0, side, BAND):
        rows = min(BAND, side - y)
        box = (left, top + y * factor, left + side * factor, top + (y + rows) * factor)
        bands.append(flat(picture.crop(box)).reduce(factor))
    square = Image.new(bands[0].mode, (side, side))
    for number, band in enumerate(bands):
        square.paste(band, (0, number * BAND))
    square.info = picture.info
    return in_common_colours(ImageOps.exif_transpose(square))


def flat(band: Image.Image) -> Image.Image:
    """The same without a palette, and without transparency: white shines through."""
    if band.mode.startswith("I"):
        band = band.point(lambda value: value / 256, "L")
    if band.has_transparency_data:
        white = Image.new("RGBA", band.size, "white")
        band = Image.alpha_composite(white, band.convert("RGBA"))
    return band if band.mode in {"L", "CMYK", "RGB"} else band.convert("RGB")


def in_common_colours(square: Image.Image) -> Image.Image:
    """The same in sRGB, which is what a browser takes a picture without a profile for."""
    if profile := square.info.get("icc_profile"):
        try:
            srgb = ImageCms.createProfile("sRGB")
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            return ImageCms.profileToProfile(square, given, srgb, outputMode="RGB") or square
        except (ImageCms.PyCMSError, OSError):
            # A profile that is broken, or one for other colours than these: the picture is still one.
            pass
    return square.convert("RGB")


def encode(square: Image.Image) -> Photo:
    """The two files, with nothing in them but the picture: Pillow writes into a WebP only what it is told to."""
    files = {}
    for side in SIDES:
        file = BytesIO()
        square.resize((side, side), Image.Resampling.LANCZOS).save(file, "WEBP", quality=80)
        files[side] = file.getvalue()
    return Photo(files)


def path_of(name: str, side: int) -> str:
    return f"photos/{name}-{side}.webp"


def url_of(name: str, side: int) -> str:
    """Where a browser finds the file of that size."""
    return default_storage.url(path_of(name, side))


@contextmanager
def stored(photo: Photo) -> Iterator[str]:
    """Store the files under a random name and give it; they are gone again when what is done with it fails."""
    name = secrets.token_hex(16)
    try:
        for side, data in photo.files.items():
            default_storage.save(path_of(name, side), ContentFile(data))
        yield name
    except BaseException:
        delete(name)
        raise


def delete(name: str) -> None:
    """Delete the files of that name; of none, nothing."""
    for side in SIDES if name else ():
        default_storage.delete(path_of(name, side))
