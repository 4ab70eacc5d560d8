from datetime import datetime
from decimal import Decimal

from babel.numbers import format_currency
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import to_locale

LOCALE = to_locale(settings.LANGUAGE_CODE)


def money(amount: Decimal) -> str:
    return format_currency(amount, settings.CURRENCY, locale=LOCALE)


def rate_label(hourly_rate: Decimal, estimated_hours: Decimal) -> str:
    return f"{money(hourly_rate)} an hour, about {money(hourly_rate * estimated_hours)} in all"


def hours_label(hours: Decimal) -> str:
    number = f"{hours.normalize():f}"
    return f"{number} hour" if number == "1" else f"{number} hours"


def when_label(moment: datetime | None) -> str:
    if moment is None:
        return "Date by agreement"
    return date_format(timezone.localtime(moment), "D j M Y, H:i")


def day_label(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y")
