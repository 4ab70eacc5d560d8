"""What has to hold of all that is stored, a row for each rule: `manage.py check_integrity` looks at it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from pages.integrity import (
    bargain,
    blocks,
    conversations,
    database,
    deadlines,
    evaluations,
    notices,
    people,
    photos,
    reports,
    terms,
)  # fmt: skip
from pages.integrity.rule import Rule

IN_SNAPSHOT = (
    *bargain.RULES, *notices.RULES, *evaluations.RULES, *people.RULES, *terms.RULES, *conversations.RULES,
    *blocks.RULES, *reports.RULES, *database.RULES, *deadlines.RULES,
)  # fmt: skip
# Files are in no snapshot.
OUTSIDE = photos.RULES
RULES = (*IN_SNAPSHOT, *OUTSIDE)
NAMES = tuple(dict.fromkeys(rule.name for rule in RULES))


def findings(names: Collection[str] = NAMES) -> list[str]:
    """A line for each rule that is broken, or that could not be checked."""
    with snapshot():
        found = list(look(rule for rule in IN_SNAPSHOT if rule.name in names))
    return found + list(look(rule for rule in OUTSIDE if rule.name in names))


def look(rules: Iterable[Rule]) -> Iterator[str]:
    for rule in rules:
        try:
            with transaction.atomic():
                yield from rule.broken()
        except Exception as error:
            # The others are checked all the same. A traceback may quote what somebody wrote.
            yield f"{rule.name}: could not be checked: {type(error).__name__}"


@contextmanager
def snapshot() -> Iterator[None]:
    """Every query sees one moment; nothing is locked, and nobody waits for it."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            # All rows of a query are wanted, mostly none, and not the first ones soon.
            cursor.execute("SET LOCAL statement_timeout = '10min'; SET LOCAL cursor_tuple_fraction = 1")
            yield
    else:
        with reading_sqlite(), transaction.atomic():
            yield


@contextmanager
def reading_sqlite() -> Iterator[None]:
    """A transaction that begins as all others do would take the lock of writers."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    sqlite: Any = connection
    mode, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"
    try:
        yield
    finally:
        sqlite.transaction_mode = mode
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = OFF")
