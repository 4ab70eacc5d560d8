"""What staff write for one side must not give the other one away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from accounts.phone_numbers import dialled_number
from core.text import ascii_digits, fold, without_accents

if TYPE_CHECKING:
    from accounts.models import User
    from reports.models import Report

# Shorter sentences are nobody's own.
LEAST_OF_A_SENTENCE = 30
LEAST_OF_A_NAME = 3
# The end of a phone number, which is the same however the country and the area are dialled.
END_OF_NUMBER = 6
# Nobody is known by them; a name of such words would leave staff without words.
COMMON_WORDS = """
about all and any are because but can cannot did does for from had has have her here him his how into its not only our
out says she that the their them there they this was were what when which who with would you your
"""


def given_away(report: Report, text: str) -> str:
    """The reporter's name, contact details of either, or a sentence of the report, as far as the text holds any."""
    named = next((name for name in names_of_reporter(report) if is_named(name, text)), "") or username_in(report, text)
    folded = fold(text)
    private = (*email_addresses(report), *own_sentences(report))
    written = next((words for words in private if fold(words) in folded), "")
    return named or written or next((number for number in phone_numbers(report) if is_dialled(number, text)), "")


def is_named(name: str, text: str) -> bool:
    """Capitalized, in capitals or as typed, with or without accents; a name like May in small letters is a word."""
    typed = {name, without_accents(name)} - {""}
    written = {form for each in typed for form in (each, each[0].upper() + each[1:], each.upper())}
    written |= {without_accents(form) for form in written} - {""}
    pattern = rf"(?<!\w)({'|'.join(map(re.escape, written))})(?!\w)"
    return any(re.search(pattern, words) for words in (text, without_accents(text)))


def username_in(report: Report, text: str) -> str:
    """In upper or lower case, because it opens a profile either way."""
    username = report.sender.username if report.sender else ""
    if is_common(username):
        return ""
    return username if username and re.search(rf"(?<!\w){re.escape(username)}(?!\w)", text, re.IGNORECASE) else ""


def names_of_reporter(report: Report) -> list[str]:
    """The whole names, and each word of them that is long enough to identify a person."""
    typed = (report.name, report.sender.profile.full_name if report.sender else "")
    full = [name for name in typed if name and not is_common(name)]
    words = (word for name in full for word in re.findall(r"\w+", name))
    return [*full, *(word for word in words if len(word) >= LEAST_OF_A_NAME and not is_common(word))]


def is_common(word: str) -> bool:
    return without_accents(word).lower() in COMMON_WORDS.split()


def both_sides(report: Report) -> list[User]:
    return [person for person in (report.accused, report.sender) if person]


def email_addresses(report: Report) -> list[str]:
    return [*filter(None, [*(person.email for person in both_sides(report)), report.email])]


def phone_numbers(report: Report) -> list[str]:
    return [*filter(None, (person.profile.phone_number for person in both_sides(report)))]


def is_dialled(phone_number: str, text: str) -> bool:
    """However the digits are grouped."""
    return dialled_number(phone_number)[-END_OF_NUMBER:] in re.sub(r"[\W_]", "", ascii_digits(text))


def own_sentences(report: Report) -> list[str]:
    """Without those that quote the reported words."""
    reported = fold(report.copy)
    sentences = [sentence.strip() for sentence in re.split(r"[.!?\n]+", report.text)]
    return [each for each in sentences if len(each) >= LEAST_OF_A_SENTENCE and fold(each) not in reported]
