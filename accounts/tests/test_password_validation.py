"""Which passwords are taken, and that each is one password however a keyboard sends it."""

import re
import unicodedata

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.core.management import call_command
from django.test import Client

from accounts.forms import ERROR_MESSAGES
from accounts.models import User
from accounts.password_validation import SITE_WORDS
from accounts.tests.helpers import CountingHasher, is_logged_in, link_in, log_in, sign_up
from marketplace.testing import PASSWORD, create_user

pytestmark = pytest.mark.django_db

CHANGE = "/accounts/password/change/"


@pytest.mark.parametrize(
    "password",
    [
        "eightsix",
        "x" * 64 + "y" * 64,
        "no digit, no capital",
        "  a blank before and after  ",
        "Zoë fegt 🧹 zo graag",
        "тряпка и ведро",
    ],
)
def test_any_eight_characters_will_do_and_log_in_as_typed(client, password):
    sign_up(client, password1=password)
    client.post(link_in(mail.outbox[0]))
    for other in {password.strip(), password.lower(), password[:72]} - {password}:
        assert log_in(client, password=other).status_code == 200
    assert log_in(client, password=password).url == "/dashboard/"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("sevensi", "Choose a password of at least 8 characters."),
        ("iloveyou", ERROR_MESSAGES["password_too_common"]),
        ("Swept1234!", ERROR_MESSAGES["password_of_site_words"]),
        ("Clean-Cleaners.Password", ERROR_MESSAGES["password_of_site_words"]),
        ("maria-peeters", ERROR_MESSAGES["password_too_similar"]),
        ("janneke@example.org", ERROR_MESSAGES["password_too_similar"]),
        ("e\u0301" * 7, "Choose a password of at least 8 characters."),
        ("ｉｌｏｖｅｙｏｕ", ERROR_MESSAGES["password_too_common"]),
        ("Ｓｗｅｐｔ1234!", ERROR_MESSAGES["password_of_site_words"]),
        ("ｍａｒｉａ-peeters", ERROR_MESSAGES["password_too_similar"]),
    ],
)
def test_passwords_that_are_tried_first_are_refused(client, password, sentence):
    typed = {"username": "maria_peeters", "email": "janneke@example.org", "password1": password}
    assert sentence in sign_up(client, **typed).content.decode()
    assert not User.objects.exists()


def test_the_docs_list_the_words_that_no_password_is_made_of():
    page = (settings.BASE_DIR / "docs/decisions.md").read_text()
    listed = re.search(r"what is tried here first: its name, ([^.]+)\.", page)[1]
    assert set(re.findall(r"\w+", listed)) - {"and"} == set(SITE_WORDS)


def test_a_password_like_the_name_is_refused_once_there_is_a_name(client):
    maria = create_user("maria")
    maria.profile.full_name = "Zoë van den Broeck"
    maria.profile.save()
    client.force_login(maria)
    page = client.post(CHANGE, {"oldpassword": PASSWORD, "password1": "zoë vandenbroeck"}).content.decode()
    assert ERROR_MESSAGES["password_too_similar"] in page


def test_passwords_can_be_pasted(client):
    page = client.get("/accounts/signup/").content.decode()
    field = next(tag for tag in page.split("<") if 'name="password1"' in tag)
    assert 'type="password"' in field
    assert 'autocomplete="new-password"' in field
    assert not [word for word in ("maxlength", "pattern", "onpaste", "readonly") if word in field]


def test_a_changed_password_ends_the_other_sessions_and_tells_by_mail(client):
    other = Client()
    for browser in (client, other):
        create_user("maria")
        log_in(browser)
    key = client.session.session_key
    answer = client.post(CHANGE, {"oldpassword": PASSWORD, "password1": "another-broom-42"})
    assert answer.url == "/accounts/"
    assert (is_logged_in(client), is_logged_in(other)) == (True, False)
    assert client.session.session_key != key
    assert [message.subject for message in mail.outbox] == ["Your password was changed"]
    assert "Hello maria," in mail.outbox[0].body


COMPOSED = "Zoë-bezem-42"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (COMPOSED, DECOMPOSED),
        ("ﬁnal straw", "final straw"),
        ("ｂｒｏｏｍ-４２", "broom-42"),
        ("broom\u00a0and\u00a0bucket", "broom and bucket"),
        ("빗자루와 양동이", unicodedata.normalize("NFD", "빗자루와 양동이")),
        ("\u212bngstr\u00f6m broom", "\u00c5ngstro\u0308m broom"),
    ],
)
def test_the_same_text_logs_in_however_it_was_composed(client, one, other):
    sign_up(client, password1=one)
    client.post(link_in(mail.outbox[0]))
    sign_up(Client(), username="nova", email="nova@example.org", password1=other)
    client.post(link_in(mail.outbox[1]))
    for login in ("maria", "nova@example.org"):
        assert log_in(Client(), login, one).status_code == log_in(Client(), login, other).status_code == 302
        assert log_in(Client(), login, one[:-1]).status_code == 200


def set_at_change(maria):
    client = Client()
    log_in(client)
    client.post(CHANGE, {"oldpassword": PASSWORD, "password1": DECOMPOSED})


def set_by_reset(maria):
    client = Client()
    client.post("/accounts/password/reset/", {"email": maria.email})
    form = client.get(link_in(mail.outbox[0]), follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": DECOMPOSED})


def set_in_admin(maria):
    client = Client()
    client.force_login(create_user("ada", is_staff=True, is_superuser=True))
    typed = {"password1": DECOMPOSED, "password2": DECOMPOSED, "usable_password": "true"}
    client.post(f"/admin/accounts/user/{maria.pk}/password/", typed)


def set_in_shell(maria):
    maria.set_password(DECOMPOSED)
    maria.save()


@pytest.mark.parametrize("way", [set_at_change, set_by_reset, set_in_admin, set_in_shell])
def test_a_password_is_hashed_in_one_form_wherever_it_is_set(way):
    way(create_user("maria"))
    maria = User.objects.get(username="maria")
    for check in (maria.check_password, async_to_sync(maria.acheck_password)):
        assert [check(typed) for typed in (COMPOSED, DECOMPOSED, PASSWORD, None)] == [True, True, False, False]


def test_a_password_is_hashed_in_one_form_where_an_account_is_made(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", DECOMPOSED)
    call_command("createsuperuser", username="command", email="command@example.org", interactive=False)
    User.objects.create_user("shell", "shell@example.org", DECOMPOSED)
    assert [user.check_password(COMPOSED) for user in User.objects.all()] == [True, True]


@pytest.fixture
def old_hash():
    """Maria's password, hashed as it was typed."""
    create_user("maria")
    User.objects.update(password=make_password(DECOMPOSED))


def test_a_hash_of_another_form_lets_that_form_in_and_is_replaced(client, old_hash):
    assert log_in(client, password=COMPOSED).status_code == 200
    assert log_in(client, password=DECOMPOSED).status_code == 302
    assert is_logged_in(client)
    assert log_in(Client(), password=COMPOSED).status_code == 302


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/accounts/reauthenticate/", {"password": DECOMPOSED}),
        (CHANGE, {"oldpassword": DECOMPOSED, "password1": "short"}),
    ],
)
def test_a_session_outlives_the_hash_that_is_replaced_in_it(client, old_hash, path, typed):
    client.force_login(User.objects.get())
    client.post(path, typed)
    assert User.objects.get().check_password(COMPOSED)
    assert is_logged_in(client)


def test_a_password_that_is_changed_meanwhile_is_not_put_back(old_hash):
    slow = User.objects.get()
    set_in_shell(User.objects.get())
    User.objects.update(password=make_password("another-broom-42"))
    assert slow.check_password(DECOMPOSED)
    assert User.objects.get().check_password("another-broom-42")


def test_a_try_costs_two_hashes_at_most(settings, old_hash):
    settings.PASSWORD_HASHERS = ["accounts.tests.helpers.CountingHasher"]
    User.objects.update(password=make_password(DECOMPOSED))
    maria, seen = User.objects.get(), []
    for password in (COMPOSED, PASSWORD, "Zoe\u0308", DECOMPOSED, DECOMPOSED, COMPOSED):
        CountingHasher.count = 0
        seen.append((maria.check_password(password), CountingHasher.count))
    assert seen == [(False, 1), (False, 1), (False, 2), (True, 2), (True, 2), (True, 1)]


def test_a_text_that_would_take_minutes_to_normalize_is_hashed_as_it_is():
    typed = "a" + "\u0315\u0300" * 100_000
    user = create_user("maria")
    user.set_password(typed)
    assert user.check_password(typed)
