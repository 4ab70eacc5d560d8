"""What is refused, and how a program learns why: by a problem of RFC 9457, with the status that HTTP has for it."""

import json
import logging
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from accounts.access_tokens import AccessToken, Scope, new_token
from accounts.email_addresses import MAX_NORMALIZED_LENGTH
from accounts.rate_limits import SEARCHES_PER_ADDRESS
from api import people
from api.problems import CONTENT_TYPE, REFERENCE, TITLES
from api.tests.programs import JOB, ROOT, Program, program_of, token_of
from cleanings.models import Cleaning
from cleanings.sentences import CHANGE_OF_NOTHING
from marketplace.testing import PASSWORD, create_cast, create_cleaning, create_offer, create_user

pytestmark = pytest.mark.django_db

JOBS = f"{ROOT}cleanings/"
WRITTEN = json.dumps(JOB)


@pytest.fixture
def olivia():
    create_cast()
    return program_of("olivia")


def problem_of(answer, status):
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == CONTENT_TYPE
    found = answer.json()
    assert found["type"] == f"{settings.SITE_URL}{REFERENCE}#{status}"
    assert (found["title"], found["status"]) == (TITLES[status], status)
    assert found["detail"].endswith(".")
    return found


def post(program, body, content_type="application/json", path=JOBS, **headers):
    headers = program.headers | headers
    return program.client.generic("POST", path, body, content_type=content_type, headers=headers)


def with_field(name, written):
    """The body with a value that Python's own writer would not write."""
    return json.dumps(JOB | {name: "@"}).replace('"@"', written)


UNREADABLE = {
    "cut off": WRITTEN[:-1],
    "words": "name=Kitchen",
    "two objects": WRITTEN * 2,
    "other bytes": b"\xff\xfe" + WRITTEN.encode("utf-16-le"),
    "Latin-1": WRITTEN.replace("Kitchen", "Küche").encode("latin-1"),
    "NaN": with_field("hourly_rate", "NaN"),
    "Infinity": with_field("hourly_rate", "-Infinity"),
    "half a character": with_field("name", r'"\ud800"'),
    "half a character in a name": WRITTEN.replace('"name"', r'"\udfff"'),
    "deep lists": "[" * 100_000,
    "deep objects": '{"name":' * 100_000,
    "a number of 10,000 digits": with_field("hourly_rate", "9" * 10_000),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_json_is_400(olivia, body):
    problem_of(post(olivia, body), 400)
    assert not Cleaning.objects.exists()


WRONG = {
    "nothing": ("", "body"),
    "a list": ("[]", "body"),
    "text": ('"Kitchen"', "body"),
    "null": ("null", "body"),
    "a number for text": (with_field("name", "12"), "name"),
    "an object for text": (with_field("name", "{}"), "name"),
    "null for text": (with_field("city", "null"), "city"),
    "text for an option": (with_field("then_open", '"yes"'), "then_open"),
    "an unknown option": (with_field("cleaning_type", '"polish"'), "cleaning_type"),
    "an unknown field": (with_field("owner", '"carl"'), "owner"),
    "1e400": (with_field("hourly_rate", "1e400"), "hourly_rate"),
    "4,000 digits": (with_field("hourly_rate", "9" * 4_000), "hourly_rate"),
    "many decimals": (with_field("hourly_rate", '"20.005"'), "hourly_rate"),
    "an exponent as text": (with_field("estimated_hours", '"1e999999999"'), "estimated_hours"),
    "NaN as text": (with_field("hourly_rate", '"NaN"'), "hourly_rate"),
    "below nothing": (with_field("hourly_rate", "-1"), "hourly_rate"),
    "a time without a zone": (with_field("starts_at", '"2026-12-05T13:00:00"'), "starts_at"),
    "a time outside the calendar": (with_field("starts_at", '"9999-12-31T23:59:59-14:00"'), "starts_at"),
    "a time in the past": (with_field("starts_at", '"2020-12-05T13:00:00Z"'), "starts_at"),
    "NUL": (with_field("reserved_for", r'"ca\u0000rl"'), "reserved_for"),
    "nothing but NUL": (with_field("name", r'"\u0000"'), "name"),
    "too long": (with_field("name", json.dumps("x" * 200)), "name"),
    "nothing in it": (with_field("name", '"  "'), "name"),
    "no token of a posting": (with_field("post_token", '"1"'), "post_token"),
    "nobody": (with_field("reserved_for", '"nobody"'), "reserved_for"),
}


@pytest.mark.parametrize(("body", "field"), WRONG.values(), ids=WRONG)
def test_what_has_to_be_corrected_is_422_and_named(olivia, body, field):
    found = problem_of(post(olivia, body), 422)
    assert field in found["fields"]
    assert found["detail"] == next(iter(found["fields"].values()))[0]
    assert not Cleaning.objects.exists()


def test_one_error_of_a_field_is_named_in_our_words(olivia):
    for wrong in ("5", '"none"', "{}"):
        found = problem_of(post(olivia, with_field("supplies", wrong)), 422)
        assert found["fields"] == {"supplies": ["Choose one of: 'owner' or 'cleaner'."]}


def test_what_no_one_field_is_wrong_with_is_said_of_the_whole(olivia):
    offer = create_offer(status="accepted")
    answer = olivia.post(f"cleanings/{offer.cleaning_id}/offers/carl/change/", {"hourly_rate": f"{offer.hourly_rate}"})
    assert problem_of(answer, 422)["fields"] == {"body": [CHANGE_OF_NOTHING]}


def test_every_field_that_is_missing_is_named(olivia):
    needed = {"name", "cleaning_type", "hourly_rate", "estimated_hours", "city", "postcode", "street_address"}
    assert set(problem_of(post(olivia, "{}"), 422)["fields"]) == needed


def test_filters_are_refused_by_name(olivia):
    for query, field in (("colour=red", "colour"), ("min_rate=x", "min_rate"), ("after=x", "after")):
        assert set(problem_of(olivia.get(f"cleanings/?{query}"), 422)["fields"]) == {field}
    assert set(problem_of(olivia.get("cleanings/mine/?status=lost"), 422)["fields"]) == {"status"}


@pytest.mark.parametrize("body", [b"[" + b"1," * 5_000_000 + b"1]", b"x" * 10_000_000], ids=["JSON", "anything"])
def test_ten_megabytes_are_413(olivia, body):
    problem_of(post(olivia, body), 413)


def test_nul_in_an_address_is_400(olivia):
    for path in ("cleanings/?q=%00", "people/%00carl/", "nowhere/%00/"):
        problem_of(olivia.get(path), 400)


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "BREW", "POST", "DELETE"])
def test_a_method_that_is_not_offered_is_405_and_says_which_are(olivia, method):
    answer = olivia.ask(method, "me/")
    problem_of(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD, PATCH"


def test_the_schema_is_only_read(olivia):
    answer = olivia.post("openapi.json")
    problem_of(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD"


def test_a_head_is_a_get_without_a_body(olivia):
    got, asked = olivia.get("me/"), olivia.ask("HEAD", "me/")
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["ETag"] == got.headers["ETag"]
    assert asked.headers["Content-Length"] == f"{len(got.content)}"
    assert Program().ask("HEAD", "me/").status_code == 401


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_what_is_not_sent_as_json_is_415(olivia, kind):
    problem_of(post(olivia, WRITTEN, kind), 415)
    problem_of(post(olivia, WRITTEN, kind, f"{JOBS}{create_cleaning().pk}/close/"), 415)


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "utf-7", "nonsense"])
def test_another_encoding_is_refused(olivia, charset):
    problem_of(post(olivia, WRITTEN, f"application/json; charset={charset}"), 400)
    assert post(olivia, WRITTEN, "application/json; charset=UTF-8").status_code == 201


def test_an_accept_that_nothing_fits_is_406(olivia):
    for accepted in ("text/html", "application/xml, image/*", "application/json;q=0", "nonsense"):
        problem_of(olivia.get("me/", accept=accepted), 406)
    for accepted in ("", "Application/JSON; charset=utf-8", "text/html, */*;q=0.1", "application/*"):
        assert olivia.get("me/", accept=accepted).status_code == 200


def ended(olivia):
    AccessToken.objects.all().delete()
    return olivia.headers["authorization"]


def expired(olivia):
    long_ago = timezone.now() - timedelta(days=31)
    AccessToken.objects.update(created_at=long_ago, expires_at=long_ago + timedelta(days=1))
    return olivia.headers["authorization"]


def of_a_closed_account(olivia):
    type(create_user("olivia")).objects.filter(username="olivia").update(is_active=False)
    return olivia.headers["authorization"]


def made_elsewhere(olivia):
    return f"Bearer {new_token()}"


def mistyped(olivia):
    return f"{olivia.headers['authorization'][:-1]}_"


def of_another_kind(olivia):
    return "Basic b2xpdmlhOng="


def empty(olivia):
    return "Bearer "


def not_ascii(olivia):
    return "Bearer sw€pt"


@pytest.mark.parametrize(
    "make", [ended, expired, of_a_closed_account, made_elsewhere, mistyped, of_another_kind, empty, not_ascii]
)
def test_a_bad_token_is_401_where_none_is_needed_too(olivia, make):
    header = make(olivia)
    for path in ("me/", "cleanings/", "feed/"):
        answer = Program().get(path, authorization=header)
        problem_of(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_in_the_address_is_ignored_and_that_is_said(olivia):
    for name in ("token", "access_token"):
        answer = Program().get(f"me/?{name}={token_of('olivia')}")
        assert "ignored" in problem_of(answer, 401)["detail"]
        answer = Program().get(f"cleanings/?{name}=x")
        assert answer.status_code == 200
        assert "ignored" in answer.headers["Warning"]


def test_a_token_in_the_address_is_in_no_address_of_another_page(olivia):
    for _ in range(21):
        create_cleaning()
    for name in ("token", "access_token"):
        following = Program().get(f"cleanings/?{name}=swept_secret&city=Ghent").json()["next"]
        assert "city=Ghent" in following
        assert "swept_secret" not in following


def test_a_session_is_not_a_token(olivia):
    client = Client()
    client.force_login(create_user("olivia"))
    mine = create_cleaning()
    mine.close(by=mine.owner)
    problem_of(client.get(f"{ROOT}me/"), 401)
    problem_of(client.get(f"{JOBS}{mine.pk}/"), 404)
    problem_of(client.post(JOBS, JOB, content_type="application/json"), 401)


def test_no_answer_sets_a_cookie_and_none_is_kept_by_a_shared_cache(olivia):
    for program in (olivia, Program()):
        for path in ("cleanings/", "me/", "nowhere/", "people/%00/", "openapi.json"):
            answer = program.get(path)
            assert not answer.cookies
            assert answer.headers["Cache-Control"] in ("private, no-store", "no-cache")
            assert {"Authorization", "Accept"} <= set(answer.headers["Vary"].split(", "))
    assert olivia.get("cleanings/").headers["Cache-Control"] == "private, no-store"
    assert Program().get("cleanings/").headers["Cache-Control"] == "no-cache"


def test_a_token_that_reads_does_not_act(olivia):
    job, reader = create_cleaning(), program_of("olivia", Scope.READ)
    assert reader.get(f"cleanings/{job.pk}/").json()["street_address"]
    for method, path, body in (("PATCH", f"cleanings/{job.pk}/", {}), ("POST", f"cleanings/{job.pk}/close/", None)):
        assert "only reads" in problem_of(reader.ask(method, path, body), 403)["detail"]
    assert Cleaning.objects.get(pk=job.pk).is_open


def test_what_is_somebody_elses_is_403_and_what_is_hidden_404(olivia):
    offer, stan = create_offer(), program_of("stan")
    problem_of(stan.post(f"cleanings/{offer.cleaning_id}/close/"), 403)
    problem_of(stan.get(f"cleanings/{offer.cleaning_id}/offers/"), 403)
    offer.cleaning.close(by=offer.cleaning.owner)
    for path in (f"cleanings/{offer.cleaning_id}/", "cleanings/0/", "cleanings/x/", "people/no/", "nowhere/"):
        problem_of(stan.get(path), 404)


def test_a_move_that_is_not_possible_is_409_with_the_sentence_of_the_page(olivia):
    offer = create_offer()
    path = f"cleanings/{offer.cleaning_id}/offers/carl/accept/"
    assert (
        problem_of(olivia.post(path, {"revision": 2}), 409)["detail"] == "The offer changed after you opened the page."
    )


def test_too_many_searches_are_429_and_say_when(olivia, settings):
    settings.LIMITS = True
    for _ in range(SEARCHES_PER_ADDRESS.amount):
        assert Program().get("cleanings/?q=a").status_code == 200
    answer = Program().get("cleanings/?q=a")
    assert problem_of(answer, 429)["retry_after"] == int(answer.headers["Retry-After"]) > 0


def test_too_many_postings_are_429_and_say_when(olivia):
    answers = [post(olivia, WRITTEN) for _ in range(60)]
    refused = next(answer for answer in answers if answer.status_code != 201)
    assert problem_of(refused, 429)["retry_after"] == int(refused.headers["Retry-After"]) > 60


def test_a_log_in_that_fails_too_often_is_429(olivia):
    def log_in(password):
        return Program().post("tokens/", {"login": "olivia", "password": password})

    assert log_in(PASSWORD).status_code == 201
    for _ in range(5):
        problem_of(log_in("wrong"), 401)
    for password in ("wrong", PASSWORD):
        answer = log_in(password)
        assert problem_of(answer, 429)["retry_after"] == int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("tag", ['"x"', 'W/"x"', "x", "é", '"x", "y"'])
def test_another_etag_is_412_and_changes_nothing(olivia, tag):
    job = create_cleaning()
    offer = create_offer(cleaning=create_cleaning())
    problem_of(olivia.patch(f"cleanings/{job.pk}/", {"name": "Attic"}, if_match=tag), 412)
    problem_of(olivia.delete(f"cleanings/{job.pk}/", if_match=tag), 412)
    problem_of(olivia.patch("me/", {"bio": "x"}, if_match=tag), 412)
    path, body = f"cleanings/{offer.cleaning_id}/offers/carl/", {"hourly_rate": "25", "version": 1}
    problem_of(program_of("carl").patch(path, body, if_match=tag), 412)
    assert Cleaning.objects.get(pk=job.pk).name == job.name


def raising(error):
    def fail(*args, **kwargs):
        raise error

    return fail


@pytest.fixture
def failing():
    """A program whose test client passes no exception on."""
    program = program_of("olivia")
    program.client.raise_request_exception = False
    return program


def test_an_outage_of_the_database_is_503(failing, monkeypatch):
    monkeypatch.setattr(people, "own_data", raising(OperationalError("the database is away")))
    answer = failing.get("me/")
    problem_of(answer, 503)
    assert answer.headers["Retry-After"] == "5"
    assert "away" not in answer.content.decode()


def test_an_outage_while_the_token_is_looked_up_is_503(failing, monkeypatch):
    monkeypatch.setattr("accounts.access_tokens.AccessTokenQuerySet.find", raising(OperationalError("away")))
    problem_of(failing.get("me/"), 503)
    problem_of(failing.post("cleanings/", JOB), 503)


def test_a_fault_is_500_with_a_reference_that_is_logged(failing, monkeypatch, caplog):
    monkeypatch.setattr(people, "own_data", raising(RuntimeError("a secret")))
    with caplog.at_level(logging.ERROR):
        answer = failing.get("me/")
    reference = problem_of(answer, 500)["reference"]
    assert f"Error page {reference} for GET {ROOT}me/" in caplog.text
    assert "secret" not in answer.content.decode()
    assert {"Authorization", "Accept"} <= set(answer.headers["Vary"].split(", "))
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_nul_is_left_out_of_text_as_on_the_pages(olivia):
    body = with_field("name", r'"Kit\u0000chen"')
    assert post(olivia, body).json()["name"] == "Kitchen"
    for login in ("oliv\0ia", "olivia\0@example.org", f"{'o' * MAX_NORMALIZED_LENGTH}\0@example.org"):
        problem_of(Program().post("tokens/", {"login": login, "password": "\0", "code": "\0"}), 401)


def test_text_of_every_script_comes_back_as_it_was_sent(olivia):
    name = "Küche – 厨房 🧹"
    job = olivia.post("cleanings/", JOB | {"name": name}).json()
    assert olivia.get(f"cleanings/{job['id']}/").json()["name"] == name
    assert [found["id"] for found in olivia.get(f"cleanings/?q={quote('厨房')}").json()["results"]] == [job["id"]]
