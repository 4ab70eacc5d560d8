"""A developer reads the site's mail in the browser; nobody else has such a page."""

import re
import runpy
from types import ModuleType

import pytest
from django.conf import settings as site
from django.urls import NoReverseMatch, include, path, reverse

from mailqueue import mailbox
from mailqueue.mailbox import kept_mails
from mailqueue.tests.mails import write
from notifications import urls


@pytest.fixture
def kept(settings, tmp_path):
    """The mailbox of a developer's machine, and its address."""
    settings.EMAIL_BACKEND = "mailqueue.mailbox.MailboxBackend"
    settings.MAILBOX = str(tmp_path / "mail")
    namespace = ModuleType("notifications_urls")
    namespace.app_name, namespace.urlpatterns = "notifications", [*urls.development("mail"), *urls.urlpatterns]
    settings.ROOT_URLCONF = ModuleType("urls_of_a_developer")
    settings.ROOT_URLCONF.urlpatterns = [path("", include(namespace)), path("", include("marketplace.urls"))]


def test_there_is_no_such_page_where_mail_is_sent(client):
    assert urls.development("") == []
    assert not site.MAILBOX
    assert client.get("/mail/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("notifications:mailbox")


@pytest.mark.django_db
def test_mails_are_read_newest_first_without_logging_in(client, kept):
    assert "No mail yet" in client.get("/mail/").content.decode()
    write(subject="First", body="One <b>\ntwo")
    write(subject="Ünter uns", to="cora@example.org", body="日本")
    page = client.get("/mail/").content.decode()
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", page) == ["Ünter uns", "First"]
    for shown in ("cora@example.org", "日本", "One &lt;b&gt;\ntwo"):
        assert shown in page


def test_mails_are_printed_too(kept, capsys):
    write(subject="Printed")
    assert "Subject: Printed" in capsys.readouterr().out


@pytest.mark.django_db
def test_only_links_of_our_own_site_are_links(client, kept):
    write(
        body="See http://localhost:8000/accounts/confirm-email/1:a-B_c/?x=1&y=2. And http://localhost:8000//evil.example/,"
        " http://localhost:8000.evil.example/a, http://localhost:8000/\\evil.example, https://evil.example/a."
    )
    page = client.get("/mail/").content.decode()
    content = page[page.index('<ol class="cards">') : page.index("</ol>")]
    assert re.findall(r'href="([^"]*)"', content) == ["/accounts/confirm-email/1:a-B_c/?x=1&amp;y=2"]
    assert "https://evil.example/a." in content


def test_the_newest_are_kept(kept, monkeypatch):
    monkeypatch.setattr(mailbox, "MOST_KEPT", 2)
    for subject in ("One", "Two", "Three"):
        write(subject=subject)
    assert [kept.subject for kept in kept_mails()] == ["Three", "Two"]


@pytest.mark.django_db
def test_whoever_has_to_confirm_an_address_is_led_to_the_mail(client, kept, settings):
    assert 'href="/mail/"' in client.get("/accounts/confirm-email/").content.decode()
    settings.MAILBOX = ""
    assert 'href="/mail/"' not in client.get("/accounts/confirm-email/").content.decode()


@pytest.mark.parametrize(
    ("variables", "is_kept"),
    [
        ({"DEBUG": "1", "EMAIL_URL": ""}, True),
        ({"DEBUG": "1", "EMAIL_URL": "smtp://localhost:1025"}, False),
        ({"DEBUG": "0", "EMAIL_URL": ""}, False),
    ],
)
def test_mail_is_kept_on_a_developer_s_machine_alone(monkeypatch, variables, is_kept):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = runpy.run_path(str(site.BASE_DIR / "marketplace/settings.py"))
    assert bool(settings["MAILBOX"]) == is_kept
    assert ("mailbox" in settings["MAIL_TRANSPORT"]) == is_kept
    assert settings["EMAIL_BACKEND"] == "mailqueue.backends.QueueBackend"
    assert ("TASKS" in settings) == (variables["DEBUG"] == "0")
