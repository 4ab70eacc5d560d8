import pytest

from accounts.models import User
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
