"""The link of a mail by which a person, logged in or not, has no more mails like it."""

from datetime import timedelta

import pytest
from django.core import mail, signing
from django.test import Client
from django.urls import reverse

from accounts.models import Profile, User
from cleanings import alerts
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications.emails import SALT, token_for
from notifications.models import Notification, SiteOnly
from notifications.topics import Topic

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def link(token):
    return reverse("notifications:unsubscribe", args=[token])


@pytest.fixture
def olivia():
    return create_user("olivia")


@pytest.fixture
def address(olivia):
    """Olivia's link for two topics."""
    return link(token_for(olivia, ["offered", "revised"]))


def site_only():
    """What is on the site only, for all people."""
    return set(SiteOnly.objects.values_list("person__username", "topic"))


THESE = {("olivia", "offered"), ("olivia", "revised")}


def test_looking_changes_nothing_and_says_what_of_whose(client, address):
    Profile.objects.update(full_name="Olivia Owner", phone_number="+32 2 555 12 34")
    page = client.get(address)
    text = page.content.decode()
    assert (page.status_code, client.head(address).status_code, site_only()) == (200, 200, set())
    assert [topic for topic in Topic if f"<li>{topic.label}</li>" in text] == ["offered", "revised"]
    assert "stop mailing olivia when this happens?" in text
    assert [word for word in ("Owner", "555 12 34", "example.org") if word in text] == []


def test_a_mail_program_needs_neither_cookie_nor_form(address):
    program = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = program.post(address, ONE_CLICK)
        assert (answer.status_code, site_only()) == (200, THESE)
    assert "<h1>These mails have stopped</h1>" in answer.content.decode()
    assert program.cookies == {}


@pytest.mark.parametrize(
    ("what", "heading", "topics"),
    [
        ("these", "These mails have stopped", THESE),
        ("all", "No more mails about jobs", {("olivia", topic) for topic in Topic}),
        ("x", "These mails have stopped", THESE),
    ],
)
def test_a_button_of_the_page_leads_to_what_it_did(client, address, what, heading, topics):
    answer = client.post(address, {"what": what}, follow=True)
    assert (answer.redirect_chain, site_only()) == ([(address, 302)], topics)
    assert f"<h1>{heading}</h1>" in answer.content.decode()


ENDING = "This stops all your saved searches from telling you about new jobs."


@pytest.mark.parametrize(("topics", "what"), [(["alert"], "these"), (["offered"], "all")])
def test_whoever_stops_mails_of_searches_reads_that_the_searches_stop(client, olivia, topics, what):
    assert ENDING not in client.get(link(token_for(olivia, ["offered"]))).content.decode()
    page = client.post(link(token_for(olivia, topics)), {"what": what}, follow=True).content.decode()
    assert (ENDING in page, "Everything else stays in your" in page, "All of it stays" in page) == (True, True, False)


def test_it_adds_to_what_was_chosen_before(client, address, olivia):
    SiteOnly.objects.choose(olivia, ["published", "offered"])
    client.post(address, ONE_CLICK)
    assert site_only() == THESE | {("olivia", "published")}


@pytest.mark.parametrize("chosen", [["published"], ["offered"]])
def test_mails_have_stopped_once_all_that_the_link_names_have(client, address, olivia, chosen):
    SiteOnly.objects.choose(olivia, chosen)
    assert "<h1>Unsubscribe?</h1>" in client.get(address).content.decode()
    SiteOnly.objects.add(olivia, ["offered", "revised"])
    assert "<h1>These mails have stopped</h1>" in client.get(address).content.decode()


def test_whoever_else_is_logged_in_keeps_their_mails(client, address):
    client.force_login(create_user("carl"))
    assert "olivia" in client.get(address).content.decode()
    client.post(address, {"what": "all"})
    assert {name for name, _ in site_only()} == {"olivia"}


def forged(token):
    """What resembles a token: changed, cut, longer, of another key, of another purpose."""
    payload, moment, seal = token.split(":")
    carls = token_for(create_user("carl"), ["offered"])
    yield from ("x", "::", f"{payload}:{moment}", f"{payload}:{moment}:{seal[:-1]}", f"{token}x", "é" * 99)
    yield f"{carls.split(':')[0]}:{moment}:{seal}"
    olivias = [create_user("olivia").pk, "offered"]
    yield signing.dumps(olivias, salt=SALT, key="another")
    yield from (signing.dumps(olivias), signing.dumps(olivias, salt=alerts.SALT))


def test_what_the_site_did_not_sign_is_not_there(client, address, olivia):
    for token in forged(token_for(olivia, ["offered"])):
        assert (client.get(link(token)).status_code, client.post(link(token), ONE_CLICK).status_code) == (404, 404)
    assert site_only() == set()
    assert client.post(address, ONE_CLICK).status_code == 200


@pytest.mark.parametrize("end", ["deactivate", "delete"])
def test_of_an_account_that_has_ended_there_is_none(client, address, olivia, end):
    assert client.get(address).status_code == 200
    people = User.objects.filter(pk=olivia.pk)
    people.delete() if end == "delete" else people.update(is_active=False)
    assert (client.get(address).status_code, client.post(address, ONE_CLICK).status_code) == (404, 404)
    assert site_only() == set()


def test_a_token_outlives_a_change_of_the_key_and_of_topics(client, olivia, settings):
    address = link(token_for(olivia, ["offered", "of_the_past"]))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert client.post(address, ONE_CLICK).status_code == 200
    assert site_only() == {("olivia", "offered")}


def test_no_search_engine_no_cache_and_no_other_site_gets_to_know_it(client, address):
    for answer in (client.get(address), client.post(address, ONE_CLICK)):
        assert '<meta name="robots" content="noindex">' in answer.content.decode()
        assert (answer["Referrer-Policy"], "no-store" in answer["Cache-Control"]) == ("same-origin", True)


def test_the_links_of_a_mail_end_mails_of_its_kind(client, settings):
    settings.MAIL_GATHERED_FOR = timedelta()
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning)
    Notification.objects.queue_mails()
    header = mail.outbox[-1].extra_headers["List-Unsubscribe"].strip("<>")
    assert f"{header}\n" in f"{mail.outbox[-1].body}\n"
    client.post(header.removeprefix(settings.SITE_URL), ONE_CLICK)
    assert site_only() == {("olivia", "offered")}
