"""Form fields that forgive how people write money, hours and times."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

# A sign or code of a currency at either end, groups of three, and a point or comma before the last digits.
AMOUNT = re.compile(
    r"""
    (?:[€$£]|[A-Za-z]{3}\b)?\s*
    (?P<whole>[1-9][0-9]{0,2}(?:(?P<group>[,.\s])[0-9]{3})(?:(?P=group)[0-9]{3}){0,3}|[0-9]{1,12})
    (?:(?!(?P=group))[.,](?P<part>[0-9]{1,6}))?
    \s*(?:[€$£]|\b[A-Za-z]{3})?
    """,
    re.VERBOSE,
)


class ForgivingDecimalField(forms.DecimalField):
    """A number as people type it: "22,50", "€ 22.50", "1,000.00", "1 000". Anything else gets `sentence`."""

    def __init__(self, *, sentence: str, **kwargs) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        messages = dict.fromkeys(("invalid", "max_digits", "max_whole_digits", "min_value", "max_value"), sentence)
        messages["max_decimal_places"] = "Enter at most two digits behind the point."
        super().__init__(max_digits=6, decimal_places=2, error_messages=messages, **kwargs)

    def to_python(self, value):
        if isinstance(value, str) and value.strip():
            amount = AMOUNT.fullmatch(value.strip())
            if not amount:
                raise ValidationError(self.error_messages["invalid"], code="invalid")
            value = f"{re.sub('[^0-9]', '', amount['whole'])}.{amount['part'] or 0}"
        return super().to_python(value)


class HoursField(ForgivingDecimalField):
    """A number of hours, shown without idle zeros: "2", "2.5"."""

    def prepare_value(self, value):
        return f"{value.normalize():f}" if isinstance(value, Decimal) else super().prepare_value(value)


class StartField(forms.DateTimeField):
    """A start in the site's time zone, from a browser's picker or typed. The hour that a clock change skips is refused;
    of one that it repeats, the first is taken.
    """

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
        """Without the seconds, which no picker shows: a start that nobody touched must not seem changed."""
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
