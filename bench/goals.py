"""The goals for speed, each with what was measured and whether it is reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench import rows

if TYPE_CHECKING:
    from bench.report import Findings

PUBLIC_QUERIES, MEMBER_QUERIES = 4, 8
MOST_MEGABYTES = 150
# Against the operation that does nothing.
API_SHARES = {
    "API: one job": 0.45,
    "API: 20 offers on a job": 0.30,
    "API: own jobs": 0.30,
    "API: feed of 20": 0.30,
    "API: me": 0.45,
    "API: offer": 0.35,
    "API: accept, 5 offers": 0.25,
    "API: post": 0.40,
}
# A worker may grow by this factor while its caches fill.
MOST_GROWTH = 1.25


def goals(found: Findings) -> Iterator[list[str]]:
    for row in (row for row in rows.PAGES if "1,000" not in row.name):
        yield at_least(f"{row.name}, anonymous: 0.5 of nothing", 0.5, found.share(row.name))
    for row in (rows.FIRST_TIME[-1], *rows.SEARCH):
        yield at_least(f"{row.name}, first time: 0.12 of nothing", 0.12, found.share(row.name))
    for row in rows.LOGGED_IN[:4]:
        yield at_least(f"{row.name}: 0.10 of nothing", 0.10, found.share(row.name))
    for name, share in API_SHARES.items():
        yield at_least(f"{name}: {share} of nothing", share, found.share(name))
    changes = {row.name for row in (*rows.CHANGES, *rows.API)}
    grown = {row.name: found.growth(row.name) for row in rows.ALL if row.name not in changes}
    yield worst("p95 of any page against that of the smallest: 1.3 times", 1.3, grown)
    deep = found.p95("browse, page 1,000, first time") / found.p95("browse, first time")
    yield at_most("page 1,000 against page 1, p95, first time: 1.2 times", 1.2, deep)
    searched = {row.name: found.p95(row.name) / found.p95("browse, first time") for row in rows.SEARCH}
    yield worst("search, p95 against browse, first time: 3 times", 3, searched)
    for row in rows.CHANGES:
        yield at_least(f"{row.name}: 0.12 of the bare accept", 0.12, found.against_pgbench(row.name))
    counted = found.queries[found.largest]
    public = [row.name for group in (rows.PAGES, rows.FIRST_TIME, rows.SEARCH) for row in group]
    yield worst(f"queries of a public page: {PUBLIC_QUERIES}", PUBLIC_QUERIES, {name: counted[name] for name in public})
    mine = {row.name: counted[row.name] for row in rows.LOGGED_IN}
    yield worst(f"queries of a page of somebody logged in: {MEMBER_QUERIES}", MEMBER_QUERIES, mine)
    memory = found.memory
    is_small = memory.end < MOST_MEGABYTES and memory.end <= memory.start * MOST_GROWTH
    measured = f"{memory.start:.0f} MB at the start, {memory.end:.0f} MB after {memory.asked:,} requests"
    yield [f"a worker: under {MOST_MEGABYTES} MB, not growing", measured, verdict(is_small)]


def verdict(is_reached: bool) -> str:
    return "reached" if is_reached else "**missed**"


def at_least(goal: str, least: float, value: float) -> list[str]:
    return [goal, f"{value:.2f}", verdict(value >= least)]


def at_most(goal: str, most: float, value: float) -> list[str]:
    return [goal, f"{value:.2f}", verdict(value <= most)]


def worst(goal: str, most: float, values: dict[str, float]) -> list[str]:
    name = max(values, key=lambda name: values[name])
    over = sum(value > most for value in values.values())
    count = f"; {over} of {len(values)} are over" if over else ""
    return [goal, f"{values[name]:.4g} at most ({name}){count}", verdict(not over)]
