"""DATABASE_URL as Django's settings; its query string overrides the site's defaults."""

import os
import re
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from marketplace.env import BOOLEANS, parse_url

POSTGRESQL_SCHEMES = {"postgres", "postgresql", "psql", "pgsql"}
HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::(\d*))?")
ADDRESS_OPTIONS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
# The driver would refuse another value only when it first connects.
CHOICES = {
    "sslmode": {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
    "target_session_attrs": {"any", "read-write", "read-only", "primary", "standby", "prefer-standby"},
    "channel_binding": {"disable", "prefer", "require"},
    "gssencmode": {"disable", "prefer", "require"},
    "load_balance_hosts": {"disable", "random"},
}
NUMBERS = {"connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"}
FILES = {"sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile"}
# Django sets the encoding itself.
REFUSED = {"client_encoding", "replication"}
# No jit: compiling a query takes longer than running any query of a page.
DEFAULT_PARAMETERS = {"lock_timeout": "3s", "statement_timeout": "5s", "jit": "off"}
PARAMETER = re.compile(r"(?:-c\s*|--)([A-Za-z_.-]+)\s*=")


def database_config(name: str, url: str, pool_max: int) -> dict:
    """Raises ImproperlyConfigured for a URL that cannot be used; `pool_max` of 0 means no pool."""
    address, _, query = url.partition("?")
    if "#" in url:
        raise ImproperlyConfigured(f"{name} has a # in it; write it as %23.")
    options = read_options(name, query)
    parts = parse_url(name, address, urlsplit)
    if parts.scheme == "sqlite":
        return sqlite_config(name, parts, options)
    if parts.scheme in POSTGRESQL_SCHEMES:
        return postgresql_config(name, parts, options, pool_max)
    raise ImproperlyConfigured(f"{name} names neither SQLite nor PostgreSQL; Swept runs on these two.")


def read_options(name: str, query: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for option, value in parse_qsl(query, keep_blank_values=True):
        if not value or options.setdefault(option.lower(), value) != value:
            raise ImproperlyConfigured(f"{name} says nothing or two things as {option}; say one.")
    return options


def sqlite_config(name: str, parts: SplitResult, options: dict[str, str]) -> dict:
    path = unquote(parts.path[1:])
    if parts.netloc or not path or path == ":memory:":
        raise ImproperlyConfigured(f"{name} names no file. Write it like sqlite:////srv/swept/db.sqlite3.")
    # Unlike pathlib, this does not raise for a folder without permission.
    if os.path.isdir(path) or not os.path.isdir(os.path.dirname(os.path.abspath(path))):
        raise ImproperlyConfigured(f"{name} names {path!r}, which is a folder or lies in none that is there.")
    timeout = integer_option(name, "timeout", options.get("timeout", "20"))
    refuse_unknown(name, options, known={"timeout"})
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        # A connection cannot be opened on a full disk; an open one still reads.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # Each transaction takes the write lock when it begins: what a verb checks still holds when it writes.
            "transaction_mode": "IMMEDIATE",
            "timeout": timeout,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
        },
        # A file, because the in-memory test database refuses a second writer; one for each database, for parallel runs.
        "TEST": {"NAME": str(Path(path).with_suffix(".test.sqlite3"))},
    }


def postgresql_config(name: str, parts: SplitResult, options: dict[str, str], pool_max: int) -> dict:
    config: dict = {
        "ENGINE": "marketplace.postgresql",
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0 if pool_max else 600,
        "OPTIONS": {"connect_timeout": 3},
        **postgresql_address(name, parts),
    }
    for option, value in options.items():
        if option in ADDRESS_OPTIONS:
            set_address_part(name, config, option, value)
        elif option == "pool" or (option == "conn_max_age" and pool_max):
            raise ImproperlyConfigured(f"{name} says {option}; set DB_POOL_MAX instead, for a pool, or leave it out.")
        elif option == "conn_max_age":
            config["CONN_MAX_AGE"] = integer_option(name, option, value)
        elif option in {"conn_health_checks", "disable_server_side_cursors"}:
            config[option.upper()] = boolean_option(name, option, value)
        else:
            config["OPTIONS"][option] = driver_option(name, option, value)
    check_address(name, config, options)
    check_certificates(name, options)
    parameters = {parameter.replace("-", "_").lower() for parameter in PARAMETER.findall(options.get("options", ""))}
    config["PARAMETERS"] = {key: value for key, value in DEFAULT_PARAMETERS.items() if key not in parameters}
    if pool_max:
        config["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool_max, "timeout": 5, "max_idle": 30}
    return config


def postgresql_address(name: str, parts: SplitResult) -> dict[str, str]:
    """A socket's folder can precede the database's name, as in postgres://swept@//run/postgresql/swept."""
    login, _, location = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    folder, database = "", unquote(parts.path[1:])
    if database.startswith("/"):
        folder, _, database = database.rpartition("/")
    places = [HOST_AND_PORT.fullmatch(place) for place in location.split(",")]
    hosts, ports = [], []
    for place in places:
        if place is None:
            raise ImproperlyConfigured(f"{name} is no address that can be used; see .env.example.")
        hosts.append(unquote(place[1]).strip("[]"))
        ports.append(place[2] or "")
    return {
        "NAME": database,
        "USER": unquote(user),
        "PASSWORD": unquote(password),
        "HOST": folder or ",".join(hosts),
        "PORT": ",".join(ports).strip(","),
    }


def set_address_part(name: str, config: dict, option: str, value: str) -> None:
    part = ADDRESS_OPTIONS[option]
    if config[part] not in {"", value}:
        raise ImproperlyConfigured(f"{name} says two things as {option}; say one.")
    config[part] = value


def driver_option(name: str, option: str, value: str) -> str | int:
    from psycopg.pq import Conninfo

    known = {known.keyword.decode() for known in Conninfo.get_defaults()} - REFUSED
    refuse_unknown(name, {option: value}, known)
    if option in CHOICES and value not in CHOICES[option]:
        raise ImproperlyConfigured(f"{name} says {option}, but not one of {', '.join(sorted(CHOICES[option]))}.")
    if option in FILES and value != "system" and not os.access(value, os.R_OK):
        raise ImproperlyConfigured(f"{name} names a file as {option} that cannot be read.")
    return integer_option(name, option, value) if option in NUMBERS else value


def check_address(name: str, config: dict, options: dict[str, str]) -> None:
    if not config["NAME"] and "service" not in options:
        raise ImproperlyConfigured(f"{name} names no database. Write it like postgres://swept:password@host/swept.")
    if len(config["NAME"].encode()) > 63:
        raise ImproperlyConfigured(f"{name} names a database by more than 63 letters, which none can have.")
    for port in config["PORT"].split(","):
        if port and not (port.isascii() and port.isdigit() and 0 < int(port[:9]) < 65536):
            raise ImproperlyConfigured(f"{name} has a port that is none; set one from 1 to 65535.")


def check_certificates(name: str, options: dict[str, str]) -> None:
    has_own_root = os.environ.get("PGSSLROOTCERT") or Path("~/.postgresql/root.crt").expanduser().exists()
    if options.get("sslmode", "").startswith("verify-") and "sslrootcert" not in options and not has_own_root:
        raise ImproperlyConfigured(f"{name} says sslmode, but not by which sslrootcert to verify. Name that file too.")


def integer_option(name: str, option: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 9):
        raise ImproperlyConfigured(f"{name} says {option}, but not as a whole number.")
    return int(value)


def boolean_option(name: str, option: str, value: str) -> bool:
    if value.lower() not in BOOLEANS:
        raise ImproperlyConfigured(f"{name} says {option}, but neither 1 nor 0.")
    return BOOLEANS[value.lower()]


def refuse_unknown(name: str, options: dict[str, str], known: set[str]) -> None:
    for option in options:
        if option not in known:
            raise ImproperlyConfigured(f"{name} says {option} behind the ?, which nothing here knows. Take it out.")
