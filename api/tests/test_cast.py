"""Each operation of the schema, asked as everybody: who is let in, and what is possible in each status of an offer."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from accounts.access_tokens import Scope
from api.tests.programs import JOB, Program, token_of
from api.urls import api
from cleanings.states import OfferStatus
from conversations.models import Question
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start, rolled_back

pytestmark = [pytest.mark.long, pytest.mark.django_db]

OLIVIA, CARL, STAN, ADA = "olivia", "carl", "stan", "ada"
PEOPLE = (OLIVIA, CARL, STAN, ADA)
SIDES = (OLIVIA, CARL)
OFFER = "/cleanings/{cleaning_id}/offers/{username}/"
QUESTION = "/cleanings/{cleaning_id}/questions/{question_id}/"
ALL = tuple(OfferStatus.values)
OPEN = ("pending", "rejected", "cancelled", "rescinded")


@dataclass
class Row:
    """What an operation sends, who may at all, and in which statuses of Carl's offer it goes well: all for None.

    Where it does not, the answer is `otherwise`; to all others it is `closed`.
    """

    body: dict | None = None
    who: tuple[str, ...] = PEOPLE
    well: tuple[str, ...] | None = None
    done: int = 200
    otherwise: int = 409
    closed: int = 403
    is_public: bool = False

    def expected(self, username, status):
        if username not in self.who:
            return self.closed
        return self.done if self.well is None or status in self.well else self.otherwise


def public(**facts):
    return Row(is_public=True, **facts)


ROWS = {
    ("POST", "/tokens/"): public(body={"login": "olivia", "password": "wrong"}, done=401),
    ("GET", "/me/"): Row(),
    ("PATCH", "/me/"): Row({"bio": "Hello"}),
    ("GET", "/people/{username}/"): public(),
    ("GET", "/people/{username}/evaluations/"): public(),
    ("GET", "/people/{username}/evaluations/stats/"): public(),
    ("GET", "/cleanings/"): public(),
    ("POST", "/cleanings/"): Row(JOB, done=201),
    ("GET", "/cleanings/mine/"): Row(),
    ("GET", "/cleanings/{cleaning_id}/"): public(),
    ("PATCH", "/cleanings/{cleaning_id}/"): Row({"name": "Attic"}, (OLIVIA,), OPEN),
    ("DELETE", "/cleanings/{cleaning_id}/"): Row(None, (OLIVIA,), ("rescinded",), done=204),
    ("POST", "/cleanings/{cleaning_id}/close/"): Row({}, (OLIVIA,), OPEN),
    ("POST", "/cleanings/{cleaning_id}/open/"): Row({}, (OLIVIA,), ()),
    ("POST", "/cleanings/{cleaning_id}/invite/"): Row({"reserved_for": "cora"}, (OLIVIA,), ()),
    ("POST", "/cleanings/{cleaning_id}/decline/"): Row({}, ()),
    ("GET", "/feed/"): public(),
    ("GET", "/offers/"): Row(),
    ("GET", "/cleanings/{cleaning_id}/offers/"): Row(None, (OLIVIA,)),
    ("POST", "/cleanings/{cleaning_id}/offers/"): Row(
        {"hourly_rate": "19", "version": 1}, (CARL, STAN, ADA), OPEN, 201
    ),
    ("GET", OFFER): Row(None, SIDES),
    ("PATCH", OFFER): Row({"hourly_rate": "19", "version": 1}, (CARL,), ("pending",)),
    ("POST", f"{OFFER}accept/"): Row({"revision": 1}, (OLIVIA,), ("pending", "accepted")),
    ("POST", f"{OFFER}reject/"): Row({}, (OLIVIA,), ("pending", "rejected")),
    ("POST", f"{OFFER}rescind/"): Row({}, (CARL,), ("pending", "rescinded")),
    ("POST", f"{OFFER}confirm/"): Row({"version": 1}, (CARL,), ()),
    ("POST", f"{OFFER}cancel/"): Row({"reason": "cannot_come"}, (CARL,), ("accepted", "cancelled")),
    ("POST", f"{OFFER}release/"): Row({"reason": "not_needed"}, (OLIVIA,), ("accepted",)),
    ("POST", f"{OFFER}complete/"): Row({}, (OLIVIA,), ("completed",)),
    ("POST", f"{OFFER}answer-no-show/"): Row({"answer": "I came."}, SIDES, ()),
    ("POST", f"{OFFER}evaluation/"): Row({"overall_rating": 4}, SIDES, ("completed",), 201),
    ("GET", f"{OFFER}change/"): Row(None, SIDES, ("accepted",), otherwise=404),
    ("POST", f"{OFFER}change/"): Row({"hourly_rate": "25"}, SIDES, ("accepted",), 201),
    ("POST", f"{OFFER}change/agree/"): Row({"change": "{change}"}, (OLIVIA,), ("accepted",)),
    ("POST", f"{OFFER}change/decline/"): Row({"change": "{change}"}, (OLIVIA,), ("accepted",)),
    ("POST", f"{OFFER}change/withdraw/"): Row({"change": "{change}"}, (CARL,), ("accepted",)),
    ("GET", "/cleanings/{cleaning_id}/questions/"): public(),
    ("POST", "/cleanings/{cleaning_id}/questions/"): Row({"text": "A lift?"}, (CARL, STAN, ADA), OPEN, 201),
    ("GET", QUESTION): Row(None, (OLIVIA, STAN), closed=404, is_public=True),
    ("POST", f"{QUESTION}answer/"): Row({"answer": "Yes"}, (OLIVIA,), (*OPEN, "accepted"), closed=404),
    ("POST", f"{QUESTION}correct/"): Row({"answer": "Yes"}, (OLIVIA,), (), closed=404),
    ("POST", f"{QUESTION}withdraw/"): Row({}, (STAN,), closed=404),
    ("GET", f"{OFFER}messages/"): Row(None, SIDES, ("accepted", "cancelled", "completed")),
    ("POST", f"{OFFER}messages/"): Row({"text": "Hello"}, SIDES, ("accepted", "completed"), 201),
    ("GET", "/notifications/"): Row(),
}
NOT_ACCEPTED = tuple(status for status in ALL if status != "accepted")
# Questions that nobody has answered end with the job.
ASKED = tuple(status for status in ALL if status != "completed")


def answered(code, username, statuses):
    return {(username, status): code for status in statuses}


# What differs for one person, or in one status.
SPECIAL = {
    ("POST", "/cleanings/{cleaning_id}/offers/"): answered(409, CARL, ("pending", "cancelled", "rejected")),
    # Carl's change waits for an answer.
    ("POST", f"{OFFER}change/"): answered(409, OLIVIA, ("accepted",)),
    ("POST", f"{OFFER}change/agree/"): answered(409, CARL, NOT_ACCEPTED),
    ("POST", f"{OFFER}change/decline/"): answered(409, CARL, NOT_ACCEPTED),
    ("POST", f"{OFFER}change/withdraw/"): answered(409, OLIVIA, NOT_ACCEPTED),
    ("GET", QUESTION): answered(404, OLIVIA, ("completed",)) | answered(404, STAN, ("completed",)),
    ("POST", f"{QUESTION}answer/"): answered(403, STAN, ASKED) | answered(404, OLIVIA, ("completed",)),
    ("POST", f"{QUESTION}correct/"): answered(403, STAN, ASKED) | answered(404, OLIVIA, ("completed",)),
    ("POST", f"{QUESTION}withdraw/"): answered(403, OLIVIA, ASKED) | answered(404, STAN, ("completed",)),
}


def operations():
    paths = api.get_openapi_schema(path_prefix="/")["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def test_every_operation_has_its_row():
    assert operations() == set(ROWS)


@pytest.fixture(scope="module")
def worlds(module_db):
    """Of each status of Carl's offer, the numbers that addresses and bodies need."""
    create_cast()
    found = {}
    for status in ALL:
        cleaning = create_cleaning()
        question = Question.ask(cleaning, by=create_user(STAN), text="Is there a lift?")
        offer = create_offer(cleaning=cleaning, status="pending" if status == "completed" else status)
        if status == "completed":
            offer.accept(by=cleaning.owner)
            move_start(cleaning, timedelta(hours=-1))
            offer.complete(by=cleaning.owner)
        change = offer.suggest(by=offer.cleaner, hourly_rate=24).pk if status == "accepted" else 987654321
        found[status] = {
            "cleaning_id": cleaning.pk,
            "username": CARL,
            "question_id": question.pk,
            "change": change,
        }
    return found


@pytest.fixture(scope="module")
def tokens(worlds):
    return {(name, scope): token_of(name, scope) for name in PEOPLE for scope in Scope}


def ask(program, operation, facts):
    method, path = operation
    body = ROWS[operation].body
    if body:
        body = {name: facts["change"] if value == "{change}" else value for name, value in body.items()}
    with rolled_back():
        return program.ask(method, path.format(**facts).removeprefix("/"), body).status_code


@pytest.mark.parametrize("operation", sorted(ROWS), ids=" ".join)
def test_without_a_token_that_fits(operation, worlds, tokens):
    """A token that only reads is worth no less than one that acts where nothing is done."""
    row, facts, acting = ROWS[operation], worlds["pending"], operation[0] != "GET"
    if operation[1] == "/tokens/":
        assert ask(Program(tokens[OLIVIA, Scope.READ]), operation, facts) == row.done
        return
    assert ask(Program(), operation, facts) == (
        (row.closed if row.closed == 404 else row.done) if row.is_public else 401
    )
    assert ask(Program(f"{tokens[OLIVIA, Scope.ACT][:-1]}_"), operation, facts) == 401
    for name in PEOPLE:
        found = ask(Program(tokens[name, Scope.READ]), operation, facts)
        assert found == (403 if acting else ask(Program(tokens[name, Scope.ACT]), operation, facts))


@pytest.mark.parametrize("operation", sorted(ROWS), ids=" ".join)
def test_by_everybody_in_every_status(operation, worlds, tokens):
    row, wrong = ROWS[operation], {}
    for status, facts in worlds.items():
        for username in PEOPLE:
            expected = SPECIAL.get(operation, {}).get((username, status)) or row.expected(username, status)
            found = ask(Program(tokens[username, Scope.ACT]), operation, facts)
            if found != expected:
                wrong[username, status] = (found, expected)
    assert wrong == {}
