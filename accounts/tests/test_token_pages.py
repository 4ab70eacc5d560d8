"""The page of one's access tokens: shown once, ended, mailed, and asked about with a new password."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.access_tokens import MOST_TOKENS
from accounts.models import AccessToken, User
from accounts.tests.helpers import log_in
from accounts.tests.passkey import Phone, challenge_in
from accounts.tests.test_reset import NEW, ask
from api.tests.programs import Program
from marketplace.testing import PASSWORD, create_user, text_of

pytestmark = [pytest.mark.long, pytest.mark.django_db]

HERE = "/accounts/tokens/"
TYPED = {"name": "My script", "scope": "read", "days": "30"}
CHANGE, FIRST = "/accounts/password/change/", "/accounts/password/set/"
ASKED = "End my access tokens too"


@pytest.fixture
def maria():
    return create_user("maria")


def logged_in_by_password(username):
    browser = Client()
    log_in(browser, username)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


@pytest.fixture
def client(maria):
    """Maria's browser, in which she has just entered her password again."""
    return logged_in_by_password("maria")


def token_in(answer):
    return re.search(r'value="(swept_\w+)"', answer.content.decode())[1]


def make(person, name="A script", scope="read"):
    return AccessToken.make(by=person, name=name, scope=scope, days=30)[1]


def status_of(token):
    return Program(token).get("me/").status_code


def test_the_page_takes_the_password_again(maria):
    browser = Client()
    log_in(browser)
    for ask_for in (
        browser.get,
        lambda path: browser.post(path, TYPED),
        lambda path: browser.post(path, {"end": "all"}),
    ):
        assert ask_for(HERE).url == "/accounts/reauthenticate/?next=%2Faccounts%2Ftokens%2F"
    assert not AccessToken.objects.exists()


def test_what_was_sent_before_the_password_is_done_after_it(maria):
    browser = Client()
    log_in(browser)
    asked = browser.post(HERE, TYPED)
    answer = browser.post(asked.url, {"password": PASSWORD, "next": HERE})
    assert status_of(token_in(answer)) == 200
    assert "no-store" in answer["Cache-Control"]


def test_a_token_is_shown_once_and_works(client):
    answer = client.post(HERE, TYPED)
    token = token_in(answer)
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)
    assert "Authorization: Bearer" in answer.content.decode()
    assert status_of(token) == 200
    assert Program(token).post("cleanings/").status_code == 403
    page = client.get(HERE).content.decode()
    assert (token[:12] in page, token in page) == (True, False)
    secret = token[12:]
    sessions = [session.get_decoded() for session in Session.objects.all()]
    assert secret not in f"{sessions} {client.cookies} {mail.outbox[-1].message()}"


def test_the_mail_says_what_was_made_and_where_to_end_it(client):
    client.post(HERE, TYPED | {"name": "<b>My</b> script", "scope": "act"})
    message = mail.outbox[-1]
    html = message.alternatives[0].content
    assert (message.to, message.subject) == (["maria@example.org"], "A new access token was made")
    until = f"{timezone.localtime() + timedelta(days=30):%-d %B %Y}"
    assert all(
        text in message.body for text in ("<b>My</b> script", "read and act", until, f"http://localhost:8000{HERE}")
    )
    assert all(text in html for text in ("&lt;b&gt;My&lt;/b&gt; script", "read and act", until, HERE))


def test_a_double_click_makes_one_and_mails_once(client, maria):
    mail.outbox.clear()
    answers = [client.post(HERE, TYPED) for _ in range(2)]
    assert [status_of(token_in(answer)) for answer in answers] == [401, 200]
    assert (maria.access_tokens.count(), len(mail.outbox)) == (1, 1)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "x" * 61}, "Shorten “Name” to 60 characters; it has 61."),
        ({"scope": "all"}, "Select a valid choice."),
        ({"days": "5000"}, "Select a valid choice."),
        ({"days": ""}, "Choose how long it works."),
    ],
)
def test_what_is_typed_wrong_makes_none(client, typed, sentence):
    mail.outbox.clear()
    assert sentence in text_of(client.post(HERE, TYPED | typed))
    assert (AccessToken.objects.count(), mail.outbox) == (0, [])


def test_one_more_than_twenty_is_refused_with_what_was_typed(client, maria):
    for number in range(MOST_TOKENS):
        make(maria, f"Script {number}")
    answer = client.post(HERE, TYPED)
    assert (answer.status_code, maria.access_tokens.count()) == (409, MOST_TOKENS)
    assert "End one first." in text_of(answer)
    assert 'value="My script"' in answer.content.decode()


def test_twenty_are_made_in_an_hour(client, maria):
    for number in range(20):
        client.post(HERE, TYPED | {"name": f"Script {number}"})
        client.post(HERE, {"end": "all"})
    assert client.post(HERE, TYPED).status_code == 429
    assert not maria.access_tokens.exists()


def test_the_list_says_what_each_is(client, maria):
    with time_machine.travel(timezone.now() - timedelta(days=31)):
        make(maria, "Over")
    used = make(maria, "<i>Mine</i>", "act")
    AccessToken.log_in(maria)
    make(create_user("nora"), "Of Nora")
    page = text_of(client.get(HERE))
    assert status_of(used) == 200
    assert all(text in page for text in ("&lt;i&gt;Mine&lt;/i&gt;", "read and act", "Not used yet.", "By log-in"))
    assert "Last used" in text_of(client.get(HERE))
    assert [text for text in ("Over", "Of Nora", "<i>Mine") if text in page] == []


def test_one_is_ended_and_only_by_whoever_has_it(client, maria):
    tokens = {name: make(maria, name) for name in ("first", "second")}
    wanted = maria.access_tokens.get(name="first").pk
    create_user("nora")
    logged_in_by_password("nora").post(HERE, {"end": wanted})
    logged_in_by_password("nora").post(HERE, {"end": "all"})
    client.get(f"{HERE}?end={wanted}")
    for nonsense in ("", "x", "-1", "9" * 5000, "²"):
        client.post(HERE, {"end": nonsense})
    assert [status_of(token) for token in tokens.values()] == [200, 200]
    assert [client.post(HERE, {"end": wanted}).url for _ in range(2)] == [HERE, HERE]
    assert [status_of(token) for token in tokens.values()] == [401, 200]
    client.post(HERE, {"end": "all"})
    assert not maria.access_tokens.exists()


def test_a_log_in_by_a_program_sends_no_mail(maria):
    Program().post("tokens/", {"login": "maria", "password": PASSWORD})
    assert (maria.access_tokens.count(), mail.outbox) == (1, [])


def test_a_changed_password_asks_about_them(client, maria):
    typed = {"oldpassword": PASSWORD, "password1": NEW}
    assert ASKED not in text_of(client.get(CHANGE))
    token = make(maria)
    page = client.get(CHANGE).content.decode()
    assert re.search(r'name="end_tokens"[^>]* checked', page)
    assert client.post(CHANGE, typed | {"password1": "1", "end_tokens": "on"}).status_code == 200
    assert status_of(token) == 200
    client.post(CHANGE, typed)
    assert status_of(token) == 200
    client.post(CHANGE, {"oldpassword": NEW, "password1": PASSWORD, "end_tokens": "on"})
    assert status_of(token) == 401


def test_a_first_password_takes_the_passkey_asks_about_them_and_leaves_them(maria):
    token, phone, browser = make(maria), Phone(maria), Client()
    maria.set_unusable_password()
    maria.save()
    browser.force_login(maria)
    again = "/accounts/second-factor/webauthn/reauthenticate/"
    assert browser.post(FIRST, {"password1": NEW}).url == FIRST
    assert NEW not in str(dict(browser.session))
    assert browser.get(FIRST).url == f"{again}?next={FIRST.replace('/', '%2F')}"
    browser.post(again, {"credential": phone.answer(challenge_in(browser.get(again)))})
    page = browser.get(FIRST).content.decode()
    assert ASKED in page
    assert not re.search(r'name="end_tokens"[^>]* checked', page)
    assert not User.objects.get().has_usable_password()
    browser.post(FIRST, {"password1": NEW})
    assert (User.objects.get().check_password(NEW), status_of(token)) == (True, 200)


@pytest.mark.parametrize("ends", [True, False])
def test_a_reset_asks_about_them_and_would_end_them(maria, ends):
    token, logged_in = make(maria), AccessToken.log_in(maria)[1]
    browser = Client()
    form = browser.get(ask(), follow=True)
    assert re.search(r'name="end_tokens"[^>]* checked', form.content.decode())
    browser.post(form.redirect_chain[-1][0], {"password1": NEW} | ({"end_tokens": "on"} if ends else {}))
    assert [status_of(token), status_of(logged_in)] == [401 if ends else 200, 401]


def test_tokens_end_only_together_with_the_new_password(client, maria, monkeypatch):
    token = make(maria)
    # Those by log-in end with the row of the password, so that it is the others that cannot be deleted.
    monkeypatch.setattr("accounts.access_tokens.AccessTokenQuerySet.delete", lambda rows: rows.exists() and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        client.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW, "end_tokens": "on"})
    maria.refresh_from_db()
    assert maria.check_password(PASSWORD)
    assert status_of(token) == 200


def test_the_account_says_how_many_there_are(client, maria):
    assert "Access tokens</a> <span>None" in re.sub(
        "<bdi>|\N{FIRST STRONG ISOLATE}", "", text_of(client.get("/accounts/"))
    )
    make(maria)
    assert "Access tokens</a> <span>1" in re.sub(
        "<bdi>|\N{FIRST STRONG ISOLATE}", "", text_of(client.get("/accounts/"))
    )


def test_staff_see_no_secret_and_no_name_and_end_one(maria):
    ada = create_user("ada", is_staff=True, is_superuser=True)
    token = make(maria, "Private name")
    row, browser, admin = maria.access_tokens.get(), Client(), "/admin/accounts/accesstoken/"
    browser.force_login(ada)
    for path in (admin, f"{admin}{row.pk}/change/"):
        page = browser.get(path).content.decode()
        assert row.prefix in page
        assert [text for text in (row.digest, "Private name") if text in page] == []
    assert [browser.get(path).status_code for path in (f"{admin}add/", f"{admin}{row.pk}/delete/")] == [403, 403]
    chosen = {"action": "end", "_selected_action": row.pk}
    assert "log in any more" in text_of(browser.post(admin, chosen))
    assert status_of(token) == 200
    browser.post(admin, chosen | {"confirmed": "1"})
    assert status_of(token) == 401
