"""Rows that are inserted together: as Django does it, but for the time that it takes."""

import pytest
from django.db import IntegrityError, models, transaction

from cleanings.models import Event
from cleanings.states import Kind
from core import inserts
from core.inserts import insert
from marketplace.testing import create_cleaning

pytestmark = pytest.mark.django_db


def events_of(cleaning, number):
    return [cleaning.new_event(Kind.EDIT, None, from_status="open", number=each) for each in range(number)]


def test_rows_are_stored_as_bulk_create_stores_them():
    first, second = (create_cleaning().new_event(Kind.EDIT, None, from_status="open", changed=["name"]) for _ in "ab")
    second.cleaning, second.terms, second.at = first.cleaning, first.terms, first.at
    insert([first])
    models.QuerySet(Event).bulk_create([second])
    stored, expected = (Event.objects.filter(pk=event.pk).values().get() for event in (first, second))
    assert stored | {"id": second.pk} == expected


@pytest.mark.parametrize("number", [0, 1, 2, 3, 5])
def test_each_row_gets_its_own_id_in_one_statement_or_in_several(monkeypatch, number):
    monkeypatch.setattr(inserts, "MOST_ROWS", 2)
    rows = events_of(create_cleaning(), number)
    insert(iter(rows))
    stored = dict(Event.objects.filter(kind=Kind.EDIT).values_list("pk", "terms__number"))
    assert stored == {row.pk: row.terms["number"] for row in rows}
    assert not any(row._state.adding for row in rows)


def test_the_database_refuses_what_breaks_a_constraint():
    (row,) = events_of(create_cleaning(), 1)
    row.kind = "unknown"
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([row])
