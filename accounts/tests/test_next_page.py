"""Whoever signs up on the way to a page gets there in the end, and never off the site."""

import re
from urllib.parse import quote, unquote

import pytest
from django.core import mail
from django.test import Client

from accounts.tests.helpers import WAITING, create_unconfirmed, link_in, log_in, sign_up
from marketplace.testing import create_cleaning
from marketplace.tests.test_access import HOSTILE, leads_away

pytestmark = pytest.mark.django_db


def next_in(page):
    return re.search(r'name="next" value="([^"]*)"', page.content.decode())[1].replace("&amp;", "&")


def confirm(client, link):
    """Open the link and send the form as the page has it; the answer."""
    return client.post(link.partition("?")[0], {"next": next_in(client.get(link))})


@pytest.mark.parametrize("other_browser", [False, True])
def test_a_stranger_who_pressed_make_an_offer_lands_on_that_form(client, other_browser):
    form = f"/cleanings/{create_cleaning().pk}/offers/new/"
    log_in_page = client.get(client.get(form).url)
    sign_up_page = re.search(r'href="(/accounts/signup/\?[^"]*)"', log_in_page.content.decode())[1]
    assert next_in(client.get(sign_up_page)) == form
    assert sign_up(client, next=form).url == WAITING
    browser = Client() if other_browser else client
    answer = confirm(browser, link_in(mail.outbox[0]))
    assert answer.url == f"/accounts/login/?next={quote(form, safe='')}"
    assert log_in(browser, next=next_in(browser.get(answer.url))).url == form
    assert browser.get(form).status_code == 200


@pytest.mark.parametrize("path", ["/cleanings/?city=Ghent&sort=rate", "/cleanings/new/?like=3", "/people/carl/"])
def test_the_way_is_kept_with_its_query(client, path):
    sign_up(client, next=path)
    answer = confirm(Client(), link_in(mail.outbox[0]))
    assert unquote(answer.url) == f"/accounts/login/?next={path}"


def test_the_way_of_a_log_in_is_kept_where_the_mail_had_none(client):
    sign_up(client)
    log_in(client, next="/cleanings/new/")
    assert client.post(link_in(mail.outbox[0])).url == "/accounts/login/?next=%2Fcleanings%2Fnew%2F"


def test_the_page_that_asks_to_confirm_keeps_the_way(client):
    create_unconfirmed()
    log_in(client, next="/cleanings/new/")
    assert 'href="/accounts/login/?next=%2Fcleanings%2Fnew%2F"' in client.get(WAITING).content.decode()
    assert link_in(mail.outbox[0]).endswith("?next=%2Fcleanings%2Fnew%2F")


@pytest.mark.long
@pytest.mark.parametrize("following", [*HOSTILE, "http://testserver//evil.example", "/" + "a" * 600, ""])
def test_no_way_leads_off_the_site(following):
    client = Client()
    sign_up(client, next=following)
    link = link_in(mail.outbox[0])
    assert "next" not in link
    assert client.get(link).status_code == 200
    answer = client.post(link, {"next": following})
    assert answer.url == "/accounts/login/"
    assert not leads_away(log_in(client, next=following).url)


def test_a_link_that_was_made_to_lead_away_does_not(client):
    sign_up(client)
    link = link_in(mail.outbox[0])
    assert confirm(client, f"{link}?next=//evil.example").url == "/accounts/login/"
