"""Whatever people do on the site, in whichever order, it answers and shows what a plain dictionary says it should.

A step of a walk is one request to a real server, or several that are refused, or the site's own work as time passes.
After each step the tables and three pages are compared with the dictionary, and one invariant in turn is checked.

A failure prints the requests that are left after shrinking. The short form is derandomized: the same code fails in the
same way each time. To replay a failure of the long form, set the line `@reproduce_failure(...)`, which it prints, above
`class Walk` in `stateful_walk.py`, and run that test again. The acts that the printed requests stand for are in
`Walk.history`.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase
from hypothesis import settings as run_with
from hypothesis.stateful import run_state_machine_as_test

from cleanings.models import Cleaning
from cleanings.states import MOVES, OFFER, CleaningStatus, Kind
from core.statements import Statement
from evaluations.querysets import EvaluationQuerySet
from marketplace.testing import create_offer, create_user
from marketplace.tests.stateful_walk import KINDS, Walk
from notifications.querysets import NotificationQuerySet
from offers.models import Offer
from offers.tests.scenarios import STATES

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

CELLS = {
    (offer, cleaning, move.kind, role)
    for (offer, cleaning), move, role in product(STATES, MOVES, ("owner", "cleaner", "stranger", "staff"))
    if move is not OFFER or role == "cleaner" or (role == "owner" and offer is None)
}
# As many as fit into half a minute.
WALKS = 3
# On a job of Olivia's, on which Carl and Cora have offers.
PLAN: list[tuple] = [
    (Kind.ACCEPT, "carl", "carl"), (Kind.EDIT, "olivia", None, {"hours": Decimal(4)}), (Kind.ACCEPT, "olivia", "carl"),
    ("pass_days", 0.1), ("do_what_is_due",), (Kind.CONFIRM, "carl", "carl"), (Kind.ACCEPT, "olivia", "carl"),
    (Kind.CANCEL, "carl", "carl", {"reason": "other"}), (Kind.CONFIRM, "cora", "cora"),
    (Kind.ACCEPT, "olivia", "cora"), ("pass_days", 4), (Kind.COMPLETE, "olivia", "cora"),
    (Kind.EVALUATE, "olivia", "cora", {"stars": 5}), (Kind.EVALUATE, "cora", "cora", {"stars": 2}), ("restart",),
]  # fmt: skip
BUGS = ("no_constraint", "no_owner_check", "no_reopening", "mail_twice", "stale_average", "version_ignored")


@pytest.fixture(autouse=True)
def site(queue, no_limits, without_row_limits, settings, monkeypatch, caplog):
    # Most of what is asked for is refused, and each refusal is a line.
    caplog.set_level(logging.ERROR, "django.request")
    settings.STAFF_SESSION_AGE = 0
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", None)
    # Templates are compiled once, and not in each worker.
    job, client = create_offer().cleaning.get_absolute_url(), Client()
    for name in ("olivia", "carl"):
        client.force_login(create_user(name))
        for path in (job, f"{job}offers/", "/cleanings/", "/dashboard/"):
            client.get(path)


def walk(examples: int, steps: int = 30, **more) -> None:
    chosen = {"max_examples": examples, "stateful_step_count": steps, "deadline": None, "database": None}
    chosen |= {"derandomize": True, "report_multiple_bugs": False, "suppress_health_check": list(HealthCheck)}
    run_state_machine_as_test(Walk, settings=run_with(**chosen | more))


def share_of_cells() -> float:
    """Print what of the table of moves no walk has tried."""
    missing = sorted(" ".join(map(str, cell)) for cell in CELLS - Walk.visited.keys())
    share = 1 - len(missing) / len(CELLS)
    print(f"{share:.1%} of {len(CELLS)} cells were visited, but for:", *missing, sep="\n")
    return share


def test_the_site_does_and_shows_what_the_dictionary_says():
    walk(WALKS)
    share_of_cells()


@pytest.mark.thorough
def test_a_thousand_walks_visit_nearly_every_cell():
    """On each of the two databases, so that a night has 2,000 walks."""
    Walk.visited.clear()
    walk(1000, 60, derandomize=False, print_blob=True)
    assert share_of_cells() >= 0.95


@pytest.fixture
def no_constraint(monkeypatch):
    """Nothing that the database could refuse tells a form that is sent twice from two forms."""
    post = Cleaning.post
    monkeypatch.setattr(Cleaning, "post", lambda *, by, token=None, **facts: post(by=by, **facts))


@pytest.fixture
def no_owner_check(monkeypatch):
    monkeypatch.setattr(Offer, "has_role_for", lambda offer, user, move: True)


@pytest.fixture
def no_reopening(monkeypatch):
    set_status = Cleaning.set_status

    def stay_assigned(cleaning, status, kind, by):
        return set_status(cleaning, cleaning.status if status == CleaningStatus.OPEN else status, kind, by)

    monkeypatch.setattr(Cleaning, "set_status", stay_assigned)


@pytest.fixture
def mail_twice(monkeypatch):
    """What is mailed still waits for its mail."""
    monkeypatch.setattr(NotificationQuerySet, "_settle", lambda rows, notices, mailing: None)


@pytest.fixture
def stale_average(monkeypatch):
    """The evaluations of the last hour are not in it."""
    counted, hour = EvaluationQuerySet.counted, timedelta(hours=1)
    monkeypatch.setattr(
        EvaluationQuerySet, "counted", lambda rows, at=None: counted(rows, (at or timezone.now()) - hour)
    )
    compiler_for, composed = Statement.compiler_for, set()

    def compose_anew(statement, values):
        composed.add(statement)
        statement.built = None
        return compiler_for(statement, values)

    # Some statements were composed without the bug, and none may keep it.
    monkeypatch.setattr(Statement, "compiler_for", compose_anew)
    yield
    for statement in composed:
        statement.built = None


@pytest.fixture
def version_ignored(monkeypatch):
    monkeypatch.setattr(Offer, "is_current", True)


def pass_by_every_bug() -> None:
    """One walk, chosen by hand, that comes to where each of the bugs shows."""
    walk = Walk()
    try:
        walk.begin(owners=1, cleaners=2)
        walk.perform(walk.history[0])
        for step in PLAN:
            take(walk, *step)
            walk.agrees()
    finally:
        walk.teardown()


def take(walk: Walk, what: str, *more) -> None:
    if what not in KINDS:
        return getattr(walk, what)(*more)
    by, cleaner, *choice = more
    act = {"what": what, "by": by, "job": 1, "cleaner": cleaner}
    return walk.perform(walk.filled(act, *choice or [{}]))


@contextmanager
def finds_a_difference() -> Iterator[None]:
    """An error is found without any dictionary."""
    with pytest.raises(AssertionError) as found:
        yield
    assert not str(found.value).startswith("assert 500")


def test_every_bug_has_its_place_on_a_walk():
    pass_by_every_bug()


@pytest.mark.parametrize("bug", BUGS)
def test_control_a_walk_finds_each_bug(bug, request):
    request.getfixturevalue(bug)
    with finds_a_difference():
        pass_by_every_bug()


@pytest.mark.thorough
@pytest.mark.parametrize("bug", BUGS)
def test_control_random_walks_find_each_bug(bug, request):
    request.getfixturevalue(bug)
    before = Walk.begun
    with finds_a_difference():
        walk(500, phases=[Phase.generate])
    print(f"{bug}: found by walk {Walk.begun - before}")
