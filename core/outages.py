"""Faults of the database itself, which are nobody's mistake and pass: away, busy, full, read-only."""

from django.db import InterfaceError, InternalError, OperationalError

READ_ONLY = "25006"


def is_outage(error: BaseException | None) -> bool:
    """Whether the database could not do what it was asked for; a failed transaction of ours is no such fault."""
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", "") == READ_ONLY
    return isinstance(error, OperationalError | InterfaceError)
