"""Uploads are decoded and encoded again, so that no hidden data, such as where a photo was taken, is kept."""

import re
import secrets
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from threading import Lock

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.utils import timezone
from PIL import Image, ImageCms, ImageOps


@dataclass(frozen=True)
class Limit:
    name: str
    megabytes: int
    megapixels: int

    @property
    def bytes(self) -> int:
        return self.megabytes * 1024 * 1024

    @property
    def too_heavy(self) -> str:
        return f"Choose {self.name} under {self.megabytes} MB."

    @property
    def too_many_pixels(self) -> str:
        return f"Choose {self.name} under {self.megapixels} megapixels."


# Only a JPEG can be decoded at a fraction of its size. The others are decoded whole, some in more memory than others.
JPEG = Limit("a photo", 20, 50)
LIMITS = {
    "JPEG": JPEG,
    "PNG": Limit("a PNG", 10, 25),
    "WEBP": Limit("a WebP", 10, 10),
    "AVIF": Limit("an AVIF", 10, 10),
}
# Decoders hold a JPEG of several scans, such as a progressive one, as a whole.
MAX_SAMPLES = 60_000_000
IN_SCANS = replace(JPEG, megapixels=25)
# A progressive JPEG usually has 10. A made-up one of 5 MB can have 10,000, each as costly as a whole picture.
MAX_SCANS = 50
MAX_SIDE = 16_000

EMPTY = "That file is empty."
WRONG_TYPE = "Choose a JPG, PNG, WebP or AVIF."
TOO_LONG = "Choose a photo that is under 16,000 pixels wide and high."
ANIMATED = "Choose a photo that does not move."
UNREADABLE = "That file could not be read; try another."

# What a browser lets people choose; iPhones send a JPEG for it.
ACCEPT = "image/jpeg,image/png,image/webp,image/avif"
BEGINNINGS = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "AVIF": re.compile(rb"....ftypavi[fs]", re.DOTALL),
}

BAND = 32
FOLDER = "photos"

# Pillow warns of what is large, and refuses only what is twice as large.
warnings.simplefilter("error", Image.DecompressionBombWarning)
Image.MAX_IMAGE_PIXELS = JPEG.megapixels * 1_000_000

# Several pictures at once would fill the memory of a small machine.
one_at_a_time = Lock()


@dataclass(frozen=True)
class EncodedPhoto:
    files: dict[int, bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.files.values()))


@dataclass(frozen=True)
class PhotoStorage:
    """Photos of one kind, each under a random name; `sides` are the longest sides in pixels, ascending."""

    alias: str
    sides: tuple[int, ...]
    is_square: bool = False

    @property
    def storage(self) -> Storage:
        return storages[self.alias]

    def clean(self, upload: File) -> EncodedPhoto:
        """Raise ValidationError unless within the limits, which are read from the header before decoding."""
        if upload.size > JPEG.bytes:
            raise ValidationError(JPEG.too_heavy)
        data = upload.read()
        if not data:
            raise ValidationError(EMPTY)
        kind = next((kind for kind, beginning in BEGINNINGS.items() if beginning.match(data)), None)
        if kind is None:
            raise ValidationError(WRONG_TYPE)
        limit = LIMITS[kind]
        if len(data) > limit.bytes:
            raise ValidationError(limit.too_heavy)
        with one_at_a_time:
            try:
                return self.encode(self.shrink(open_picture(data, kind)))
            except ValidationError:
                raise
            except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
                raise ValidationError(limit.too_many_pixels) from error
            except Exception as error:
                # Decoders raise almost any exception for a broken file.
                raise ValidationError(UNREADABLE) from error

    def shrink(self, picture: Image.Image) -> Image.Image:
        """Band by band, because a second copy of the whole picture may take 100 MB."""
        least = 2 * self.sides[-1] if self.is_square else self.sides[-1]
        measure = min if self.is_square else max
        # A JPEG can be decoded at a half, a quarter or an eighth of its size.
        scale = least / measure(picture.size)
        width, height = (max(1, int(length * scale)) for length in picture.size)
        picture.draft(None, (width, height))
        picture.load()
        factor = max(1, measure(picture.size) // least)
        left, top, right, bottom = self.box(picture.size, factor)
        small = None
        for y in range(top, bottom, BAND * factor):
            band = flat(picture.crop((left, y, right, min(y + BAND * factor, bottom)))).reduce(factor)
            small = small or Image.new(band.mode, (band.width, -((top - bottom) // factor)))
            small.paste(band, (0, (y - top) // factor))
        assert small
        small.info = picture.info
        return small

    def box(self, size: tuple[int, int], factor: int) -> tuple[int, int, int, int]:
        if not self.is_square:
            return 0, 0, *size
        side = min(size) // factor * factor
        left, top = ((length - side) // 2 for length in size)
        return left, top, left + side, top + side

    def encode(self, picture: Image.Image) -> EncodedPhoto:
        files = {}
        for side in reversed(self.sides):
            picture = picture.resize(self.fit(picture.size, side), Image.Resampling.LANCZOS)
            if side == self.sides[-1]:
                picture = in_common_colours(ImageOps.exif_transpose(picture))
                # What the uploaded file said of itself would be saved too.
                picture.info = {}
            file = BytesIO()
            picture.save(file, "WEBP", quality=80)
            files[side] = file.getvalue()
        return EncodedPhoto(files)

    def fit(self, size: tuple[int, int], side: int) -> tuple[int, int]:
        """Squares are enlarged too, so that each has the size that pages reserve for it."""
        if self.is_square:
            return side, side
        scale = min(1, side / max(size))
        width, height = (max(1, round(length * scale)) for length in size)
        return width, height

    def path_of(self, name: str, side: int) -> str:
        return f"{FOLDER}/{name}-{side}.webp"

    def url_of(self, name: str, side: int) -> str:
        return self.storage.url(self.path_of(name, side))

    def read(self, name: str, side: int) -> bytes:
        with self.storage.open(self.path_of(name, side)) as file:
            return file.read()

    def copy(self, name: str) -> str:
        copied = secrets.token_hex(16)
        for side in self.sides:
            self.storage.save(self.path_of(copied, side), ContentFile(self.read(name, side)))
        return copied

    @contextmanager
    def stored(self, photo: EncodedPhoto) -> Iterator[str]:
        name = secrets.token_hex(16)
        try:
            for side, data in photo.files.items():
                self.storage.save(self.path_of(name, side), ContentFile(data))
            yield name
        except BaseException:
            self.delete(name)
            raise

    def delete(self, *names: str) -> None:
        for name in filter(None, names):
            for path in self.files_of(name):
                self.storage.delete(path)

    def files_of(self, name: str) -> list[str]:
        return [self.path_of(name, side) for side in self.sides]

    def files(self) -> list[str]:
        try:
            return [f"{FOLDER}/{file}" for file in self.storage.listdir(FOLDER)[1]]
        except FileNotFoundError:
            return []

    def unknown(self, names: Callable[[], Iterable[str]], *, after: timedelta = timedelta(days=1)) -> list[str]:
        """Files that belong to no photo among `names` and are older than `after`."""
        files = self.files()
        # The names are read after the files, so that they include a photo that is added meanwhile.
        known = {file for name in names() for file in self.files_of(name)}
        return [file for file in files if file not in known and self._is_old(file, after)]

    def clear_unknown(self, names: Callable[[], Iterable[str]]) -> int:
        unknown = self.unknown(names)
        for path in unknown:
            self.storage.delete(path)
        return len(unknown)

    def _is_old(self, path: str, after: timedelta) -> bool:
        try:
            return self.storage.get_modified_time(path) < timezone.now() - after
        except FileNotFoundError:
            # Deleted meanwhile.
            return False


def open_picture(data: bytes, kind: str) -> Image.Image:
    is_in_scans = kind == "JPEG" and comes_in_scans(data)
    if is_in_scans and data.count(b"\xff\xda") > MAX_SCANS:
        raise ValidationError(UNREADABLE)
    limit = IN_SCANS if is_in_scans else LIMITS[kind]
    picture = Image.open(BytesIO(data), formats=(kind,))
    width, height = picture.size
    if width * height > limit.megapixels * 1_000_000:
        raise ValidationError(limit.too_many_pixels)
    if max(width, height) > MAX_SIDE:
        raise ValidationError(TOO_LONG)
    if is_in_scans and samples(picture) > MAX_SAMPLES:
        raise ValidationError(IN_SCANS.too_many_pixels)
    # Phones put a second picture, such as a depth map, into one JPEG; the first is the photo.
    if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
        raise ValidationError(ANIMATED)
    return picture


def comes_in_scans(data: bytes) -> bool:
    """True if the first scan lacks components, so that decoders hold the whole picture."""
    components, place = 0, 2
    while place + 9 < len(data):
        marker = data[place + 1]
        if data[place] != 0xFF or marker == 0xFF:
            place += 1
        elif marker == 0xDA:
            return data[place + 4] < components
        elif marker == 0xC2:
            return True
        else:
            if marker in {0xC0, 0xC1}:
                components = data[place + 9]
            place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return False


def samples(picture: Image.Image) -> int:
    shares = [across * down for _, across, down, _ in picture.layer]  # type: ignore[attr-defined]
    return picture.width * picture.height * sum(shares) // max(shares)


def flat(band: Image.Image) -> Image.Image:
    if band.mode.startswith("I"):
        band = band.point(lambda value: value / 256, "L")
    if band.has_transparency_data:
        white = Image.new("RGBA", band.size, "white")
        band = Image.alpha_composite(white, band.convert("RGBA"))
    return band if band.mode in {"L", "CMYK", "RGB"} else band.convert("RGB")


def in_common_colours(picture: Image.Image) -> Image.Image:
    if profile := picture.info.get("icc_profile"):
        try:
            srgb = ImageCms.createProfile("sRGB")
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            return ImageCms.profileToProfile(picture, given, srgb, outputMode="RGB") or picture
        except (ImageCms.PyCMSError, OSError):
            # The profile is broken or for other colours; the picture is usable.
            pass
    return picture.convert("RGB")
