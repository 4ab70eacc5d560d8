from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

from django import template
from django.utils import timezone

from core.formatting import (
    count_word,
    days_ago_label,
    money,
    short_when_label,
    today,
    weekday_label,
    when_label,
    zone,
)
from core.fragments import fill

register = template.Library()

register.filter(money)
register.filter(weekday_label)
register.filter(count_word)


@register.simple_tag
def moment(value: datetime | None) -> str:
    if value is None:
        return when_label(value)
    return _time(value, when_label(value))


@lru_cache(maxsize=3_000)
def _time(value: datetime, label: str) -> str:
    return fill('<time datetime="{stamp}">{label}</time>', stamp=stamp_of(value), label=label)


@register.simple_tag
def short_moment(value: datetime | None) -> str:
    if value is None:
        return when_label(value)
    return _titled(value, when_label(value), short_when_label(value))


@lru_cache(maxsize=3_000)
def _titled(value: datetime, title: str, label: str) -> str:
    pattern = '<time datetime="{stamp}" title="{title}">{label}</time>'
    return fill(pattern, stamp=stamp_of(value), title=title, label=label)


def stamp_of(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@register.simple_tag
def ago(value: datetime) -> str:
    return _ago(value, today(), zone())


@lru_cache(maxsize=3_000)
def _ago(value: datetime, day: date, zone: tzinfo) -> str:
    days = (day - timezone.localdate(value, zone)).days
    return _titled(value, when_label(value), days_ago_label(days))
