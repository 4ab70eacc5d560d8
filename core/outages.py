"""Temporary faults of the database: away, busy, full, read-only."""

from django.db import InterfaceError, InternalError, OperationalError

READ_ONLY = "25006"


def is_outage(error: BaseException | None) -> bool:
    # Of internal errors only that one: a failed transaction is our own mistake.
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", "") == READ_ONLY
    return isinstance(error, OperationalError | InterfaceError)
