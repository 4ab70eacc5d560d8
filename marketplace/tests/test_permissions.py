"""Staff read in the admin what each permission is for."""

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection

from marketplace.permissions import rename_permissions
from marketplace.support import write_support_group

pytestmark = pytest.mark.django_db


def test_migrate_names_each_permission_as_its_model_is_called_today():
    of_jobs = Permission.objects.filter(content_type__app_label="cleanings", content_type__model="cleaning")
    names = dict(of_jobs.values_list("codename", "name"))
    assert (names["view_cleaning"], names["close_cleaning"]) == ("Can view job", "Can close a job")
    of_jobs.update(name="Something old")
    knit = of_jobs.create(codename="knit", name="Can knit", content_type=of_jobs.first().content_type)
    call_command("migrate", verbosity=0)
    assert dict(of_jobs.values_list("codename", "name")) == names | {knit.codename: "Can knit"}


@pytest.mark.parametrize("write", [rename_permissions, write_support_group])
def test_after_a_migration_backwards_there_may_be_no_permissions_to_write(write, django_assert_max_num_queries):
    with connection.cursor() as cursor:
        for table in ("auth_permission", "auth_group_permissions"):
            cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
    with django_assert_max_num_queries(1):
        write(using="default")
