from collections.abc import Iterator
from contextlib import contextmanager

# allauth's forms look for the challenge where only its own functions put it.
from allauth.mfa.webauthn.internal import auth
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from fido2.webauthn import UserVerificationRequirement

SECONDS = 60 * 5
SALT = "accounts.challenges"


def create_challenge() -> tuple[dict, dict]:
    options, state = auth.get_server().authenticate_begin([], user_verification=UserVerificationRequirement.REQUIRED)
    return dict(options), state


def set_cookie(response: HttpResponse, state: dict) -> None:
    response.set_cookie(
        cookie_name(),
        signing.dumps(state, salt=SALT),
        max_age=SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def delete_cookie(response: HttpResponse) -> None:
    response.delete_cookie(cookie_name(), samesite="Lax")


@contextmanager
def challenge_from_cookie(request: HttpRequest) -> Iterator[None]:
    try:
        state = signing.loads(request.COOKIES.get(cookie_name(), ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        state = None
    if state and cache.add(f"{SALT}:{state['challenge']}", True, SECONDS):
        auth.set_state(state)
    try:
        yield
    finally:
        auth.clear_state()


def cookie_name() -> str:
    """With HTTPS the name has a prefix that keeps other hosts from setting the cookie."""
    return "__Host-passkey" if settings.SESSION_COOKIE_SECURE else "passkey"
