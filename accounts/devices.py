"""Browsers that logged in before, by OWASP's device cookies: failed log-ins elsewhere do not block them."""

from contextlib import suppress
from secrets import token_urlsafe

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from accounts.models import User

COOKIE_AGE = 60 * 60 * 24 * 365
MAX_DEVICES = 5
SEPARATOR = "."


def find_device(request: HttpRequest, user: User) -> str | None:
    """None unless the person has logged in with this browser since the password was set."""
    return _device_in_cookie(request, user) or (_device_in_session(request, user) if request.user == user else None)


def set_device_cookie(request: HttpRequest, response: HttpResponse, user: User) -> None:
    if _device_in_cookie(request, user):
        return
    name = _device_in_session(request, user) or f"{user.pk}:{token_urlsafe(16)}"
    others = [other for other in _entries(request) if not other.startswith(f"{user.pk}:")]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        SEPARATOR.join([_signer(user).sign(name), *others][:MAX_DEVICES]),
        max_age=COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _device_in_cookie(request: HttpRequest, user: User) -> str | None:
    for entry in _entries(request):
        if entry.startswith(f"{user.pk}:"):
            with suppress(BadSignature):
                return _signer(user).unsign(entry, max_age=COOKIE_AGE)
    return None


def _device_in_session(request: HttpRequest, user: User) -> str | None:
    """One name for each session, because with more names a stolen session could guess more often."""
    key = request.session.session_key
    return key and f"{user.pk}:{salted_hmac('accounts.devices', key, algorithm='sha256').hexdigest()[:32]}"


def _entries(request: HttpRequest) -> list[str]:
    return request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "").split(SEPARATOR)[:MAX_DEVICES]


def _signer(user: User) -> TimestampSigner:
    return TimestampSigner(salt=f"accounts.devices:{user.pk}:{user.password}")
