"""Which kinds of keys a passkey may have."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from django.test import Client
from fido2 import cose

from accounts.forms import ERROR_MESSAGES
from accounts.models import User
from accounts.tests.helpers import is_logged_in, log_in
from accounts.tests.passkey import LOGIN, Phone, challenge_in
from marketplace.testing import PASSWORD, create_user

pytestmark = pytest.mark.django_db

ADD = "/accounts/second-factor/webauthn/add/"


@pytest.fixture
def client():
    """Maria's browser, in which she has just entered her password again."""
    create_user("maria")
    browser = Client()
    log_in(browser)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def add(client, key):
    """Send a passkey with this key; what is said if it is refused."""
    phone = Phone(User.objects.get())
    Authenticator.objects.all().delete()
    answer = client.post(ADD, {"credential": json.dumps(phone.made(key, challenge_in(client.get(ADD))))})
    return None if answer.status_code == 302 else answer.content.decode()


def on(curve):
    return ec.generate_private_key(curve).public_key()


ED25519 = ed25519.Ed25519PrivateKey.generate().public_key()
ED448 = ed448.Ed448PrivateKey.generate().public_key()
# Nobody signs with these, so any odd number of that many bits will do.
RSA_1024 = rsa.RSAPublicNumbers(65537, 2**1023 + 1).public_key()
RSA_3072 = rsa.RSAPublicNumbers(65537, 2**3071 + 1).public_key()
P256 = cose.ES256.from_cryptography_key(on(ec.SECP256R1()))
SECP256K1 = cose.ES256K.from_cryptography_key(on(ec.SECP256K1()))
GOOD = {
    "ES256": P256,
    "ES384": cose.ES384.from_cryptography_key(on(ec.SECP384R1())),
    "ES512": cose.ES512.from_cryptography_key(on(ec.SECP521R1())),
    "EdDSA": cose.EdDSA.from_cryptography_key(ED25519),
}
REFUSED = {
    "RS256 of 1024 bits": cose.RS256.from_cryptography_key(RSA_1024),
    "RS256 of 3072 bits": cose.RS256.from_cryptography_key(RSA_3072),
    "PS256": cose.PS256.from_cryptography_key(RSA_3072),
    "RS1": cose.RS1.from_cryptography_key(RSA_3072),
    "ES256K": SECP256K1,
    "Ed448": cose.Ed448.from_cryptography_key(ED448),
    "one that fido2 does not know": P256 | {3: -999},
    "ES256 on the curve of ES256K": SECP256K1 | {3: cose.ES256.ALGORITHM},
    "ES256 with a key of RSA": cose.RS256.from_cryptography_key(RSA_1024) | {3: cose.ES256.ALGORITHM},
    "EdDSA on the curve of Ed448": cose.Ed448.from_cryptography_key(ED448) | {3: cose.EdDSA.ALGORITHM},
    "ES256 on no curve": P256 | {-2: bytes(31) + b"\1", -3: bytes(31) + b"\1"},
}


def test_a_new_passkey_is_asked_for_with_approved_signatures_alone(client):
    options = re.search(r'"pubKeyCredParams": (\[.*?\])', client.get(ADD).content.decode())[1]
    assert [kind["alg"] for kind in json.loads(options)] == [-7, -8, -35, -36]


@pytest.mark.parametrize("key", GOOD.values(), ids=GOOD)
def test_a_passkey_with_an_approved_key_is_added(client, key):
    assert add(client, key) is None
    assert Authenticator.objects.get(type="webauthn").wrap().authenticator_data.credential_data.public_key == key


@pytest.mark.parametrize("key", REFUSED.values(), ids=REFUSED)
def test_a_passkey_with_a_key_that_was_not_offered_is_refused(client, key):
    assert ERROR_MESSAGES["unknown_passkey"] in add(client, key)
    assert not Authenticator.objects.exists()


def test_a_passkey_that_is_there_logs_in_whatever_its_key():
    key = rsa.generate_private_key(65537, 2048)
    phone, browser = Phone(create_user("maria"), key=key, kind=cose.RS256), Client()
    browser.post(LOGIN, {"credential": phone.answer(challenge_in(browser.get(LOGIN)))})
    assert is_logged_in(browser)
