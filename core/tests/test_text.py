"""Text that people type, as it is stored and as it is compared."""

import pytest

from core.text import clean_line, clean_text, drop_invisible, fold


@pytest.mark.parametrize(
    ("typed", "stored"), [("a\r\nb", "a\nb"), ("a\rb\u2028c", "a\nb\nc"), (" Cafe\u0301\x07 ", "Café")]
)
def test_text_has_one_form(typed, stored):
    assert clean_text(typed) == stored


def test_a_line_has_single_blanks():
    assert clean_line(" Ann\t\u00a0Lee\r\n ") == "Ann Lee"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Straße", "strasse"),
        ("København", "kobenhavn"),
        ("Łódź", "lodz"),
        ("œuvre", "oeuvre"),
        ("ﬁnal m² ①", "final m2 1"),
    ],
)
def test_text_is_compared_without_case_and_accents(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u200e", "\u202d", "\u2066", "\u00ad", "\ufeff", "\u3164", "\u2800", "\ufe0f", "\x07"]
)
def test_what_machines_read_has_nothing_that_nobody_sees(unseen):
    assert drop_invisible(f"{unseen}+32 {unseen}2\u00a0x\n{unseen}") == "+32 2\u00a0x\n"
