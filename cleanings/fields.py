import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from babel.numbers import get_currency_name, get_currency_symbol
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from cleanings.constraints import LEAST_RATE, MOST_RATE, RATE_SENTENCE
from core.formatting import LOCALE
from core.text import ascii_digits

MOST_READ = 100
OTHER_SEPARATORS = str.maketrans({"’": "'", "\N{ARABIC DECIMAL SEPARATOR}": ".", "\N{ARABIC THOUSANDS SEPARATOR}": ","})
# Groups of three, and a point or comma before the last digits, or before a dash instead of cents.
NUMBER = r"""
    (?P<whole>[1-9][0-9]{0,2}(?:(?P<group>[,.'\s])[0-9]{3})(?:(?P=group)[0-9]{3}){0,3}|[0-9]{1,12}|(?=[.,][0-9]))
    (?:(?!(?P=group))[.,](?:(?P<part>[0-9]{1,6})|--?))?
"""
AN_HOUR = r"(?:(?:/|an?\b|per\b|p/)\s*(?:h|hr|hour)\b\.?)"


@cache
def pattern_of(before: str, after: str) -> re.Pattern:
    return re.compile(rf"(?:{before})?\s*{NUMBER}\s*(?:{after})?", re.VERBOSE | re.IGNORECASE)


class ForgivingDecimalField(forms.DecimalField):
    """Accepts "22,50", "1,000.00", "1 000" and "1’000"; `sentence` is the error for values out of range."""

    # A regular expression of what may stand behind the number.
    unit = ""

    def __init__(self, *, sentence: str, **kwargs) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        messages = dict.fromkeys(("invalid", "max_digits", "max_whole_digits", "min_value", "max_value"), sentence)
        messages["max_decimal_places"] = "Enter at most two digits behind the point."
        super().__init__(max_digits=6, decimal_places=2, error_messages=messages, **kwargs)

    @property
    def pattern(self) -> re.Pattern:
        return pattern_of("", self.unit)

    @property
    def unreadable(self) -> str:
        return str(self.error_messages["invalid"])

    def to_python(self, value):
        if isinstance(value, str) and value.strip():
            text = ascii_digits(value[: MOST_READ + 1]).translate(OTHER_SEPARATORS).strip()
            amount = self.pattern.fullmatch(text)
            if not amount or len(value) > MOST_READ:
                raise ValidationError(self.unreadable, code="invalid")
            value = f"{re.sub('[^0-9]', '', amount['whole']) or 0}.{amount['part'] or 0}"
        return super().to_python(value)

    def run_validators(self, value) -> None:
        try:
            super().run_validators(value)
        except ValidationError as error:
            raise ValidationError(error.error_list[:1]) from None


@cache
def currency_pattern(code: str) -> str:
    """Also matches the sign without the country: "$" for "US$"."""
    symbol = get_currency_symbol(code, LOCALE)
    names = {code, symbol, re.sub("[A-Za-z]", "", symbol), *(get_currency_name(code, n, LOCALE) for n in (1, 2))}
    return "|".join(re.escape(name) for name in sorted(filter(None, names), key=len, reverse=True))


class RateField(ForgivingDecimalField):
    def __init__(self, **kwargs) -> None:
        super().__init__(sentence=RATE_SENTENCE, min_value=LEAST_RATE, max_value=MOST_RATE, **kwargs)

    @property
    def pattern(self) -> re.Pattern:
        currency = currency_pattern(settings.CURRENCY)
        return pattern_of(currency, rf"(?:{currency})?\s*{AN_HOUR}?")

    @property
    def unreadable(self) -> str:
        return f"Enter the rate in {get_currency_name(settings.CURRENCY, 2, LOCALE)}, like 22.50."


class HoursField(ForgivingDecimalField):
    unit = r"(?:h|hrs?|hours?)\.?"

    def prepare_value(self, value):
        return f"{value.normalize():f}" if isinstance(value, Decimal) else super().prepare_value(value)


class StartField(forms.DateTimeField):
    """Refuses an hour that a clock change skips; of one that it repeats, takes the first."""

    default_sentence = "Enter a start like 24/11/2026 14:00, or leave it empty."
    formats = (
        "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M",
        "%d/%m/%Y, %H:%M", "%d.%m.%Y %H:%M", "%d-%m-%Y %H:%M", "%d %B %Y %H:%M", "%d %b %Y %H:%M", "%d %B %Y, %H:%M",
        "%d %b %Y, %H:%M",
    )  # fmt: skip

    def __init__(self, **kwargs) -> None:
        kwargs.setdefault("widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
        super().__init__(error_messages={"invalid": self.default_sentence}, **kwargs)

    def prepare_value(self, value):
        """Without seconds, which no picker shows: an untouched start must not seem changed."""
        if isinstance(value, datetime):
            value = value.replace(second=0, microsecond=0)
        return super().prepare_value(value)

    def to_python(self, value) -> datetime | None:
        text = str(value or "").strip()
        if not text:
            return None
        naive = next((found for form in self.formats if (found := self._parse(text, form))), None)
        if naive is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        aware = timezone.make_aware(naive)
        if self._is_skipped(naive, aware):
            raise ValidationError("That hour does not exist: the clocks go forward then. Enter another start.")
        return aware

    @staticmethod
    def _parse(text: str, form: str) -> datetime | None:
        try:
            found = datetime.strptime(text, form)
        except ValueError:
            return None
        return found if 1900 < found.year < 9000 else None

    @staticmethod
    def _is_skipped(naive: datetime, aware: datetime) -> bool:
        there_and_back = aware.astimezone(UTC).astimezone(aware.tzinfo)
        return there_and_back.replace(tzinfo=None) != naive
