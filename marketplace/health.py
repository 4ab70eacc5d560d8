"""What is wrong with what the site stands on, in a word."""

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

WELL = "ok"
# What SQLite needs beside the database for what is written next.
LEAST_FREE = 1_000_000


def state() -> str:
    """The first thing that is wrong, without a detail, because anybody may ask."""
    try:
        if not migrations_of_the_code() <= MigrationRecorder(connection).applied_migrations().keys():
            return "migrations missing"
        if fault := sqlite_fault() if connection.vendor == "sqlite" else postgresql_fault():
            return fault
        return WELL if caches["default"].get("health", True) else "cache away"
    except RedisError:
        return "cache away"
    except Error:
        return "database away"


def postgresql_fault() -> str:
    """A standby, or a database that was set so, answers but cannot be written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only')")
        return "database read-only" if cursor.fetchone()[0] == "on" else ""


def sqlite_fault() -> str:
    """The log is written beside the file, so that the folder has to be writable too."""
    file = Path(connection.settings_dict["NAME"]).absolute()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only")
        is_read_only = cursor.fetchone()[0]
    if is_read_only or not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        return "database read-only"
    room = os.statvfs(file.parent)
    return "disk full" if room.f_bavail * room.f_frsize < LEAST_FREE else ""


@cache
def migrations_of_the_code() -> set[tuple[str, str]]:
    """App and name of every migration that this code comes with; read once a process, because files take their time."""
    return set(MigrationLoader(None).disk_migrations)


@never_cache
@login_not_required
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is touched."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 if the site can do all that it is for, else 503 with what is wrong in a word."""
    found = state()
    return HttpResponse(found, content_type="text/plain", status=200 if found == WELL else 503)
