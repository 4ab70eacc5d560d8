"""What search engines may list, and what they read about it: the sitemap, robots.txt and the heads of the pages."""

import re
from datetime import timedelta
from html import unescape
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import caches
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.models import Profile, User
from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from marketplace.testing import create_cleaning, create_offer, create_user, move_start
from marketplace.tests.helpers import SampleSite, crawl
from pages import sitemaps

pytestmark = [pytest.mark.long, pytest.mark.django_db]

SITE = "https://swept.example"
BIO = "I clean flats and offices in Ghent, with my own things, on any weekday."


@pytest.fixture(autouse=True)
def somewhere_else(settings):
    settings.SITE_URL = SITE


def locations(client, path):
    """The addresses that a part of the sitemap names, by when each changed."""
    answer = client.get(path, headers={"host": "127.0.0.1"})
    page = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    return {place.findtext("{*}loc"): place.findtext("{*}lastmod") for place in page}


def listed(client):
    """Every path of the whole sitemap."""
    caches["figures"].clear()
    found = []
    for part in locations(client, "/sitemap.xml"):
        assert part.startswith(f"{SITE}/sitemap-")
        found += locations(client, part.removeprefix(SITE))
    assert all(place.startswith(f"{SITE}/") for place in found)
    return [place.removeprefix(SITE) for place in found]


def tell(username, bio=BIO):
    Profile.objects.filter(user=create_user(username)).update(bio=bio)


def tags(page):
    """What the head says, by name, property or relation."""
    head = page.partition("<body")[0]
    found = re.findall(r'<meta (?:name|property)="([^"]*)" content="([^"]*)"|<link rel="([^"]*)" href="([^"]*)"', head)
    return {name or relation: unescape(text or link) for name, text, relation, link in found}


def test_the_sitemap_names_just_the_pages_that_are_indexed(client):
    SampleSite()
    for username in ("carl", "stan"):
        tell(username)
    answers = crawl(client)
    # Links lead to the same page by several addresses; the plain one counts. Not every page is linked to.
    paths = {path for path, answer in answers.items() if "?" not in path and not answer.redirect_chain}
    paths |= {row.get_absolute_url() for model in (Cleaning, User) for row in model.objects.all()}
    pages = {path: answer for path in paths if (answer := client.get(path)).status_code == 200}
    texts = {path: answer.content.decode() for path, answer in pages.items() if "text/html" in answer["Content-Type"]}
    indexed = {path for path in texts if 'content="noindex"' not in texts[path]}
    assert sorted(indexed) == sorted(listed(client))
    assert {"/", "/people/carl/", "/people/stan/"} < indexed
    assert {"/people/cora/", "/accounts/login/"} < set(texts) - indexed


def test_every_indexed_page_says_what_it_is_and_where(client):
    create_offer(status=OfferStatus.COMPLETED)
    create_cleaning(name="A", city="B", postcode="1", starts_in=None)
    tell("carl")
    tell("olivia", bio="ab" + "\n" * 60 + "<&'\">" * 20)
    titles = set()
    for path in listed(client):
        page = client.get(path).content.decode()
        said = tags(page)
        assert said["canonical"] == said["og:url"] == f"{SITE}{path}"
        assert 50 <= len(said["description"]) <= 160, said["description"]
        assert said["og:description"] == said["description"]
        assert said["og:title"]
        assert finders.find(said["og:image"].removeprefix(f"{SITE}/static/"))
        assert said.get("robots") is None
        titles.add(re.search("<title>(.*?)</title>", page)[1])
    assert len(titles) == len(listed(client)) == 10


def test_later_pages_and_filtered_lists_are_not_indexed(client):
    for _ in range(21):
        create_cleaning()
    assert "robots" not in tags(client.get("/cleanings/").content.decode())
    for query in ("page=2", "city=Ghent", "sort=soonest"):
        said = tags(client.get(f"/cleanings/?{query}").content.decode())
        assert (said["robots"], said.get("canonical")) == ("noindex", None), query


def is_listed(client, path):
    """Whether the sitemap names the page, which has to be of the same mind."""
    answer = client.get(path)
    is_indexed = answer.status_code == 200 and "robots" not in tags(answer.content.decode())
    assert (path in listed(client)) is is_indexed
    return is_indexed


def test_a_cleaning_is_listed_while_it_takes_offers(client):
    cleaning = create_cleaning()
    path = cleaning.get_absolute_url()
    assert is_listed(client, path)
    move_start(cleaning, timedelta(hours=-1))
    assert not is_listed(client, path)
    move_start(cleaning, None)
    assert is_listed(client, path)
    create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)
    assert not is_listed(client, path)


def test_a_person_is_listed_with_fifty_characters_and_one_job_done_on_either_side(client):
    offer = create_offer()
    for username in ("carl", "olivia"):
        tell(username, "x" * 50)
    assert not is_listed(client, "/people/carl/")
    offer.accept(by=offer.cleaning.owner)
    assert not is_listed(client, "/people/olivia/")
    move_start(offer.cleaning, timedelta(hours=-1))
    offer.complete(by=offer.cleaning.owner)
    assert is_listed(client, "/people/carl/")
    assert is_listed(client, "/people/olivia/")
    tell("carl", "x" * 49)
    assert not is_listed(client, "/people/carl/")
    olivia = create_user("olivia")
    olivia.is_active = False
    olivia.save()
    assert not is_listed(client, "/people/olivia/")


def part_with(cleaning):
    """The address of the part that holds a cleaning, however many there have been before it."""
    return f"/sitemap-cleanings.xml?p={cleaning.pk // sitemaps.PART_SIZE + 1}"


def test_a_change_is_listed_by_its_day(client):
    cleaning = create_cleaning()
    listed = locations(client, part_with(cleaning))
    assert listed == {f"{SITE}{cleaning.get_absolute_url()}": f"{localdate(cleaning.updated_at)}"}
    assert locations(client, "/sitemap-pages.xml")[f"{SITE}/help/"] is None


def test_parts_are_cut_by_number_and_empty_ones_are_left_out(client, monkeypatch):
    monkeypatch.setattr(sitemaps, "PART_SIZE", 2)
    cleanings = [create_cleaning() for _ in range(8)]
    before = listed(client)
    for cleaning in cleanings[2:6]:
        cleaning.close(by=cleaning.owner)
    after, closed = listed(client), {cleaning.get_absolute_url() for cleaning in cleanings[2:6]}
    assert len(before) == len(set(before)) == 7 + 8
    assert after == [path for path in before if path not in closed]
    parts = {cleaning.pk // 2 + 1 for cleaning in (*cleanings[:2], *cleanings[6:])}
    named = [f"{SITE}/sitemap-cleanings.xml?p={part}" for part in sorted(parts)]
    assert [place for place in locations(client, "/sitemap.xml") if "cleanings" in place] == named


def test_a_part_takes_one_short_query_whatever_there_is(client, django_assert_num_queries):
    part = part_with(create_cleaning())
    with django_assert_num_queries(1) as asked:
        assert len(locations(client, part)) == 1
    assert not re.search("COUNT|OFFSET", asked.captured_queries[0]["sql"])
    with django_assert_num_queries(2):
        assert f"{SITE}{part}" in locations(client, "/sitemap.xml")
    with django_assert_num_queries(0):
        client.get("/sitemap.xml")


@pytest.mark.parametrize("path", ["offers.xml", "cleanings.xml?p=x", "cleanings.xml?p=-1", f"people.xml?p={'9' * 40}"])
def test_a_part_that_is_not_there(client, path):
    assert client.get(part_with(create_cleaning())).status_code == 200
    assert client.get(f"/sitemap-{path}").status_code == 404


def test_robots_are_kept_out_of_accounts_and_admin_and_shown_the_sitemap(client):
    answer = client.get("/robots.txt", headers={"host": "127.0.0.1"})
    assert answer["Content-Type"].startswith("text/plain")
    lines = answer.content.decode().splitlines()
    closed = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")]
    assert lines[0] == "User-agent: *"
    assert closed == ["/admin/", "/accounts/", "/bookmarks/", "/calendar/", "/report/", "/reports/", "/searches/"]
    assert lines[-1] == f"Sitemap: {SITE}/sitemap.xml"
    assert reverse("account_login").startswith("/accounts/")
