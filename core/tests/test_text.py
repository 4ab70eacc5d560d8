"""Text that people type, as it is stored and as it is compared."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis.strategies import text

from core.text import ascii_digits, clean_line, clean_text, drop_invisible, fold, isolate, truncate, without_accents


@pytest.mark.parametrize(
    ("typed", "stored"), [("a\r\nb", "a\nb"), ("a\rb\u2028c", "a\nb\nc"), (" Cafe\u0301\x07 ", "Café")]
)
def test_text_has_one_form(typed, stored):
    assert clean_text(typed) == stored


def test_a_line_has_single_blanks():
    assert clean_line(" Ann\t\u00a0Lee\r\n ") == "Ann Lee"


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Straße", "strasse"),
        ("København", "kobenhavn"),
        ("Łódź", "lodz"),
        ("œuvre", "oeuvre"),
        ("ﬁnal m² ①", "final m2 1"),
    ],
)
def test_text_is_compared_without_case_and_accents(typed, folded):
    assert fold(typed) == folded


def test_without_accents_capitals_and_line_ends_stay():
    assert without_accents("Zoë Łukasz\nÆgir ŒUVRE straße") == "Zoe Lukasz\nAegir OeUVRE strasse"


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u200e", "\u202d", "\u2066", "\u00ad", "\ufeff", "\u3164", "\u2800", "\ufe0f", "\x07"]
)
def test_what_machines_read_has_nothing_that_nobody_sees(unseen):
    assert drop_invisible(f"{unseen}+32 {unseen}2\u00a0x\n{unseen}") == "+32 2\u00a0x\n"


@pytest.mark.parametrize(
    "unseen",
    [
        *("\u200b", "\u3164", "\u2800", "\u00ad", "\ufeff", "\u115f\u1160", "\u17b4", "\u180e", "\u2060\u2064"),
        *("\U000e0041\U000e007f", "\ufe0f", "\u200d", "\u202e", "\u0301\u0302", "\u034f", "\ufff9", "\ud800", "\uffff"),
        *("\U000e0100", " \u200b\u00a0\u3164\n", "\U0001d173", "\u061c\u2066"),
    ],
)
def test_text_that_shows_nothing_is_empty(unseen):
    assert clean_line(unseen) == clean_text(unseen) == ""
    assert clean_line(f"A{unseen}")[:1] in ("A", "Á")


@pytest.mark.parametrize(
    "shown",
    [
        "می\u200cخواهم",  # Persian, with a joiner that parts two halves of a word
        "ന\u0d4d\u200d",  # Malayalam, with one that closes a word
        "👩\u200d❤\ufe0f\u200d👨",
        "🙂\u200d↔\ufe0f",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "葛\U000e0100城",
        "각",
        "Ann-Marie O’Neill",
    ],
)
def test_what_shapes_letters_and_emoji_stays(shown):
    assert clean_line(f" {shown}\u200b ") == clean_text(shown) == shown


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("a\u200d \u200cb", "a b"),
        ("Ann\u200d", "Ann"),
        ("x\ufe0f\ufe0f", "x\ufe0f"),
        ("A\U000e0041", "A"),
        ("A\u202e 00.12", "A 00.12"),
        ("\u2067A\u2069\u200f", "A"),
        ("e\u200b\u0301", "é"),
        ("A\u3164B", "A B"),
    ],
)
def test_what_is_seen_nowhere_goes(typed, stored):
    assert clean_line(typed) == clean_text(typed) == stored


TRICKY = "a é\u0301\u200d\u200c\ufe0f\u180b\u3164\n\r\u2028\U000e0067\U000e007f🏴👩\u0d4d\u1112\u1161\u202eא\u0344"


@given(text(alphabet=TRICKY))
def test_cleaned_text_is_clean(typed):
    assert clean_text(clean_text(typed)) == clean_text(typed)
    assert clean_line(clean_line(typed)) == clean_text(clean_line(typed)) == clean_line(typed)


@pytest.mark.parametrize("words", ["שלום", "علي", "٣ نجوم", "Dana דנה"])
def test_words_from_right_to_left_are_isolated(words):
    assert isolate(words) == isolate(f"{words}\u202e\u2069") == f"\u2068{words}\u2069"


@pytest.mark.parametrize("words", ["Ann", "Анна", "李", "22.50", "नि"])
def test_words_from_left_to_right_need_no_isolating(words):
    assert isolate(words) == isolate(f"{words}\u202e") == words


@pytest.mark.parametrize(
    "last",
    ["🇳🇱", "👩\u200d❤\ufe0f\u200d👨", "👍🏽", "x\u0301\u0302", "\u1112\u1161\u11ab", "नि", "1\ufe0f\u20e3", "\r\n"],
)
def test_text_is_cut_between_graphemes(last):
    typed = f"Ann{last}" + "b" * 9
    assert {truncate(typed, most) for most in range(5, 4 + len(last))} == {"Ann…"}
    assert truncate(typed, 4 + len(last)) == f"Ann{last}".rstrip() + "…"
    assert truncate(typed, len(typed)) == typed


@pytest.mark.parametrize("most", range(4, 20))
def test_what_is_cut_turns_nothing_behind_it(most):
    short = truncate(f"New offer: “{isolate('שלום עולם')}”, and more", most)
    assert len(short) <= most
    assert short.count("\u2068") == short.count("\u2069")


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("١٢ ۳४５", "12 345"),
        ("1\u20112\u20133\u22124", "1-2-3-4"),
        ("＋３２（０）２", "+32(0)2"),
        ("\u202a3\u200b0\u00a0€", "30\u00a0€"),
        ("m² ½ é", "m² ½ é"),
    ],
)
def test_figures_are_those_of_ascii(typed, plain):
    assert ascii_digits(typed) == plain


@pytest.mark.parametrize("clean", [clean_text, clean_line, drop_invisible])
def test_a_run_of_marks_that_would_take_minutes_to_normalize_is_cut(clean):
    assert len(clean("e" + "\u0315\u0316" * 200_000)) == 31
    assert fold("e" + "\u0315\u0316" * 200_000) == "e"


@pytest.mark.parametrize("text", ["กำ้", "x\u0323\u0307\u0300", "हिन्दी", "\u05d1\u05bc\u05b0", "e" + "\u0315" * 30])
def test_the_marks_of_honest_text_stay(text):
    assert clean_text(text) == unicodedata.normalize("NFC", text)
    assert drop_invisible(text) == text
