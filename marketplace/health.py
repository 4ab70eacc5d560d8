import logging
import os
from functools import cache
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from accounts.cache import RedisError

logger = logging.getLogger(__name__)

OK = "ok"
LEAST_FREE = 1_000_000


def state() -> str:
    """The first fault, or OK; details are in the log alone, because anybody may ask."""
    try:
        if not migrations_in_code() <= MigrationRecorder(connection).applied_migrations().keys():
            return "migrations missing"
        fault = sqlite_fault() if connection.vendor == "sqlite" else postgresql_fault()
        if fault:
            return fault
        return OK if caches["default"].get("health", True) else "cache away"
    except RedisError as error:
        logger.warning("cache away: %s", error)
        return "cache away"
    except Error as error:
        logger.warning("database away: %s", error)
        return "database away"


def postgresql_fault() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only')")
        return "database read-only" if cursor.fetchone()[0] == "on" else ""


def sqlite_fault() -> str:
    file = Path(connection.settings_dict["NAME"]).absolute()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only")
        is_read_only = cursor.fetchone()[0]
    # SQLite writes its log beside the file, so the folder has to be writable too.
    if is_read_only or not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        return "database read-only"
    room = os.statvfs(file.parent)
    return "disk full" if room.f_bavail * room.f_frsize < LEAST_FREE else ""


@cache
def migrations_in_code() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).disk_migrations)


@never_cache
@login_not_required
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    found = state()
    return HttpResponse(found, content_type="text/plain; charset=utf-8", status=200 if found == OK else 503)
