"""Passwords: in one form however they are typed, and which are refused."""

import re
import unicodedata
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import password_validation
from django.contrib.auth.hashers import make_password, verify_password
from django.core.exceptions import ValidationError

SITE_WORDS = ("swept", "sweeping", "sweeper", "sweep", "cleaning", "cleaner", "cleaned", "clean", "offer", "password")
# Normalizing takes the square of the length of a run of accents: a second for 30,000 of them.
MOST_NORMALIZED = 4096


def normalize(password: str) -> str:
    """The one form of a password, NFKC, as NIST SP 800-63B has it: keyboards send the same letter in several ways."""
    return unicodedata.normalize("NFKC", password) if len(password) <= MOST_NORMALIZED else password


class NormalizedPasswordMixin:
    """A user whose password is hashed in its one form.

    A hash that was made of another form, as it was typed then, lets that form in and is replaced. A try costs two
    hashes at most, and the number tells nothing of the account: it depends on what is typed.
    """

    password: str

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password if raw_password is None else normalize(raw_password))  # type: ignore[misc]

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is the password, as it was typed or in its one form."""
        if raw_password is None:
            return verify_password(None, self.password)[0]
        normalized = normalize(raw_password)
        is_correct, must_update = verify_password(raw_password, self.password)
        if is_correct and (must_update or raw_password != normalized):
            self._replace_hash(make_password(normalized))
        return is_correct or (raw_password != normalized and verify_password(normalized, self.password)[0])

    async def acheck_password(self, raw_password: str | None) -> bool:
        return await sync_to_async(self.check_password)(raw_password)

    def _replace_hash(self, encoded: str) -> None:
        """Write another hash of the same password, unless somebody has changed the password meanwhile."""
        rows: Any = type(self)._default_manager  # type: ignore[attr-defined]
        if rows.filter(pk=self.pk, password=self.password).update(password=encoded):  # type: ignore[attr-defined]
            self.password = encoded


class NormalizedValidatorMixin:
    """A validator that looks at the form of a password that is hashed."""

    def validate(self, password: str, user=None) -> None:
        super().validate(normalize(password), user)  # type: ignore[misc]


class SimilarityValidator(NormalizedValidatorMixin, password_validation.UserAttributeSimilarityValidator):
    pass


class MinimumLengthValidator(NormalizedValidatorMixin, password_validation.MinimumLengthValidator):
    pass


class CommonPasswordValidator(NormalizedValidatorMixin, password_validation.CommonPasswordValidator):
    pass


class SiteWordsValidator:
    """Refuses what is made of words of this site alone, with or without digits and signs around them."""

    def validate(self, password: str, user=None) -> None:
        """Raise ValidationError where nothing but the site's own words is left in letters."""
        rest = re.sub(r"[\W\d_]", "", normalize(password).lower())
        words = {*SITE_WORDS, *re.findall(r"\w+", settings.SITE_NAME.lower())}
        if rest and not re.sub("|".join(f"{word}s?" for word in sorted(words, key=len, reverse=True)), "", rest):
            raise ValidationError("Only words of this site.", code="password_of_site_words")

    def get_help_text(self) -> str:
        return "Not made of words of this site alone."
