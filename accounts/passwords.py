"""Which passwords are refused besides the common ones."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError

SITE_WORDS = ("swept", "sweeping", "sweeper", "sweep", "cleaning", "cleaner", "cleaned", "clean", "offer", "password")


class SiteWordsValidator:
    """Refuses what is made of words of this site alone, with or without digits and signs around them."""

    def validate(self, password: str, user=None) -> None:
        """Raise ValidationError where nothing but the site's own words is left in letters."""
        rest = re.sub(r"[\W\d_]", "", password.lower())
        words = {*SITE_WORDS, *re.findall(r"\w+", settings.SITE_NAME.lower())}
        if rest and not re.sub("|".join(f"{word}s?" for word in sorted(words, key=len, reverse=True)), "", rest):
            raise ValidationError("Only words of this site.", code="password_of_site_words")

    def get_help_text(self) -> str:
        return "Not made of words of this site alone."
