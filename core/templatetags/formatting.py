from datetime import UTC, datetime
from functools import lru_cache

from django import template
from django.utils.html import format_html

from core.formatting import ago_label, count_word, short_money, short_when_label, weekday_label, when_label
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


@register.simple_tag
def ago(value: datetime) -> str:
    """How long ago, with the moment itself for whoever points at it."""
    return _titled(value, when_label(value), ago_label(value))


@lru_cache(maxsize=10_000)
def _titled(value: datetime, title: str, label: str) -> str:
    stamp = f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return format_html('<time datetime="{}" title="{}">{}</time>', stamp, title, label)
