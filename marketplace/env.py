"""Reading the environment: each function gives a value that can be used, or stops the start with a sentence."""

import os
import re
from email.utils import getaddresses
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.utils.http import is_same_domain

from accounts.email_addresses import ascii_domain, normalize_email

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")


WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def flag(name: str, default: bool) -> bool:
    """A yes or no from the environment; a misspelt one is refused instead of being taken for a no."""
    value = env.str(name, "").strip().lower()
    if value and value not in WORDS:
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to 1 or 0.")
    return WORDS[value] if value else default


def whole_number(name: str, default: int, least: int = 0, most: int = 1000) -> int:
    """A number from the environment that lies between the two."""
    value = env.str(name, "").strip() or str(default)
    if not (value.isascii() and value.isdigit() and least <= int(value[:9]) <= most):
        raise ImproperlyConfigured(f"{name} is {value!r}; set it to a whole number from {least} to {most}.")
    return int(value)


def one_of(name: str, default: str, choices) -> str:
    """A word from the environment that has to be among the choices."""
    value = env.str(name, "").strip() or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}, which is not known here.")
    return value


def parsed(name: str, url: str, parse) -> Any:
    """What an address in the environment says, or the sentence that it says nothing; never the address itself."""
    try:
        return parse(url)
    except Exception as error:
        raise ImproperlyConfigured(f"{name} is no address that can be used; see .env.example.") from error


LABEL = "(?!-)[a-z0-9_-]{1,63}(?<!-)"
NAME_OF_HOST = re.compile(rf"{LABEL}(\.{LABEL})*")


def is_host(value: str) -> bool:
    """Whether this is a name of a host, a number of version 4, or one of version 6 in brackets."""
    try:
        if value.startswith("["):
            return value.endswith("]") and ip_address(value[1:-1]).version == 6
        if value.rpartition(".")[2].isdigit():
            return ip_address(value).version == 4
    except ValueError:
        return False
    return len(value) <= 253 and bool(NAME_OF_HOST.fullmatch(value))


def host(name: str, value: str) -> str:
    """A host as browsers send it: in small letters, those of other scripts as `xn--`."""
    found = ascii_domain(value)
    if not is_host(found):
        raise ImproperlyConfigured(
            f"{name} names {value!r}, which is no host. Write it like swept.example, without https://, port, path or"
            " blanks."
        )
    return found


def hosts(name: str, values: str) -> list[str]:
    """Hosts with commas between them; one that begins with a point stands for all below it too."""
    found = [value.strip() for value in values.split(",") if value.strip()]
    return [f".{host(name, value[1:])}" if value.startswith(".") else host(name, value) for value in found]


def web_address(name: str, value: str, allowed_hosts: list[str]) -> str:
    """The address of a site of ours: scheme, host and port, and nothing else, as browsers name an origin."""
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
    return f"{scheme}://{found}" + (f":{port}" if port and port != {"http": 80, "https": 443}[scheme] else "")


def sender(name: str, value: str, default: str) -> str:
    """One e-mail address, with or without a name before it."""
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
            " with a comma in it stands in quotes."
        ) from None
    return value


def mail_server(name: str, url: str) -> dict:
    """How mail leaves, as Django's settings have it."""
    found = parsed(name, url, env.email_url_config)
    if {"?", "#"} & set(url):
        raise ImproperlyConfigured(
            f"{name} has a ? or # in it, and nothing can stand behind; write those as %3F and %23."
        )
    if url.startswith("smtps:"):
        raise ImproperlyConfigured(f"{name} says smtps, which is read in two ways. Write smtp+ssl:// or smtp+tls://.")
    if url.startswith("smtp"):
        found["EMAIL_HOST"] = host(name, found["EMAIL_HOST"] or "")
    return found


def database(name: str, url: str, pool_max: int) -> dict:
    """Where the data is. What stands behind the ? of the address wins over what the site would choose."""
    address, _, query = url.partition("?")
    if "#" in url:
        raise ImproperlyConfigured(f"{name} has a # in it; write it as %23.")
    options: dict[str, str] = {}
    for option, value in parse_qsl(query, keep_blank_values=True):
        if not value or options.setdefault(option.lower(), value) != value:
            raise ImproperlyConfigured(f"{name} says nothing or two things as {option}; say one.")
    parts = parsed(name, address, urlsplit)
    if parts.scheme == "sqlite":
        return sqlite(name, parts, options)
    if parts.scheme in {"postgres", "postgresql", "psql", "pgsql"}:
        return postgresql(name, parts, options, pool_max)
    raise ImproperlyConfigured(f"{name} names neither SQLite nor PostgreSQL; Swept runs on these two.")


def sqlite(name: str, parts, options: dict[str, str]) -> dict:
    """A file, in which a transaction takes the write lock when it begins, so that what a verb checks still holds when
    it writes.
    """
    path = unquote(parts.path[1:])
    if parts.netloc or not path or path == ":memory:":
        raise ImproperlyConfigured(f"{name} names no file. Write it like sqlite:////srv/swept/db.sqlite3.")
    # Of a folder that may not be looked into, pathlib raises.
    if os.path.isdir(path) or not os.path.isdir(os.path.dirname(os.path.abspath(path))):
        raise ImproperlyConfigured(f"{name} names {path!r}, which is a folder or lies in none that is there.")
    timeout = number(name, "timeout", options.pop("timeout", "20"))
    if options:
        raise unknown(name, next(iter(options)))
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        # A connection cannot be opened on a full disk. One that is open still reads.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": timeout,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
        },
        # A file, because the in-memory test database refuses a second connection that writes; one for each database,
        # so that tests can run beside each other.
        "TEST": {"NAME": str(Path(path).with_suffix(".test.sqlite3"))},
    }


HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::(\d*))?")
PARTS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
# What would otherwise show when the first page asks for a connection.
CHOICES = {
    "sslmode": {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
    "target_session_attrs": {"any", "read-write", "read-only", "primary", "standby", "prefer-standby"},
    "channel_binding": {"disable", "prefer", "require"},
    "gssencmode": {"disable", "prefer", "require"},
    "load_balance_hosts": {"disable", "random"},
}
NUMBERS = {"connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"}
FILES = {"sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile"}
# Django says for itself in which encoding it speaks.
NOT_TAKEN = {"client_encoding", "replication"}
PARAMETER = re.compile(r"(?:-c\s*|--)([A-Za-z_.-]+)\s*=")


def postgresql(name: str, parts, options: dict[str, str], pool_max: int) -> dict:
    """PostgreSQL over kept connections, or over a pool; both are checked before they are used."""
    from psycopg.pq import Conninfo

    login, _, place = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    path = unquote(parts.path[1:])
    # A socket's folder can stand before the name: postgres://swept@//run/postgresql/swept
    folder, _, path = path.rpartition("/") if path.startswith("/") else ("", "", path)
    places = [match for each in place.split(",") if (match := HOST_AND_PORT.fullmatch(each))]
    if len(places) != place.count(",") + 1:
        raise ImproperlyConfigured(f"{name} is no address that can be used; see .env.example.")
    found = {
        "NAME": path,
        "USER": unquote(user),
        "PASSWORD": unquote(password),
        "HOST": folder or ",".join(unquote(match[1]).strip("[]") for match in places),
        "PORT": ",".join(match[2] or "" for match in places).strip(","),
    }
    settings: dict = {"ENGINE": "marketplace.postgresql", "CONN_HEALTH_CHECKS": True}
    settings |= {"OPTIONS": {"connect_timeout": 3}, "CONN_MAX_AGE": 0 if pool_max else 600}
    known = {option.keyword.decode() for option in Conninfo.get_defaults()} - NOT_TAKEN
    for option, value in options.items():
        if part := PARTS.get(option):
            if found[part] not in {"", value}:
                raise ImproperlyConfigured(f"{name} says two things as {option}; say one.")
            found[part] = value
        elif option == "conn_max_age" and not pool_max:
            settings[option.upper()] = number(name, option, value)
        elif option in {"conn_health_checks", "disable_server_side_cursors"}:
            if value.lower() not in WORDS:
                raise ImproperlyConfigured(f"{name} says {option}, but neither 1 nor 0.")
            settings[option.upper()] = WORDS[value.lower()]
        elif option in {"pool", "conn_max_age"}:
            raise ImproperlyConfigured(f"{name} says {option}; set DB_POOL_MAX instead, for a pool, or leave it out.")
        elif option not in known:
            raise unknown(name, option)
        elif value not in CHOICES.get(option, {value}):
            raise ImproperlyConfigured(f"{name} says {option}, but not one of {', '.join(sorted(CHOICES[option]))}.")
        elif option in FILES and value != "system" and not os.access(value, os.R_OK):
            raise ImproperlyConfigured(f"{name} names a file as {option} that cannot be read.")
        else:
            settings["OPTIONS"][option] = number(name, option, value) if option in NUMBERS else value
    if not found["NAME"] and "service" not in options:
        raise ImproperlyConfigured(f"{name} names no database. Write it like postgres://swept:password@host/swept.")
    if len(found["NAME"].encode()) > 63:
        raise ImproperlyConfigured(f"{name} names a database by more than 63 letters, which none can have.")
    own_roots = os.environ.get("PGSSLROOTCERT") or Path("~/.postgresql/root.crt").expanduser().exists()
    if options.get("sslmode", "").startswith("verify-") and "sslrootcert" not in options and not own_roots:
        raise ImproperlyConfigured(f"{name} says sslmode, but not by which sslrootcert to verify. Name that file too.")
    for port in found["PORT"].split(","):
        if port and not (port.isascii() and port.isdigit() and 0 < int(port[:9]) < 65536):
            raise ImproperlyConfigured(f"{name} has a port that is none; set one from 1 to 65535.")
    # Compiling a query takes longer than any query of a page.
    parameters = {"lock_timeout": "3s", "statement_timeout": "5s", "jit": "off"}
    said = {parameter.replace("-", "_").lower() for parameter in PARAMETER.findall(options.get("options", ""))}
    settings["PARAMETERS"] = {parameter: value for parameter, value in parameters.items() if parameter not in said}
    if pool_max:
        settings["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool_max, "timeout": 5, "max_idle": 30}
    return settings | found


def number(name: str, option: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 9):
        raise ImproperlyConfigured(f"{name} says {option}, but not as a whole number.")
    return int(value)


def unknown(name: str, option: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} says {option} behind the ?, which nothing here knows. Take it out.")


def shared_cache(url: str) -> dict:
    """A cache in Redis, which answers within two seconds or is given up."""
    address = parsed("CACHE_URL", url, lambda url: {"scheme": urlsplit(url).scheme, "port": urlsplit(url).port})
    if address["scheme"] not in {"redis", "rediss", "unix"} or not (urlsplit(url).hostname or urlsplit(url).path):
        raise ImproperlyConfigured("CACHE_URL names no Redis. Set it like redis://host:6379/0, or leave it empty.")
    if not find_spec("redis"):
        raise ImproperlyConfigured("CACHE_URL is set, which takes a package: pip install 'redis>=6,<8'.")
    options = {"socket_connect_timeout": 2, "socket_timeout": 2}
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url, "OPTIONS": options}


def bucket(*, name: str, key: str, secret: str, region: str, endpoint: str, domain: str) -> tuple[dict, str]:
    """A storage in S3 whose files everybody may read, and the origin from which browsers do."""
    needed = {
        "AWS_STORAGE_BUCKET_NAME": name,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_S3_REGION_NAME or AWS_S3_ENDPOINT_URL": region or endpoint,
    }
    if missing := [variable for variable, value in needed.items() if not value]:
        raise ImproperlyConfigured(f"{missing[0]} is not set, though others of AWS_* are. Set all that it takes.")
    server = urlsplit(endpoint or f"https://{name}.s3.{region}.amazonaws.com")
    if server.scheme not in {"http", "https"} or not server.hostname:
        raise ImproperlyConfigured("AWS_S3_ENDPOINT_URL is no web address. Set it like https://s3.example.org.")
    if not (find_spec("storages") and find_spec("boto3")):
        raise ImproperlyConfigured(
            "AWS_STORAGE_BUCKET_NAME is set, which takes a package: pip install 'django-storages[s3]>=1.14,<2'."
        )
    if domain:
        domain = host("AWS_S3_CUSTOM_DOMAIN", domain)
    scheme = "https" if domain else server.scheme
    place = domain or (f"{server.netloc}/{name}" if endpoint else server.netloc)
    options = {
        "bucket_name": name,
        "access_key": key,
        "secret_key": secret,
        "region_name": region or None,
        "endpoint_url": endpoint or None,
        # Addresses are put together from these, unsigned, and without asking the library for each.
        "custom_domain": place,
        "url_protocol": f"{scheme}:",
        "querystring_auth": False,
        # Names are random: nothing is overwritten, and nothing has to be looked for first.
        "file_overwrite": True,
        "object_parameters": {"CacheControl": "public, max-age=2592000, immutable"},
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}, f"{scheme}://{place.split('/')[0]}"
