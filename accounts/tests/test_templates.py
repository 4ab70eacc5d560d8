"""No page and no mail of allauth's own reaches anybody: each that it can show is one of ours."""

from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.urls import URLResolver, get_resolver

TEMPLATES = Path(settings.BASE_DIR / "templates")
# What allauth has and this site does not use: codes by mail, telephones, sign-up without an address.
UNUSED = ("login_code", "unknown_account", "password_reset_code", "phone_verif", "email_confirm_")


def views(patterns=None):
    for entry in patterns or get_resolver().url_patterns:
        if isinstance(entry, URLResolver):
            yield from views(entry.url_patterns)
        elif view := getattr(entry.callback, "view_class", None):
            yield entry.name, view


def from_allauth(folder):
    """The names of allauth's mails and messages, without those that nothing here sends."""
    package = Path(get_template("account/base_entrance.html").origin.name).parents[1]
    for path in (package / folder).glob("*.txt"):
        name = path.relative_to(package).as_posix()
        if not any(unused in name for unused in UNUSED):
            yield name


def is_ours(name):
    return Path(get_template(name).origin.name).is_relative_to(TEMPLATES)


def test_each_page_is_ours():
    pages = {
        name: view.template_name
        for name, view in views()
        if (name or "").startswith(("account_", "mfa_", "usersessions_")) and getattr(view, "template_name", None)
    }
    unused = {"account_confirm_login_code", "mfa_download_recovery_codes"}
    assert {name for name, page in pages.items() if not is_ours(page)} == unused
    assert len(pages) > 20


@pytest.mark.parametrize("folder", ["account/email", "mfa/email", "account/messages", "mfa/messages"])
def test_each_mail_and_message_is_ours_and_each_mail_has_its_twin(folder):
    names = list(from_allauth(folder))
    assert names
    assert [name for name in names if not is_ours(name)] == []
    mails = [name.replace(".txt", ".html") for name in names if name.endswith("_message.txt")]
    assert [mail for mail in mails if not is_ours(mail)] == []
