"""What staff write for one side must not give the other away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.text import fold

if TYPE_CHECKING:
    from accounts.models import User
    from reports.models import Report

# Shorter sentences are nobody's own.
LEAST_OF_A_SENTENCE = 30


def gives_away(report: Report, text: str) -> bool:
    """Whether it names the reporter or quotes the report, or holds contact details of the accused."""
    written = fold(text)
    named = any(is_named(name, written) for name in names_of_reporter(report) | contacts_of(report.accused))
    return named or any(sentence in written for sentence in own_sentences(report))


def is_named(name: str, written: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(fold(name))}(?!\w)", written) is not None


def names_of_reporter(report: Report) -> set[str]:
    reporter = report.reporter
    names = [reporter.username, reporter.profile.full_name, reporter.email] if reporter else [report.name, report.email]
    return set(filter(None, names))


def contacts_of(person: User) -> set[str]:
    return set(filter(None, [person.email, person.profile.phone_number]))


def own_sentences(report: Report) -> list[str]:
    """Of the report's text, without what it quotes of the reported words."""
    reported = fold(report.copy)
    sentences = map(fold, re.split(r"[.!?\n]+", report.text))
    return [each for each in sentences if len(each) >= LEAST_OF_A_SENTENCE and each not in reported]
