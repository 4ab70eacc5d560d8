"""The page on which a person chooses what is mailed to them, and what stands on the site only."""

import re

import pytest

from marketplace.testing import create_user
from notifications.models import SiteOnly
from notifications.topics import Topic, topics_by_heading

pytestmark = pytest.mark.django_db

PAGE = "/notifications/choices/"
GROUPS = {f"group_{number}": [*map(str, topics)] for number, topics in enumerate(topics_by_heading().values(), 1)}
# The mails of the others cannot be turned off.
CHOSEN = set(Topic.values) - {Topic.REPORTED, Topic.DECIDED}


def ticked(page):
    """The topics whose boxes are ticked."""
    boxes = re.findall(r'<input class="form-check-input" type="checkbox" [^>]*>', page.content.decode())
    return {re.search(r'value="(\w+)"', box)[1] for box in boxes if box.endswith(" checked>")}


@pytest.fixture
def olivia(client):
    olivia = create_user("olivia")
    client.force_login(olivia)
    return olivia


def test_every_topic_that_can_be_chosen_has_one_box(olivia, client):
    assert sorted(topic for topics in GROUPS.values() for topic in topics) == sorted(CHOSEN)
    assert ticked(client.get(PAGE)) == CHOSEN


def test_what_is_left_unticked_stands_on_the_site_only(olivia, client):
    SiteOnly.objects.choose(olivia, ["published"])
    kept = {name: [topic for topic in topics if topic != "offered"] for name, topics in GROUPS.items()}
    answer = client.post(PAGE, kept, follow=True)
    assert olivia.site_only.topics() == {"offered"}
    assert (answer.redirect_chain, ticked(answer)) == ([(PAGE, 302)], CHOSEN - {"offered"})
    assert "Your choices are saved." in answer.content.decode()


def test_all_can_be_left_unticked_and_ticked_again(olivia, client):
    client.post(PAGE)
    assert olivia.site_only.topics() == CHOSEN
    client.post(PAGE, GROUPS)
    assert olivia.site_only.topics() == set()


def test_a_choice_is_called_by_its_number_and_names_nobody(olivia):
    SiteOnly.objects.choose(olivia, ["published"])
    choice = olivia.site_only.get()
    assert str(choice) == f"Choice {choice.pk}"


def test_the_choices_of_others_stay(olivia, client):
    SiteOnly.objects.choose(create_user("carl"), ["rejected"])
    client.post(PAGE, GROUPS)
    assert create_user("carl").site_only.topics() == {"rejected"}


@pytest.mark.parametrize("value", ["no_such", "chosen", "9" * 999, "\0"])
def test_what_is_no_kind_of_that_heading_is_refused_with_a_sentence(olivia, client, value):
    page = client.post(PAGE, GROUPS | {"group_1": ["revised", value]})
    assert (page.status_code, page.context["form"].errors.keys()) == (200, {"group_1"})
    assert page.content.decode().count("Choose among these kinds.") == 2
    assert olivia.site_only.topics() == set()
    assert ticked(page) == {"revised"}.union(*list(GROUPS.values())[1:])


def test_looking_changes_nothing(olivia, client):
    SiteOnly.objects.choose(olivia, ["published"])
    client.get(PAGE, {"group_1": "offered"})
    assert olivia.site_only.topics() == {"published"}


@pytest.mark.parametrize("page", ["/notifications/", "/accounts/"])
def test_the_way_there_stands_beside_what_it_is_about(olivia, client, page):
    assert f'href="{PAGE}"' in client.get(page).content.decode()
