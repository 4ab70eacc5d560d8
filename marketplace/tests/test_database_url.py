"""What stands in DATABASE_URL is what the site connects by, or it does not start."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql.base import DatabaseWrapper

from marketplace.checks import may_be_overheard
from marketplace.database_url import database_config

ADDRESS = "postgres://swept:hush@db.example:5432/swept"


def parameters_of(url, pool_max=0):
    """What psycopg gets to connect by."""
    found = database_config("DATABASE_URL", url, pool_max)
    wrapper = DatabaseWrapper({"TIME_ZONE": None, **found})
    return {name: value for name, value in wrapper.get_connection_params().items() if isinstance(value, str | int)}


@pytest.fixture
def certificate(tmp_path):
    (tmp_path / "root.crt").touch()
    return tmp_path / "root.crt"


@pytest.mark.parametrize("mode", ["disable", "require", "verify-ca", "verify-full"])
def test_how_a_connection_is_protected_reaches_the_driver(certificate, mode):
    found = parameters_of(f"{ADDRESS}?sslmode={mode}&sslrootcert={certificate}")
    assert (found["sslmode"], found["sslrootcert"], found["host"]) == (mode, str(certificate), "db.example")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("application_name=swept%20web", {"application_name": "swept web"}),
        ("target_session_attrs=read-write", {"target_session_attrs": "read-write"}),
        ("connect_timeout=9", {"connect_timeout": 9}),
        ("keepalives_idle=30&tcp_user_timeout=5000", {"keepalives_idle": 30, "tcp_user_timeout": "5000"}),
        ("options=-c%20search_path%3Dswept", {"options": "-c search_path=swept"}),
        ("channel_binding=require&gssencmode=disable", {"channel_binding": "require", "gssencmode": "disable"}),
        ("SSLMODE=require", {"sslmode": "require"}),
        ("hostaddr=10.0.0.2", {"hostaddr": "10.0.0.2", "host": "db.example"}),
    ],
)
def test_options_of_the_address_reach_the_driver(options, expected):
    assert parameters_of(f"{ADDRESS}?{options}").items() >= expected.items()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres:///swept?host=/run/postgresql", {"host": "/run/postgresql", "dbname": "swept"}),
        ("postgres://swept@%2Frun%2FPostgreSQL/swept", {"host": "/run/PostgreSQL", "user": "swept"}),
        ("postgres://swept@%2Frun%2Fpg:5433/swept", {"host": "/run/pg", "port": "5433"}),
        ("postgres://swept@//run/postgresql/swept", {"host": "/run/postgresql", "dbname": "swept"}),
        ("postgresql:///?dbname=swept&user=me&port=6432&host=db", {"dbname": "swept", "user": "me", "port": "6432"}),
        ("pgsql://a%40b:p%2Fw%3F@db/my+base", {"user": "a@b", "password": "p/w?", "dbname": "my+base"}),
        ("psql://u@[::1]:5432/swept", {"host": "::1", "port": "5432"}),
        ("postgres://u@one:5432,two:5433/swept", {"host": "one,two", "port": "5432,5433"}),
        ("postgres://u@one,two/swept", {"host": "one,two"}),
    ],
)
def test_where_the_database_is_can_be_said_as_its_own_clients_have_it(url, expected):
    assert parameters_of(url).items() >= expected.items()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}),
        ("?conn_max_age=0", {"CONN_MAX_AGE": 0}),
        ("?conn_health_checks=false", {"CONN_HEALTH_CHECKS": False}),
        ("?disable_server_side_cursors=1", {"DISABLE_SERVER_SIDE_CURSORS": True}),
        ("?options=-c%20lock_timeout%3D9s%20--statement-timeout=0", {"PARAMETERS": {"jit": "off"}}),
        ("?options=-cjit%3Don", {"PARAMETERS": {"lock_timeout": "3s", "statement_timeout": "5s"}}),
    ],
)
def test_what_the_address_says_wins_over_what_the_site_would_choose(options, expected):
    assert database_config("DATABASE_URL", ADDRESS + options, 0).items() >= expected.items()


@pytest.mark.parametrize(
    "options",
    [
        "sslmode=requird",
        "sslmode=",
        "sslmode=require&sslmode=disable",
        "ssl=true",
        "sslrootcert=/nowhere/root.crt",
        "sslmode=verify-full",
        "target_session_attrs=primary-ish",
        "connect_timeout=soon",
        "conn_max_age=None",
        "conn_health_checks=perhaps",
        "pool=true",
        "host=elsewhere.example",
        "port=5433",
        "lock_timeout=9",
        "client_encoding=latin1",
        "atomic_requests=true",
        "isolation_level=4",
        "name=other",
    ],
)
def test_an_option_that_cannot_be_followed_stops_the_start(options, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL .*\.$") as refusal:
        database_config("DATABASE_URL", f"{ADDRESS}?{options}", 0)
    assert options.partition("=")[0] in str(refusal.value)
    assert "hush" not in str(refusal.value)


def test_kept_connections_and_a_pool_exclude_each_other():
    with pytest.raises(ImproperlyConfigured, match="conn_max_age"):
        database_config("DATABASE_URL", f"{ADDRESS}?conn_max_age=60", 4)


@pytest.mark.parametrize("pool_max", [0, 4])
def test_connections_are_checked_before_they_are_used(pool_max):
    found = database_config("DATABASE_URL", ADDRESS, pool_max)
    assert (found["CONN_HEALTH_CHECKS"], "options" in found["OPTIONS"]) == (True, False)


def test_sqlite_takes_a_time_to_wait_and_nothing_else(tmp_path):
    address = f"sqlite:///{tmp_path}/a%20b+c.sqlite3"
    found = database_config("DATABASE_URL", f"{address}?timeout=7", 0)
    assert (found["NAME"], found["OPTIONS"]["timeout"]) == (f"{tmp_path}/a b+c.sqlite3", 7)
    for option in ("mode=ro", "timeout=long", "sslmode=require", "cache=shared"):
        with pytest.raises(ImproperlyConfigured, match=rf"^DATABASE_URL .*{option.partition('=')[0]}.*\.$"):
            database_config("DATABASE_URL", f"{address}?{option}", 0)


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("postgres://u@db.example/swept", True),
        ("postgres://u@db.example/swept?sslmode=prefer", True),
        ("postgres://u@10.0.0.2/swept?sslmode=allow", True),
        ("postgres://u@127.0.0.1,db.example/swept", True),
        ("postgres://u@localhost/swept?hostaddr=10.0.0.2", True),
        ("postgres://u@db.example/swept?sslmode=require", True),
        ("postgres://u@db.example/swept?sslmode=verify-ca&sslrootcert=/etc/passwd", True),
        ("postgres://u@db.example/swept?sslmode=verify-full&sslrootcert=/etc/passwd", False),
        ("postgres://u@db.example/swept?sslmode=disable", False),
        ("postgres://u@localhost/swept", False),
        ("postgres://u@%2Frun%2Fpostgresql/swept", False),
        ("postgres:///swept", False),
        ("sqlite:////tmp/swept.sqlite3", False),
    ],
)
def test_another_machine_is_reached_without_proof_of_its_name_by_choice_only(monkeypatch, url, warned):
    monkeypatch.delenv("PGSSLMODE", raising=False)
    assert may_be_overheard(database_config("DATABASE_URL", url, 0)) is warned
