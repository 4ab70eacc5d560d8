"""Statements: SQL that is built once, and asked for other ids each time."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from cleanings.models import Bookmark, Cleaning
from core.statements import Statement
from marketplace.testing import create_cleaning, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def saved_by():
    def build(pk: int, reader: int):
        bookmarks = Bookmark.objects.filter(person=reader, cleaning=OuterRef("pk"))
        return Cleaning.objects.filter(pk=pk).with_owner().annotate(is_saved=Exists(bookmarks))

    return Statement(build)


def test_a_statement_reads_the_rows_of_the_ids_that_it_is_given(saved_by, django_assert_num_queries):
    one, other, carl, stan = create_cleaning(), create_cleaning(name="Other"), create_user("carl"), create_user("stan")
    Bookmark.add(one, by=carl)
    for cleaning, reader, is_saved in ((one, carl, True), (one, stan, False), (other, carl, False), (one, carl, True)):
        with django_assert_num_queries(1):
            (found,) = saved_by(cleaning.pk, reader.pk)
            assert (found, found.is_saved, found.owner.username) == (cleaning, is_saved, "olivia")
    assert saved_by(other.pk + 1, carl.pk) == []


def test_a_statement_takes_moments():
    cleaning, now = create_cleaning(starts_in=timedelta(days=3)), timezone.now()
    statement = Statement(lambda at: Cleaning.objects.open(at))
    assert [statement(now + timedelta(days=days)) for days in (0, 4, 2)] == [[cleaning], [], [cleaning]]


def started_lately(at):
    return Cleaning.objects.filter(starts_at__gt=at - timedelta(days=1))


def starts_after_tomorrow(at):
    return Cleaning.objects.filter(starts_at__date__gt=timezone.localdate(at) + timedelta(days=1))


@pytest.mark.parametrize("build", [started_lately, starts_after_tomorrow])
def test_what_is_computed_from_a_moment_moves_with_it(build):
    create_cleaning(starts_in=timedelta(days=3))
    statement, now, found = Statement(build), timezone.now(), []
    for days in (0, 5, -30, 1):
        moment = now + timedelta(days=days)
        found.append(len(statement(moment)))
        assert statement(moment) == list(build(moment))
    assert found == [1, 0, 1, 1]


def test_of_two_moments_each_day_moves_with_its_own():
    cleaning, now = create_cleaning(starts_in=timedelta(days=3)), timezone.now()

    def starts_between(first, last):
        days = timezone.localdate(first), timezone.localdate(last)
        return Cleaning.objects.filter(starts_at__date__gte=days[0], starts_at__date__lte=days[1])

    statement = Statement(starts_between)
    pairs = [(0, 5), (0, 1), (5, 9), (-9, 9)]
    found = [statement(*(now + timedelta(days=days) for days in pair)) for pair in pairs]
    assert found == [[cleaning], [], [], [cleaning]]


def test_a_statement_takes_as_many_values_as_it_was_built_for():
    statement = Statement(lambda *ids: User.objects.filter(pk__in=ids))
    carl, stan = create_user("carl"), create_user("stan")
    assert set(statement(carl.pk, stan.pk)) == {carl, stan}
    with pytest.raises(ValueError, match="for 2 values, not for 3"):
        statement(carl.pk, stan.pk, stan.pk)


def test_a_statement_builds_its_sql_once(saved_by):
    carl, built = create_user("carl"), []
    statement = Statement(lambda pk: built.append(pk) or User.objects.filter(pk=pk))
    assert (statement(carl.pk), statement(carl.pk + 1)) == ([carl], [])
    assert len(built) == 1


@pytest.mark.django_db(transaction=True)
def test_a_statement_locks_nothing_outside_of_a_transaction():
    statement = Statement(lambda pk: User.objects.select_for_update().filter(pk=pk))
    carl = create_user("carl")
    with transaction.atomic():
        assert statement(carl.pk) == [carl]
    with pytest.raises(transaction.TransactionManagementError):
        statement(carl.pk)


def test_the_sql_of_a_statement_can_be_put_into_another_with_its_values():
    people, statement = [create_user("carl"), create_user("stan")], Statement(lambda pk: User.objects.filter(pk=pk))
    assert [list(User.objects.raw(*statement.sql_with_params(person.pk))) for person in people] == [
        [person] for person in people
    ]


def test_words_are_given_too():
    carl, stan = create_user("carl"), create_user("stan")
    named = Statement(lambda name, pk: User.objects.filter(username=name, pk__gte=pk))
    assert [named("carl", 1), named("stan", 1), named("stan", stan.pk + 1)] == [[carl], [stan], []]


def test_amounts_are_given_too_and_rows_are_read_as_they_are_asked_for():
    pk = create_cleaning(hourly_rate=Decimal("18.50")).pk
    asked = Statement(lambda least, most: Cleaning.objects.filter(hourly_rate__range=(least, most)).values("pk"))
    pairs = [("18.50", "18.5"), ("2", "10"), ("18.51", "20"), ("0", "9999")]
    assert [asked(*map(Decimal, pair)) for pair in pairs] == [[{"pk": pk}], [], [], [{"pk": pk}]]


def test_a_statement_refuses_a_value_that_it_would_not_put_in():
    with pytest.raises(ValueError, match="not among the parameters"):
        Statement(lambda pk: User.objects.filter(pk__gt=pk + 1))(1)


@pytest.mark.parametrize(("lookup", "read"), [("date_joined__date", timezone.localdate), ("date_joined", timezone.now)])
def test_a_statement_refuses_a_day_that_would_be_the_same_for_ever(lookup, read):
    statement = Statement(lambda pk: User.objects.filter(pk=pk, **{lookup: read()}))
    with pytest.raises(ValueError, match="always ask about these days"):
        statement(1)


def test_a_statement_refuses_midnight():
    def joined_today(at):
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        return User.objects.filter(date_joined__range=(midnight, at))

    with pytest.raises(ValueError, match="always ask about these days"):
        Statement(joined_today)(timezone.now())


def test_the_first_row_or_none():
    statement, carl = Statement(lambda pk: User.objects.filter(pk__gte=pk).order_by("pk")), create_user("carl")
    create_user("stan")
    assert (statement.first(carl.pk), statement.first(carl.pk + 2)) == (carl, None)


def test_ids_are_asked_for_together_and_none_are_not_asked_for(django_assert_num_queries):
    statement = Statement(lambda ids: User.objects.filter(pk__among=ids).order_by("pk"))
    people = [create_user(name) for name in ("carl", "cora", "stan")]
    with django_assert_num_queries(2):
        assert statement.for_ids(person.pk for person in people) == people
        assert statement.for_ids([people[1].pk]) == [people[1]]
        assert statement.for_ids(()) == []
