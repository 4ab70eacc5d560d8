from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.html import format_html

from core.formatting import count_word, days_ago_label, short_money, short_when_label, weekday_label, when_label
from core.formatting import money as money_label

register = template.Library()

register.filter("money", money_label)
register.filter(short_money)
register.filter(weekday_label)
register.filter(count_word)


@register.simple_tag
def moment(value: datetime | None) -> str:
    if value is None:
        return when_label(value)
    return _time(value, when_label(value))


@lru_cache(maxsize=10_000)
def _time(value: datetime, label: str) -> str:
    return format_html('<time datetime="{}">{}</time>', f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", label)


@register.simple_tag
def short_moment(value: datetime | None) -> str:
    """For a narrow place, with the whole moment for whoever points at it."""
    if value is None:
        return when_label(value)
    return _titled(value, when_label(value), short_when_label(value))


@lru_cache(maxsize=10_000)
def _titled(value: datetime, title: str, label: str) -> str:
    stamp = f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return format_html('<time datetime="{}" title="{}">{}</time>', stamp, title, label)


@register.simple_tag
def ago(value: datetime) -> str:
    """How long ago, with the moment itself for whoever points at it."""
    zone = timezone.get_current_timezone()
    return _ago(value, timezone.localdate(timezone=zone), zone)


@lru_cache(maxsize=10_000)
def _ago(value: datetime, today: date, zone: tzinfo) -> str:
    days = (today - timezone.localdate(value, zone)).days
    return _titled(value, when_label(value), days_ago_label(days))
