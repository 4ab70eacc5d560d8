"""A developer's mailbox: what the site would send is printed, and kept in a folder to be read in the browser."""

import re
from datetime import datetime
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import time_ns
from typing import NamedTuple

from django.conf import settings
from django.core.mail.backends.console import EmailBackend

KEPT = 50


class Letter(NamedTuple):
    to: str
    subject: str
    sent_at: datetime
    text: str

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The text in pieces, each with the path that it links to if it is an address of ours, else with none."""
        # A path that began with two slashes would lead to another site.
        ours = re.compile(rf"({re.escape(settings.SITE_URL)}/(?![/\\])[^\s<>\"]*[^\s<>\".,;:!?)])")
        parts = ours.split(self.text)
        return [(part, part.removeprefix(settings.SITE_URL) if number % 2 else "") for number, part in enumerate(parts)]


class MailboxBackend(EmailBackend):
    """The console and `settings.MAILBOX`, where the newest 50 mails outlive a restart."""

    def write_message(self, message) -> None:
        super().write_message(message)
        Path(settings.MAILBOX).mkdir(exist_ok=True)
        Path(settings.MAILBOX, f"{time_ns()}.eml").write_bytes(message.message().as_bytes())
        for old in files()[KEPT:]:
            old.unlink(missing_ok=True)


def files() -> list[Path]:
    """The kept mails, newest first."""
    return sorted(Path(settings.MAILBOX).glob("*.eml"), reverse=True)


def letters() -> list[Letter]:
    """The kept mails, read, newest first."""
    return [letter_of(path.read_bytes()) for path in files()]


def letter_of(content: bytes) -> Letter:
    message = message_from_bytes(content, policy=policy.default)
    text = message.get_body(("plain",)).get_content()
    return Letter(message["To"], message["Subject"], parsedate_to_datetime(message["Date"]), text)
