"""One JSON object a line, so that typed text cannot forge a second one."""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

# A key takes over an account, ends its mails, or reads its calendar or a decision, so no log may hold one.
SLASH = r"(?:/|%(?:25)*2F)"
PATHS = ("password/reset/key", "confirm-email", "notifications/unsubscribe", "searches/stop", "calendar")
# Only before a key: a traceback names a folder of that name.
REPORTS = rf"reports(?={SLASH}[0-9a-f]{{8}}-)"
BEFORE_KEYS = "|".join([*(name.replace("/", SLASH) for name in PATHS), REPORTS])
KEYS = re.compile(rf"({SLASH}(?:{BEFORE_KEYS}){SLASH})(?:(?!{SLASH})[^?#&\s])+", re.IGNORECASE)
# Names and e-mail addresses that staff look for, and where somebody lives; also inside the address of a next page.
SEARCHES = re.compile(
    r"((?:[?&]|%(?:25)*(?:3F|26))(?:q|near|_changelist_filters)(?:=|%(?:25)*3D))[^&#\s]+", re.IGNORECASE
)


def redacted(text: str) -> str:
    return SEARCHES.sub(r"\1...", KEYS.sub(r"\1...", text))


def client_and_account(environ: Mapping[str, Any], proxies: int) -> dict[str, Any]:
    """The network address that the outermost trusted proxy saw, and the account's number, where a page read it."""
    address = environ.get("REMOTE_ADDR", "")
    forwarded = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if 0 < proxies <= len(forwarded):
        address = forwarded[-proxies].strip() or address
    return {"client": address, "account": environ.get("REMOTE_USER")}


def is_fault(record: logging.LogRecord) -> bool:
    """False for the 503 of PrefetchMiddleware, which is no fault."""
    return not getattr(getattr(record, "request", None), "is_prefetch", False)


class JsonFormatter(logging.Formatter):
    """With a traceback for errors only, because refusals are frequent."""

    def __init__(self, proxies: int = 0) -> None:
        super().__init__()
        self.proxies = proxies

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        environ = getattr(getattr(record, "request", None), "META", None)
        if environ:
            line |= client_and_account(environ, self.proxies)
        if record.exc_info and record.levelno >= logging.ERROR:
            line["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line)

    def formatException(self, exc_info) -> str:
        """Only the first line of the error: those after it quote the row or the statement on PostgreSQL."""
        text = super().formatException(exc_info)
        for error in chain_of(exc_info[1]):
            text = text.replace(str(error), str(error).partition("\n")[0])
        return text


def chain_of(error: BaseException | None) -> Iterator[BaseException]:
    seen = set()
    while error and id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
