"""Backups of the database: written beside the last one and renamed; restored as a whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from django.db import DatabaseError, connection
from psycopg import pq
from psycopg.conninfo import make_conninfo

MAGIC = {"sqlite": b"SQLite format 3\0", "postgresql": b"PGDMP"}
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
SITE_TABLES = {"django_migrations", "accounts_user"}
LOCK_TIMEOUT = 10


class BackupError(Exception):
    """A sentence for the person at the command."""


def back_up(file: Path) -> None:
    """Changes the file only once the backup is complete and checked."""
    # The file that a link leads to is replaced, not the link.
    target = Path(os.path.realpath(file))
    database = current_database()
    with explain_os_errors(target):
        check_target(target, database)
    if not database.has_accounts():
        raise BackupError(
            f"{database.name} is not there or holds no accounts. Is it the right one? Nothing was written."
        )
    with explain_os_errors(target):
        descriptor, part = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        try:
            os.close(descriptor)
            database.dump(Path(part))
            database.check(Path(part))
            sync(Path(part))
            os.replace(part, target)
            sync(target.parent)
        finally:
            Path(part).unlink(missing_ok=True)


def restore(file: Path, *, replace: bool = False) -> None:
    database = current_database()
    with explain_os_errors(file):
        check_backup(file)
        database.check(file)
    if database.has_accounts() and not replace:
        raise BackupError(f"{database.name} holds accounts. To remove all that is in it first, use --replace.")
    database.load(file)


def check_target(target: Path, database: SQLite | PostgreSQL) -> None:
    """Raise where anything would be overwritten but a backup of the same kind of database."""
    if target.is_dir():
        raise BackupError(f"{target} is a folder. Name the file that the backup is to be written into.")
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}.")
    if not target.exists():
        return
    if not target.is_file():
        raise BackupError(f"{target} is no ordinary file.")
    kind = kind_of(target)
    if database.owns(target):
        raise BackupError(f"{target} is the database itself. Name another file.")
    if target.stat().st_size and not kind:
        raise BackupError(f"{target} exists and is no backup. Name another file, or remove it.")
    if kind and kind != database.kind:
        raise BackupError(
            f"{target} is a backup of {NAMES[kind]}, and DATABASE_URL names {NAMES[database.kind]}. "
            "Name another file, or mend DATABASE_URL."
        )


def check_backup(file: Path) -> None:
    if not file.exists():
        raise BackupError(f"There is no file {file}.")
    if not file.is_file():
        raise BackupError(f"{file} is no file." if not file.is_dir() else f"{file} is a folder.")
    if not file.stat().st_size:
        raise BackupError(f"{file} is empty.")
    kind = kind_of(file)
    if not kind:
        raise BackupError(f"{file} is no backup of a database.")
    if kind != connection.vendor:
        raise BackupError(f"{file} is a backup of {NAMES[kind]}, and DATABASE_URL names {NAMES[connection.vendor]}.")


def kind_of(file: Path) -> str:
    with file.open("rb") as opened:
        start = opened.read(16)
    for kind, magic in MAGIC.items():
        if start.startswith(magic):
            return kind
    return ""


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explain_os_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupError(f"{file}: {error.strerror or error}.") from error


def current_database() -> SQLite | PostgreSQL:
    return SQLite() if connection.vendor == "sqlite" else PostgreSQL()


class SQLite:
    """Copied by SQLite's own backup: the state of one moment, while others write on."""

    kind = "sqlite"

    def __init__(self) -> None:
        self.path = Path(connection.settings_dict["NAME"]).absolute()
        self.name = f"The database {self.path}"

    def owns(self, file: Path) -> bool:
        parts = [Path(f"{self.path}{end}") for end in ("", "-wal", "-shm", "-journal")]
        return any(part.exists() and part.samefile(file) for part in parts)

    def has_accounts(self) -> bool:
        if not self.path.exists():
            return False
        try:
            with closing(self.open(self.path, "rw")) as opened:
                tables = tables_of(opened)
                check_tables(tables, self.name)
                return bool(tables) and opened.execute("SELECT 1 FROM accounts_user LIMIT 1").fetchone() is not None
        except sqlite3.Error as error:
            raise BackupError(
                f"{self.name} cannot be read: {error}. Move it away, with the files that begin like it, to restore one."
            ) from error

    def dump(self, file: Path) -> None:
        try:
            with closing(self.open(self.path, "rw")) as source, closing(sqlite3.connect(file)) as target:
                source.backup(target)
                # Without a log beside it, the backup can be read from a folder in which nothing can be written.
                target.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            raise BackupError(f"No backup could be written: {error}.") from error

    def check(self, file: Path) -> None:
        try:
            with closing(self.open(file, "ro")) as opened:
                # Constraints may call functions that only Django defines.
                opened.execute("PRAGMA ignore_check_constraints = ON")
                found = opened.execute("PRAGMA quick_check(1)").fetchone()[0]
                tables = tables_of(opened)
        except sqlite3.Error as error:
            raise BackupError(f"{file} is damaged: {error}.") from error
        if found != "ok":
            # Above it may stand a heading that names the database.
            raise BackupError(f"{file} is damaged: {found.splitlines()[-1]}.")
        if not tables >= SITE_TABLES:
            raise BackupError(f"{file} is no backup of this site.")

    def load(self, file: Path) -> None:
        """In one transaction, so that a page of a running site sees all of it or nothing."""
        connection.close()
        is_new, deadline = not self.path.exists(), time.monotonic() + LOCK_TIMEOUT

        def give_up(status: int, remaining: int, total: int) -> None:
            if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
                raise BackupError(f"{self.name} is in use. Stop the site and its workers first.")

        try:
            with closing(self.open(file, "ro")) as source, closing(sqlite3.connect(self.path, timeout=0)) as target:
                source.backup(target, progress=give_up)
                target.execute("PRAGMA journal_mode = WAL")
        except (sqlite3.Error, BackupError) as error:
            if is_new:
                self.path.unlink(missing_ok=True)
            if isinstance(error, BackupError):
                raise
            raise BackupError(f"Nothing was restored: {error}. {self.name} is as it was.") from error

    def open(self, path: Path, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=LOCK_TIMEOUT)


def tables_of(opened: sqlite3.Connection) -> set[str]:
    return {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def check_tables(tables: set[str], name: str) -> None:
    if tables and not tables >= SITE_TABLES:
        raise BackupError(f"{name} holds tables of something else. Is it the right database?")


# Runs in the transaction that fills the schema again. Leaves objects of extensions, and those that are dropped with
# others, like the sequence of a column.
CLEAR_SCHEMA = """
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = '10s';
DO $$
DECLARE
    statement text;
BEGIN
    FOREACH statement IN ARRAY (
        SELECT coalesce(array_agg(format('DROP %s IF EXISTS %s CASCADE', type, identity)), '{}')
        FROM pg_depend AS held, pg_identify_object(held.classid, held.objid, 0)
        WHERE refclassid = 'pg_namespace'::regclass AND refobjid = current_schema()::regnamespace AND deptype = 'n'
            AND classid NOT IN ('pg_extension'::regclass, 'pg_statistic_ext'::regclass)
            AND NOT EXISTS (
                SELECT FROM pg_depend AS brought
                WHERE (brought.classid, brought.objid) = (held.classid, held.objid) AND brought.deptype IN ('e', 'i')
            )
    ) LOOP
        EXECUTE statement;
    END LOOP;
END $$;
"""


class PostgreSQL:
    kind = "postgresql"

    def __init__(self) -> None:
        known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
        parameters = connection.get_connection_params()
        settings = {name: value for name, value in parameters.items() if name in known and value is not None}
        # Every user of the machine can read the arguments of a program, but not its environment.
        password = settings.pop("password", "")
        self.conninfo = make_conninfo(**settings)
        self.environment = os.environ | {"LC_ALL": "C"} | ({"PGPASSWORD": password} if password else {})
        self.name = f"The database {connection.settings_dict['NAME']}"

    def owns(self, file: Path) -> bool:
        return False

    def has_accounts(self) -> bool:
        try:
            with connection.cursor() as cursor:
                tables = set(connection.introspection.table_names(cursor))
                check_tables(tables, self.name)
                if tables:
                    cursor.execute("SELECT 1 FROM accounts_user LIMIT 1")
                return bool(tables) and cursor.fetchone() is not None
        except DatabaseError as error:
            raise BackupError(f"{self.name} does not answer: {first_line(str(error))}") from error

    def dump(self, file: Path) -> None:
        self.check_version("pg_dump")
        wait = f"--lock-wait-timeout={LOCK_TIMEOUT}s"
        done = self.run("pg_dump", "--format=custom", wait, f"--file={file}", f"--dbname={self.conninfo}")
        if done.returncode:
            raise BackupError(f"No backup could be written: {first_line(done.stderr)}")

    def check(self, file: Path) -> None:
        listed = self.run("pg_restore", "--list", str(file))
        # The list is at the beginning: a truncated file shows only when it is read to the end.
        done = listed if listed.returncode else self.run("pg_restore", f"--file={os.devnull}", str(file))
        if done.returncode:
            raise BackupError(f"{file} cannot be read: {first_line(done.stderr)}")
        if not set(re.findall(r"TABLE DATA \S+ (\S+)", listed.stdout)) >= SITE_TABLES:
            raise BackupError(f"{file} is no backup of this site.")

    def load(self, file: Path) -> None:
        """In one transaction, which is committed once the whole file is read."""
        connection.close()
        self.check_version("pg_restore")
        command = [find_program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={self.conninfo}"]
        with tempfile.TemporaryFile() as errors:
            with subprocess.Popen(  # noqa: S603 - without a shell
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=self.environment,
            ) as psql:
                assert psql.stdin
                # If psql ends early, it says why on stderr.
                with suppress(BrokenPipeError):
                    psql.stdin.write(CLEAR_SCHEMA.encode())
                read = self.run("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file), stdout=psql.stdin)
                if not read.returncode:
                    with suppress(BrokenPipeError):
                        psql.stdin.write(b"ANALYZE;\nCOMMIT;\n")
            errors.seek(0)
            output = errors.read().decode(errors="replace") or read.stderr
        if "lock timeout" in output:
            raise BackupError(f"{self.name} is in use. Stop the site and its workers first.")
        if psql.returncode or read.returncode:
            raise BackupError(f"Nothing was restored: {first_line(output)} {self.name} is as it was.")

    def run(self, name: str, *arguments: str, stdout=subprocess.PIPE) -> subprocess.CompletedProcess[str]:
        command = [find_program(name), *arguments]
        return subprocess.run(  # noqa: S603 - the programs of PostgreSQL, without a shell
            command, stdout=stdout, stderr=subprocess.PIPE, env=self.environment, text=True, errors="replace"
        )

    def check_version(self, name: str) -> None:
        """Raise for a program that is older than the server: it could leave out what it does not know."""
        try:
            with connection.cursor():
                server = connection.get_database_version()[0]
        except DatabaseError as error:
            raise BackupError(f"{self.name} does not answer: {first_line(str(error))}") from error
        finally:
            connection.close()
        found = re.search(r"\d+", self.run(name, "--version").stdout)
        version = int(found[0]) if found else 0
        if version < server:
            raise BackupError(
                f"{name} is of version {version}, and the server of {server}. Install postgresql-client-{server}."
            )


def find_program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise BackupError(f"{name} is not installed. It comes with PostgreSQL's client (postgresql-client).")
    return found


def first_line(output: str) -> str:
    """The lines after the first may quote rows."""
    lines = [line for line in output.splitlines() if line.strip()] or ["it did not say why"]
    line = re.sub(r"^.*?\b(error|ERROR|FATAL):\s*", "", lines[0]).strip()
    return line if line.endswith(".") else f"{line}."
