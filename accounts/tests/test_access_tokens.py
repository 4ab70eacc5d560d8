"""Access tokens: what is stored of them, who has how many, how long they last, and what ends them."""

from datetime import timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, transaction
from django.utils import timezone

from accounts.access_tokens import LOG_IN, MOST_TOKENS, PREFIX, AccessTokenQuerySet, new_token
from accounts.models import AccessToken
from api.tests.programs import Program
from core.exceptions import IllegalMove
from marketplace.testing import create_user

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def maria():
    return create_user("maria")


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as moment:
        yield moment


def make(person, name="A script", scope="read", days=30):
    return AccessToken.make(by=person, name=name, scope=scope, days=days)


def status_of(token):
    return Program(token).get("me/").status_code


def test_of_a_token_only_a_hash_and_its_first_letters_are_stored(maria):
    row, token = make(maria)
    stored = AccessToken.objects.values().get()
    assert token.startswith(row.prefix)
    assert [value for value in stored.values() if token[len(row.prefix) :] in str(value)] == []
    assert AccessToken.objects.find(token) == row


def mistyped():
    token = new_token()
    other = "b" if token[10] == "a" else "a"
    return [
        "", "x", PREFIX, token[:-1], f"{token}0", f"{token[:10]}{other}{token[11:]}", token.upper(),
        token.removeprefix(PREFIX), f"{PREFIX}{'é' * 49}", f"{PREFIX}{'0' * 49}", "x" * 5000,
    ]  # fmt: skip


def test_a_mistyped_token_costs_no_query(maria, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert [token for token in mistyped() if AccessToken.objects.find(token)] == []
    with django_assert_num_queries(1):
        assert AccessToken.objects.find(new_token()) is None


BROKEN = {
    "scope": {"scope": "all"},
    "no name": {"name": ""},
    "long name": {"name": "x" * 61},
    "over at once": {"expires_at": timezone.now() - timedelta(days=400)},
}


@pytest.mark.parametrize("facts", BROKEN.values(), ids=BROKEN)
def test_the_database_refuses_what_no_token_is(maria, facts):
    row, _ = make(maria)
    # On PostgreSQL the type of the column comes before the constraint.
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        AccessToken.objects.filter(pk=row.pk).update(**facts)


def test_the_database_has_a_token_once(maria):
    rows = [make(maria)[0], make(maria, name="Another script")[0]]
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessToken.objects.filter(pk=rows[0].pk).update(digest=rows[1].digest)


@pytest.mark.parametrize("facts", [{"name": ""}, {"name": "x" * 61}, {"scope": "all"}, {"days": 0}, {"days": 366}])
def test_the_verb_refuses_what_no_token_is(maria, facts):
    with pytest.raises(ValidationError):
        make(maria, **facts)


def test_a_token_works_until_it_expires_and_is_cleared_then(maria, clock):
    _, token = make(maria, days=7)
    _, other = make(maria, days=8)
    clock.shift(timedelta(days=7) - MINUTE)
    assert status_of(token) == 200
    clock.shift(MINUTE)
    assert [status_of(each) for each in (token, other)] == [401, 200]
    assert AccessToken.objects.clear_expired() == 1
    assert [status_of(each) for each in (token, other)] == [401, 200]


def test_a_person_has_twenty_valid_tokens(maria, clock):
    for number in range(MOST_TOKENS):
        make(maria, name=f"Script {number}", days=7)
    AccessToken.log_in(maria)
    with pytest.raises(IllegalMove, match="that’s the most"):
        make(maria)
    assert make(create_user("nora"))
    clock.shift(timedelta(days=7))
    assert make(maria)


def test_the_same_one_made_twice_at_once_is_one_and_the_last_answer_counts(maria, clock):
    (first, old), (second, new) = make(maria), make(maria)
    assert (first, first.is_repeated, second.is_repeated) == (second, False, True)
    assert [status_of(old), status_of(new)] == [401, 200]
    # It is in use by then.
    assert make(maria)[0] != first


@pytest.mark.parametrize("other", [{"name": "Another"}, {"scope": "act"}, {"days": 7}])
def test_another_one_made_at_once_is_another_one(maria, clock, other):
    _, token = make(maria)
    make(maria, **other)
    assert status_of(token) == 200
    assert maria.access_tokens.count() == 2


def test_the_same_one_a_minute_later_is_another_one(maria, clock):
    make(maria)
    clock.shift(MINUTE)
    make(maria)
    assert maria.access_tokens.count() == 2


def test_a_use_is_noted_to_the_minute_and_once_a_minute(maria, clock, django_assert_num_queries):
    row, token = make(maria)
    clock.move_to(timezone.now().replace(second=30, microsecond=5))
    found = AccessToken.objects.find(token)
    with django_assert_num_queries(1):
        found.note_use()
        found.note_use()
    row.refresh_from_db()
    assert row.used_at == timezone.now().replace(second=0, microsecond=0)
    clock.shift(MINUTE)
    found.note_use()
    row.refresh_from_db()
    assert row.used_at == timezone.now().replace(second=0, microsecond=0)


def test_a_request_is_answered_while_nothing_can_be_written_down(maria):
    _, token = make(maria)
    with patch.object(AccessTokenQuerySet, "update", side_effect=OperationalError):
        assert status_of(token) == 200
    with patch.object(AccessTokenQuerySet, "update", side_effect=ProgrammingError), pytest.raises(ProgrammingError):
        AccessToken.objects.find(token).note_use()


def test_a_log_in_is_for_a_day_and_of_many_the_oldest_end(maria, clock):
    _, made = make(maria)
    tokens = [AccessToken.log_in(maria)[1] for _ in range(MOST_TOKENS + 1)]
    assert [status_of(token) for token in (tokens[0], tokens[1], tokens[-1], made)] == [401, 200, 200, 200]
    assert maria.access_tokens.filter(name=LOG_IN, is_log_in=True).count() == MOST_TOKENS
    clock.shift(timedelta(hours=24))
    assert [status_of(token) for token in (tokens[-1], made)] == [401, 200]


def test_whoever_has_it_ends_it_and_so_can_staff(maria):
    nora, ada = create_user("nora"), create_user("ada", is_staff=True, is_superuser=True)
    (first, token), (second, other) = make(maria), make(maria, name="Another")
    with pytest.raises(PermissionDenied):
        first.end(by=nora)
    assert status_of(token) == 200
    first.end(by=maria)
    second.end(by=ada)
    assert [status_of(token), status_of(other)] == [401, 401]


@pytest.mark.parametrize("end", ["close", "deactivate"])
def test_they_end_with_the_account(maria, end):
    tokens = [make(maria)[1], AccessToken.log_in(maria)[1]]
    assert [status_of(token) for token in tokens] == [200, 200]
    getattr(maria, end)(by=maria if end == "close" else create_user("ada", is_staff=True, is_superuser=True))
    assert [status_of(token) for token in tokens] == [401, 401]
    assert not AccessToken.objects.exists()
    for begin in (lambda: make(maria), lambda: AccessToken.log_in(maria)):
        with pytest.raises(PermissionDenied):
            begin()


def test_one_that_is_left_of_an_account_out_of_use_is_not_known(maria):
    _, token = make(maria)
    type(maria).objects.filter(pk=maria.pk).update(is_active=False)
    assert status_of(token) == 401


def test_a_log_in_by_a_program_ends_with_the_password_however_it_is_changed(maria):
    (_, made), (_, logged_in) = make(maria), AccessToken.log_in(maria)
    maria.email = "maria@example.net"
    maria.save()
    assert status_of(logged_in) == 200
    maria.set_password("another-broom-42")
    maria.save()
    assert [status_of(made), status_of(logged_in)] == [200, 401]
