"""Who reads what is private by a program: the texts of the pages' test, looked for in every answer, as everybody."""

import pytest

from accounts.access_tokens import Scope
from api.tests.programs import Program, token_of
from api.urls import api
from marketplace.testing import create_cast, create_cleaning, create_user
from marketplace.tests.helpers import ROLES
from marketplace.tests.test_hidden_words import AUTHORS, Town
from marketplace.tests.test_privacy import NOTHING, QUESTIONS, STATES, Job

pytestmark = [pytest.mark.long, pytest.mark.django_db]


class JobOfPrograms(Job):
    def addresses(self):
        """Of every operation that reads, of the job, its offers and its people."""
        for path, methods in api.get_openapi_schema(path_prefix="/")["paths"].items():
            if "get" in methods:
                for username in ("carl", "cora", "olivia") if "{username}" in path else ("",):
                    facts = {"cleaning_id": self.cleaning.pk, "question_id": self.asked.pk, "username": username}
                    yield path.format(**facts).removeprefix("/")

    def read_by(self, role):
        program = Program("" if role == "anonymous" else token_of(role, Scope.READ))
        answers = [program.get(path) for path in self.addresses()]
        assert {answer.status_code for answer in answers} <= {200, 401, 403, 404, 409}
        return "\n".join(f"{dict(answer.items())} {answer.content.decode()}" for answer in answers)


@pytest.mark.parametrize("state", STATES)
def test_private_texts_reach_their_readers_and_nobody_else(state):
    move, readers = STATES[state]
    job = JobOfPrograms()
    if move:
        getattr(job, move)()
    allowed = NOTHING | QUESTIONS[state] | readers
    found = job.readers()
    assert {name: found[name] - allowed[name] for name in allowed} == {name: set() for name in allowed}
    assert found["rate"] >= {"olivia", "carl"}
    assert found["olivia's e-mail"] == {"olivia"}


@pytest.mark.parametrize(
    ("move", "shown"),
    [
        (
            "suggest",
            {"street", "suggested street", "suggested rate", "note of the change", "said", "message", "rate", "asked",
             "answered", "olivia's phone", "carl's phone", "olivia's e-mail", "carl's e-mail"},
        ),
        ("both_evaluate", {"evaluation"}),
    ],
)  # fmt: skip
def test_their_readers_find_them(move, shown):
    """Else the test above would find nothing wherever it looked."""
    job = JobOfPrograms()
    getattr(job, move)()
    assert {name for name, roles in job.readers().items() if roles} >= shown


class TownOfPrograms(Town):
    def read_by(self, role):
        program = Program("" if role == "anonymous" else token_of(role, Scope.READ))
        paths = [f"cleanings/{self.job.pk}/", f"cleanings/{self.job.pk}/questions/", "cleanings/?q=canary", "feed/"]
        paths += [f"people/{name}/{part}" for name in ("carl", "olivia") for part in ("", "evaluations/")]
        if role != "anonymous":
            offer = f"cleanings/{self.job.pk}/offers/carl/"
            paths += [
                f"cleanings/{self.job.pk}/offers/",
                offer,
                f"{offer}messages/",
                "offers/",
                "cleanings/mine/",
                "me/",
            ]
        answers = [program.get(path) for path in paths]
        return "\n".join(answer.content.decode() for answer in answers)


@pytest.mark.parametrize("state", ["open", "completed"])
def test_what_is_hidden_is_read_by_its_author_alone(state, private):
    town = TownOfPrograms(state)
    before = town.found_by(*ROLES)
    town.hide()
    found = town.found_by(*ROLES)
    assert {text for text in AUTHORS if before[text] - {AUTHORS[text]}} >= {"canary-name", "canary-offer", "canary-bio"}
    assert found == {text: before[text] & {author} for text, author in AUTHORS.items()}


def test_a_program_reads_no_jobs_over_a_block():
    create_cast()
    create_cleaning(name="canary-name")
    carl, paths = Program(token_of("carl", Scope.READ)), ("cleanings/", "feed/")
    assert ["canary-name" in carl.get(path).content.decode() for path in paths] == [True, True]
    create_user("olivia").block(create_user("carl"))
    assert ["canary-name" in carl.get(path).content.decode() for path in paths] == [False, False]
