"""Files that could be uploaded for a photo, made here: what can be one, and what cannot, with its sentence.

`KEPT` and `REFUSED` hold functions that make the bytes, as some of them take a while to be made.
"""

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageCms

from core import photos

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 30), (30, 30, 200), (255, 255, 255)


def saved(picture: Image.Image, kind: str, **options) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def corners(width: int = 80, height: int = 60) -> Image.Image:
    """Four colours: red above left, green above right, blue below left, white below right."""
    small = Image.new("RGB", (2, 2))
    small.putdata([RED, GREEN, BLUE, WHITE])
    return small.resize((width, height), Image.Resampling.NEAREST)


def exif(orientation: int = 1) -> Image.Exif:
    """What a phone writes: how it was held, what it is, and where it was."""
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = orientation, "Spy Phone"
    tags.get_ifd(0x8825).update({1: "N", 2: (51.0, 3.0, 15.0), 3: "E", 4: (3.0, 43.0, 12.0)})
    return tags


def held(orientation: int) -> Image.Image:
    """The corners as the sensor of a phone saw them that was held in that way."""
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    return corners().transpose(Image.Transpose(undo[orientation])) if orientation in undo else corners()


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes, *more: bytes, interlaced: bool = False) -> bytes:
    """A grey PNG, with more chunks after its header."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, interlaced)
    body = chunk(b"IHDR", header) + b"".join(more) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND")
    return b"\x89PNG\r\n\x1a\n" + body


def interlaced_png() -> bytes:
    """64 x 64, white, in the seven passes of Adam7."""
    passes = ((8, 8), (8, 8), (16, 8), (16, 16), (32, 16), (32, 32), (64, 32))
    return png(64, 64, b"".join((b"\0" + b"\xff" * width) * height for width, height in passes), interlaced=True)


def png_with_a_bomb_of_text() -> bytes:
    return png(1, 1, b"\0\xff", chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * 200_000_000)))


def sixteen_bits() -> bytes:
    return saved(Image.new("I;16", (80, 60), 0x8000), "PNG")


def film(kind: str, frames: int) -> bytes:
    first, *others = (Image.new("RGB", (8, 8), (number % 256, number // 256, 0)) for number in range(frames))
    return saved(first, kind, save_all=True, append_images=others, duration=10)


def two_in_one() -> bytes:
    return saved(corners(), "MPO", save_all=True, append_images=[Image.new("RGB", (80, 60), BLUE)])


def with_many_scans() -> bytes:
    """A progressive JPEG whose last scan, of a picture of 16 megapixels, comes again and again."""
    data = saved(Image.new("L", (4000, 4000), 128), "JPEG", progressive=True)
    last, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:end] + data[last:end] * 5_000 + data[end:]


def in_a_scan_a_colour(width: int, height: int) -> bytes:
    """A JPEG whose first scan has one of its three colours; what follows is left out."""
    data = saved(Image.new("RGB", (width, height)), "JPEG", subsampling=0)
    start = data.index(b"\xff\xda")
    return data[:start] + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + data[start + 14 :]


def with_many_marks() -> bytes:
    data = saved(corners(), "JPEG")
    return data[:2] + b"\xff\xfe\0\2" * 1_000_000 + data[2:]


def in_other_colours() -> bytes:
    """A picture that says it is in CIE Lab, and is not."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    return saved(corners(), "JPEG", icc_profile=profile)


def gif_with_script() -> bytes:
    return saved(corners().convert("P"), "GIF") + b"<script>alert(1)</script>"


KEPT = {
    "jpg": lambda: saved(corners(), "JPEG", quality=95),
    "png": lambda: saved(corners(), "PNG"),
    "webp": lambda: saved(corners(), "WEBP"),
    "webp without loss, half transparent": lambda: saved(
        Image.new("RGBA", (80, 60), (0, 0, 0, 128)), "WEBP", lossless=True
    ),
    "progressive jpg": lambda: saved(corners(), "JPEG", progressive=True),
    "jpg of a printer": lambda: saved(corners().convert("CMYK"), "JPEG"),
    "grey jpg": lambda: saved(corners().convert("L"), "JPEG"),
    "jpg with a place": lambda: saved(corners(), "JPEG", exif=exif(), comment=b"secret-comment"),
    "jpg and a page behind it": lambda: saved(corners(), "JPEG") + b"<html><script>alert(1)</script></html>",
    "jpg of two pictures": two_in_one,
    "jpg with colours of another kind": in_other_colours,
    "png with a palette": lambda: saved(corners().convert("P"), "PNG", transparency=0),
    "png in black and white": lambda: saved(corners().convert("1"), "PNG"),
    "png of grey and transparency": lambda: saved(corners().convert("LA"), "PNG"),
    "png with one transparent colour": lambda: saved(corners(), "PNG", transparency=RED),
    "png of 16 bits": sixteen_bits,
    "png in seven passes": interlaced_png,
    "one pixel": lambda: saved(Image.new("RGB", (1, 1), RED), "PNG"),
    "one row": lambda: saved(Image.new("RGB", (4000, 1), RED), "PNG"),
    "png of 300,000 parts": lambda: png(1, 1, b"\0\xff", chunk(b"tEXt", b"a\0") * 300_000),
    "jpg with a million marks": with_many_marks,
    "avif": lambda: saved(corners(), "AVIF"),
    "avif, half transparent": lambda: saved(Image.new("RGBA", (80, 60), (0, 0, 0, 128)), "AVIF"),
    "jpg of 48 megapixels": lambda: saved(Image.new("RGB", (8000, 6000), RED), "JPEG"),
    "jpg of 50 megapixels and 20 MB": lambda: saved(Image.new("L", (10_000, 5000)), "JPEG").ljust(20 * 1024 * 1024),
    "progressive jpg of 25 megapixels": lambda: saved(Image.new("RGB", (5000, 5000)), "JPEG", progressive=True),
    "png of 25 megapixels": lambda: saved(Image.new("1", (5000, 5000)), "PNG"),
    "webp of 10 megapixels": lambda: saved(Image.new("RGB", (4000, 2500)), "WEBP", method=0),
    "avif of 10 megapixels": lambda: saved(Image.new("RGB", (4000, 2500)), "AVIF", speed=10),
}

TEN, TWENTY = 10 * 1024 * 1024, 20 * 1024 * 1024
MANY_FOR_A_PNG = "Choose a PNG under 25 megapixels."

REFUSED = {
    "nothing": (lambda: b"", photos.EMPTY),
    "jpg of 20 MB and a byte": (lambda: saved(corners(), "JPEG").ljust(TWENTY + 1), "Choose a photo under 20 MB."),
    "png of 10 MB and a byte": (lambda: saved(corners(), "PNG").ljust(TEN + 1), "Choose a PNG under 10 MB."),
    "webp of 10 MB and a byte": (lambda: saved(corners(), "WEBP").ljust(TEN + 1), "Choose a WebP under 10 MB."),
    "avif of 10 MB and a byte": (lambda: saved(corners(), "AVIF").ljust(TEN + 1), "Choose an AVIF under 10 MB."),
    "jpg of 50 megapixels and a row": (
        lambda: saved(Image.new("L", (10_000, 5001)), "JPEG"),
        "Choose a photo under 50 megapixels.",
    ),
    "progressive jpg of 25 megapixels and a row": (
        lambda: saved(Image.new("L", (5000, 5001)), "JPEG", progressive=True),
        "Choose a photo under 25 megapixels.",
    ),
    "jpg of 25 megapixels and a row, a scan a colour": (
        lambda: in_a_scan_a_colour(5000, 5001),
        "Choose a photo under 25 megapixels.",
    ),
    "progressive jpg of 25 megapixels in every colour": (
        lambda: saved(Image.new("RGB", (5000, 5000)), "JPEG", progressive=True, subsampling=0),
        "Choose a photo under 25 megapixels.",
    ),
    "25 megapixels and a row": (lambda: saved(Image.new("1", (5000, 5001)), "PNG"), MANY_FOR_A_PNG),
    "13,000 x 13,000": (lambda: saved(Image.new("1", (13_000, 13_000)), "PNG"), MANY_FOR_A_PNG),
    "60,000 x 60,000": (lambda: png(60_000, 60_000, b""), MANY_FOR_A_PNG),
    "webp of 10 megapixels and a row": (
        lambda: saved(Image.new("RGB", (4000, 2501)), "WEBP", method=0),
        "Choose a WebP under 10 megapixels.",
    ),
    "avif of 10 megapixels and a row": (
        lambda: saved(Image.new("RGB", (4000, 2501)), "AVIF", speed=10),
        "Choose an AVIF under 10 megapixels.",
    ),
    "webp of 16,000 x 16,000": (
        lambda: saved(Image.new("L", (8, 8)), "WEBP", lossless=True).replace(
            b"\x2f\x07\xc0\x01\x00", b"\x2f" + struct.pack("<I", 15_999 | 15_999 << 14)
        ),
        "Choose a WebP under 10 megapixels.",
    ),
    "1 x 200,000": (lambda: saved(Image.new("1", (1, 200_000)), "PNG"), photos.TOO_LONG),
    "half a jpg": (lambda: saved(corners(800, 600), "JPEG")[:3000], photos.UNREADABLE),
    "half a png": (lambda: saved(Image.effect_noise((80, 60), 50), "PNG")[:-1000], photos.UNREADABLE),
    "half a webp": (lambda: saved(Image.effect_noise((80, 60), 50), "WEBP")[:-1000], photos.UNREADABLE),
    "the beginning of a jpg": (lambda: b"\xff\xd8\xff", photos.UNREADABLE),
    "the beginning of a png": (lambda: b"\x89PNG\r\n\x1a\n", photos.UNREADABLE),
    "png with a bomb of text": (png_with_a_bomb_of_text, photos.UNREADABLE),
    "jpg with 5,000 scans": (with_many_scans, photos.UNREADABLE),
    "webp of 5,000 frames": (lambda: film("WEBP", 5_000), photos.ANIMATED),
    "png that moves": (lambda: film("PNG", 3), photos.ANIMATED),
    "gif and a script": (gif_with_script, photos.WRONG_TYPE),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', photos.WRONG_TYPE),
    "page called .jpg": (lambda: b"<!doctype html><script>alert(1)</script>", photos.WRONG_TYPE),
    "zip": (lambda: b"PK\x03\x04" + b"\0" * 5000, photos.WRONG_TYPE),
    "heic": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 5000, photos.WRONG_TYPE),
    "eps": (lambda: saved(corners(), "EPS"), photos.WRONG_TYPE),
    "tiff": (lambda: saved(corners(), "TIFF"), photos.WRONG_TYPE),
    "bmp": (lambda: saved(corners(), "BMP"), photos.WRONG_TYPE),
    "ico": (lambda: saved(corners(32, 32), "ICO"), photos.WRONG_TYPE),
    "pdf": (lambda: saved(corners(), "PDF"), photos.WRONG_TYPE),
}
