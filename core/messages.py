"""What a page says once, kept in a signed cookie, so that no move has to write the session as well."""

from django.conf import settings
from django.contrib.messages.storage import cookie, fallback, session


class CookieStorage(cookie.CookieStorage):
    cookie_name = settings.MESSAGE_COOKIE_NAME


class MessageStorage(fallback.FallbackStorage):
    """What is too long for a cookie goes into the session."""

    storage_classes = (CookieStorage, session.SessionStorage)
