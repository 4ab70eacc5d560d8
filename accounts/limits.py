"""When the limits that allauth counts let somebody try again."""

import math
import time
from collections.abc import Iterator

from allauth.account.internal.stagekit import unstash_login
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.module_loading import import_string

from accounts.adapter import login_key
from accounts.addresses import normalize_email

APPS = ("allauth.account", "allauth.mfa")
# Where it cannot be told which limit was reached, as when a lock of the cache was not to be had.
DEFAULT_SECONDS = 60


def seconds_to_wait(request: HttpRequest) -> int:
    """How long until each limit that this person stands at lets another try pass."""
    return math.ceil(max(waits(request), default=DEFAULT_SECONDS))


def waits(request: HttpRequest) -> Iterator[float]:
    """The seconds of each limit that is reached."""
    now = time.time()
    for cache_key, rate in cache_keys(request):
        tries = [moment for moment in cache.get(cache_key, []) if moment > now - rate.duration]
        if len(tries) >= rate.amount:
            yield tries[rate.amount - 1] + rate.duration - now


def cache_keys(request: HttpRequest) -> Iterator[tuple[str, ratelimit.Rate]]:
    """Where allauth keeps the tries of this network address, account and mailbox, by each of its limits."""
    keys = list(names_in(request))
    for app in APPS:
        for action in import_string(f"{app}.app_settings.RATE_LIMITS"):
            for rate in ratelimit.get_rates(app=app, action=action):
                if rate.per == "user" and not request.user.is_authenticated:
                    continue
                for key in keys if rate.per == "key" else [None]:
                    yield ratelimit.get_cache_key(request, app=app, action=action, rate=rate, key=key), rate


def names_in(request: HttpRequest) -> Iterator[str]:
    """Under which names the tries of this request may be counted: the account's, the mailbox's."""
    login = unstash_login(request, peek=True)
    user = request.user if request.user.is_authenticated else login and login.user
    if user:
        yield from (login_key(user.username), f"mfa-auth-user-{user.pk}")
    if typed := request.POST.get("login"):
        yield login_key(typed)
    if email := request.POST.get("email"):
        yield normalize_email(email)
