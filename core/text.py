"""Text that people type: cleaned where it comes in, and folded before it is compared with other text."""

import re
import unicodedata

# Small letters that Unicode does not take apart into a plain letter and a mark.
PLAIN_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d", "ς": "σ"}
)
# Accents of Latin, Greek and Cyrillic letters. The marks of other scripts make other words and stay.
ACCENTS = re.compile("[\u0300-\u036f]+")
LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
# What shows nothing and is no blank: joiner of graphemes, fillers of Hangul, vowels of Khmer, selectors of variants,
# the empty pattern of Braille. The category of format characters (Cf) comes on top.
SHOWS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean_text(text: str) -> str:
    """Text of several lines as it is stored: NFC, LF at the end of a line, no control characters."""
    text = LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text))
    return CONTROLS.sub("", text).strip()


def clean_line(text: str) -> str:
    """Text of one line as it is stored: as `clean_text`, with each run of blanks as one space."""
    return " ".join(clean_text(text).split())


def fold(text: str) -> str:
    """Text as it is compared: without case, accents and idle blanks; ﬁ, ² and full-width letters in plain form."""
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", text)).lower()
    return " ".join(unicodedata.normalize("NFC", plain.translate(PLAIN_LETTERS)).split())


def drop_invisible(text: str) -> str:
    """Text without the characters that nobody sees, for what machines read: addresses, numbers. Blanks stay."""
    kept = (sign for sign in text if sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cf"))
    return SHOWS_NOTHING.sub("", "".join(kept))
