"""What staff write for one side must not give the other one away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.text import fold

if TYPE_CHECKING:
    from reports.models import Report

# Shorter sentences are nobody's own.
LEAST_OF_A_SENTENCE = 30


def given_away(report: Report, text: str) -> str:
    """The reporter's name, contact details of either, or a sentence of the report, as far as the text holds any."""
    named = next((name for name in names_of_reporter(report) if is_named(name, text)), "")
    folded = fold(text)
    private = (*contact_details(report), *own_sentences(report))
    return named or next((words for words in private if fold(words) in folded), "")


def is_named(name: str, text: str) -> bool:
    """As it is typed or with a capital letter; not in any case, because some names are words as well, like May."""
    return re.search(rf"(?<!\w)({re.escape(name)}|{re.escape(name[0].upper() + name[1:])})(?!\w)", text) is not None


def names_of_reporter(report: Report) -> list[str]:
    sender = report.sender
    return [*filter(None, [report.name, *([sender.username, sender.profile.full_name] if sender else [])])]


def contact_details(report: Report) -> list[str]:
    people = [person for person in (report.accused, report.sender) if person]
    details = [detail for person in people for detail in (person.email, person.profile.phone_number)]
    return [*filter(None, [*details, report.email])]


def own_sentences(report: Report) -> list[str]:
    """Without those that quote the reported words."""
    reported = fold(report.copy)
    sentences = [sentence.strip() for sentence in re.split(r"[.!?\n]+", report.text)]
    return [each for each in sentences if len(each) >= LEAST_OF_A_SENTENCE and fold(each) not in reported]
