"""A line in the log for each log-in, each try that failed, each log-out, and each change of what lets somebody in.

It names the account by its number, and never says what was typed.
"""

import logging

from allauth.account.authentication import get_authentication_records
from allauth.account.signals import authentication_step_completed, password_changed, password_reset, password_set
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
    authenticator_added: "Account %s added a second factor",
    authenticator_removed: "Account %s removed a second factor",
    authenticator_reset: "Account %s made new recovery codes",
}


@receiver(user_logged_in)
def log_login(request: HttpRequest, user: User, **kwargs) -> None:
    request.META["REMOTE_USER"] = user.pk
    steps = [step.get("type", step["method"]) for step in get_authentication_records(request, user)]
    ways = " and ".join(dict.fromkeys(steps))
    logger.info("Account %s logged in by %s", user.pk, ways, extra={"request": request})


def log_token(request: HttpRequest, user: User) -> None:
    logger.info("Account %s logged in for an access token", user.pk, extra={"request": request})


@receiver(authentication_step_completed)
def log_another_proof(
    request: HttpRequest, user: User, method: str, type: str = "", reauthenticated: bool = False, **kwargs
) -> None:
    if reauthenticated:
        logger.info("Account %s was asked again, and passed by %s", user.pk, type or method, extra={"request": request})


def log_failure(request: HttpRequest, user: User | None, way: str) -> None:
    """Without a user, nobody has the name that was typed."""
    account = f"account {user.pk}" if user else "no account"
    logger.warning("A try to get into %s by %s failed", account, way, extra={"request": request})


@receiver(user_logged_out)
def log_logout(request: HttpRequest, user: User | None, **kwargs) -> None:
    if user:
        logger.info("Account %s logged out", user.pk, extra={"request": request})


@receiver(list(CHANGES))
def log_change(signal: Signal, request: HttpRequest, user: User, **kwargs) -> None:
    logger.info(CHANGES[signal], user.pk, extra={"request": request})
