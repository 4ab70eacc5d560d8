"""The lists of cleanings, and the pages that their owner alone may see."""

import re

import pytest

from cleanings.states import OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user

pytestmark = [pytest.mark.long, pytest.mark.django_db]


@pytest.fixture
def olivia(client):
    client.force_login(create_cast()[0])
    return client


def names(answer):
    return [cleaning.name for cleaning in answer.context["object_list"]]


def test_one_s_own_and_what_one_offered_on_are_marked(olivia):
    create_cleaning(name="Mine")
    create_offer(cleaning=create_cleaning(owner=create_user("carl")), cleaner=create_user("olivia"))
    page = olivia.get("/cleanings/").content.decode()
    assert (page.count("Yours"), page.count("Offered")) == (1, 1)
    assert "Yours" not in type(olivia)().get("/cleanings/").content.decode()


@pytest.mark.parametrize(("name", "label"), [("olivia", "My jobs"), ("carl", "My offers"), ("stan", "Open jobs")])
def test_a_job_leads_back_to_the_list_in_which_it_stands(client, name, label):
    create_cast()
    cleaning = create_offer().cleaning
    client.force_login(create_user(name))
    assert client.get(cleaning.get_absolute_url()).context["back"]["label"] == label


def test_my_cleanings_are_mine_by_status_with_counts(olivia):
    create_cleaning(name="Open one")
    create_cleaning(name="Closed one").close(by=create_user("olivia"))
    create_cleaning(name="Carl's", owner=create_user("carl"))
    answer = olivia.get("/cleanings/mine/")
    assert names(answer) == ["Closed one", "Open one"]
    assert [(label, count) for _, label, count in answer.context["tabs"]] == [
        ("All", 2),
        ("Open", 1),
        ("Taken", 0),
        ("Done", 0),
        ("Closed", 1),
    ]
    assert names(olivia.get("/cleanings/mine/?status=closed")) == ["Closed one"]
    assert names(olivia.get("/cleanings/mine/?status=lost")) == ["Closed one", "Open one"]


def test_my_jobs_show_what_is_agreed_and_else_what_was_asked(olivia):
    create_offer(cleaning=create_cleaning(name="Open"), hourly_rate=40)
    create_offer(cleaning=create_cleaning(name="Taken"), hourly_rate=30, status=OfferStatus.ACCEPTED)
    create_offer(cleaning=create_cleaning(name="Done"), hourly_rate=25, status=OfferStatus.COMPLETED)
    page = re.sub(r"</?span[^>]*>", "", olivia.get("/cleanings/mine/").content.decode())
    found = re.findall(r"<b>(€.+?)</b>\s*<small>\s*(.+?)\s*</small>", page)
    agreed = {("€75", "agreed at €25 an hour"), ("€90", "agreed at €30 an hour")}
    assert set(found) == agreed | {("€60", "€20 an hour")}


def test_the_owner_sees_their_street_once_whatever_the_state(olivia):
    for cleaning in (create_cleaning(), create_offer(status=OfferStatus.ACCEPTED).cleaning):
        assert olivia.get(cleaning.get_absolute_url()).content.decode().count("Hidden Lane 12") == 1


@pytest.mark.parametrize("move", ["edit", "close", "delete"])
def test_only_its_owner_gets_the_pages_that_change_a_cleaning(olivia, move):
    cleaning = create_cleaning()
    assert olivia.get(f"/cleanings/{cleaning.pk}/{move}/").status_code == 200
    for name in ("stan", "ada"):
        olivia.force_login(create_user(name))
        assert olivia.get(f"/cleanings/{cleaning.pk}/{move}/").status_code == 403
        assert olivia.post(f"/cleanings/{cleaning.pk}/{move}/").status_code == 403


@pytest.mark.parametrize("move", ["edit", "close", "delete"])
def test_a_closed_cleaning_of_another_is_not_there(olivia, move):
    cleaning = create_cleaning(owner=create_user("carl"))
    cleaning.close(by=create_user("carl"))
    assert olivia.get(f"/cleanings/{cleaning.pk}/{move}/").status_code == 404


@pytest.mark.parametrize("move", ["edit", "close", "delete"])
def test_what_an_assigned_cleaning_no_longer_allows_is_a_conflict(olivia, move):
    cleaning = create_offer(status=OfferStatus.ACCEPTED).cleaning
    answers = [olivia.get(f"/cleanings/{cleaning.pk}/{move}/"), olivia.post(f"/cleanings/{cleaning.pk}/{move}/")]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert "Things have changed" in answers[0].content.decode()
