"""The links at the top of each page: made once for all, and everybody's with their own name, face and number."""

import re

import pytest
from django.urls import reverse

from accounts.models import Profile, User
from marketplace.testing import create_cast, create_offer, create_user, text_of
from pages.templatetags.site_links import LINKED, Shape, pattern_of

pytestmark = pytest.mark.django_db

PHOTO = "0" * 32


def links_of(client, person, path="/accounts/"):
    client.force_login(person)
    return re.search("<nav aria-label=.Site.>.*?</nav>", text_of(client.get(path)))[0]


def test_on_warm_patterns_everybody_reads_their_own(client):
    olivia, carl, *_, ada = create_cast()
    Profile.objects.filter(user=carl).update(full_name="Carla {name} <b>", photo=PHOTO)
    create_offer(cleaner=User.objects.get(pk=carl.pk))
    carl = User.objects.get(pk=carl.pk)
    for _ in ("cold", "warm"):
        of_olivia, of_carl, of_ada = (links_of(client, person) for person in (olivia, carl, ada))
        assert [links.count("admin") for links in (of_olivia, of_carl, of_ada)] == [0, 0, 1]
        assert [links.count(' <span class="count">1<') for links in (of_olivia, of_carl)] == [2, 0]
        assert (olivia.face in of_olivia, "<img" in of_olivia, "olivia" in of_olivia) == (True, False, True)
        assert (carl.profile.small_photo in of_carl, "Carla" in of_carl, "olivia" in of_carl) == (True, True, False)


def test_a_name_is_printed_as_it_was_typed(client):
    carl = create_user("carl")
    Profile.objects.filter(user=carl).update(full_name="{csrf_token}<b>")
    assert "{csrf_token}&lt;b&gt;" in links_of(client, carl)


def test_logging_out_takes_the_token_of_the_page(client):
    tokens = [
        re.search('csrfmiddlewaretoken" value="(.*?)"', links_of(client, create_user(name)))[1]
        for name in ("carl", "cora")
    ]
    assert len({*tokens}) == 2


@pytest.mark.parametrize("name", LINKED)
def test_the_page_that_is_read_is_marked(client, name):
    links = links_of(client, create_user("carl"), reverse(name))
    assert re.findall('href="([^"]*)" aria-current="page"', links) == [reverse(name)]


def test_no_page_is_marked_on_another_one_nor_where_there_is_none(client):
    for path in ("/searches/", "/nothing/"):
        assert "aria-current" not in links_of(client, create_user("carl"), path)


def test_patterns_hold_nobody_s_words():
    for shape in (Shape("", True, True, True), Shape("dashboard", False, False, False)):
        assert set(re.findall(r"{(\w+)}", pattern_of(shape))) <= {
            "unread", "name", "face", "initials", "small_photo", "large_photo", "csrf_token",
        }  # fmt: skip
