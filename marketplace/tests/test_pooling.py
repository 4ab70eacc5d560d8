"""Connections to PostgreSQL that are kept, pooled, or lent by PgBouncer; and the database ends all of them."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from marketplace.tests.processes import HERE, PRODUCTION, copy_code, free_port, get, gunicorn, manage, running
from marketplace.tests.production import POSTGRESQL
from marketplace.tests.rounds import rounds

pytestmark = pytest.mark.slow

WORKERS, PEOPLE = 2, 8
# PgBouncer hands a connection to whoever comes next, with whatever the last one set. docs/operations.md has this line.
LIMITS = "connect_query='SET lock_timeout = 3000; SET statement_timeout = 5000; SET jit = off'"


# Each way, with a pool of ours and without one; the other two pairs are thorough.
EACH_WAY = pytest.mark.parametrize(
    ("mode", "pool"),
    [
        ("direct", ""),
        ("direct", "4"),
        ("session", "4"),
        ("transaction", ""),
        pytest.param("session", "", marks=pytest.mark.thorough),
        pytest.param("transaction", "4", marks=pytest.mark.thorough),
    ],
)


@pytest.fixture(scope="module")
def site():
    """A folder with the code, beside a cluster of its own that has the tables."""
    if not (shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")):
        pytest.skip("no PgBouncer is installed")
    # Sockets need a short name, and the user who runs PostgreSQL has to come by.
    with tempfile.TemporaryDirectory(prefix="swept-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        copy_code(folder / "code")
        with cluster(folder / "pg") as scratch:
            install(folder / "code", scratch)
            yield folder


@contextmanager
def cluster(scratch):
    """PostgreSQL in that folder, until the end of the block."""
    scratch.mkdir()
    try:
        run_script(scratch, "start")
        yield scratch
    finally:
        run_script(scratch, "stop")


def run_script(scratch, what):
    done = subprocess.run(["sh", "-c", POSTGRESQL, "sh", str(HERE), str(scratch), what], stdout=subprocess.DEVNULL)
    assert done.returncode == 0


def install(code, scratch):
    variables = PRODUCTION | {"HTTPS": "0", "PORT": str(free_port()), "WEB_CONCURRENCY": str(WORKERS)}
    variables |= {"DATABASE_URL": f"postgres://postgres@{quote(str(scratch), safe='')}/postgres"}
    (code / ".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    for command in ("migrate", "collectstatic --noinput"):
        assert manage(code, *command.split()).returncode == 0


@contextmanager
def route(site, mode):
    """The address of the database by this way: its socket, or a PgBouncer that is set as the docs say."""
    scratch = site / "pg"
    if mode == "direct":
        yield f"postgres://postgres@{quote(str(scratch), safe='')}/postgres"
        return
    port, config = free_port(), site / "pgbouncer.ini"
    config.write_text(
        f"[databases]\npostgres = host={scratch} user=postgres {LIMITS if mode == 'transaction' else ''}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        f"pool_mode = {mode}\nserver_login_retry = 1\n"
    )
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    as_nobody = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}

    def listens():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    with running([program, str(config)], listens, site / "pgbouncer.log", **as_nobody):
        cursors = "?disable_server_side_cursors=1" if mode == "transaction" else ""
        yield f"postgres://swept@127.0.0.1:{port}/postgres{cursors}"


def end_all_connections(site):
    """As a restart of the database does; each has ended when this returns, as before a database comes back."""
    with psycopg.connect(f"host={site / 'pg'} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


@EACH_WAY
def test_after_a_restart_of_the_database_each_process_says_busy_once_at_most(site, mode, pool):
    port = free_port()
    with route(site, mode) as url, gunicorn(
        site / "code", port, DATABASE_URL=url, DB_POOL_MAX=pool, PORT=str(port), LIMITS="0"
    ), ThreadPoolExecutor(PEOPLE) as people:  # fmt: skip
        for number in range(1 + rounds(3, full=20)):
            pages = ["/healthz", f"/cleanings/?q=word{number}"] * PEOPLE
            answers = list(people.map(lambda page: get(port, page)[0], pages))
            assert answers.count(200) + answers.count(503) == len(answers)
            assert answers.count(503) <= (WORKERS if number else 0)
            end_all_connections(site)


LOOK = """
import django; django.setup()
from django.db import connection
with connection.cursor() as cursor:
    for name in ("lock_timeout", "statement_timeout", "jit"):
        cursor.execute(f"SHOW {name}")
        print(*cursor.fetchone())
"""


@EACH_WAY
def test_the_limits_hold_by_each_way(site, mode, pool):
    with route(site, mode) as url:
        environ = {"PATH": os.environ["PATH"], "DATABASE_URL": url, "DB_POOL_MAX": pool}
        environ |= {"DJANGO_SETTINGS_MODULE": "marketplace.settings"}
        result = subprocess.run(
            [sys.executable, "-c", LOOK], cwd=site / "code", env=environ, capture_output=True, text=True
        )
    assert (result.stdout, result.stderr) == ("3s\n5s\noff\n", "")
