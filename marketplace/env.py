"""Reading the environment: each function returns a value that can be used, or raises ImproperlyConfigured."""

import re
from collections.abc import Callable, Container
from email.utils import getaddresses, parseaddr
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.utils.http import is_same_domain

from accounts.email_addresses import ascii_domain, normalize_email

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

INSTALL = "pip install --require-hashes --requirement requirements-optional.txt"
BOOLEANS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def boolean(name: str, default: bool) -> bool:
    """A misspelt value is refused instead of being taken for False."""
    value = env.str(name, "").strip().lower()
    if value and value not in BOOLEANS:
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to 1 or 0.")
    return BOOLEANS[value] if value else default


def integer(name: str, default: int, least: int = 0, most: int = 1000) -> int:
    value = env.str(name, "").strip() or str(default)
    if not (value.isascii() and value.isdigit() and least <= int(value[:9]) <= most):
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to a whole number from {least} to {most}.")
    return int(value)


def choice(name: str, default: str, choices: Container[str]) -> str:
    value = env.str(name, "").strip() or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}, which is not known here.")
    return value


def parse_url(name: str, url: str, parse: Callable[[str], Any]) -> Any:
    """The error does not quote the URL, which may hold a password."""
    try:
        return parse(url)
    except Exception as error:
        raise ImproperlyConfigured(f"{name} is no address that can be used; see .env.example.") from error


LABEL = "(?!-)[a-z0-9_-]{1,63}(?<!-)"
HOST_NAME = re.compile(rf"{LABEL}(\.{LABEL})*")


def is_host(value: str) -> bool:
    try:
        if value.startswith("["):
            return value.endswith("]") and ip_address(value[1:-1]).version == 6
        if value.rpartition(".")[2].isdigit():
            return ip_address(value).version == 4
    except ValueError:
        return False
    return len(value) <= 253 and bool(HOST_NAME.fullmatch(value))


def host(name: str, value: str) -> str:
    """As browsers send it: lower case, other scripts as `xn--`."""
    found = ascii_domain(value)
    if not is_host(found):
        raise ImproperlyConfigured(
            f"{name} names {value!r}, which is no host. Write it like swept.example, without https://, port, path or"
            " blanks."
        )
    return found


def hosts(name: str, values: str) -> list[str]:
    found = [value.strip() for value in values.split(",") if value.strip()]
    return [f".{host(name, value[1:])}" if value.startswith(".") else host(name, value) for value in found]


DEFAULT_PORTS = {"http": 80, "https": 443}


def site_url(name: str, value: str, allowed_hosts: list[str]) -> str:
    try:
        parts = urlsplit(value)
        scheme, hostname, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        scheme, hostname, port = "", None, None
    if scheme not in {"http", "https"} or not hostname or port == 0:
        raise ImproperlyConfigured(f"{name} is no web address. Set it like https://swept.example.")
    if parts.path.strip("/") or "@" in parts.netloc or {"?", "#"} & set(value):
        raise ImproperlyConfigured(f"{name} has more than a host in it. Set it like https://swept.example.")
    found = host(name, f"[{hostname}]" if ":" in hostname else hostname)
    if not any(is_same_domain(found, allowed) for allowed in allowed_hosts):
        raise ImproperlyConfigured(f"{name} is at {found}, which is not among ALLOWED_HOSTS. Add it there.")
    if port is None or port == DEFAULT_PORTS[scheme]:
        return f"{scheme}://{found}"
    return f"{scheme}://{found}:{port}"


def from_email(name: str, value: str, default: str) -> str:
    if not value:
        return default
    found = getaddresses([value])
    try:
        if len(found) != 1 or not value.isprintable() or ("<" in value) != (">" in value):
            raise ValidationError("")
        validate_email(normalize_email(found[0][1]))
    except ValidationError:
        raise ImproperlyConfigured(
            f"{name} is {value!r}, which is not one e-mail address. Set it like Swept <hello@swept.example>; a name"
            " with a comma in it needs quotes."
        ) from None
    return value


def contact_email(name: str, value: str) -> str:
    """Without the name, which the pages leave out; empty where none is set."""
    return parseaddr(from_email(name, value, ""))[1]


def email_config(name: str, url: str) -> dict:
    found = parse_url(name, url, env.email_url_config)
    if {"?", "#"} & set(url):
        raise ImproperlyConfigured(
            f"{name} has a ? or # in it, and nothing can stand behind; write those as %3F and %23."
        )
    if url.startswith("smtps:"):
        raise ImproperlyConfigured(f"{name} says smtps, which is read in two ways. Write smtp+ssl:// or smtp+tls://.")
    if url.startswith("smtp"):
        found["EMAIL_HOST"] = host(name, found["EMAIL_HOST"] or "")
    return found


def redis_cache(url: str) -> dict:
    parts = parse_url("CACHE_URL", url, urlsplit)
    # urlsplit takes a port that is no number, and fails when it is read.
    parse_url("CACHE_URL", url, lambda url: urlsplit(url).port)
    if parts.scheme not in {"redis", "rediss", "unix"} or not (parts.hostname or parts.path):
        raise ImproperlyConfigured("CACHE_URL names no Redis. Set it like redis://host:6379/0, or leave it empty.")
    if not find_spec("redis"):
        raise ImproperlyConfigured(f"CACHE_URL is set, which takes a package: {INSTALL}.")
    options = {"socket_connect_timeout": 2, "socket_timeout": 2}
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url, "OPTIONS": options}


def s3_storage(*, name: str, key: str, secret: str, region: str, endpoint: str, domain: str) -> tuple[dict, str]:
    needed = {
        "AWS_STORAGE_BUCKET_NAME": name,
        "AWS_S3_REGION_NAME or AWS_S3_ENDPOINT_URL": region or endpoint,
    }
    for variable, value in needed.items():
        if not value:
            raise ImproperlyConfigured(f"{variable} is not set, though others of AWS_* are. Set all that it takes.")
    if bool(key) != bool(secret):
        missing = "AWS_SECRET_ACCESS_KEY" if key else "AWS_ACCESS_KEY_ID"
        raise ImproperlyConfigured(f"{missing} is not set. Set both keys, or neither where the machine has a role.")
    server = urlsplit(endpoint or f"https://{name}.s3.{region}.amazonaws.com")
    if server.scheme not in {"http", "https"} or not server.hostname:
        raise ImproperlyConfigured("AWS_S3_ENDPOINT_URL is no web address. Set it like https://s3.example.org.")
    if not (find_spec("storages") and find_spec("boto3")):
        raise ImproperlyConfigured(f"AWS_STORAGE_BUCKET_NAME is set, which takes a package: {INSTALL}.")
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    if domain:
        domain = host("AWS_S3_CUSTOM_DOMAIN", domain)
    scheme = "https" if domain else server.scheme
    place = domain or (f"{server.netloc}/{name}" if endpoint else server.netloc)
    options = {
        "bucket_name": name,
        "access_key": key or None,
        "secret_key": secret or None,
        "region_name": region or None,
        "endpoint_url": endpoint or None,
        # boto3 would wait a minute, five times, and each photo that is asked for holds a thread meanwhile.
        "client_config": Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1}),
        "transfer_config": TransferConfig(num_download_attempts=1),
        # URLs are built from these, unsigned, without a call of the library for each.
        "custom_domain": place,
        "url_protocol": f"{scheme}:",
        "querystring_auth": False,
        # Names are random: no file is overwritten, and no request has to look for one first.
        "file_overwrite": True,
        "object_parameters": {"CacheControl": "public, max-age=2592000, immutable"},
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}, f"{scheme}://{place.split('/')[0]}"


def private_part(storage: dict) -> dict:
    """Objects of the same bucket that nobody has an address for: the site reads them by key, with its own rights."""
    hidden = {"custom_domain", "url_protocol", "querystring_auth"}
    options = {name: value for name, value in storage["OPTIONS"].items() if name not in hidden}
    options |= {"location": "private", "object_parameters": {"CacheControl": "private, no-store"}}
    return storage | {"OPTIONS": options}
