import base64
import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import forms as recovery_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from fido2.cose import ES256, ES384, ES512, EdDSA
from fido2.webauthn import RegistrationResponse

from accounts.forms import AccountForm
from accounts.models import User
from accounts.rate_limits import FACTORS_PER_PERSON, LoginAttempt
from accounts.security_events import log_failure
from core.forms import CleanCharField

# The prefix of secrets that AES-256-GCM has encrypted; older ones have none.
SEALED = "gcm:"
NONCE_BYTES = 12


def keys_for(purpose: bytes) -> list[bytes]:
    """The key of the site, then those that it replaced."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [hashlib.sha256(purpose + key.encode()).digest() for key in keys]


def seal(text: str) -> str:
    key, nonce = keys_for(b"sealed second factor")[0], secrets.token_bytes(NONCE_BYTES)
    return SEALED + base64.b64encode(nonce + AESGCM(key).encrypt(nonce, text.encode(), None)).decode()


def unseal(sealed: str) -> str:
    """Raises InvalidTag or InvalidToken where the key is gone."""
    if not sealed.startswith(SEALED):
        old_keys = [Fernet(base64.urlsafe_b64encode(key)) for key in keys_for(b"second factor")]
        return MultiFernet(old_keys).decrypt(sealed.encode()).decode()
    for key in keys_for(b"sealed second factor"):
        with suppress(InvalidTag):
            return unseal_with(key, sealed)
    raise InvalidTag


def unseal_with(key: bytes, sealed: str) -> str:
    data = base64.b64decode(sealed.removeprefix(SEALED))
    return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], None).decode()


def has_present_seal(sealed: str) -> bool:
    """Whether it was encrypted with the key of the site, and not with one that this key replaced."""
    if not sealed.startswith(SEALED):
        return False
    try:
        unseal_with(keys_for(b"sealed second factor")[0], sealed)
    except InvalidTag:
        return False
    return True


class SecondFactorAdapter(DefaultMFAAdapter):
    """Takes the name of the site from the settings, never from the Host header."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return unseal(encrypted_text)
        except (InvalidTag, InvalidToken):
            # No code fits a random secret; one would fit an empty secret.
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def get_totp_label(self, user) -> str:
        return user.username

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": settings.SITE_NAME}

    def get_public_key_credential_user_entity(self, user) -> dict:
        return super().get_public_key_credential_user_entity(user) | {"name": user.username}

    def generate_authenticator_name(self, user, type) -> str:
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"


class CodeForm(AccountForm):
    labels = {"code": "Code"}
    missing = {"code": "Enter the code."}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code"}


class RateLimitedMixin:
    way: str
    # None at a log-in by passkey alone, because nobody is known before the check.
    user: User | None

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Count the block as a failed log-in until it succeeds, and log it if it fails."""
        request = get_adapter().request
        attempt = self.user and LoginAttempt(request, f"second factor {self.user.pk}", self.user)
        try:
            yield
        except forms.ValidationError:
            log_failure(request, self.user, self.way)
            raise
        if attempt:
            attempt.release()


def use_code(user: User, code: str) -> None:
    """Marks a code as used for as long as it is valid, or raises ValidationError; allauth forgets it too early."""
    lasts = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    # allauth accepts blanks and hyphens in a code.
    digits = re.sub(r"\D", "", code)
    if not cache.add(f"totp:{user.pk}:{digits}", True, timeout=lasts):
        raise forms.ValidationError("", code="incorrect_code")


class CodeMixin(RateLimitedMixin):
    authenticator: Authenticator
    user: User
    way = "code"
    hints = {"code": "Six digits from your authenticator app, or one of your recovery codes."}

    def clean_code(self) -> str:
        with self.attempt():
            code = super().clean_code()  # type: ignore[misc]
            if self.authenticator.type == Authenticator.Type.TOTP:
                use_code(self.user, code)
        return code


class AuthenticateForm(CodeMixin, CodeForm, base_forms.AuthenticateForm):
    pass


class ReauthenticateForm(CodeMixin, CodeForm, base_forms.ReauthenticateForm):
    pass


class SetUpLimitMixin:
    """Counts what is set up against FACTORS_PER_PERSON, once all else is right and before it is written."""

    user: User

    def full_clean(self) -> None:
        super().full_clean()  # type: ignore[misc]
        if self.is_bound and not self.errors:  # type: ignore[attr-defined]
            FACTORS_PER_PERSON.consume(f"{self.user.pk}")


class ActivateTOTPForm(SetUpLimitMixin, CodeForm, totp_forms.ActivateTOTPForm):
    hints = {"code": "Six digits, as the app shows them."}

    def clean_code(self) -> str:
        code = super().clean_code()
        use_code(self.user, code)
        return code


class DeactivateTOTPForm(AccountForm, totp_forms.DeactivateTOTPForm):
    pass


class GenerateRecoveryCodesForm(SetUpLimitMixin, AccountForm, recovery_forms.GenerateRecoveryCodesForm):
    pass


@contextmanager
def same_error_for_all() -> Iterator[None]:
    """Forged input raises almost any exception in the libraries."""
    try:
        yield
    except DatabaseError:
        raise
    except Exception as error:
        raise forms.ValidationError("", code="unknown_passkey") from error


# Approved, and of 128 bits of security or more; docs/decisions.md says why RSA is not among them.
PASSKEY_ALGORITHMS = [key.ALGORITHM for key in (ES256, EdDSA, ES384, ES512)]


def require_approved_key(credential: dict) -> None:
    """Raises ValueError; fido2 takes every key that a browser sends, whatever was offered to it."""
    made = RegistrationResponse.from_dict(credential).response.attestation_object.auth_data
    if not made.credential_data or made.credential_data.public_key.ALGORITHM not in PASSKEY_ALGORITHMS:
        raise ValueError("a passkey of a kind that was not offered")
    # A key on another curve, or on none, raises ValueError before it looks at the signature.
    with suppress(InvalidSignature):
        made.credential_data.public_key.verify(b"", b"")


NO_PASSKEY = "Your browser gave no passkey. Try again."


class CredentialField(forms.JSONField):
    widget = forms.HiddenInput

    def to_python(self, value):
        """Python raises its own error for numbers of thousands of digits in JSON."""
        try:
            return super().to_python(value)
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class PasskeyForm(AccountForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField(error_messages=dict.fromkeys(("required", "invalid"), NO_PASSKEY))


class PasskeyAnswerForm(RateLimitedMixin, PasskeyForm):
    way = "passkey"

    def clean_credential(self) -> Authenticator:
        with self.attempt(), same_error_for_all():
            return super().clean_credential()  # type: ignore[misc]


class AddPasskeyForm(SetUpLimitMixin, PasskeyForm, webauthn_forms.AddWebAuthnForm):
    """Requires user verification, because a passkey logs in without a password."""

    name = CleanCharField(required=False)

    labels = {"name": "Name"}
    hints = {"name": "So that you know it from others, like “My phone”."}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["passwordless"]

    def clean(self) -> dict:
        self.cleaned_data["passwordless"] = True
        with same_error_for_all():
            cleaned_data = super().clean()
            if "credential" in cleaned_data:
                require_approved_key(cleaned_data["credential"])
        return cleaned_data


class RenamePasskeyForm(AccountForm, webauthn_forms.EditWebAuthnForm):
    name = CleanCharField()

    labels = {"name": "Name"}
    missing = {"name": "Enter a name."}


class AuthenticatePasskeyForm(PasskeyAnswerForm, webauthn_forms.AuthenticateWebAuthnForm):
    pass


class ReauthenticatePasskeyForm(PasskeyAnswerForm, webauthn_forms.ReauthenticateWebAuthnForm):
    pass


class LoginPasskeyForm(PasskeyAnswerForm, webauthn_forms.LoginWebAuthnForm):
    pass
