"""E-mail addresses: one, however it is typed, and those that get no mail refused."""

import importlib
import unicodedata

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client

from accounts.email_addresses import normalize_email
from accounts.models import User
from accounts.tests.helpers import link_in, log_in, sign_up
from marketplace.testing import PASSWORD, create_user

pytestmark = pytest.mark.django_db

PLAIN = "u@xn--bcher-kva.example"
FORMS = [
    "u@bücher.example",
    unicodedata.normalize("NFD", "u@bücher.example"),
    "U@BÜCHER.EXAMPLE",
    "u@XN--BCHER-KVA.example",
    "u@bücher.example\u200b",
    "\u202au@bü\u00adcher.example\u202c",
    " u@ｂücher。example\u00a0",
]
RESET = "/accounts/password/reset/"
CHANGE = "/accounts/email/"


@pytest.mark.parametrize("typed", FORMS)
def test_an_address_is_kept_in_one_form_however_it_is_typed(client, typed):
    sign_up(client, email=typed)
    assert [message.to for message in mail.outbox] == [[PLAIN]]
    client.post(link_in(mail.outbox.pop()))
    assert User.objects.get().email == EmailAddress.objects.get().email == PLAIN
    Client().post(RESET, {"email": typed})
    assert (mail.outbox[-1].to, mail.outbox[-1].subject) == ([PLAIN], "Reset your password")


def test_an_account_is_found_by_its_address_however_it_is_typed(client):
    sign_up(client, email=PLAIN)
    client.post(link_in(mail.outbox[0]))
    for number, typed in enumerate((PLAIN, *FORMS)):
        assert log_in(Client(), typed).status_code == 302, typed
        assert sign_up(Client(), username=f"other-{number}", email=typed).status_code == 302
    assert User.objects.exclude(email="").count() == 1


def test_a_username_is_found_with_what_nobody_sees_in_it(client):
    create_user("maria")
    assert log_in(client, "\u200bmaria\u202c").status_code == 302


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("zw@example.org\u200b", "zw@example.org"),
        ("u@faß.example", "u@xn--fa-hia.example"),
        ("u@FAẞ.example", "u@xn--fa-hia.example"),
        ("u@ΟΔΟΣ.example", "u@xn--pxavbq.example"),
        ("u@οδος.example", "u@xn--pxavbm.example"),
        ("u@例え.テスト", "u@xn--r8jz45g.xn--zckzah"),
        ("O'Neil+Tag@Sub.Example.co.uk", "o'neil+tag@sub.example.co.uk"),
        ("nobody", "nobody"),
        (f"u@{'ü' * 64}.example", f"u@{'ü' * 64}.example"),
        ("u" * 400, "u" * 400),
    ],
)
def test_an_address_has_one_form(typed, form):
    assert normalize_email(typed) == form == normalize_email(form)


REFUSED = [
    ("a@[127.0.0.1]", "with a domain that gets mail"),
    ("a@[IPv6:::1]", "with a domain that gets mail"),
    ("a@10.0.0.10", "with a domain that gets mail"),
    ("x@localhost", "with a domain that gets mail"),
    ("x@mail.localhost", "with a domain that gets mail"),
    ("x@printer.local", "with a domain that gets mail"),
    ("x@example", "with a domain that gets mail"),
    ("x@example.org.", "Take the dot that is too much"),
    ("x@example..org", "Take the dot that is too much"),
    ("x@.example.org", "Take the dot that is too much"),
    ("x..y@example.org", "Take the dot that is too much"),
    ("x y@example.org", "without spaces"),
    ("x@ example.org", "without spaces"),
    ("x＠example.org", "one plain @"),
    ("x﹫example.org", "one plain @"),
    ("x＠y@example.org", "one plain @"),
    ("zoë@example.org", "Before the @, use letters"),
    (f"{'x' * 65}@example.org", "at most 64 characters"),
    ("x@y@example.org", "like name@example.com"),
    ("x@-example.org", "like name@example.com"),
    ("x@exa_mple.org", "like name@example.com"),
    (f"x@{'ü' * 64}.example", "like name@example.com"),
    ("@example.org", "like name@example.com"),
    ("example.org", "like name@example.com"),
    ("\u200b", "e-mail address"),
]


@pytest.mark.parametrize(("email", "sentence"), REFUSED)
def test_an_address_that_gets_no_mail_is_refused_with_what_to_mend(client, email, sentence):
    assert sentence in sign_up(client, email=email).content.decode()
    with pytest.raises(ValidationError):
        User(username="maria", email=email, password="x").full_clean()
    assert not User.objects.exists()


@pytest.mark.parametrize("email", ["x@example.org.", "x@localhost"])
def test_a_change_of_address_refuses_the_same(client, email):
    client.force_login(create_user("maria"))
    page = client.post(CHANGE, {"action_add": "", "email": email})
    assert page.status_code == 200
    assert EmailAddress.objects.count() == 1


def test_a_change_of_address_takes_its_one_form(client):
    client.force_login(create_user("maria"))
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post(CHANGE, {"action_add": "", "email": FORMS[0]})
    client.post(link_in(next(message for message in mail.outbox if message.to == [PLAIN])))
    assert User.objects.get().email == EmailAddress.objects.get().email == PLAIN


def test_staff_shell_and_command_bring_an_address_into_its_form(client):
    User.objects.create_user("shell", "shell@bücher.example")
    User(username="saved", email="saved@bücher.example\u200b").save()
    call_command("createsuperuser", username="command", email="command@BÜCHER.example", interactive=False)
    client.force_login(User.objects.get(username="command"))
    typed = {"username": "admin-made", "email": "made@bücher.example", "usable_password": "false"}
    client.post("/admin/accounts/user/add/", typed)
    EmailAddress.objects.create(user=User.objects.get(username="shell"), email="shell@bücher.example")
    assert {user.email.partition("@")[2] for user in User.objects.all()} == {"xn--bcher-kva.example"}
    assert {row.email.partition("@")[2] for row in EmailAddress.objects.all()} == {"xn--bcher-kva.example"}
    assert (User.objects.count(), EmailAddress.objects.count()) == (4, 3)
    assert User.objects.get(email="SHELL@bücher.example").username == "shell"


def test_failures_are_counted_for_the_address_however_it_is_typed(client):
    User.objects.create_user("maria", PLAIN, PASSWORD).confirm_email()
    assert [log_in(client, form, "wrong").status_code for form in FORMS[:6]] == [200] * 5 + [429]
    assert [client.post(RESET, {"email": form}).status_code for form in FORMS[:6]] == [302] * 5 + [429]


def migrate():
    """Run the migration over what stands in the test's database, with the models as they were."""
    name = "0005_normalize_email_addresses"
    apps = MigrationLoader(connection).project_state(("accounts", name)).apps
    importlib.import_module(f"accounts.migrations.{name}").normalize(apps, None)


def create_in_form(username, email):
    """Somebody whose address got in as it was typed."""
    user = create_user(username)
    User.objects.filter(pk=user.pk).update(email=email)
    user.emailaddress_set.update(email=email.lower())
    return user


def test_addresses_that_there_are_come_into_their_form(capsys):
    create_in_form("maria", "maria@bücher.example")
    create_in_form("nova", "Nova@Example.org")
    create_user("carl")
    migrate()
    plain = ["carl@example.org", "maria@xn--bcher-kva.example", "nova@example.org"]
    for model in (User, EmailAddress):
        assert list(model.objects.order_by("email").values_list("email", flat=True)) == plain
    assert capsys.readouterr().out == ""


def test_accounts_that_would_fall_together_stay_and_are_named_by_id(capsys, client):
    people = [
        create_in_form("maria", PLAIN),
        create_in_form("marie", "u@bücher.example"),
        create_in_form("nova", "zw@example.org\u200b"),
        create_in_form("novo", "zw@exa\u00admple.org"),
    ]
    before = [list(model.objects.order_by("pk").values_list("email")) for model in (User, EmailAddress)]
    migrate()
    assert [list(model.objects.order_by("pk").values_list("email")) for model in (User, EmailAddress)] == before
    output = capsys.readouterr().out
    for one, other in (people[:2], people[2:]):
        assert f"accounts {one.pk}, {other.pk}." in output
    assert "@" not in output
    marie = User.objects.get(username="marie")
    marie.set_password("another-broom-42")
    marie.save()
    assert log_in(client, "marie", "another-broom-42").status_code == 302
    assert log_in(Client(), "u@bücher.example").status_code == 302
