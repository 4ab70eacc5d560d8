"""`manage.py backup` and `restore`, on a database of their own."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import contextmanager, suppress
from io import StringIO
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from urllib.parse import quote
from uuid import uuid4
from zlib import crc32

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.test import Client

from bench.fill import fill
from cleanings.models import Cleaning
from cleanings.words import words_in
from marketplace.backup import CLEAR_SCHEMA
from marketplace.testing import create_cleaning, create_offer, create_user
from marketplace.tests.server import server_cursor

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
IS_SQLITE = connection.vendor == "sqlite"
MANAGE = Path(settings.BASE_DIR) / "manage.py"


@contextmanager
def using(name):
    """The site on another database."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = str(name)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def create_database(name, template, options=""):
    """An exact copy of the template, or an empty database where that is template0."""
    drop_database(name)
    if not IS_SQLITE:
        with server_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {options}')
    elif template != "template0":
        source, target = sqlite3.connect(template), sqlite3.connect(name)
        source.backup(target)
        source.close()
        target.close()


def drop_database(name):
    connection.close()
    if IS_SQLITE:
        for end in ("", "-wal", "-shm"):
            Path(f"{name}{end}").unlink(missing_ok=True)
    else:
        with server_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


@pytest.fixture(scope="module")
def copied(django_db_setup, django_db_blocker, tmp_path_factory):
    """A database with people and an offer."""
    with django_db_blocker.unblock():
        tests = connection.settings_dict["NAME"]
        name = name_for("site", tmp_path_factory.mktemp("site"))
        create_database(name, tests)
        with using(name):
            create_offer(cleaning=create_cleaning())
        yield name
        drop_database(name)


def name_for(name, folder):
    return folder / name if IS_SQLITE else f"{connection.settings_dict['NAME']}_{name}"


@pytest.fixture
def site(copied):
    with using(copied):
        yield copied


@pytest.fixture
def empty(site, tmp_path_factory):
    name = name_for("empty", tmp_path_factory.mktemp("empty"))
    create_database(name, "template0")
    yield name
    drop_database(name)


@pytest.fixture
def backup(site, tmp_path):
    run("backup", tmp_path / "good.backup")
    return tmp_path / "good.backup"


def run(command, *arguments):
    """What the command says; or the sentence with which it ends."""
    output = StringIO()
    call_command(command, *map(str, arguments), stdout=output)
    return output.getvalue()


def refusal(command, *arguments):
    with pytest.raises(CommandError) as refused:
        call_command(command, *map(str, arguments))
    sentence = str(refused.value)
    assert sentence[-1] in ".?"
    assert "\n" not in sentence
    return sentence


def checksums():
    """How many rows each table has, and a sum over them in which their order counts for nothing."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            if IS_SQLITE:
                rows = [crc32(repr(row).encode()) for row in cursor.execute(f"SELECT * FROM {table}")]  # noqa: S608
                found[table] = (len(rows), sum(rows))
            else:
                cursor.execute(f"SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {table} AS t")  # noqa: S608
                found[table] = cursor.fetchone()
    connection.close()
    return found


def rename_a_cleaning():
    # Each time by another name, because the tests share the database.
    Cleaning.objects.update(name=f"Written after the backup: {uuid4()}")
    connection.close()


# Whole


def test_what_was_backed_up_comes_back_row_by_row(site, backup):
    before = checksums()
    rename_a_cleaning()
    assert checksums() != before
    assert "manage.py migrate" in run("restore", "--replace", backup)
    assert checksums() == before


def test_a_backup_goes_into_an_empty_database_with_all_that_the_site_needs(site, empty, backup):
    before = checksums()
    with using(empty):
        run("restore", backup)
        assert checksums() == before
        call_command("migrate", check_unapplied=True, verbosity=0)
        assert create_cleaning(name="Ménage", owner=create_user("stan")) in Cleaning.objects.open()
        assert Client().get("/cleanings/?q=menage").context["cards"]


def test_tables_that_came_after_the_backup_are_gone_after_it_is_restored(site, backup):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE later (id integer PRIMARY KEY, person bigint REFERENCES accounts_user (id))")
        cursor.execute("INSERT INTO later SELECT 1, min(id) FROM accounts_user")
    run("restore", "--replace", backup)
    assert "later" not in checksums()


def test_a_database_that_was_only_migrated_may_be_filled(site, empty, backup):
    create_database(empty, site)
    before = checksums()
    with using(empty):
        call_command("flush", interactive=False, inhibit_post_migrate=True, verbosity=0)
        run("restore", backup)
        assert checksums() == before


def test_the_backup_before_is_replaced_and_nothing_else_is_left_in_the_folder(site, backup):
    rename_a_cleaning()
    inode = backup.stat().st_ino
    run("backup", backup)
    assert os.listdir(backup.parent) == [backup.name]
    assert backup.stat().st_ino != inode
    assert backup.stat().st_mode & 0o777 == 0o600
    before = checksums()
    run("restore", "--replace", backup)
    assert checksums() == before


def test_a_link_goes_on_leading_to_the_newest_backup(site, backup):
    link, size = backup.with_name("newest"), backup.stat().st_size
    link.symlink_to(backup)
    backup.write_bytes(backup.read_bytes()[:1000])
    run("backup", link)
    assert link.is_symlink()
    assert backup.stat().st_size >= size - 100


# Refused, and the good backup as it was


def test_where_no_backup_can_be_written_a_sentence_says_so(site, tmp_path):
    (tmp_path / "notes.txt").write_text("Call Olivia.")
    os.mkfifo(tmp_path / "pipe")
    other = b"PGDMP..." if IS_SQLITE else b"SQLite format 3\0..."
    (tmp_path / "other.backup").write_bytes(other)
    for place, reason in {
        tmp_path: "is a folder",
        tmp_path / "missing" / "a.backup": "There is no folder",
        tmp_path / "notes.txt" / "a.backup": "There is no folder",
        tmp_path / "notes.txt": "is no backup",
        tmp_path / "pipe": "no ordinary file",
        tmp_path / "other.backup": "mend DATABASE_URL",
        Path("/proc/a.backup"): "/proc/a.backup: ",
    }.items():
        assert reason in refusal("backup", place)
    assert sorted(os.listdir(tmp_path)) == ["notes.txt", "other.backup", "pipe"]
    assert (tmp_path / "notes.txt").read_text() == "Call Olivia."
    assert (tmp_path / "other.backup").read_bytes() == other


def test_no_backup_is_made_of_a_database_that_is_empty_or_not_there(empty, backup):
    before = backup.read_bytes()
    with using(empty):
        assert "holds no accounts" in refusal("backup", backup)
    assert not IS_SQLITE or not empty.exists()
    with using("/nowhere/db.sqlite3" if IS_SQLITE else "no_such_database"):
        assert (
            "is not there" in refusal("backup", backup) if IS_SQLITE else "does not answer" in refusal("backup", backup)
        )
    assert backup.read_bytes() == before


def test_the_tables_of_another_program_are_neither_backed_up_nor_replaced(empty, backup):
    with using(empty):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE recipes (name text)")
        assert "tables of something else" in refusal("backup", backup)
        for options in ([], ["--replace"]):
            assert "tables of something else" in refusal("restore", *options, backup)
        assert list(checksums()) == ["recipes"]


def test_a_database_with_people_is_replaced_only_where_that_is_asked_for(site, backup):
    before = checksums()
    assert "use --replace" in refusal("restore", backup)
    assert checksums() == before


def ways_to_spoil(good):
    """Files that are no whole backup, by the word that the refusal has."""
    other = b"PGDMP" if IS_SQLITE else b"SQLite format 3\0"
    middle = len(good) // 2
    return [
        (b"", "is empty"),
        (b"Call Olivia.", "is no backup"),
        (b"\0" * 5000, "is no backup"),
        (other + good[5:], "is a backup of"),
        (good[:5] if not IS_SQLITE else good[:16], ""),
        (good[:100], ""),
        (good[:middle], ""),
        (good[: -len(good) // 10], ""),
        (good[:200] + bytes(range(256)) * 16 + good[200 + 4096 :], ""),
    ]


@pytest.mark.parametrize("number", range(9))
def test_a_file_that_is_no_whole_backup_is_not_restored(site, backup, number):
    before, (content, reason) = checksums(), ways_to_spoil(backup.read_bytes())[number]
    backup.write_bytes(content)
    assert reason in refusal("restore", "--replace", backup)
    assert checksums() == before


def test_a_folder_a_missing_file_and_a_foreign_database_are_not_restored(site, empty, backup, tmp_path):
    assert "is a folder" in refusal("restore", tmp_path)
    assert "There is no file" in refusal("restore", tmp_path / "missing")
    assert "There is no file" in refusal("restore", backup / "below")
    foreign = tmp_path / "foreign"
    if IS_SQLITE:
        sqlite3.connect(foreign).execute("CREATE TABLE recipes (name text)")
    else:
        with using(empty), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE recipes (name text)")
        subprocess.run(["pg_dump", "-Fc", "-f", foreign, address(empty)], check=True)
    assert "no backup of this site" in refusal("restore", "--replace", foreign)


def address(name):
    facts = connection.settings_dict
    login = f"{facts['USER']}:{facts['PASSWORD']}" if facts["PASSWORD"] else facts["USER"]
    # A server that is reached by a socket has a folder for its host.
    return f"postgres://{login}@{quote(facts['HOST'], safe='')}:{facts['PORT']}/{name}"


def test_a_database_that_is_in_use_is_not_half_restored(site, backup, monkeypatch):
    monkeypatch.setattr("marketplace.backup.LOCK_TIMEOUT", 1)
    monkeypatch.setattr("marketplace.backup.CLEAR_SCHEMA", CLEAR_SCHEMA.replace("10s", "1s"))
    before = checksums()
    with open_transaction(site):
        assert "in use" in refusal("restore", "--replace", backup)
    assert checksums() == before
    run("restore", "--replace", backup)


@contextmanager
def open_transaction(name):
    """Somebody who writes at the time."""
    if IS_SQLITE:
        other = sqlite3.connect(name, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(address(name))
        other.execute("UPDATE cleanings_cleaning SET name = 'Not yet'")
    yield
    other.close()


# The machine


def put_program(folder, name, script):
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "program", "reason"),
    [
        ("head -c 100M /dev/zero > disk/filler", "", "No backup could be written"),
        ("mount -o remount,ro disk", "", "Read-only file system"),
        # As a user who may read the database, but not write into the folder.
        ("chmod 500 disk", "setpriv --bounding-set=-dac_override", "Permission denied"),
    ],
)
def test_a_disk_that_takes_nothing_more_leaves_the_good_backup(site, tmp_path, fault, program, reason):
    # The disk is seen by these commands alone, and gone with the last of them.
    manage = f"'{sys.executable}' '{MANAGE}'"
    commands = f"""
        cd {tmp_path} && mkdir disk && mount -t tmpfs -o size=16M none disk || exit 99
        {manage} backup disk/a && cp disk/a kept || exit 98
        {fault} 2> /dev/null
        {program} {manage} backup disk/a
        status=$?
        cmp disk/a kept || exit 97
        test "$(ls -A disk | grep -v filler)" = a || exit 96
        exit $status
    """
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{site}" if IS_SQLITE else address(site)}
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", commands], capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("CommandError: ")
    assert reason in done.stderr


if IS_SQLITE:

    def test_a_backup_does_not_replace_the_database_itself(site):
        before = checksums()
        for name in (site, site.with_name("link")):
            if not name.exists():
                name.symlink_to(site)
            assert "is the database itself" in refusal("backup", name)
        assert checksums() == before

    def test_a_backup_whose_parts_do_not_fit_together_is_not_restored(site, backup):
        before, good = checksums(), backup.read_bytes()
        # The number of pages that nothing uses.
        backup.write_bytes(good[:36] + b"\0\0\0\7" + good[40:])
        assert "is damaged: " in refusal("restore", "--replace", backup)
        assert checksums() == before

    @contextmanager
    def full_disk():
        """No file gets longer than this."""
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    def test_of_what_a_full_disk_cuts_off_nothing_is_left(empty, backup):
        good = backup.read_bytes()
        with full_disk():
            said = [refusal("backup", backup)]
            with using(empty):
                said.append(refusal("restore", backup))
        assert [sentence.partition(": ")[0] for sentence in said] == [
            "No backup could be written", "Nothing was restored"
        ]  # fmt: skip
        assert (backup.read_bytes() == good, os.listdir(backup.parent), empty.exists()) == (True, [backup.name], False)

    def test_a_damaged_database_is_moved_away_before_a_backup_takes_its_place(empty, backup):
        empty.write_bytes(b"SQLite format 3\0" + os.urandom(8000))
        with using(empty):
            for command in (["backup", backup], ["restore", "--replace", backup]):
                assert "Move it away" in refusal(*command)
            empty.unlink()
            run("restore", backup)
            assert Cleaning.objects.exists()

else:

    def test_the_password_stands_in_no_argument(site, tmp_path, monkeypatch):
        monkeypatch.setitem(connection.settings_dict, "PASSWORD", "not-for-everybody")
        real = shutil.which("pg_dump")
        put_program(
            tmp_path, "pg_dump", f'echo "$@" >> {tmp_path}/said; echo "$PGPASSWORD" >> {tmp_path}/env; exec {real} "$@"'
        )
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        run("backup", tmp_path / "a.backup")
        assert "not-for-everybody" not in (tmp_path / "said").read_text()
        assert "not-for-everybody" in (tmp_path / "env").read_text()

    def test_what_the_address_says_of_the_connection_holds_for_the_programs(site, tmp_path, monkeypatch):
        options = connection.settings_dict["OPTIONS"] | {"sslmode": "disable", "application_name": "at night"}
        monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
        real = shutil.which("pg_dump")
        put_program(tmp_path, "pg_dump", f'echo "$@" >> {tmp_path}/said; exec {real} "$@"')
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        run("backup", tmp_path / "a.backup")
        said = (tmp_path / "said").read_text()
        assert "sslmode=disable" in said
        assert "application_name='at night'" in said

    def test_a_program_that_is_missing_or_older_than_the_server_is_named(site, backup, tmp_path, monkeypatch):
        before = backup.read_bytes()
        put_program(tmp_path, "pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.24'")
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        assert "pg_dump is of version 9" in refusal("backup", backup)
        monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
        assert "pg_dump is not installed" in refusal("backup", backup)
        assert "pg_restore is not installed" in refusal("restore", "--replace", backup)
        assert backup.read_bytes() == before

    @pytest.mark.parametrize("does", ["exit 1", "echo 'pg_dump: error: connection lost' >&2; exit 1", "exit 0"])
    def test_a_program_that_fails_leaves_the_good_backup(site, backup, tmp_path, monkeypatch, does):
        before = backup.read_bytes()
        put_program(tmp_path, "pg_dump", f'[ "$1" = --version ] && echo 99 && exit; {does}')
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        refusal("backup", backup)
        assert backup.read_bytes() == before

    @pytest.mark.slow
    def test_names_of_every_script_are_found_where_the_locale_of_the_restored_database_is_c(site, empty, tmp_path):
        names = ["Łódź", "Straße", "Ελληνικά", "Москва", "שלום", "東京", "हिन्दी", "Ménage", "Windows"]
        create_database(empty, site)
        with using(empty):
            for name in names:
                create_cleaning(name=name)
            run("backup", tmp_path / "a.backup")
            drop_database(empty)
            create_database(empty, "template0", "LC_COLLATE 'C' LC_CTYPE 'C'")
            run("restore", tmp_path / "a.backup")
            with connection.cursor() as cursor:
                cursor.execute("SELECT datcollate, datctype FROM pg_database WHERE datname = current_database()")
                assert cursor.fetchone() == ("C", "C")
            for name in names:
                create_cleaning(name=f"{name} 2")
            for typed in (str, str.upper, str.lower):
                found = {name: set(with_words(typed(name))) for name in names}
                assert found == {name: {name, f"{name} 2"} for name in names}


def with_words(text):
    return Cleaning.objects.with_words(words_in(text)).values_list("name", flat=True)


# Much


@pytest.mark.slow
@pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=pytest.mark.thorough)])
def test_cleanings_are_backed_up_while_others_write_and_come_back_equal(site, empty, tmp_path, count):
    create_database(empty, site)
    with using(empty):
        call_command("flush", interactive=False, inhibit_post_migrate=True, verbosity=0)
        fill(connection, count)
        connection.close()
        before = checksums()
        written, stop = [], Event()
        writer = Thread(target=write_pairs, args=(written, stop))
        writer.start()
        try:
            # A small database is copied between two writes: again, until some came in between.
            while len(written) <= 5:
                assert writer.is_alive()
                run("backup", tmp_path / "a.backup")
        finally:
            stop.set()
            writer.join()
        drop_database(empty)
        create_database(empty, "template0")
        began = monotonic()
        run("restore", tmp_path / "a.backup")
        print(f"{count:,} cleanings restored in {monotonic() - began:.0f} s")
        after = checksums()
        assert {table for table in before if before[table] != after[table]} <= {"django_session"}
        with connection.cursor() as cursor:
            cursor.execute("SELECT session_data, count(*) FROM django_session GROUP BY 1")
            pairs = dict(cursor.fetchall())
    assert set(pairs.values()) <= {2}
    assert sorted(map(int, pairs)) == written[: len(pairs)]


def write_pairs(written, stop):
    """Write two rows a transaction, 50 times a second, until it is enough."""
    statement = "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (%s, %s, '2030-01-01')"
    while not stop.wait(0.02):
        number = len(written)
        with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
            for side in ("left", "right"):
                cursor.execute(statement, [f"{side}-{number}", str(number)])
            written.append(number)
    connection.close()
