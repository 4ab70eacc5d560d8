"""Each kind has its own whole sentences for everything that is said about it."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest
from django.conf import settings

from reports import sentences
from reports.choices import Outcome, SubjectKind
from reports.sentences import SENTENCES, Sentences
from reports.subjects import ANSWER

# A value beside its term, the name of a report for staff, and the kind of a photo.
NAMED_IN = {"report_receipt.html", "models.py", "subjects.py"}


@pytest.mark.parametrize("kind", [*SubjectKind, ANSWER])
def test_each_kind_has_each_sentence(kind):
    possible = {*Outcome} - (set() if kind == SubjectKind.CLEANING else {Outcome.CLOSE})
    row = SENTENCES[kind]
    assert set(row.to_accused) == set(row.to_reporter) == possible
    texts = [getattr(row, field.name) for field in fields(Sentences) if field.type is str]
    assert len(texts) == 6
    assert all([*texts, *row.to_accused.values(), *row.to_reporter.values()])
    assert [("{day}" in text) for text in texts] == [False, True, True, False, False, False]


def test_no_sentence_is_put_together_from_the_noun_of_a_kind():
    parts = {type(node) for node in ast.walk(ast.parse(Path(sentences.__file__).read_text()))}
    assert parts.isdisjoint({ast.JoinedStr, ast.BinOp})
    files = [*settings.BASE_DIR.glob("reports/**/*.py"), *settings.BASE_DIR.glob("templates/**/reports/**/*.*")]
    named = {path.name for path in files if path.name != Path(__file__).name and names_kind(path.read_text())}
    assert named == NAMED_IN


def names_kind(text):
    return "kind.label" in text or "get_kind_display" in text
