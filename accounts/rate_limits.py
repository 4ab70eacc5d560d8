import hashlib
import ipaddress
import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import choice

from allauth.account.adapter import get_adapter

# allauth has no public way to tell when a limit allows the next attempt.
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.db import Error
from django.http import HttpRequest
from django.utils.module_loading import import_string

from accounts.cache import RedisError
from accounts.devices import find_device
from accounts.models import User
from core.outages import is_outage

logger = logging.getLogger(__name__)

APPS = ("allauth.account", "allauth.mfa")
DEFAULT_SECONDS = 60
# One subscriber has the whole network.
IPV6_PREFIX = 64


class RateLimitExceeded(Exception):
    """`sentence` says what the limit is for. A limit without one keeps accounts safe."""

    def __init__(self, seconds: float, sentence: str = "") -> None:
        super().__init__(f"Wait {seconds:.0f} seconds.")
        self.seconds = seconds
        self.sentence = sentence


@dataclass(frozen=True)
class Limit:
    """`add` takes a slot atomically, so simultaneous requests cannot exceed the limit."""

    name: str
    amount: int
    seconds: int
    sentence: str = ""

    def consume(self, key: str) -> str:
        """Return the slot taken, or raise RateLimitExceeded."""
        slots = self.slots(key)
        taken = cache.get_many(slots)
        for slot in slots:
            if slot not in taken and self.take(slot):
                return slot
        free_again = min(cache.get_many(slots).values(), default=0)
        raise RateLimitExceeded(max(free_again - time.time(), 1), self.sentence)

    def slots(self, key: str) -> list[str]:
        digest = hashlib.sha256(key.encode(errors="replace")).hexdigest()
        return [f"limit:{self.name}:{digest}:{number}" for number in range(self.amount)]

    def take(self, slot: str) -> bool:
        return cache.add(slot, time.time() + self.seconds, self.seconds)


class AddressLimit(Limit):
    """A limit for each network address. LIMITS=0 turns it off."""

    def consume(self, key: str) -> str:
        return super().consume(key) if settings.LIMITS else ""


class SearchLimit(AddressLimit):
    """Tries a random slot first: it is nearly always free, and costs one query."""

    def consume(self, key: str) -> str:
        slot = choice(self.slots(key))
        return slot if settings.LIMITS and self.take(slot) else super().consume(key)


# Per account, from all unknown browsers together; and from each browser that was logged in before.
FAILURES_PER_ACCOUNT = Limit("account", 5, 5 * 60)
FAILURES_PER_BROWSER = Limit("browser", 5, 5 * 60)
# Per network address. After the failures of an hour there is one a minute, so that nobody waits longer for others.
FAILURES_PER_ADDRESS = AddressLimit("address", 10, 60)
FAILURES_PER_ADDRESS_HOURLY = AddressLimit("address-hour", 100, 60 * 60)
FAILURES_PER_ADDRESS_AFTERWARDS = AddressLimit("address-slow", 1, 60)
# All attempts, also successful ones, because each costs a hash.
ATTEMPTS_PER_BROWSER = Limit("tries", 30, 60)
ATTEMPTS_PER_ADDRESS = AddressLimit("tries", 30, 60)
SIGNUPS_PER_ADDRESS = AddressLimit("sign-ups", 20, 60 * 60)
RESETS_PER_ADDRESS = AddressLimit("resets", 20, 60 * 60)
RESETS_PER_MAILBOX = Limit("mailbox-resets", 5, 24 * 60 * 60)
REPORTS_PER_ADDRESS = AddressLimit(
    "address-reports", 3, 24 * 60 * 60, "From one network, we take at most 3 reports a day without a log-in."
)
SEARCHES_PER_ADDRESS = SearchLimit(
    "address-searches",
    50,
    10,
    "To keep the site fast for everyone, we answer only so many searches at once from a network.",
)
# Each is mailed.
FACTORS_PER_PERSON = Limit("factors", 20, 60 * 60)
# Each reads all that the person ever wrote or was told.
EXPORTS_PER_PERSON = Limit(
    "exports", 20, 60 * 60, "You’ve downloaded your data 20 times within an hour, and that’s the most."
)


class LoginAttempt:
    """Counted as a failure before anything is hashed, until it is released."""

    def __init__(self, request: HttpRequest, name: str, user: User | None) -> None:
        self.slots: list[str] = []
        address = network_address(request)
        browser = user and find_device(request, user)
        try:
            if browser:
                self.slots.append(FAILURES_PER_BROWSER.consume(f"{name} {browser}"))
                ATTEMPTS_PER_BROWSER.consume(browser)
            else:
                # One by one: if a limit is reached, the slots of the others are released.
                self.slots.append(FAILURES_PER_ACCOUNT.consume(name))
                self.slots.append(FAILURES_PER_ADDRESS.consume(address))
                self.slots.append(consume_hourly(address))
                ATTEMPTS_PER_ADDRESS.consume(address)
        except RateLimitExceeded:
            self.release()
            raise

    def release(self) -> None:
        cache.delete_many([slot for slot in self.slots if slot])


def consume_hourly(address: str) -> str:
    try:
        return FAILURES_PER_ADDRESS_HOURLY.consume(address)
    except RateLimitExceeded:
        return FAILURES_PER_ADDRESS_AFTERWARDS.consume(address)


def count_search(request: HttpRequest) -> None:
    if request.META["QUERY_STRING"]:
        with answered_in_any_case("A search"):
            SEARCHES_PER_ADDRESS.consume(network_address(request))


def count_export(person: User) -> None:
    with answered_in_any_case("An export"):
        EXPORTS_PER_PERSON.consume(f"{person.pk}")


@contextmanager
def answered_in_any_case(what: str) -> Iterator[None]:
    """What cannot be counted goes on: people can read while the database cannot be written."""
    try:
        yield
    except (Error, RedisError) as error:
        if not (is_outage(error) or isinstance(error, RedisError)):
            raise
        logger.warning("%s could not be counted: %s", what, type(error).__name__)


def network_address(request: HttpRequest) -> str:
    address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False) if address.version == 6 else address)


def seconds_to_wait(request: HttpRequest) -> int:
    return math.ceil(max(waiting_times(request), default=DEFAULT_SECONDS))


def waiting_times(request: HttpRequest) -> Iterator[float]:
    now, rates = time.time(), dict(cache_keys(request))
    for cache_key, tried in cache.get_many(rates).items():
        rate = rates[cache_key]
        tries = [moment for moment in tried if moment > now - rate.duration]
        if len(tries) >= rate.amount:
            yield tries[rate.amount - 1] + rate.duration - now


def cache_keys(request: HttpRequest) -> Iterator[tuple[str, ratelimit.Rate]]:
    for app in APPS:
        for action in import_string(f"{app}.app_settings.RATE_LIMITS"):
            for rate in ratelimit.get_rates(app=app, action=action):
                if rate.per == "ip" or (rate.per == "user" and request.user.is_authenticated):
                    yield ratelimit.get_cache_key(request, app=app, action=action, rate=rate), rate
