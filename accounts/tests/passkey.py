"""What keeps a passkey, as a phone does, in software."""

import hashlib
import json
import re

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

UP, UV, AT = 0x01, 0x04, 0x40
LOGIN = "/accounts/second-factor/webauthn/login/"


class Phone:
    """Has one passkey, of somebody who added it to their account."""

    def __init__(self, user, host="localhost", origin="http://localhost:8000", key=None, kind=ES256):
        self.user, self.origin, self.id = user, origin, b"a passkey of sixteen bytes or more"
        self.host_hash = hashlib.sha256(host.encode()).digest()
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        credential = self.made(kind.from_cryptography_key(self.key.public_key()), "AAAA")
        Authenticator.objects.create(
            user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone", "credential": credential}
        )

    def made(self, key, challenge):
        """What the page that adds a passkey is sent, with this public key."""
        public = AttestedCredentialData.create(b"\0" * 16, self.id, key)
        data = AuthenticatorData.create(self.host_hash, UP | UV | AT, 0, bytes(public))
        response = {
            "clientDataJSON": self.client_data("webauthn.create", challenge),
            "attestationObject": websafe_encode(bytes(AttestationObject.create("none", data, {}))),
        }
        return self.credential(response) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def answer(self, challenge, flags=UP | UV):
        """What the form is filled with, as JSON, for the challenge of a page."""
        data = bytes(AuthenticatorData.create(self.host_hash, flags, 1))
        client_data = self.client_data("webauthn.get", challenge, encoded=False)
        how = [padding.PKCS1v15(), SHA256()] if isinstance(self.key, rsa.RSAPrivateKey) else [ec.ECDSA(SHA256())]
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), *how)
        return json.dumps(
            self.credential(
                {
                    "clientDataJSON": websafe_encode(client_data),
                    "authenticatorData": websafe_encode(data),
                    "signature": websafe_encode(signature),
                    "userHandle": websafe_encode(user_pk_to_url_str(self.user).encode()),
                }
            )
        )

    def credential(self, response):
        name = websafe_encode(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}

    def client_data(self, kind, challenge, encoded=True):
        written = json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()
        return websafe_encode(written) if encoded else written


def challenge_in(page):
    return re.search(r'"challenge": "([^"]+)"', page.content.decode())[1]
