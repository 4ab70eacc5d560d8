"""`manage.py createsuperuser`: a name or an address that somebody has is a sentence, never a traceback."""

from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command

from accounts.models import User
from marketplace.testing import PASSWORD, create_user

pytestmark = pytest.mark.django_db


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.fixture
def maria():
    return create_user("maria")


def without_questions(username, email):
    call_command("createsuperuser", username=username, email=email, interactive=False, verbosity=0)


def answering(monkeypatch, *answers):
    """Run it, and type these, one after the other; what it complains of."""
    waiting, complaints = iter(answers), StringIO()
    monkeypatch.setattr("builtins.input", lambda question: next(waiting))
    monkeypatch.setattr("getpass.getpass", lambda *question: PASSWORD)
    call_command("createsuperuser", stdin=Terminal(), stdout=StringIO(), stderr=complaints)
    assert next(waiting, None) is None
    return complaints.getvalue()


@pytest.mark.parametrize(
    ("username", "email", "sentence"),
    [
        ("maria", "ada@example.org", "username"),
        ("MARIA", "ada@example.org", "username"),
        ("Maria", "ada@example.org", "username"),
        ("ada", "maria@example.org", "e-mail address"),
        ("ada", "Maria@Example.ORG", "e-mail address"),
        ("ada", "MARIA@example.org", "e-mail address"),
        ("maria", "maria@example.org", "taken"),
        ("new", "ada@example.org", "word"),
        ("ad", "ada@example.org", "letters"),
        ("ada", "nonsense", "address"),
    ],
)
def test_without_questions_it_ends_with_a_sentence(maria, username, email, sentence):
    with pytest.raises(CommandError, match=sentence):
        without_questions(username, email)
    assert list(User.objects.all()) == [maria]


def test_an_address_that_somebody_else_confirmed_is_refused(maria):
    EmailAddress.objects.create(user=maria, email="second@example.org", verified=True)
    with pytest.raises(CommandError, match="e-mail address"):
        without_questions("ada", "second@example.org")
    assert list(User.objects.all()) == [maria]


def test_asked_for_it_asks_again_for_what_somebody_has(maria, monkeypatch):
    names = ["ad", "maria", "MARIA", "Maria", "ada"]
    addresses = ["nonsense", "maria@example.org", "MARIA@EXAMPLE.org", "ada@example.org"]
    complaints = answering(monkeypatch, *names, *addresses)
    assert complaints.count("Error: Use 3 to 30 letters") == complaints.count("Error: Enter an e-mail address") == 1
    assert complaints.count("Someone has this username") == 3
    assert complaints.count("Someone has this e-mail address") == 2
    ada = User.objects.get(username="ada")
    assert (ada.email, ada.is_superuser) == ("ada@example.org", True)
    assert EmailAddress.objects.get(user=ada).verified


def test_who_has_no_address_has_none_that_is_confirmed():
    for username in ("ada", "stan"):
        User.objects.create_superuser(username)
    assert not EmailAddress.objects.exists()


def test_what_nobody_has_makes_one(maria):
    without_questions("ada", "ada@example.org")
    assert User.objects.get(username="ada").is_superuser
