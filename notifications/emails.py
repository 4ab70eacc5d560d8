from __future__ import annotations

from collections.abc import Collection
from itertools import accumulate
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape

from accounts.adapter import email_context
from core.text import truncate
from mailqueue.backends import LONGEST_SUBJECT
from notifications.threads import handler_of

if TYPE_CHECKING:
    from notifications.models import Notification

# The page of notifications has the rest. A mail holds its text twice, encoded in up to three times as many bytes, and
# stays below 30 KB.
MOST_SHOWN, MOST_BYTES = 10, 3000
SALT = "notifications.unsubscribe"


def email_about(notices: list[Notification]) -> EmailMultiAlternatives:
    """One person's notices of one thread, oldest first. The mail names no street, phone or e-mail address."""
    person, thread = notices[-1].recipient, notices[-1].thread
    stop = settings.SITE_URL + reverse("notifications:unsubscribe", args=[token_for(person, topics_of(notices))])
    handler = handler_of(thread)
    reason = {"reason": handler.reason(thread, person), "stop": stop, "zone_name": settings.ZONE_NAME}
    context = email_context(words_of(notices) | handler.context(notices) | reason)
    text, html = (render_to_string(f"{handler.template}.{kind}", context) for kind in ("txt", "html"))
    mail = EmailMultiAlternatives(subject_of(notices), text, to=[person.email], headers=headers(thread, stop))
    mail.attach_alternative(html, "text/html")
    return mail


def words_of(notices: list[Notification]) -> dict:
    shown = newest_that_fit(notices)
    name = one_line(notices[-1].recipient.isolated_name)
    return {"name": name, "newest": notices[-1], "shown": shown, "left_out": len(notices) - len(shown)}


def newest_that_fit(notices: list[Notification]) -> list[tuple[str, str]]:
    """At least one notice, each sentence on one line."""
    newest = [(one_line(notice.sentence), notice.note) for notice in reversed(notices[-MOST_SHOWN:])]
    sizes = accumulate(len(escape(sentence + note).encode()) for sentence, note in newest)
    count = sum(size <= MOST_BYTES for size in sizes)
    return newest[: max(count, 1)][::-1]


def subject_of(notices: list[Notification]) -> str:
    more = f" (and {len(notices) - 1} more)" if notices[1:] else ""
    return truncate(one_line(notices[-1].subject), LONGEST_SUBJECT - len(more)) + more


def one_line(text: str) -> str:
    """A typed name must not look like a paragraph of the site."""
    return " ".join(text.split())


def headers(thread: str, stop: str) -> dict[str, str]:
    """Adds one-click unsubscribing (RFC 8058)."""
    first = f"<{thread}@{urlsplit(settings.SITE_URL).hostname}>"
    return {
        **({"In-Reply-To": first, "References": first} if thread else {}),
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def topics_of(notices: list[Notification]) -> list[str]:
    return sorted({notice.topic for notice in notices})


def token_for(person, topics: Collection[str]) -> str:
    """The token works without a log-in and never expires."""
    return signing.dumps([person.pk, *topics], salt=SALT)


def read_token(token: str) -> tuple[int, list[str]]:
    """Raises BadSignature for a token that is not ours."""
    person, *topics = signing.loads(token, salt=SALT)
    return person, topics
