from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache, lru_cache

from babel.numbers import format_currency, get_currency_precision
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import to_locale

LOCALE = to_locale(settings.LANGUAGE_CODE)
COUNT_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def money(amount: Decimal) -> str:
    before, digits, after = _currency_pattern(settings.CURRENCY)
    number = f"{abs(amount):,.{digits}f}".removesuffix(".00")
    return f"{'-' if amount < 0 else ''}{before}{number}{after}"


@cache
def _currency_pattern(currency: str) -> tuple[str, int, str]:
    """Cached, because Babel takes a hundred times as long as the rest."""
    digits = get_currency_precision(currency)
    before, after = format_currency(0, currency, locale=LOCALE).split(f"{0:.{digits}f}")
    return before, digits, after


def rate_label(hourly_rate: Decimal, estimated_hours: Decimal) -> str:
    return f"{money(hourly_rate)} an hour, about {money(hourly_rate * estimated_hours)} in all"


def hours_label(hours: Decimal) -> str:
    number = f"{hours.normalize():f}"
    return f"{number} hour" if number == "1" else f"{number} hours"


def in_a_row(words: Sequence[str]) -> str:
    """Like "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def count_word(number: int) -> str:
    return COUNT_WORDS[number] if number < len(COUNT_WORDS) else f"{number:,}"


def zone() -> tzinfo:
    """Nobody has another zone than the site. To look up Django's current one takes longer than to write a label."""
    return timezone.get_default_timezone()


def day_of(moment: datetime) -> date:
    return moment.astimezone(zone()).date()


def today() -> date:
    return day_of(timezone.now())


def ago_label(moment: datetime) -> str:
    """By calendar days, as people count them."""
    return days_ago_label((today() - day_of(moment)).days)


def days_ago_label(days: int) -> str:
    if days < 2:
        return "yesterday" if days == 1 else "today"
    if days < 60:
        return f"{days} days ago"
    return f"{days // 30} months ago" if days < 730 else f"{days // 365} years ago"


def when_label(moment: datetime | None) -> str:
    if moment is None:
        return "Date by agreement"
    return _written(moment, "%a %-d %b %Y, %H:%M", zone())


@lru_cache(maxsize=3_000)
def _written(moment: datetime, pattern: str, zone: tzinfo) -> str:
    """Without Django's `date_format`, which takes ten times as long."""
    return moment.astimezone(zone).strftime(pattern)


def short_when_label(moment: datetime | None) -> str:
    """Without the year, unless another half year lies between."""
    if moment is None or abs(day_of(moment) - today()) > timedelta(days=182):
        return when_label(moment)
    return _written(moment, "%a %-d %b, %H:%M", zone())


def day_label(moment: datetime) -> str:
    return _written(moment, "%-d %b %Y", zone())


def ahead_label(moment: datetime) -> str:
    days = (day_of(moment) - today()).days
    if days < 2:
        return "tomorrow" if days == 1 else "today"
    return f"in {days} days"


def weekday_label(moment: datetime) -> str:
    is_near = (day_of(moment) - today()).days < 7
    return date_format(moment.astimezone(zone()), "l, H:i") if is_near else short_when_label(moment)


def month_label(day: date) -> str:
    return date_format(day, "M")
