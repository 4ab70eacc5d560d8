"""What a page says once, kept in a signed cookie, so that no move has to write the session as well."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.messages.storage import cookie, fallback, session
from django.contrib.messages.storage.base import Message
from django.core.signing import get_cookie_signer
from django.http import HttpResponse


class CookieStorage(cookie.CookieStorage):
    """Signed for one reader, so that the next person at the browser does not read it."""

    cookie_name = settings.MESSAGE_COOKIE_NAME

    def _get(self, *args: Any, **kwargs: Any) -> tuple[list[Message] | None, bool]:
        if self.cookie_name in self.request.COOKIES:
            self._sign_for_reader()
        return super()._get(*args, **kwargs)  # type: ignore[misc]  # Its stub leaves these two out.

    def _store(self, messages: Sequence[Message], response: HttpResponse, *args: Any, **kwargs: Any) -> list[Message]:
        # Logging in or out may have changed who that is.
        self._sign_for_reader()
        return super()._store(messages, response, *args, **kwargs)  # type: ignore[misc]

    def _sign_for_reader(self) -> None:
        reader = self.request.session.get(SESSION_KEY, "")
        self.signer = get_cookie_signer(salt=f"{self.key_salt}.{reader}")


class MessageStorage(fallback.FallbackStorage):
    """What is too long for a cookie goes into the session."""

    storage_classes = (CookieStorage, session.SessionStorage)
