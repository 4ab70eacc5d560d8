"""Runs the whole bench: databases, servers, rows, report. `script/bench` says what it needs in the environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path

import psycopg

from bench import rows
from bench.load import Request, Result, WrongAnswer, ask
from bench.reference import SCRIPTS, pgbench
from bench.report import Findings, Memory, machine, write
from bench.rows import Row, Town
from bench.server import Server

WARM_UP = 0.25
ASKED_FOR_MEMORY = 10_000


class Bench:
    """One run over databases of several sizes; each row meets all of them in turn, so that ratios are of one moment."""

    def __init__(self, sizes: list[int], seconds: float, scratch: Path) -> None:
        self.sizes, self.seconds, self.scratch = sizes, seconds, scratch
        self.towns: dict[int, Town] = {}
        self.servers: dict[int, Server] = {}
        self.findings = Findings(sizes, seconds)

    def run(self) -> Findings:
        with psycopg.connect(host=os.environ["BENCH_SOCKET"], user="postgres", autocommit=True) as postgres:
            self.findings.machine = machine(postgres)
            for size in self.sizes:
                self.fill(size, postgres)
        with ExitStack() as stack:
            for size in self.sizes:
                log = self.scratch / f"gunicorn-{size}.log"
                self.servers[size] = stack.enter_context(Server(self.url(f"bench_{size}"), log))
                self.measure(size, rows.NOTHING["anonymous"])
            largest = self.servers[self.sizes[-1]]
            at_start = largest.memory()
            for kind, group in rows.GROUPS:
                self.measure_group(kind, group)
            for name in SCRIPTS:
                for size in self.sizes:
                    self.findings.reference[size, name] = self.reference(size, name)
            self.findings.memory = Memory(at_start, *self.ask_more(largest))
        return self.findings

    def url(self, database: str) -> str:
        """As django-environ reads it: the folder of the socket first."""
        return f"postgres://postgres@/{os.environ['BENCH_SOCKET']}/{database}"

    def fill(self, size: int, postgres) -> None:
        say(f"Filling a database with {size:,} cleanings ...")
        begun = time.monotonic()
        postgres.execute(f"CREATE DATABASE bench_{size}")
        self.towns[size] = Town(**json.loads(self.inside(size, "fill", str(size))))
        self.findings.filled[size] = time.monotonic() - begun
        counted = self.inside(size, "count", given=json.dumps(self.towns[size].__dict__))
        self.findings.queries[size] = json.loads(counted)

    def inside(self, size: int, *words: str, given: str = "") -> str:
        """What a process with Django in it prints: this one has to stay small."""
        environment = os.environ | {"DATABASE_URL": self.url(f"bench_{size}")}
        command = [sys.executable, "-m", "bench.inside", *words]
        done = subprocess.run(command, env=environment, input=given, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise WrongAnswer(f"{' '.join(words)} failed for {size:,} cleanings.")
        return done.stdout

    def measure_group(self, kind: str, group: tuple[Row, ...]) -> None:
        """Each row, with the view that does nothing before and after; the mean of the two is what counts."""
        nothing = rows.NOTHING[kind]
        before = {size: self.measure(size, nothing) for size in self.sizes}
        found = {(size, row.name): self.measure(size, row) for row in group for size in self.sizes}
        after = {size: self.measure(size, nothing) for size in self.sizes}
        for (size, name), result in found.items():
            self.findings.results[size, name] = result
            self.findings.nothing[size, name] = (before[size].rate + after[size].rate) / 2
        for size in self.sizes:
            self.findings.results.setdefault((size, nothing.name), after[size])

    def measure(self, size: int, row: Row) -> Result:
        feed, server = self.feed(size, row), self.servers[size]
        warm = ask(server.port, server.workers, feed, min(WARM_UP, self.seconds))
        result = ask(server.port, server.workers, feed, self.seconds)
        server.asked += len(warm.times) + len(result.times)
        say(f"{size:>9,}  {row.name}: {result.rate:,.0f} a second, p95 {result.percentile(95):.1f} ms")
        return result

    def feed(self, size: int, row: Row) -> Iterator[tuple[bytes, bytes]]:
        """The row's requests as bytes, without the two that the queries were counted with."""
        requests = row.requests(self.towns[size])[:-2]
        prepared = [(request.as_bytes("127.0.0.1"), request.expected) for request in requests]
        return iter(prepared) if row.once else cycle(prepared)

    def reference(self, size: int, name: str) -> float:
        rate = pgbench(name, f"bench_{size}", self.towns[size], self.seconds, self.scratch)
        say(f"{size:>9,}  {name}: {rate:,.0f} a second")
        return rate

    def ask_more(self, server: Server) -> tuple[float, int]:
        """Bring a server to the number of requests after which its memory is looked at."""
        wanted = ASKED_FOR_MEMORY if self.seconds >= 1 else 0
        pages = [row.requests(self.towns[self.sizes[-1]]) for row in (*rows.PAGES, *rows.FIRST_TIME, *rows.LOGGED_IN)]
        mixed = [(r.as_bytes("127.0.0.1"), r.expected) for page in pages for r in page[:40] if isinstance(r, Request)]
        feed = cycle(mixed)
        while server.asked < wanted:
            server.asked += len(ask(server.port, server.workers, feed, 2).times)
        return server.memory(), server.asked


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sizes = sorted({int(size) for size in os.environ["BENCH_SIZES"].split()})
    bench = Bench(sizes, float(os.environ["BENCH_SECONDS"]), Path(os.environ["BENCH_SCRATCH"]))
    try:
        report = write(bench.run())
    except WrongAnswer as sentence:
        sys.exit(f"The bench stopped: {sentence}")
    Path(os.environ["BENCH_REPORT"]).write_text(report)


if __name__ == "__main__":
    main()
