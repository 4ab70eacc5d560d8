"""The page that shows openapi.json to people, without script."""

import json
import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from api.examples import SITE
from api.problems import TITLES, problem
from api.tests.described import operations

pytestmark = pytest.mark.django_db
PAGE = reverse("api_reference")


@pytest.fixture
def page():
    answer = Client().get(PAGE)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    return answer.content.decode()


def test_it_has_a_place_for_each_operation_and_each_error(page):
    places = re.findall(r' id="([^"]+)"', page)
    assert len(places) == len(set(places))
    assert {operation["operationId"] for *_, operation in operations()} <= set(places)
    assert {f"{status}" for status in TITLES} <= set(places)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(places)


@pytest.mark.parametrize("status", TITLES)
def test_the_type_of_a_problem_is_its_place(page, status):
    address, _, place = json.loads(problem(status).content)["type"].partition("#")
    assert address == f"{settings.SITE_URL}{PAGE}"
    assert f'id="{place}">{status} {TITLES[status]}' in page


def test_it_shows_each_operation_as_a_command_for_this_site(page):
    commands = re.findall(r"curl (\S+)", page)
    assert len(commands) > 45
    assert all(command.startswith(f"{settings.SITE_URL}{PAGE}") for command in commands)
    assert SITE not in page
    assert "{cleaning_id}/offers/" in page
    assert "text of 1 to 120 characters" in page


def test_it_is_kept_for_visitors_like_other_pages_of_words():
    answer = Client().get(PAGE)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert Client().get(PAGE, headers={"if-none-match": answer.headers["ETag"]}).status_code == 304


def test_help_and_footer_lead_to_it():
    assert Client().get(reverse("help")).content.decode().count(f'href="{PAGE}"') == 2
