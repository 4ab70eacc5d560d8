"""Requests that schemathesis makes of the schema, good ones and bad ones, as everybody; each answer is held to it."""

import json
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from accounts.access_tokens import Scope
from api.tests.described import assert_described
from api.tests.programs import Program, token_of
from api.urls import api
from conversations.models import Question
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, rolled_back
from marketplace.tests.rounds import rounds

pytestmark = [pytest.mark.long, pytest.mark.django_db]

PEOPLE = ("", "olivia", "carl", "stan", "ada")
EXAMPLES = rounds(4, full=60)
# Of what is made at random nothing is kept, and a failure is told as it came.
RUN = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SCHEMA = schemathesis.openapi.from_dict(json.loads(json.dumps(api.get_openapi_schema())))
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.fixture(scope="module")
def programs(module_db):
    create_cast()
    return [Program(token_of(name, Scope.ACT) if name else "") for name in PEOPLE]


@pytest.fixture(scope="module")
def known(programs):
    """What is there, so that not every address leads nowhere."""
    cleaning = create_cleaning()
    question = Question.ask(cleaning, by=create_user("stan"), text="Is there a lift?")
    create_offer(cleaning=cleaning)
    return {"cleaning_id": cleaning.pk, "question_id": question.pk, "username": "carl"}


def ask(program, case, path):
    """What cannot be written in an address or as JSON was not sent."""
    query = f"?{urlencode(case.query, doseq=True)}" if case.query else ""
    headers = {name.lower(): value for name, value in (case.headers or {}).items() if f"{value}".isprintable()}
    body = {}
    if case.media_type:
        data = case.body if isinstance(case.body, bytes) else json.dumps(case.body, default=str)
        body = {"data": data, "content_type": case.media_type}
    with rolled_back():
        return program.client.generic(case.method, f"{path}{query}", headers=headers | program.headers, **body)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_no_request_of_the_schema_breaks_anything(label, mode, programs, known):
    operation = OPERATIONS[label]

    @RUN
    @given(data=st.data())
    def ask_as_somebody(data):
        case = data.draw(operation.as_strategy(generation_mode=mode))
        program, is_known = data.draw(st.sampled_from(programs)), data.draw(st.booleans())
        if is_known and mode is GenerationMode.POSITIVE:
            case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
        answer = ask(program, case, case.formatted_path)
        assert_described(case.method, case.formatted_path, answer)

    ask_as_somebody()
