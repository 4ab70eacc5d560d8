"""Searches that a member saves."""

import re
from datetime import timedelta
from html import unescape
from string import Formatter
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cleanings.alerts import stop_url
from cleanings.models import SavedSearch
from cleanings.searches import MOST_SEARCHES, TOO_MANY, Cadence
from cleanings.views import save_form
from core.text import clean_line
from marketplace.testing import create_cleaning, create_user, text_of
from notifications.models import SiteOnly

pytestmark = pytest.mark.django_db

PAGE = "/searches/"
TYPED = {"query": "city=Ghent&min_rate=20", "name": "Ghent", "cadence": "daily"}


@pytest.fixture
def carl(client):
    carl = create_user("carl")
    client.force_login(carl)
    return carl


def save(person, query="city=Ghent", name="Ghent", cadence=Cadence.AT_ONCE):
    return SavedSearch.add(by=person, query=query, name=name, cadence=cadence)


def typed_in(page, *names):
    """What the form to save a search holds."""
    form = page.content.decode().partition('action="/searches/"')[2]
    inputs = re.findall(r"<input[^>]*>", form)
    found = {re.search('name="(.*?)"', each)[1]: re.search('value="(.*?)"', each) for each in inputs}
    return {name: unescape(found[name][1]) for name in names}


def searches_of(person):
    return list(person.searches.order_by("pk").values_list("query", "name", "cadence"))


def test_the_list_offers_to_save_what_it_is_filtered_by(client, carl):
    assert "Save this search" not in text_of(client.get("/cleanings/"))
    page = client.get("/cleanings/?city=Ghent&type=full_clean&min_rate=20")
    typed = typed_in(page, "query", "name")
    assert typed == {
        "query": "city=Ghent&min_rate=20&type=full_clean",
        "name": "In Ghent, full clean, from €20 an hour",
    }
    assert client.post(PAGE, typed | {"cadence": "at_once"}).url == PAGE
    assert searches_of(carl) == [(typed["query"], typed["name"], "at_once")]
    again = client.get("/cleanings/?min_rate=20.00&city=Ghent&type=full_clean&sort=lowest&after=")
    assert "save_form" not in again.context
    assert "You saved this search as" in text_of(again)


def test_the_kept_form_to_save_a_search_is_filled_in_for_each_reader(client, carl):
    first = typed_in(client.get("/cleanings/?city=Ghent"), "query", "csrfmiddlewaretoken")
    client.force_login(create_user("stan"))
    other = typed_in(client.get("/cleanings/?city={name}%22%3E"), "query", "name", "csrfmiddlewaretoken")
    assert (other["query"], other["name"]) == ("city=%7Bname%7D%22%3E", 'In {name}">')
    assert len(other["csrfmiddlewaretoken"]) == len(first["csrfmiddlewaretoken"]) > 30
    assert other["csrfmiddlewaretoken"] != first["csrfmiddlewaretoken"]
    names = {name for _, name, _, _ in Formatter().parse(save_form()) if name is not None}
    assert names == {"query", "name", "csrf_token"}


def test_visitors_are_led_to_the_log_in_and_back(client):
    page = client.get("/cleanings/?city=Ghent").content.decode()
    assert f'href="{reverse("account_login")}?next=%2Fcleanings%2F%3Fcity%3DGhent"' in page


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("min_rate=20,00&city= Ghent ", "city=Ghent&min_rate=20"),
        ("city=Ghent&min_rate=20.50&sort=lowest&after=1&x=y", "city=Ghent&min_rate=20.5"),
        ("from=24/11/2030&city=Ghent", "city=Ghent&from=2030-11-24"),
        ("q=Caf%C3%A9&type=nothing", "q=Caf%C3%A9"),
        ("min_rate=100&max_rate=200&to=2030-01-02", "max_rate=200&min_rate=100&to=2030-01-02"),
    ],
)
def test_a_query_is_stored_in_one_form(client, carl, typed, query):
    client.post(PAGE, TYPED | {"query": typed})
    assert searches_of(carl) == [(query, "Ghent", "daily")]


@pytest.mark.parametrize(
    ("cadence", "sentence"),
    [
        ("never", "Your search is saved."),
        ("daily", "Your search is saved. We’ll tell you when new jobs match it."),
    ],
)
def test_news_is_promised_to_whoever_asks_for_it(client, carl, cadence, sentence):
    page = client.post(PAGE, TYPED | {"cadence": cadence}, follow=True)
    assert [str(message) for message in page.context["messages"]] == [sentence]
    assert searches_of(carl) == [("city=Ghent&min_rate=20", "Ghent", cadence)]


@pytest.mark.parametrize(
    "changes",
    [
        {"query": ""}, {"query": "x=y"}, {"query": "sort=lowest"}, {"query": "q=%00"}, {"query": "min_rate=abc"},
        {"query": "q=" + "x" * 10_000}, {"query": "&" * 2000}, {"query": "q=" + "%F0%9F%A7%B9" * 300},
        {"name": ""}, {"name": "x" * 81}, {"name": "see www.evil.example"}, {"name": "\0"}, {"cadence": "hourly"},
        {"cadence": ""},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_search_is_refused_with_a_sentence_and_nothing_typed_is_lost(client, carl, changes):
    page = client.post(PAGE, TYPED | changes)
    assert page.status_code in (200, 400)
    if page.status_code == 200:
        assert page.context["form"].errors
        assert "There is a problem" in text_of(page)
    assert searches_of(carl) == []


def test_hostile_text_is_printed_as_text(client, carl):
    client.post(PAGE, TYPED | {"query": "city=%3Cscript%3E%27%22&q=%3Cb%3Ex", "name": "<script>alert(1)</script>"})
    assert len(searches_of(carl)) == 1
    for path in (PAGE, f"/searches/{carl.searches.get().pk}/edit/", f"/searches/{carl.searches.get().pk}/delete/"):
        page = client.get(path).content.decode()
        assert ("<script>alert" in page, "&lt;script&gt;alert" in page) == (False, True)


def test_ten_searches_and_not_one_more(client, carl):
    for number in range(MOST_SEARCHES):
        save(carl, query=f"min_rate={number + 1}")
    page = client.post(PAGE, TYPED)
    assert (page.status_code, TOO_MANY in text_of(page), carl.searches.count()) == (200, True, MOST_SEARCHES)
    carl.searches.first().delete()
    assert client.post(PAGE, TYPED).status_code == 302


def test_the_same_search_is_saved_once(client, carl):
    save(carl, query="city=Ghent&min_rate=20", name="Near home")
    page = client.post(PAGE, TYPED)
    assert "You have saved this search already, as “Near home”." in text_of(page)
    assert carl.searches.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedSearch.objects.create(person=carl, **TYPED)
    assert save(create_user("cora"), query="city=Ghent&min_rate=20").pk


@pytest.mark.parametrize("values", [{"cadence": "x"}, {"name": ""}, {"name": "x" * 81}, {"query": ""}])
def test_the_database_refuses_what_no_form_takes(carl, values):
    search = save(carl)
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        SavedSearch.objects.filter(pk=search.pk).update(**values)


def test_a_search_is_changed_and_deleted(client, carl):
    search = save(carl)
    edit, delete = f"/searches/{search.pk}/edit/", f"/searches/{search.pk}/delete/"
    assert client.post(edit, {"name": "Home", "cadence": "never", "query": "city=Bruges"}).url == PAGE
    assert searches_of(carl) == [("city=Ghent", "Home", "never")]
    page = client.post(edit, {"name": "", "cadence": "hourly"})
    assert set(page.context["form"].errors) == {"name", "cadence"}
    assert "Delete “Home”?" in text_of(client.get(delete))
    assert carl.searches.exists()
    assert client.post(delete).url == PAGE
    assert not carl.searches.exists()


def test_the_searches_of_others_are_not_there(client, carl):
    search = save(create_user("cora"), name="Secret")
    for path in (f"/searches/{search.pk}/edit/", f"/searches/{search.pk}/delete/", "/searches/987654321/edit/"):
        assert (client.get(path).status_code, client.post(path, TYPED).status_code) == (404, 404)
    assert "Secret" not in text_of(client.get(PAGE))
    assert searches_of(create_user("cora")) == [("city=Ghent", "Secret", "at_once")]


@pytest.mark.parametrize("query", ["q=نافذة&min_rate=20", "city=בני ברק&min_rate=20"])
def test_a_search_that_is_named_by_its_filters_lists_them_once(client, carl, query):
    client.post(PAGE, typed_in(client.get(f"/cleanings/?{query}"), "query", "name") | {"cadence": "daily"})
    search = carl.searches.get()
    assert (search.name, search.looks_for) == (clean_line(search.filters.suggested_name), "")
    assert text_of(client.get(PAGE)).count("from €20 an hour</p>") == 0
    search.edit(by=carl, name="Near the station", cadence="daily")
    assert text_of(client.get(PAGE)).count("from €20 an hour</p>") == 1


@pytest.mark.parametrize("query", ["city=Ghent&gone=1", "q=%00", "area=attic", "min_rate=x"])
def test_a_search_whose_filter_is_gone_says_so(client, carl, query):
    SavedSearch.objects.create(person=carl, name="Old", query=query)
    pages = (PAGE, f"/searches/{carl.searches.get().pk}/edit/")
    assert ["This search no longer works" in text_of(client.get(path)) for path in pages] == [True, True]
    SavedSearch.objects.update(query="city=Ghent")
    assert ["This search no longer works" in text_of(client.get(path)) for path in pages] == [False, False]


def test_whoever_is_told_again_misses_what_opened_meanwhile(carl):
    search, hour_ago = save(carl, cadence=Cadence.NEVER), timezone.now() - timedelta(hours=1)
    SavedSearch.objects.update(last_seen=hour_ago)
    search.edit(by=carl, name="Ghent", cadence=Cadence.NEVER)
    SavedSearch.objects.update(last_seen=hour_ago)
    search.edit(by=carl, name="Ghent", cadence=Cadence.DAILY)
    assert SavedSearch.objects.get().last_seen > hour_ago
    SavedSearch.objects.update(last_seen=hour_ago)
    search.edit(by=carl, name="Ghent", cadence=Cadence.AT_ONCE)
    assert SavedSearch.objects.get().last_seen == hour_ago


def test_the_link_of_a_mail_ends_that_search_alone_and_only_when_asked(client):
    carl = create_user("carl")
    search = save(carl)
    save(carl, query="city=Bruges")
    for reader in (None, create_user("cora")):
        client.logout()
        if reader:
            client.force_login(reader)
        for _ in range(2):
            assert "Stop telling you about new jobs?" in text_of(client.get(stop_url(search)))
        assert client.head(stop_url(search)).status_code == 200
        assert not SavedSearch.objects.filter(cadence=Cadence.NEVER).exists()
    client.logout()
    for _ in range(2):
        answer = client.post(stop_url(search), follow=True)
        assert "No more mails for this search" in text_of(answer)
    assert list(SavedSearch.objects.filter(cadence=Cadence.NEVER)) == [search]


def test_a_link_that_the_site_did_not_sign_or_whose_search_is_gone_is_not_there(client):
    carl = create_user("carl")
    search, other = save(carl), save(carl, query="city=Bruges")
    link, _, seal = stop_url(search).strip("/").rpartition(":")
    forged = stop_url(other).strip("/").rpartition(":")[0]
    for path in (f"/{link}:{seal[:-1]}/", f"/{forged}:{seal}/", "/searches/stop/x/", f"/searches/stop/{search.pk}/"):
        assert (client.get(path).status_code, client.post(path).status_code) == (404, 404)
    gone = stop_url(search)
    assert client.get(gone).status_code == 200
    search.delete()
    assert client.get(gone).status_code == 404
    User.objects.update(is_active=False)
    assert client.get(stop_url(other)).status_code == 404
    assert SavedSearch.objects.get().cadence == Cadence.AT_ONCE


def test_whoever_asks_to_be_told_again_gets_mails_again(carl):
    SiteOnly.objects.choose(carl, ["alert", "published"])
    search = save(carl, cadence=Cadence.NEVER)
    assert carl.site_only.topics() == {"alert", "published"}
    search.edit(by=carl, name="Ghent", cadence=Cadence.DAILY)
    assert carl.site_only.topics() == {"published"}
    SiteOnly.objects.choose(carl, ["alert"])
    search.edit(by=carl, name="Home", cadence=Cadence.DAILY)
    assert carl.site_only.topics() == {"alert"}


def test_a_search_that_is_deleted_while_it_is_changed_says_so(client, carl):
    search, lock = save(carl), User.lock

    def delete_and_lock(person):
        person.searches.all().delete()
        lock(person)

    with patch.object(User, "lock", delete_and_lock):
        page = client.post(f"/searches/{search.pk}/edit/", {"name": "Home", "cadence": "never"})
    assert (page.status_code, "This search has been deleted." in text_of(page)) == (200, True)


def test_a_closed_account_keeps_no_search_and_saves_none(carl):
    search = save(carl)
    carl.close(by=carl)
    assert not SavedSearch.objects.exists()
    for verb in (lambda: save(carl), lambda: search.edit(by=carl, name="x", cadence="never")):
        with pytest.raises(PermissionDenied):
            verb()


def test_a_verb_refuses_what_the_form_refuses(carl):
    for wrong in ({"name": ""}, {"cadence": "hourly"}, {"query": "x" * 2001}):
        with pytest.raises(ValidationError):
            save(carl, **wrong)
    assert create_cleaning().pk
