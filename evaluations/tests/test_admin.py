"""Staff read evaluations in the admin, and hide one behind a page that asks once more; nothing else."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import models

from cleanings.states import OfferStatus
from evaluations.models import Evaluation
from marketplace.testing import create_cast, create_offer, create_user, text_of
from offers.models import Offer

pytestmark = [pytest.mark.long, pytest.mark.django_db]
LIST = "/admin/evaluations/evaluation/"


@pytest.fixture
def written(client):
    *_, ada = create_cast()
    client.force_login(ada)
    return Evaluation.write(create_offer(status=OfferStatus.COMPLETED), by=create_user("olivia"), overall_rating=2)


def hide(client, written, **values):
    return client.post(LIST, {"action": "hide", "_selected_action": written.pk} | values, follow=True)


def test_hiding_asks_for_a_reason_first_and_is_logged(client, written):
    assert f"Hide: {written}" in text_of(hide(client, written))
    assert "Choose a reason." in hide(client, written, confirmed="1").content.decode()
    assert not Evaluation.objects.get().is_hidden
    hide(client, written, confirmed="1", reason="insults")
    assert Evaluation.objects.get().hide_reason == "insults"
    assert LogEntry.objects.get().object_id == str(written.pk)


def test_nobody_changes_adds_or_deletes_one(client, written):
    assert client.get(f"{LIST}{written.pk}/change/").status_code == 200
    assert client.post(f"{LIST}{written.pk}/change/", {"overall_rating": "5"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{written.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Evaluation.objects.get().overall_rating == 2


def test_who_may_only_look_is_not_offered_to_hide(client, written):
    assert '<option value="hide">' in client.get(LIST).content.decode()
    looker = create_user("sam", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_evaluation"))
    client.force_login(looker)
    assert "olivia" in client.get(LIST).content.decode()
    assert '<option value="hide">' not in client.get(LIST).content.decode()
    hide(client, written, confirmed="1", reason="insults")
    assert not Evaluation.objects.get().is_hidden


def test_staff_who_were_evaluated_meet_the_refusal_of_the_verb(client, written):
    ada = create_user("ada")
    models.QuerySet(Evaluation).update(subject=ada)
    models.QuerySet(Offer).update(cleaner=ada)
    page = hide(client, written, confirmed="1", reason="insults").content.decode()
    assert "nobody one of their own jobs" in page
    assert not Evaluation.objects.get().is_hidden
