"""Statements: SQL that is built once, and asked for other ids each time."""

from datetime import date, timedelta

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


def test_words_are_given_too():
    carl, stan = create_user("carl"), create_user("stan")
    named = Statement(lambda name, pk: User.objects.filter(username=name, pk__gte=pk))
    assert [named("carl", 1), named("stan", 1), named("stan", stan.pk + 1)] == [[carl], [stan], []]


def test_a_statement_refuses_a_value_that_it_would_not_put_in():
    with pytest.raises(ValueError, match="not among the parameters"):
        Statement(lambda pk: User.objects.filter(pk__gt=pk + 1))(1)


def test_a_statement_refuses_a_moment_that_would_be_the_same_for_ever():
    statement = Statement(lambda pk: User.objects.filter(pk=pk, date_joined__date=date(2026, 11, 3)))
    with pytest.raises(ValueError, match="always ask about these days"):
        statement(1)
