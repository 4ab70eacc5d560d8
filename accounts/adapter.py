import ipaddress
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import DefaultAccountAdapter, get_adapter

# allauth has no public way to read the log-in that waits for a confirmed address.
from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY, REDIRECT_FIELD_NAME
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from accounts.email_addresses import email_is_one_plain_address, normalize_email, normalize_login
from accounts.models import User
from accounts.rate_limits import LoginAttempt
from accounts.reauthentication import choose_methods
from accounts.security_events import log_failure
from core.names import is_reserved_username

# The address of the next page goes into mails. That of a search with all filters is shorter than this.
MAX_NEXT_LENGTH = 500
CONFIRMATION_FAILED = "account/messages/email_confirmation_failed.txt"


def absolute_url(url: str) -> str:
    return settings.SITE_URL + urlsplit(url)._replace(scheme="", netloc="").geturl()


def email_context(context: dict) -> dict:
    links = {name: absolute_url(value) for name, value in context.items() if name.endswith("_url")}
    site = SimpleNamespace(name=settings.SITE_NAME, domain=urlsplit(settings.SITE_URL).netloc)
    return context | links | {"current_site": site, "site_url": settings.SITE_URL}


def next_path(request: HttpRequest) -> str:
    wanted = get_next_redirect_url(request)
    if not wanted and (login := unstash_login(request, peek=True)):
        wanted = login.redirect_url
    path = urlsplit(wanted or "")._replace(scheme="", netloc="").geturl()
    return path if len(path) <= MAX_NEXT_LENGTH and get_adapter(request).is_safe_url(path) else ""


def url_with_next(url: str, path: str) -> str:
    return f"{url}?{urlencode({REDIRECT_FIELD_NAME: path})}" if path else url


class AccountAdapter(DefaultAccountAdapter):
    """Names and links come from the settings, never from the Host header."""

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        super().send_mail(template_prefix, email, email_context(context))

    def write_reset_mail_to_nobody(self, email: str) -> None:
        """Write a mail that is never sent: the response time must not reveal that no account has the address."""
        key = f"1-{PasswordResetTokenGenerator().make_token(User(pk=0, email=email))}"
        context = {"username": "nobody", "password_reset_url": self.get_reset_password_from_key_url(key)}
        self.render_mail("account/email/password_reset_key", email, email_context(context))

    def send_notification_mail(self, template_prefix: str, user: User, context=None, email=None) -> None:
        super().send_notification_mail(template_prefix, user, {"user": user} | (context or {}), email)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation) -> str:
        return url_with_next(super().get_email_confirmation_url(request, emailconfirmation), next_path(request))

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation, signup: bool) -> None:
        """If another account has the address of this placeholder, its owner is mailed instead."""
        address = emailconfirmation.email_address
        holder = None if address.user.email else User.objects.filter(email__iexact=address.email).first()
        if not holder:
            super().send_confirmation_mail(request, emailconfirmation, signup)
        elif waiting := EmailAddress.objects.filter(user=holder, verified=False, primary=True).first():
            waiting.send_confirmation(request, signup=True)
        else:
            self.send_account_already_exists_mail(address.email)

    def clean_username(self, username: str, shallow: bool = False) -> str:
        if is_reserved_username(username):
            raise self.validation_error("username_blacklisted")
        return super().clean_username(username, shallow)

    def clean_email(self, email: str) -> str:
        email = normalize_email(email)
        email_is_one_plain_address(email)
        return email

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        return not email_address.primary

    @transaction.atomic
    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Also delete the unconfirmed accounts that were signed up with the address."""
        held = {"email__iexact": email_address.email}
        User.objects.delete_unreferenced(User.objects.unconfirmed().filter(**held).exclude(pk=email_address.user_id))
        if User.objects.filter(**held).exclude(pk=email_address.user_id).exists():
            self.add_message(request, messages.ERROR, CONFIRMATION_FAILED, {"email": email_address.email})
            return False
        return super().confirm_email(request, email_address)

    def pre_authenticate(self, request: HttpRequest, **credentials) -> None:
        name, user = find_account(credentials.get("email") or credentials.get("username", ""))
        self._tried, self._attempt = user, LoginAttempt(request, name, user)

    def authentication_failed(self, request: HttpRequest, **credentials) -> None:
        log_failure(request, self._tried, "password")

    def authenticate(self, request: HttpRequest, **credentials) -> User | None:
        user = super().authenticate(request, **credentials)
        if not user or not user.is_active:
            return None
        self._attempt.release()
        return user

    def reauthenticate(self, user: User, password: str) -> bool:
        """allauth's own method tries the e-mail address too, which costs a second hash."""
        found = self.authenticate(self.request, username=user.username, password=password)
        if found == user:
            self.keep_session(found)
        return found == user

    def keep_session(self, user: User) -> None:
        """A check of the password may have replaced its hash, to which sessions are bound."""
        self.request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()

    def get_client_ip(self, request: HttpRequest) -> str:
        """Falls back to the connecting address where no trusted proxy names a usable one."""
        try:
            return super().get_client_ip(request)
        except (ImproperlyConfigured, PermissionDenied):
            return self.get_remote_address(request)

    def get_remote_address(self, request: HttpRequest) -> str:
        try:
            return str(ipaddress.ip_address(request.META["REMOTE_ADDR"]))
        except ValueError:
            # A Unix socket has no address.
            return "0.0.0.0"  # noqa: S104

    def get_reauthentication_methods(self, user) -> list[dict]:
        return choose_methods(self.request, user, super().get_reauthentication_methods(user))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:account")

    def is_safe_url(self, url: str | None) -> bool:
        try:
            return super().is_safe_url(url)
        except ValueError:
            return False


def find_account(typed: str) -> tuple[str, User | None]:
    # Where a password is asked for again, no form has cleaned the name.
    typed = normalize_login(typed).lower()
    user = User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed)).only("password").first()
    return (f"account {user.pk}" if user else typed), user
