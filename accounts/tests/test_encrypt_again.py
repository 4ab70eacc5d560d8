"""Encrypting second factors again after a change of the key of the site."""

import base64
import hashlib
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from accounts.management.commands import encrypt_again
from accounts.mfa import seal, unseal
from accounts.tests.passkey import Phone
from marketplace.testing import create_user

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DP"


def run():
    out = StringIO()
    call_command("encrypt_again", stdout=out)
    return out.getvalue().strip()


def refusal():
    error = StringIO()
    with pytest.raises(CommandError):
        call_command("encrypt_again", stdout=StringIO(), stderr=error)
    return error.getvalue().strip()


def create_factors(*names):
    """An app and recovery codes for each person, one of them used."""
    for name in names:
        data = {
            "totp": {"secret": seal(SECRET)},
            "recovery_codes": {"used_mask": 1, "viewed_at": 1.5, "seed": seal(SECRET)},
        }
        for kind, facts in data.items():
            Authenticator.objects.create(user=create_user(name), type=kind, data=facts)


def replace_key(settings, *fallbacks):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", list(fallbacks)


def stored():
    return list(Authenticator.objects.order_by("pk").values_list("data", flat=True))


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_it_says_how_many_and_keeps_all_but_the_cipher(settings, monkeypatch, batch):
    monkeypatch.setattr(encrypt_again, "BATCH", batch)
    create_factors("maria", "carl")
    Phone(create_user("maria"))
    before = stored()
    replace_key(settings, settings.SECRET_KEY)
    assert run() == "Second factors encrypted again: 4. Left as they were: 0."
    settings.SECRET_KEY_FALLBACKS = []
    after = stored()
    opened = [
        {name: unseal(fact) if name in ("secret", "seed") else fact for name, fact in data.items()} for data in after
    ]
    assert opened == [{"secret": SECRET}, {"used_mask": 1, "viewed_at": 1.5, "seed": SECRET}] * 2 + before[4:]
    assert [again for again in after if again in before] == before[4:]


def test_what_has_the_present_key_is_not_written(settings):
    create_factors("maria")
    replace_key(settings, settings.SECRET_KEY)
    run()
    once = stored()
    assert (run(), stored()) == ("Second factors encrypted again: 0. Left as they were: 2.", once)


def test_an_older_cipher_goes_too(settings):
    key = base64.urlsafe_b64encode(hashlib.sha256(b"second factor" + settings.SECRET_KEY.encode()).digest())
    data = {"secret": Fernet(key).encrypt(SECRET.encode()).decode()}
    Authenticator.objects.create(user=create_user("maria"), type="totp", data=data)
    run()
    assert stored()[0]["secret"].startswith("gcm:")
    assert unseal(stored()[0]["secret"]) == SECRET


def test_what_somebody_writes_meanwhile_stays(settings, monkeypatch):
    create_factors("maria")
    codes = Authenticator.objects.get(type="recovery_codes")
    used = codes.data | {"used_mask": 3}

    def seal_while_a_code_is_used(text):
        Authenticator.objects.filter(pk=codes.pk).update(data=used)
        return seal(text)

    replace_key(settings, settings.SECRET_KEY)
    monkeypatch.setattr(encrypt_again, "seal", seal_while_a_code_is_used)
    assert "Changed meanwhile: 1." in refusal()
    assert stored()[1] == used
    monkeypatch.undo()
    assert run() == "Second factors encrypted again: 1. Left as they were: 1."
    assert stored()[1]["used_mask"] == 3


def test_what_no_key_opens_is_named_and_left_and_the_rest_is_done(settings):
    create_factors("maria")
    lost = stored()
    replace_key(settings)
    create_factors("carl")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a third key", ["another key"]
    assert refusal() == "Cannot be read, because no key that is set opens them: 2."
    assert stored()[:2] == lost
    assert [unseal(stored()[2]["secret"]), unseal(stored()[3]["seed"])] == [SECRET] * 2


@pytest.mark.parametrize(
    "damaged", [{}, {"secret": "gcm:"}, {"secret": "gcm:x"}, {"secret": "gcm:AAAA"}, {"secret": ""}]
)
def test_what_is_damaged_keeps_nothing_else_from_its_turn(settings, damaged):
    Authenticator.objects.create(user=create_user("stan"), type="totp", data=damaged)
    create_factors("maria")
    replace_key(settings, settings.SECRET_KEY)
    assert refusal() == "Cannot be read, because no key that is set opens them: 1."
    settings.SECRET_KEY_FALLBACKS = []
    assert (stored()[0], unseal(stored()[1]["secret"])) == (damaged, SECRET)
