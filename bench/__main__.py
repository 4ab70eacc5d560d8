"""The whole benchmark, from databases to report. `script/bench` sets the environment that it reads."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from itertools import chain, cycle
from pathlib import Path

import psycopg

from bench import rows
from bench.goals import REQUESTS_OF_A_WORKER, missed_shares
from bench.load import BenchError, Result, run_load
from bench.reference import SCRIPTS, pgbench
from bench.report import Findings, Memory, machine, write
from bench.rows import Dataset, Row
from bench.server import Server

WARM_UP = 0.25
REQUESTS_AT_START = 2_000


class Bench:
    """Each row of the report runs on every database in turn, so that their ratios compare the same moment."""

    def __init__(self, sizes: list[int], seconds: float, scratch: Path) -> None:
        self.sizes, self.seconds, self.scratch = sizes, seconds, scratch
        self.datasets: dict[int, Dataset] = {}
        self.servers: dict[int, Server] = {}
        self.findings = Findings(sizes, seconds)

    def run(self) -> Findings:
        with self.connect() as postgres:
            self.findings.machine = machine(postgres)
            for size in self.sizes:
                self.fill(size, postgres)
                self.findings.statements[size] = json.loads(self.prepare(size, "count"))
        with ExitStack() as stack:
            for size in self.sizes:
                log_file = self.scratch / f"gunicorn-{size}.log"
                self.servers[size] = stack.enter_context(Server(self.url(f"bench_{size}"), log_file))
                self.measure(size, rows.NOTHING["anonymous"])
            largest = self.servers[self.sizes[-1]]
            at_start = self.measure_memory(largest, REQUESTS_AT_START)
            for kind, group in rows.GROUPS:
                self.measure_group(kind, group)
            for name in SCRIPTS:
                for size in self.sizes:
                    self.findings.reference[size, name] = self.reference(size, name)
            more = REQUESTS_OF_A_WORKER - largest.asked
            self.findings.memory = Memory(at_start, self.measure_memory(largest, more), largest.asked)
        missed = list(missed_shares(self.findings))
        self.findings.layers = json.loads(self.prepare(self.sizes[-1], "layers", *missed))
        return self.findings

    def profile(self, name: str) -> str:
        with self.connect() as postgres:
            self.fill(self.sizes[-1], postgres)
        return self.prepare(self.sizes[-1], "profile", name)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(host=os.environ["BENCH_SOCKET"], user="postgres", autocommit=True)

    def url(self, database: str) -> str:
        return f"postgres://postgres@/{os.environ['BENCH_SOCKET']}/{database}"

    def fill(self, size: int, postgres) -> None:
        log(f"Filling a database with {size:,} cleanings ...")
        begun = time.monotonic()
        postgres.execute(f"CREATE DATABASE bench_{size}")
        self.datasets[size] = Dataset(**json.loads(self.prepare(size, "fill", str(size))))
        self.findings.filled[size] = time.monotonic() - begun

    def prepare(self, size: int, *words: str) -> str:
        """Run the program that knows Django; it reads the dataset, once there is one."""
        environment = os.environ | {"DATABASE_URL": self.url(f"bench_{size}")}
        command = [sys.executable, "-m", "bench.prepare", *words]
        dataset = json.dumps(asdict(self.datasets[size])) if size in self.datasets else ""
        done = subprocess.run(command, env=environment, input=dataset, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise BenchError(f"{' '.join(words)} failed for {size:,} cleanings.")
        return done.stdout

    def measure_group(self, kind: str, group: tuple[Row, ...]) -> None:
        """The rate of the view that does nothing is the mean of one measurement before the group and one after it."""
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
        # Of requests that cannot be sent again, one a connection.
        warm_up = 0 if row.once else min(WARM_UP, self.seconds)
        warm = run_load(server, feed, warm_up)
        result = run_load(server, feed, self.seconds)
        server.asked += len(warm.times) + len(result.times)
        log(f"{size:>9,}  {row.name}: {result.rate:,.0f} a second, p95 {result.percentile(95):.1f} ms")
        return result

    def feed(self, size: int, row: Row) -> Iterator[tuple[bytes, bytes]]:
        """The row's requests as bytes, each with its status."""
        requests = row.for_load(self.datasets[size])
        prepared = [(request.as_bytes("127.0.0.1"), request.expected) for request in requests]
        return iter(prepared) if row.once else cycle(prepared)

    def reference(self, size: int, name: str) -> float:
        rate = pgbench(name, f"bench_{size}", self.datasets[size], self.seconds, self.scratch)
        log(f"{size:>9,}  {name}: {rate:,.0f} a second")
        return rate

    def measure_memory(self, server: Server, more: int) -> float:
        """After at least so many more requests: the first ones load templates and build statements.

        All rows take part; moves and posts, which fill tables, have theirs in between.
        """
        asked = [row.requests(self.datasets[self.sizes[-1]])[:40] for row in rows.ALL if not row.once]
        mixed = [(r.as_bytes("127.0.0.1"), r.expected) for r in chain(*asked) if not r.is_post]
        feed = cycle(mixed)
        end = server.asked + more
        while server.asked < end and self.seconds >= 1:
            server.asked += len(run_load(server, feed, 2).times)
        return server.memory_in_megabytes()


def log(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sizes = sorted({int(size) for size in os.environ["BENCH_SIZES"].split()})
    bench = Bench(sizes, float(os.environ["BENCH_SECONDS"]), Path(os.environ["BENCH_SCRATCH"]))
    row = os.environ["BENCH_ROW"]
    if row and row not in rows.BY_NAME:
        sys.exit(f"The bench has no row “{row}”, but these:\n" + "\n".join(rows.BY_NAME))
    try:
        report = bench.profile(row) if row else write(bench.run())
    except BenchError as error:
        sys.exit(f"The bench stopped: {error}")
    Path(os.environ["BENCH_REPORT"]).write_text(report)


if __name__ == "__main__":
    main()
