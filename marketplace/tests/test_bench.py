"""The bench itself. What its tiny run measures is worth nothing; that it tells something of each row is."""

import os
import re
import socket
import subprocess
from contextlib import closing
from itertools import repeat
from threading import Thread

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Count, Q

from bench.fill import OFFERS_OF_WIDE, fill
from bench.goals import SHARES
from bench.load import BenchError, Connection, Request
from bench.rows import BY_NAME
from bench.server import Server
from cleanings.models import Cleaning, Event
from cleanings.states import WINNING, CleaningStatus, Kind
from marketplace.testing import create_cleaning, create_offer
from offers.models import Offer

FIGURE = re.compile(r"[\d.,]+")
HAS_WINNER = (CleaningStatus.ASSIGNED, CleaningStatus.COMPLETED)

if connection.vendor == "sqlite":
    # It brings a PostgreSQL of its own, so once is enough: in the half of the suite that runs on SQLite.
    @pytest.mark.slow
    def test_a_tiny_bench_tells_figures_for_each_row(tmp_path):
        run_bench("--smoke", BENCH_REPORT=f"{tmp_path / 'bench.md'}")
        lines = [line.split(" | ") for line in (tmp_path / "bench.md").read_text().splitlines()]
        figures = {line[0].removeprefix("| "): line[1:8] for line in lines if len(line) == 11}
        rows = {name: figures.get(name, [""]) for name in BY_NAME}
        assert {name: cells for name, cells in rows.items() if not all(map(FIGURE.fullmatch, cells))} == {}
        layers = [line[1:7] for line in lines if len(line) == 7 and line[0].removeprefix("| ") in SHARES]
        assert layers != []
        assert all(98 <= sum(int(cell.strip(" %|")) for cell in shares) <= 102 for shares in layers)

    @pytest.mark.slow
    def test_a_profile_shows_statements_and_functions():
        printed = run_bench("--profile", "own jobs", BENCH_SIZES="200")
        assert re.search(r"^own jobs, 200 cleanings: \d+ statements and [\d.]+ ms of Python,$", printed, re.MULTILINE)
        assert re.search(r"^\d+ ms  SELECT .*\"cleanings_cleaning\"", printed, re.MULTILINE)
        assert re.search(r"views\.py:\d+\(get_context_data\)", printed)


def run_bench(*words, **facts):
    """What it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BENCH_", "DJANGO_"))}
    command = [settings.BASE_DIR / "script" / "bench", *words]
    done = subprocess.run(command, env=environment | facts, capture_output=True, text=True, timeout=900)
    if missing := re.search(r"^No (PostgreSQL|pgbench): .*", done.stderr, re.MULTILINE):
        pytest.skip(missing[0])
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_goal_is_of_a_row():
    assert set(SHARES) - set(BY_NAME) == set()


def answered_with(answer):
    """What the load generator makes of an answer."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        Thread(target=lambda: server.accept()[0].sendall(answer)).start()
        connection = Connection(server.getsockname()[1])
        connection.send(Request("/cleanings/").as_bytes("localhost"), b"200")
        with closing(connection.socket):
            return next(is_complete for is_complete in map(Connection.receive, repeat(connection)) if is_complete)


def test_a_process_of_postgresql_that_has_ended_stops_no_bench(monkeypatch, tmp_path):
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    monkeypatch.setenv("BENCH_SCRATCH", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    monkeypatch.setattr("bench.server.children_of", lambda pid: [ended.pid])
    assert Server.postgresql_seconds() >= 0


def test_an_answer_as_expected_is_read_to_its_end():
    assert answered_with(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")


def test_another_status_than_the_expected_one_stops_the_bench():
    with pytest.raises(BenchError, match=r"^GET /cleanings/ was answered with 503 instead of 200\.$"):
        answered_with(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\n\r\nhello")


@pytest.fixture
def filled(db):
    return fill(connection, 400)


def test_a_filled_database_keeps_the_invariants(filled):
    won = Count("offers", filter=Q(offers__status__in=WINNING))
    winners = set(Cleaning.objects.annotate(won=won).values_list("status", "won"))
    assert winners == {(status, int(status in HAS_WINNER)) for status in CleaningStatus.values}
    pending = set(Offer.objects.pending().values_list("cleaning__status", flat=True))
    assert pending == {CleaningStatus.OPEN}
    counts = Cleaning.objects.annotate(counted=Count("offers")).values_list("offers_count", "counted")
    assert set(counts) == {(5, 5), (OFFERS_OF_WIDE, OFFERS_OF_WIDE)}


def test_a_filled_database_tells_what_the_verbs_tell(filled):
    posted = Event.objects.filter(kind=Kind.POST).select_related("cleaning")
    assert {event.cleaning_id for event in posted if event.terms == event.cleaning.terms} == set(range(1, 401))
    offered = {(event.cleaning_id, event.cleaner_id): event.terms for event in Event.objects.filter(kind=Kind.OFFER)}
    offers = Offer.objects.with_cleaning().with_people()
    expected = {
        (offer.cleaning_id, offer.cleaner_id): offer.new_event(Kind.OFFER, None, from_status="").terms
        for offer in offers
    }
    assert offered == expected


def test_the_next_cleaning_and_offer_find_a_number(filled):
    cleaning = create_cleaning()
    assert cleaning.pk == 401
    assert create_offer(cleaning=cleaning).pk > Offer.objects.exclude(cleaning=cleaning).latest("pk").pk
