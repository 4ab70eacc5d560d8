"""A line in the log for each log-in, failed try, log-out and change of credentials, without what was typed."""

import logging

from allauth.account.authentication import get_authentication_records
from allauth.account.signals import (
    authentication_step_completed,
    email_changed,
    password_changed,
    password_reset,
    password_set,
)
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from accounts.models import User

logger = logging.getLogger(__name__)

CHANGES = {
    password_changed: "Account %s changed its password",
    password_set: "Account %s set its first password",
    password_reset: "Account %s reset its password by mail",
    email_changed: "Account %s changed its e-mail address",
    authenticator_added: "Account %s added a second factor",
    authenticator_removed: "Account %s removed a second factor",
    authenticator_reset: "Account %s made new recovery codes",
}
# What allauth calls them differently.
WAYS = {"totp": "code", "recovery_codes": "recovery code", "webauthn": "passkey"}


def note_account(request: HttpRequest, pk: int | None) -> None:
    """The log names the account in every line about this request."""
    request.META["REMOTE_USER"] = pk


@receiver(user_logged_in)
def log_login(request: HttpRequest, user: User, **kwargs) -> None:
    note_account(request, user.pk)
    steps = [step.get("type", step["method"]) for step in get_authentication_records(request, user)]
    ways = " and ".join(dict.fromkeys(WAYS.get(step, step) for step in steps))
    logger.info("Account %s logged in by %s", user.pk, ways, extra={"request": request})


def log_token(request: HttpRequest, user: User) -> None:
    note_account(request, user.pk)
    logger.info("Account %s logged in for an access token", user.pk, extra={"request": request})


@receiver(authentication_step_completed)
def log_another_proof(
    request: HttpRequest, user: User, method: str, type: str = "", reauthenticated: bool = False, **kwargs
) -> None:
    if reauthenticated:
        way = WAYS.get(type or method, type or method)
        logger.info("Account %s proved itself again by %s", user.pk, way, extra={"request": request})


def log_first_step(request: HttpRequest, user: User) -> None:
    """The right password alone is no log-in for a person with a second factor."""
    logger.info("Account %s entered its password again, before a code", user.pk, extra={"request": request})


def log_failure(request: HttpRequest, user: User | None, way: str) -> None:
    """Without a user, the name that was typed is nobody's."""
    account = f"account {user.pk}" if user else "an unknown account"
    logger.warning("Wrong %s for %s", way, account, extra={"request": request})


@receiver(user_logged_out)
def log_logout(request: HttpRequest, user: User | None, **kwargs) -> None:
    if user:
        logger.info("Account %s logged out", user.pk, extra={"request": request})


@receiver(list(CHANGES))
def log_change(signal: Signal, request: HttpRequest, user: User, **kwargs) -> None:
    logger.info(CHANGES[signal], user.pk, extra={"request": request})
