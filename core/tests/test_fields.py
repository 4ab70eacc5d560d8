import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from accounts.models import User
from core.fields import CleanMixin
from core.statements import joined
from marketplace.testing import create_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", [1, 3])
def test_any_number_of_ids_is_looked_up_by_one_parameter(number):
    people = [create_user(name) for name in ("carl", "cora", "olivia", "stan")]
    ids = [person.pk for person in people[:number]]
    found = User.objects.filter(pk__among=joined(ids))
    assert sorted(found.values_list("pk", flat=True)) == ids
    assert len(found.query.sql_with_params()[1]) == 1


def test_no_ids_need_no_query(django_assert_num_queries):
    carl = create_user("carl")
    with django_assert_num_queries(0):
        assert list(User.objects.filter(pk__among="")) == []
    assert list(User.objects.exclude(pk__among="")) == [carl]


def test_migrations_know_typed_text_as_django_s_own_fields():
    fields = [field for model in apps.get_models() for field in model._meta.local_fields]
    paths = {
        field.deconstruct()[1].removeprefix("django.db.models.") for field in fields if isinstance(field, CleanMixin)
    }
    assert paths == {"CharField", "EmailField", "TextField"}


def test_nothing_is_not_cleaned_but_refused_by_the_database():
    profile = create_user("carl").profile
    profile.city = None
    with pytest.raises(IntegrityError), transaction.atomic():
        profile.save(update_fields=["city"])
