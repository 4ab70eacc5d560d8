import html
import re
import unicodedata

import regex
from django.utils.safestring import SafeString

# Small letters that Unicode does not decompose into a plain letter and a mark.
PLAIN_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d", "ς": "σ"}
)
PLAIN_CAPITALS = str.maketrans({"ẞ": "SS", "Ø": "O", "Đ": "D", "Ł": "L", "Æ": "Ae", "Œ": "Oe", "Þ": "Th", "Ð": "D"})
# Accents of Latin, Greek and Cyrillic letters, and the vowel points of Hebrew and Arabic, which most people leave out.
# The marks of other scripts make other words and stay.
ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]+")
LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
# Letters and symbols that are drawn as nothing but a blank.
BLANKS = re.compile("[\u2800\u3164\uffa0\U0001d159]")
# Controls, halves of surrogate pairs, and what no font draws, such as bidirectional controls.
UNSEEN = r"[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]"
INVISIBLE = regex.compile(rf"[{UNSEEN}\p{{Cf}}\u2800\U0001d159--\s]", regex.VERSION1)
# Kept where they change how text looks: joiners, variation selectors, and the tags of flags.
IDLE = regex.compile(
    rf"(\U0001F3F4[\U000E0020-\U000E007E]+\U000E007F)|[{UNSEEN}--[\t\n\u200c\u200d\p{{Variation_Selector}}]]",
    regex.VERSION1,
)
IDLE_SELECTORS = regex.compile(r"(?<![^\s\p{Variation_Selector}\u200c\u200d])\p{Variation_Selector}+")
JOINED = r"[\p{L}\p{M}\p{N}\p{S}\U000E007F]"
# Between two characters of a word or an emoji, or after the virama of an Indian script, whose shape it changes.
IDLE_JOINERS = regex.compile(rf"(?<!{JOINED})[\u200c\u200d]+|(?<!\p{{ccc=Virama}}\p{{M}}*)[\u200c\u200d]+(?!{JOINED})")
DOUBLE_JOINERS = regex.compile("(?<=[\u200c\u200d])[\u200c\u200d]+")
# Normalizing takes the square of the length of a run of marks. Honest text has none of over 30 (UAX #15).
LONG_RUNS = regex.compile(r"(\p{M}{30})\p{M}+")
SEEN = regex.compile(r"[^\p{M}\p{Z}\p{Cc}\p{Cf}]")
RIGHT_TO_LEFT = regex.compile(r"[\p{bc=R}\p{bc=AL}\p{bc=AN}]")
BIDI_CONTROLS = regex.compile(r"\p{Bidi_Control}+")
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"


def clean_text(text: str) -> str:
    """Returns text as it is stored: NFC, LF at the end of a line, nothing invisible."""
    text = LONG_RUNS.sub(r"\1", text)
    text = IDLE.sub(r"\1", BLANKS.sub(" ", LINE_ENDS.sub("\n", text)))
    text = IDLE_JOINERS.sub("", DOUBLE_JOINERS.sub("", IDLE_SELECTORS.sub("", text)))
    return unicodedata.normalize("NFC", text).strip() if SEEN.search(text) else ""


def clean_line(text: str) -> str:
    return " ".join(clean_text(text).split())


def fold(text: str) -> str:
    """Without case, accents and invisible characters; "ﬁ", "²" and full-width letters in plain form."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", drop_invisible(text))).lower()
    return " ".join(unicodedata.normalize("NFC", plain.translate(PLAIN_LETTERS)).split())


def without_accents(text: str) -> str:
    """Like `fold`, but with capital letters, line ends and all blanks."""
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", drop_invisible(text)))
    return unicodedata.normalize("NFC", plain.translate(PLAIN_LETTERS | PLAIN_CAPITALS))


def split_words(text: str) -> list[str]:
    spaced = "".join(character if is_word_character(character) else " " for character in fold(text))
    return [word for word in spaced.split() if any(map(str.isalnum, word))]


def is_word_character(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def drop_invisible(text: str) -> str:
    return LONG_RUNS.sub(r"\1", INVISIBLE.sub("", text))


def ascii_digits(text: str) -> str:
    return "".join(map(ascii_sign, drop_invisible(text)))


def ascii_sign(sign: str) -> str:
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(sign) == "Pd" or sign == "\N{MINUS SIGN}":
        return "-"
    return unicodedata.normalize("NFKC", sign) if unicodedata.decomposition(sign).startswith("<wide>") else sign


def isolate(words: str) -> str:
    """Typed text for a sentence of ours: right-to-left text must not reorder the words beside it."""
    if words.isascii():
        return words
    words = BIDI_CONTROLS.sub("", words)
    return f"{ISOLATE}{words}{END_OF_ISOLATE}" if RIGHT_TO_LEFT.search(words) else words


def escaped(text: object) -> SafeString:
    return text if isinstance(text, SafeString) else SafeString(html.escape(str(text)))


def quoted(name: str) -> str:
    return f"“{isolate(truncate(clean_line(name), 60))}”"


def truncate(text: str, most: int) -> str:
    """Cuts between graphemes, so that no flag, emoji or accented letter is split."""
    if len(text) <= most:
        return text
    graphemes = regex.finditer(r"\X", text)
    end = next(each.start() for each in graphemes if each.end() + unclosed_isolates(text[: each.end()]) >= most)
    kept = text[:end].rstrip()
    return kept + "…" + END_OF_ISOLATE * unclosed_isolates(kept)


def unclosed_isolates(text: str) -> int:
    return max(text.count(ISOLATE) - text.count(END_OF_ISOLATE), 0)
