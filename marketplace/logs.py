"""How a line of the log looks: one JSON object a line, so that nothing a person typed can forge a second one."""

import json
import logging
import re
from datetime import UTC, datetime

# Whoever holds one of these keys can take an account over, or end its mails, so no log may hold it.
KEYS = re.compile(r"(/password/reset/key/|/confirm-email/|/notifications/unsubscribe/)[^/?#\s]+")


def without_keys(text: str) -> str:
    """The text with the keys of password resets, confirmations and unsubscribing cut out of every address in it."""
    return KEYS.sub(r"\1...", text)


class JsonFormatter(logging.Formatter):
    """Time in UTC, level, logger and message; a traceback for errors alone, because refusals are everyday."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_keys(record.getMessage()),
        }
        if record.exc_info and record.levelno >= logging.ERROR:
            line["traceback"] = without_keys(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
