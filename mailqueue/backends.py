"""`EMAIL_BACKEND`: each message becomes a row of the queue, written in the caller's transaction."""

from email.utils import make_msgid
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from core.text import truncate
from mailqueue.tasks import deliver

LONGEST_SUBJECT = 120


class QueueBackend(BaseEmailBackend):
    def send_messages(self, email_messages) -> int:
        for message in email_messages:
            enqueue(message)
        return len(email_messages)


def enqueue(message: EmailMessage) -> None:
    """Raises ValueError and BadHeaderError for what no mail server takes: a worker would retry it for a day."""
    if message.attachments or message.content_subtype != "plain":
        raise ValueError("Mail is plain text, perhaps with an HTML twin, and has nothing attached.")
    fields = to_json(
        {
            "subject": truncate(" ".join(str(message.subject).split()), LONGEST_SUBJECT),
            "body": message.body,
            "from_email": message.from_email,
            "to": message.to,
            "cc": message.cc,
            "bcc": message.bcc,
            "reply_to": message.reply_to,
            "headers": add_default_headers(message.extra_headers),
            "alternatives": getattr(message, "alternatives", []),
        }
    )
    EmailMultiAlternatives(**fields).message()
    if deliver.get_backend().supports_defer:
        deliver.enqueue(**fields)
    else:
        transaction.on_commit(partial(deliver.enqueue, **fields))


def add_default_headers(headers: dict[str, str]) -> dict[str, str]:
    defaults = {
        # Set here and not when it is sent, so that a mail that arrives twice is recognised.
        "Message-ID": make_msgid(domain=urlsplit(settings.SITE_URL).hostname),
        "Auto-Submitted": "auto-generated",
    }
    given = {name.lower() for name in headers}
    return headers | {name: value for name, value in defaults.items() if name.lower() not in given}


def to_json(value):
    """PostgreSQL takes neither NUL nor half of a surrogate pair."""
    if isinstance(value, dict):
        return {name: to_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(part) for part in value]
    return str(value).replace("\0", "").encode(errors="replace").decode()
