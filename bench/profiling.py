"""Where the time of one row goes: its statements, and what Python does. No server, one request after the other."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import cycle, islice

from bench import rows
from bench.client import send, statements_of
from bench.load import BenchError, Request

WARM_UP, MEASURED, PROFILED = 10, 200, 100
FUNCTIONS = 40


def profile(name: str, dataset: rows.Dataset) -> str:
    feed = requests_of(rows.BY_NAME[name], dataset)
    nothing = requests_of(rows.nothing_beside(name), dataset)
    send_all([*islice(nothing, WARM_UP), *islice(feed, WARM_UP)])
    statements = statements_of(*islice(feed, 1))
    before, each, after = (python_each(requests) for requests in (nothing, feed, nothing))
    return "\n".join(
        [
            f"{name}, {dataset.cleanings:,} cleanings: {len(statements)} statements and {each:.2f} ms of Python,",
            f"{(before + after) / 2 / each:.2f} of the view that does nothing.",
            "",
            *(f"{1000 * float(statement['time']):.0f} ms  {statement['sql']}" for statement in statements),
            "",
            functions_of(feed),
        ]
    )


def requests_of(row: rows.Row, dataset: rows.Dataset) -> Iterator[Request]:
    requests = row.requests(dataset)
    if len(requests) < WARM_UP + 1 + MEASURED + PROFILED and row.once:
        raise BenchError(f"So few cleanings are enough for only {len(requests)} requests of “{row.name}”.")
    return iter(requests) if row.once else cycle(requests)


def send_all(requests: Iterable[Request]) -> None:
    for request in requests:
        send(request)


def python_each(feed: Iterator[Request]) -> float:
    """Processor time of this process for a request, in milliseconds."""
    requests = list(islice(feed, MEASURED))
    begun = time.process_time()
    send_all(requests)
    return 1000 * (time.process_time() - begun) / MEASURED


def functions_of(feed: Iterator[Request]) -> str:
    requests = list(islice(feed, PROFILED))
    with cProfile.Profile() as profiler:
        send_all(requests)
    text = StringIO()
    stats = pstats.Stats(profiler, stream=text).strip_dirs()
    for order in ("cumulative", "tottime"):
        stats.sort_stats(order).print_stats(FUNCTIONS)
    return f"Of {PROFILED} requests:\n{text.getvalue()}"
