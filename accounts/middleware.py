import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

from allauth.account.signals import password_reset
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth import middleware as auth_middleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.db import Error
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject

from accounts.backends import known_member
from accounts.devices import set_device_cookie
from accounts.models import User
from accounts.security_events import note_account
from accounts.visits import note_request, seen_at
from core.forms import submitted_values
from core.outages import is_outage

GetResponse = Callable[[HttpRequest], HttpResponse]

RENEWAL_SECONDS = 180
LOGGED_IN_KEY = "logged_in_at"


def has_second_factor(user: User) -> bool:
    """Recovery codes alone do not count."""
    return is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])


class AuthenticationMiddleware(auth_middleware.AuthenticationMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: get_user(request))  # type: ignore[assignment]


def get_user(request: HttpRequest) -> User | AnonymousUser:
    """Django's own checks, on the member that was read with the session."""
    if SESSION_KEY not in request.session:
        return AnonymousUser()
    with known_member(getattr(request.session, "member", None)):
        user = auth.get_user(request)
    note_account(request, user.pk)
    return user


class LoginRequiredMiddleware(auth_middleware.LoginRequiredMiddleware):
    """Shows what was typed in a form whose session ended before it was sent."""

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponseBase | None:
        if not getattr(view, "login_required", True):
            return None
        # A page asks the user a hundred things, and each takes longer through a lazy object.
        request.user = get_user(request)
        return super().process_view(request, view, args, kwargs)

    def handle_no_permission(  # type: ignore[override]  # Not only a redirect.
        self, request: HttpRequest, view_func: Callable
    ) -> HttpResponse:
        # A request without a cookie came from no form of ours, because our forms set one.
        typed = submitted_values(request) if request.method == "POST" and request.COOKIES else []
        if not typed:
            return super().handle_no_permission(request, view_func)
        log_in = resolve_url(self.get_login_url(view_func))
        query = urlencode({self.get_redirect_field_name(view_func): request.get_full_path()})
        context = {"typed": typed, "login_url": f"{log_in}?{query}"}
        response = render(request, "account/session_ended.html", context, status=403)
        add_never_cache_headers(response)
        return response


class SecondFactorMiddleware:
    open_to_staff = {
        "account_logout",
        "account_reauthenticate",
        "account_email",
        "account_change_password",
        "account_set_password",
        "usersessions_list",
        "livez",
        "healthz",
    }

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        # With the namespace, because names of the admin begin like those of the second factor.
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not settings.STAFF_NEEDS_SECOND_FACTOR or name in self.open_to_staff or name.startswith("mfa_"):
            return None
        if not request.user.is_staff or has_second_factor(request.user):
            return None
        messages.info(request, "Set up a second factor first: our staff need one.")
        return HttpResponseRedirect(reverse("mfa_index"))


class IdleMiddleware:
    """Moves the end of a session to SESSION_COOKIE_AGE after the last request, within SESSION_LIFETIME of the log-in.

    For staff, STAFF_SESSION_AGE and STAFF_SESSION_LIFETIME count.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # Reading the user would cost anonymous requests a query; after a log-out the session is another.
        if request.session.session_key and request.session.accessed and request.user.is_authenticated:
            self.renew(request.session, request.user)
        return response

    def renew(self, session: SessionBase, user: User) -> None:
        left = seconds_left(session, user)
        end_is_right = abs(session.get_expiry_age() - left) < RENEWAL_SECONDS
        if end_is_right and time.time() - seen_at(session, user) < RENEWAL_SECONDS:
            return
        try:
            UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=timezone.now())
        except Error as error:
            if not is_outage(error):
                raise
            return
        note_request(session, user)
        session.setdefault(LOGGED_IN_KEY, int(time.time()))
        # As a timedelta, because a number of seconds would start again with each write of the session.
        session.set_expiry(timedelta(seconds=left))


def seconds_left(session: SessionBase, user: User) -> float:
    age, lifetime = settings.SESSION_COOKIE_AGE, settings.SESSION_LIFETIME
    if user.is_staff and settings.STAFF_SESSION_AGE:
        age, lifetime = settings.STAFF_SESSION_AGE, settings.STAFF_SESSION_LIFETIME
    now = time.time()
    return min(age, session.get(LOGGED_IN_KEY, now) + lifetime - now)


class DeviceMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "reset_user", None)
        if not user and request.session.session_key and request.session.accessed and request.user.is_authenticated:
            user = request.user
        if user:
            set_device_cookie(request, response, user)
        return response


@receiver(user_logged_in)
def note_login(request: HttpRequest, **kwargs) -> None:
    request.session[LOGGED_IN_KEY] = int(time.time())


@receiver(password_reset)
def note_reset(request: HttpRequest, user: User, **kwargs) -> None:
    request.reset_user = user  # type: ignore[attr-defined]
