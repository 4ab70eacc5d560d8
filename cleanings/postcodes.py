"""Postcodes as people type them: in Belgium "B-9000", "BE 9000" and "9000 Gent" are 9000."""

import re
from functools import cache

from django.conf import settings

from cleanings.constraints import MOST_CHARACTERS
from core.text import ascii_digits, fold


def postcode_key(postcode: str, country: str = "") -> str:
    """Figures without the country before them or letters behind them; else letters and figures alone."""
    code = ascii_digits(fold(postcode)).upper()
    found = pattern_of(country or settings.COUNTRY).fullmatch(code)
    key = found["figures"] if found else "".join(filter(str.isalnum, code))
    return key[: MOST_CHARACTERS["postcode"]]


@cache
def pattern_of(country: str) -> re.Pattern:
    """Three figures at least, so that a British "G1 1AA" keeps its letters."""
    return re.compile(rf"(?:{country}|{country[0]})?[ -]*(?P<figures>[0-9]{{3,}})(?:\W*[^\W\d_].*)?")
