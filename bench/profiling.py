"""Where the time of one row goes: its statements, and what Python does. No server, one request after the other."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from bench import rows
from bench.client import send, statements_of
from bench.load import BenchError, Request

WARM_UP, MEASURED, PROFILED = 10, 200, 100
FUNCTIONS = 40
PACKAGES = Path(django.__file__).parent.parent
# By the folder that a function is in; all other code outside of ours is the rest.
LAYERS = {"ORM": "django/db", "psycopg": "psycopg", "templates": "django/template", "forms": "django/forms"}
OURS, REST = "Swept", "rest"


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


def shares_of_layers(requests: list[Request]) -> dict[str, float]:
    """How the processor time of Python is shared, together 1. What C code takes counts for whoever calls it."""
    with cProfile.Profile(time.process_time) as profiler:
        send_all(requests)
    took = dict.fromkeys([*LAYERS, OURS, REST], 0.0)
    stats: Any = pstats.Stats(profiler)
    for (path, *_), (_, _, own, _, callers) in stats.stats.items():
        is_c = path == "~"
        for caller, (_, _, part, _) in callers.items() if is_c else ():
            took[layer_of(caller[0])] += part
        if not is_c:
            took[layer_of(path)] += own
    return {layer: seconds / sum(took.values()) for layer, seconds in took.items()}


def layer_of(path: str) -> str:
    file = Path(path)
    if file.is_relative_to(PACKAGES):
        inside = str(file.relative_to(PACKAGES))
        return next((layer for layer, folder in LAYERS.items() if inside.startswith(folder)), REST)
    return OURS if file.is_relative_to(settings.BASE_DIR) else REST


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
