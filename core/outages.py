"""Temporary faults of the database, which is away, busy, full or read-only, and those of a bucket."""

from django.db import InterfaceError, InternalError, OperationalError

try:
    from botocore.exceptions import BotoCoreError, ClientError
    from s3transfer.exceptions import RetriesExceededError
except ImportError:
    # These packages are there only where a bucket is named.
    BUCKET_ERRORS: tuple[type[Exception], ...] = ()
else:
    BUCKET_ERRORS = (BotoCoreError, ClientError, RetriesExceededError)

READ_ONLY = "25006"


def is_outage(error: BaseException | None) -> bool:
    # Of internal errors only that one: a failed transaction is our own mistake.
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", "") == READ_ONLY
    return isinstance(error, OperationalError | InterfaceError)
