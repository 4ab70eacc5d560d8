from datetime import UTC, datetime

from django import template
from django.utils.html import format_html

from core.formatting import money as money_label
from core.formatting import when_label

register = template.Library()

register.filter("money", money_label)


@register.simple_tag
def moment(value: datetime | None) -> str:
    if value is None:
        return when_label(value)
    return format_html(
        '<time datetime="{}">{}</time>', f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", when_label(value)
    )
