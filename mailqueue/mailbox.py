import re
from datetime import datetime
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import time_ns
from typing import NamedTuple

from django.conf import settings
from django.core.mail.backends.console import EmailBackend

MOST_KEPT = 50


class KeptMail(NamedTuple):
    to: str
    subject: str
    sent_at: datetime
    text: str

    @property
    def pieces(self) -> list[tuple[str, str]]:
        # A path that began with two slashes would lead to another site.
        ours = re.compile(rf"({re.escape(settings.SITE_URL)}/(?![/\\])[^\s<>\"]*[^\s<>\".,;:!?)])")
        parts = ours.split(self.text)
        return [(part, part.removeprefix(settings.SITE_URL) if number % 2 else "") for number, part in enumerate(parts)]


class MailboxBackend(EmailBackend):
    def write_message(self, message) -> None:
        super().write_message(message)
        Path(settings.MAILBOX).mkdir(exist_ok=True)
        Path(settings.MAILBOX, f"{time_ns()}.eml").write_bytes(message.message().as_bytes())
        for old in kept_files()[MOST_KEPT:]:
            old.unlink(missing_ok=True)


def kept_files() -> list[Path]:
    return sorted(Path(settings.MAILBOX).glob("*.eml"), reverse=True)


def kept_mails() -> list[KeptMail]:
    return [read(path.read_bytes()) for path in kept_files()]


def read(content: bytes) -> KeptMail:
    message = message_from_bytes(content, policy=policy.default)
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    return KeptMail(message["To"], message["Subject"], parsedate_to_datetime(message["Date"]), text)
