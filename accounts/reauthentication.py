"""Before an account changes, the person proves as much as at log-in: a passkey, or password and code."""

import time

from allauth.account import app_settings
from allauth.account.signals import authentication_step_completed
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.middleware import has_second_factor
from accounts.models import User
from accounts.security_events import log_first_step

ENTERED_KEY = "password_entered_at"

# As allauth calls them.
PASSWORD, CODE, PASSKEY = "reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate:webauthn"
LABELS = {PASSWORD: "Use your password", CODE: "Use a code", PASSKEY: "Use a passkey"}


def choose_methods(request: HttpRequest, user: User, methods: list[dict]) -> list[dict]:
    """The methods of this step, with the default first; allauth redirects from the pages of all others."""
    found = {method["id"]: method | {"description": LABELS[method["id"]]} for method in methods}
    if PASSWORD not in found:
        order = [PASSKEY] if PASSKEY in found else [CODE]
    elif not has_second_factor(user):
        order = [PASSWORD]
    elif CODE not in found:
        order = [PASSKEY]
    else:
        found[PASSWORD]["description"] = "Use your password and a code"
        step = CODE if entered_password(request) else PASSWORD
        has_app = is_mfa_enabled(user, [Authenticator.Type.TOTP])
        order = [step, PASSKEY] if has_app else [PASSKEY, step]
    return [found[name] for name in order if name in found]


def entered_password(request: HttpRequest) -> bool:
    return time.time() - request.session.get(ENTERED_KEY, 0) < app_settings.REAUTHENTICATION_TIMEOUT


def note_password(request: HttpRequest, user: User) -> None:
    """The first of two steps: by itself it only opens the page of the second."""
    request.session[ENTERED_KEY] = time.time()
    request.session.cycle_key()
    log_first_step(request, user)


@receiver(authentication_step_completed)
def renew_key(request: HttpRequest, user: User, reauthenticated: bool = False, **kwargs) -> None:
    """Gives the session another key once the person has logged in again; the old one opens nothing."""
    if reauthenticated:
        request.session.pop(ENTERED_KEY, None)
        request.session.cycle_key()
