"""The goals for speed, each with what was measured and whether it is reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench import rows

if TYPE_CHECKING:
    from bench.report import Findings

# Of the rate of the view that does nothing for the same kind of visitor.
SHARES = {
    "home": 0.50,
    "browse": 0.50,
    "a cleaning": 0.50,
    "browse by city, type and rate": 0.12,
    "near me": 0.12,
    "near me, nearest first": 0.12,
    **{row.name: 0.10 for row in rows.SEARCH},
    "browse, logged in": 0.30,
    "browse, logged in, first time": 0.30,
    "a cleaning, logged in": 0.35,
    "a cleaning with 20 offers, its owner": 0.30,
    "compare 20 offers": 0.25,
    "own jobs": 0.35,
    "dashboard": 0.20,
    "notifications": 0.35,
    "offer": 0.35,
    "accept, 5 offers": 0.25,
    "post": 0.40,
    "API: one job": 0.45,
    "API: 20 offers on a job": 0.30,
    "API: own jobs": 0.30,
    "API: feed of 20": 0.30,
    "API: me": 0.45,
    "API: offer": 0.35,
    "API: accept, 5 offers": 0.25,
    "API: post": 0.40,
}
OF_PGBENCH = 0.12
# p95 with the most cleanings against that with the fewest.
MOST_GROWTH = 1.3
MOST_GROWTH_OF = {"search: two words": 1.5}
JOBS = ("a cleaning", "a cleaning, first time")
# Pages of a member that show much.
FULL = ("a cleaning, logged in", "a cleaning with 20 offers, its owner", "compare 20 offers", "dashboard")
REQUESTS_OF_A_WORKER, MOST_MEGABYTES = 100_000, 150
# A worker may grow by this factor while its caches fill.
MOST_GROWTH_OF_A_WORKER = 1.25


def goals(found: Findings) -> Iterator[list[str]]:
    for name, share in SHARES.items():
        yield share_of_nothing(found, name, share)
    for row in rows.MOVES:
        yield at_least(f"{row.name}: {OF_PGBENCH} of the bare accept", OF_PGBENCH, found.against_pgbench(row.name))
    yield from times_to_answer(found)
    yield from statements(found)
    yield memory(found)


def missed_shares(found: Findings) -> Iterator[str]:
    """The names of the rows."""
    for name, least in SHARES.items():
        if found.share(name) < least:
            yield name


def share_of_nothing(found: Findings, name: str, least: float) -> list[str]:
    """With the processor time that a row takes which misses its goal, and the one with which it would reach it."""
    share, result = found.share(name), found.results[found.largest, name]
    goal, measured, verdict = at_least(f"{name}: {least:.2f} of nothing", least, share)
    if share < least:
        python, postgresql = result.each(result.python), result.each(result.postgresql)
        measured += f", by {python:.1f} ms of Python and {postgresql:.1f} of PostgreSQL"
        measured += f"; {(python + postgresql) * share / least:.1f} in all would do"
    return [goal, measured, verdict]


def times_to_answer(found: Findings) -> Iterator[list[str]]:
    changes = {row.name for row in (*rows.CHANGES, *rows.API)}
    growth = {row.name: found.growth(row.name) for row in rows.ALL if row.name not in changes}
    for name, most in MOST_GROWTH_OF.items():
        yield at_most(f"{name}, p95 against that of the smallest: {most} times", most, growth.pop(name))
    yield worst(f"p95 of any other page against that of the smallest: {MOST_GROWTH} times", MOST_GROWTH, growth)
    deep = found.p95("browse, page 1,000, first time") / found.p95("browse, first time")
    yield at_most("page 1,000 against page 1, p95, first time: 1.2 times", 1.2, deep)
    searched = {row.name: found.p95(row.name) / found.p95("browse, first time") for row in rows.SEARCH}
    yield worst("search, p95 against browse, first time: 3 times", 3, searched)


def statements(found: Findings) -> Iterator[list[str]]:
    public = [row.name for row in (*rows.PAGES, *rows.FIRST_TIME, *rows.SEARCH) if row.name not in JOBS]
    mine = [row.name for row in rows.LOGGED_IN if row.name not in FULL]
    for what, most, names in (
        ("a public page", 4, public),
        ("a public job", 8, JOBS),
        ("a page of somebody logged in", 10, mine),
        ("a job, a comparison or a dashboard of somebody logged in", 14, FULL),
    ):
        counted = {name: found.statements[found.largest][name] for name in names}
        yield worst(f"statements of {what}: {most}", most, counted)


def memory(found: Findings) -> list[str]:
    memory = found.memory
    is_small = memory.end < MOST_MEGABYTES and memory.end <= memory.start * MOST_GROWTH_OF_A_WORKER
    goal = f"a worker after {REQUESTS_OF_A_WORKER:,} mixed requests: under {MOST_MEGABYTES} MB, not growing"
    measured = f"{memory.start:.0f} MB at the start, {memory.end:.0f} MB after {memory.asked:,} requests"
    return [goal, measured, verdict(is_small and memory.asked >= REQUESTS_OF_A_WORKER)]


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
