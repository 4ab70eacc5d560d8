import re
import unicodedata

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

SITE_WORDS = ("swept", "sweeping", "sweeper", "sweep", "cleaning", "cleaner", "cleaned", "clean", "offer", "password")
# Normalizing takes the square of the length of a run of accents: a second for 30,000 of them.
MAX_NORMALIZED_LENGTH = 4096


def normalize_password(password: str) -> str:
    """NFKC, as NIST SP 800-63B recommends: keyboards send the same letter in several ways."""
    return unicodedata.normalize("NFKC", password) if len(password) <= MAX_NORMALIZED_LENGTH else password


class NormalizedValidatorMixin:
    def validate(self, password: str, user=None) -> None:
        super().validate(normalize_password(password), user)  # type: ignore[misc]


class SimilarityValidator(NormalizedValidatorMixin, password_validation.UserAttributeSimilarityValidator):
    pass


class MinimumLengthValidator(NormalizedValidatorMixin, password_validation.MinimumLengthValidator):
    pass


class CommonPasswordValidator(NormalizedValidatorMixin, password_validation.CommonPasswordValidator):
    pass


class SiteWordsValidator:
    def validate(self, password: str, user=None) -> None:
        rest = re.sub(r"[\W\d_]", "", normalize_password(password).lower())
        words = {*SITE_WORDS, *re.findall(r"\w+", settings.SITE_NAME.lower())}
        if rest and not re.sub("|".join(f"{word}s?" for word in sorted(words, key=len, reverse=True)), "", rest):
            raise ValidationError("Only words of this site.", code="password_of_site_words")

    def get_help_text(self) -> str:
        return "Not made of words of this site alone."
