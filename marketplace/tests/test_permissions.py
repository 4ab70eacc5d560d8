"""Staff read in the admin what each permission is for."""

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command

pytestmark = pytest.mark.django_db


def test_migrate_names_each_permission_as_its_model_is_called_today():
    of_jobs = Permission.objects.filter(content_type__app_label="cleanings", content_type__model="cleaning")
    names = dict(of_jobs.values_list("codename", "name"))
    assert (names["view_cleaning"], names["close_cleaning"]) == ("Can view job", "Can close a job")
    of_jobs.update(name="Something old")
    knit = of_jobs.create(codename="knit", name="Can knit", content_type=of_jobs.first().content_type)
    call_command("migrate", verbosity=0)
    assert dict(of_jobs.values_list("codename", "name")) == names | {knit.codename: "Can knit"}
