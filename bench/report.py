from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import rows
from bench.goals import goals
from bench.load import CONNECTIONS, Result

EXPLANATION = """\
Requests over {connections} connections that stay open, from the same machine, {seconds:g} seconds a row after a
warm-up; each row goes through all databases before the next begins. "Of nothing" is the rate against a view that
returns two bytes behind the same middleware, asked before and after each group, for somebody of the same kind: logged
in, it has read the session and the member. "First time" means another address each time, so that no page is answered
from a cache. Statements are those of one request without load. "Python" and "PostgreSQL" are the processor time that
the workers and the database took for each request, in milliseconds. "Asking" is the share of one core that the bench
took.
"""

LAYERS = """\
Of the rows above that miss their share of nothing, the processor time of Python by the folder that a function is in, in
percent, as cProfile has it: it makes many small calls look dearer than they are. "Swept" is our own code. The rest is
mostly middleware, the handler of requests, and Python's own modules.
"""


@dataclass(frozen=True)
class Memory:
    """Megabytes of the largest worker at the start, and at the end, when the server was `asked` so many times."""

    start: float
    end: float
    asked: int


@dataclass
class Findings:
    sizes: list[int]
    seconds: float
    machine: dict[str, str] = field(default_factory=dict)
    filled: dict[int, float] = field(default_factory=dict)
    statements: dict[int, dict[str, int]] = field(default_factory=dict)
    results: dict[tuple[int, str], Result] = field(default_factory=dict)
    nothing: dict[tuple[int, str], float] = field(default_factory=dict)
    reference: dict[tuple[int, str], float] = field(default_factory=dict)
    # Of each row that misses its share, how the time of Python is shared by layer.
    layers: dict[str, dict[str, float]] = field(default_factory=dict)
    memory: Memory = Memory(0, 0, 0)

    @property
    def largest(self) -> int:
        return self.sizes[-1]

    def share(self, name: str, size: int | None = None) -> float:
        size = size or self.largest
        return self.results[size, name].rate / self.nothing[size, name]

    def p95(self, name: str, size: int | None = None) -> float:
        return self.results[size or self.largest, name].percentile(95)

    def growth(self, name: str) -> float:
        return self.p95(name) / self.p95(name, self.sizes[0])

    def against_pgbench(self, name: str, size: int | None = None) -> float:
        size = size or self.largest
        return self.results[size, name].rate / self.reference[size, "pgbench: accept"]


def machine(postgres) -> dict[str, str]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    changed = "SELECT name || ' = ' || current_setting(name) FROM pg_settings WHERE source = 'configuration file'"
    ours = f"{changed} AND name ~ '^(shared_buffers|max_wal_size|effective_cache|fsync|synchronous|random_page|jit)'"
    settings = [row[0] for row in postgres.execute(ours)]
    durable = [f"{name} = {postgres.execute(f'SHOW {name}').fetchone()[0]}" for name in ("fsync", "synchronous_commit")]
    return {
        "Machine": f"{os.cpu_count()} cores, {cpu}, {memory:.0f} GB of memory, {platform.system()}",
        "Load at the start": f"{os.getloadavg()[0]:.1f}",
        "Versions": ", ".join(
            [
                f"Python {platform.python_version()}",
                *(f"{name} {version(name)}" for name in ("Django", "gunicorn", "psycopg")),
                f"PostgreSQL {postgres.execute('SHOW server_version').fetchone()[0]}",
            ]
        ),
        "PostgreSQL": ", ".join([*durable, *settings]) + "; all else as it comes, over a Unix socket",
        "Site": f"gunicorn.conf.py, {os.environ.get('WEB_CONCURRENCY') or os.cpu_count()} workers, DEBUG=0, HTTPS=0, "
        + "LIMITS=0: nothing is counted by network address; "
        + ("CACHE_URL names a Redis" if os.environ.get("CACHE_URL") else "no CACHE_URL"),
        "Date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    }


def write(found: Findings) -> str:
    return "\n".join(
        [
            "# What the pages cost",
            "",
            "Written by `script/bench`.",
            "",
            *table(["", ""], found.machine.items()),
            "",
            EXPLANATION.format(connections=CONNECTIONS, seconds=found.seconds),
            "## Goals",
            "",
            f"At {found.largest:,} cleanings, unless a line says otherwise.",
            "",
            *table(["goal", "measured", ""], goals(found)),
            "",
            *layers_section(found),
            *(line for size in reversed(found.sizes) for line in size_section(found, size)),
            f"## Growth from {found.sizes[0]:,} to {found.largest:,} cleanings",
            "",
            *table(["", *(f"p95 at {size:,}, ms" for size in found.sizes), "times"], growth(found)),
            "",
        ]
    )


def table(head: list[str], lines) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for line in lines:
        yield f"| {' | '.join(line)} |"


def layers_section(found: Findings) -> Iterator[str]:
    names = list(next(iter(found.layers.values()), ()))
    yield "## Where the time goes"
    yield ""
    yield LAYERS
    lines = ([row, *(f"{share:.0%}" for share in shares.values())] for row, shares in found.layers.items())
    yield from table(["", *names], lines)
    yield ""


def size_section(found: Findings, size: int) -> Iterator[str]:
    yield f"## {size:,} cleanings, {size * 5:,} offers"
    yield ""
    yield f"Filled in {found.filled[size]:.0f} seconds."
    yield ""
    head = ["", "a second", "p50, ms", "p95", "p99", "statements", "Python, ms", "PostgreSQL, ms", "of nothing"]
    head += ["of pgbench", "asking"]
    yield from table(head, (line(found, size, row.name) for row in (*rows.NOTHING.values(), *rows.ALL)))
    yield ""
    moves = sorted({name for _, name in found.reference})
    bare = ", ".join(f"{name.removeprefix('pgbench: ')} {found.reference[size, name]:,.0f}" for name in moves)
    yield f"pgbench, the bare moves in SQL, a second: {bare}."
    yield ""


def line(found: Findings, size: int, name: str) -> list[str]:
    result = found.results[size, name]
    moves = [row.name for row in rows.MOVES]
    return [
        name,
        f"{result.rate:,.0f}",
        *(f"{result.percentile(percent):.1f}" for percent in (50, 95, 99)),
        str(found.statements[size][name]),
        f"{result.each(result.python):.1f}",
        f"{result.each(result.postgresql):.1f}",
        f"{found.share(name, size):.2f}" if (size, name) in found.nothing else "",
        f"{found.against_pgbench(name, size):.2f}" if name in moves else "",
        f"{result.asking:.0%}",
    ]


def growth(found: Findings) -> Iterator[list[str]]:
    for row in rows.ALL:
        yield [row.name, *(f"{found.p95(row.name, size):.1f}" for size in found.sizes), f"{found.growth(row.name):.2f}"]
