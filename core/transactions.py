"""Transactions that run again when two of them were in each other's way."""

import logging
from collections.abc import Callable, Iterator
from functools import partial, wraps
from time import sleep
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, models, transaction
from django.utils.functional import LazyObject

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

RETRIES = 3
PAUSE = 0.02  # seconds
# PostgreSQL's codes of a serialization failure and of a deadlock: it has undone all, and the same may succeed.
CONFLICTS = {"40001", "40P01"}


def atomic(function: Callable[P, R], *, durable: bool = False) -> Callable[P, R]:
    """Django's atomic for a function: the outermost runs it again, up to 3 times, after a conflict.

    What a failed attempt has set on its arguments that are rows, or on rows that these hold, is taken back.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        left = 0 if transaction.get_connection().in_atomic_block else RETRIES
        committed: list[bool] = []
        while True:
            rows = rows_among(*args, *kwargs.values()) if left else ()
            before = [(row, row.__getstate__()) for row in rows]
            try:
                with transaction.atomic(durable=durable):
                    if left:
                        # Comes before all else that waits for the commit: a failure of that undoes nothing.
                        transaction.on_commit(partial(committed.append, True))
                    return function(*args, **kwargs)
            except OperationalError as error:
                if committed or not left or not is_conflict(error):
                    raise
            for row, state in before:
                row.__dict__ = state
            left -= 1
            logger.warning("%s runs again after a conflict", function.__qualname__)
            # Else it might lock its first row again before the other transaction comes to it.
            sleep(PAUSE)

    return run


def is_conflict(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") in CONFLICTS


def rows_among(*values: Any) -> Iterator[models.Model]:
    """Each row once, and the related rows that it holds."""
    found, seen = list(values), set()
    while found:
        value = found.pop()
        # By its type, because a lazy user would be fetched to say its class.
        row = value.__dict__["_wrapped"] if issubclass(type(value), LazyObject) else value
        if issubclass(type(row), models.Model) and id(row) not in seen:
            seen.add(id(row))
            yield row
            found += row._state.fields_cache.values()
