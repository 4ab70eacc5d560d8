"""How mail leaves: each message is a row of the queue, written in the caller's transaction and sent by a worker."""

from email.utils import make_msgid
from functools import partial
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from core.text import cut

if django.VERSION >= (6, 0):
    from django.tasks import task
else:
    from django_tasks import task  # type: ignore[no-redef]

LONGEST_SUBJECT = 120


class QueueBackend(BaseEmailBackend):
    """What `EMAIL_BACKEND` is: told if and only if the transaction that speaks is committed."""

    def send_messages(self, email_messages) -> int:
        for message in email_messages:
            enqueue(message)
        return len(email_messages)


def enqueue(message: EmailMessage) -> None:
    """Put one message into the queue. What no server would take is refused here: a worker could only try it for a day.

    Raises ValueError for an attachment or a message of HTML alone, and BadHeaderError for a line break in a header.
    """
    if message.attachments or message.content_subtype != "plain":
        raise ValueError("Mail is plain text, perhaps with an HTML twin, and has nothing attached.")
    fields = {
        "subject": cut(" ".join(str(message.subject).split()), LONGEST_SUBJECT),
        "headers": with_ours(message.extra_headers),
        "alternatives": getattr(message, "alternatives", []),
    } | {name: getattr(message, name) for name in ("body", "from_email", "to", "cc", "bcc", "reply_to")}
    fields = storable(fields)
    EmailMultiAlternatives(**fields).message()
    if deliver.get_backend().supports_defer:
        deliver.enqueue(**fields)
    else:
        transaction.on_commit(partial(deliver.enqueue, **fields))


@task
def deliver(**fields) -> None:
    """Send one message by `MAIL_TRANSPORT`; by `EMAIL_BACKEND` it would come back into the queue."""
    EmailMultiAlternatives(**fields, connection=get_connection(settings.MAIL_TRANSPORT)).send()


def with_ours(headers: dict[str, str]) -> dict[str, str]:
    """The headers, and what every mail of ours has. A Message-ID set here makes a second copy known for one."""
    ours = {
        "Message-ID": make_msgid(domain=urlsplit(settings.SITE_URL).hostname),
        "Auto-Submitted": "auto-generated",
    }
    given = {name.lower() for name in headers}
    return headers | {name: value for name, value in ours.items() if name.lower() not in given}


def storable(value):
    """The value as JSON that PostgreSQL takes: lists for tuples, no NUL and no half of a surrogate pair in any text."""
    if isinstance(value, dict):
        return {name: storable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable(part) for part in value]
    return str(value).replace("\0", "").encode(errors="replace").decode()
