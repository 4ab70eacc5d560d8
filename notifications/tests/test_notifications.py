"""The page that tells a person what happened: theirs alone, and read only when they say so."""

import pytest

from marketplace.testing import create_cleaning, create_offer, create_user
from notifications.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    """Two notifications of Olivia's and one of Cora's; returns their rows by person."""
    for owner in ("olivia", "olivia", "cora"):
        create_offer(cleaning=create_cleaning(owner=create_user(owner)))
    return {name: list(create_user(name).notifications.newest_first()) for name in ("olivia", "cora")}


def unread(name):
    return create_user(name).notifications.unread().count()


def test_everybody_reads_their_own_newest_first(client, told):
    client.force_login(create_user("olivia"))
    answer = client.get("/notifications/")
    assert list(answer.context["object_list"]) == told["olivia"]
    assert "Notifications (2 new)" in answer.content.decode()


def test_reading_the_page_marks_nothing_as_read(client, told):
    client.force_login(create_user("olivia"))
    client.get("/notifications/")
    assert unread("olivia") == 2


def test_one_is_marked_as_read_or_all_of_one_s_own(client, told):
    client.force_login(create_user("olivia"))
    client.post("/notifications/", {"notification": told["olivia"][0].pk})
    assert (unread("olivia"), unread("cora")) == (1, 1)
    client.post("/notifications/")
    assert (unread("olivia"), unread("cora")) == (0, 1)


@pytest.mark.parametrize("number", ["0", "-1", "abc", str(2**63), "9" * 40])
def test_what_is_no_notification_marks_nothing(client, told, number):
    client.force_login(create_user("olivia"))
    assert client.post("/notifications/", {"notification": number}).status_code == 302
    assert unread("olivia") == 2


def test_another_person_s_is_out_of_reach(client, told):
    client.force_login(create_user("olivia"))
    client.post("/notifications/", {"notification": told["cora"][0].pk})
    assert unread("cora") == 1


def test_what_was_read_keeps_its_moment(client, told):
    create_user("olivia").notifications.mark_read()
    moment = told["olivia"][0].__class__.objects.get(pk=told["olivia"][0].pk).read_at
    create_user("olivia").notifications.mark_read()
    assert Notification.objects.get(pk=told["olivia"][0].pk).read_at == moment
