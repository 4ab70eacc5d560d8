from django import template

from cleanings.browse.filters import CleaningFilter
from cleanings.feeds import path_with

register = template.Library()


@register.simple_tag
def feed_path(filters: CleaningFilter | str) -> str:
    return path_with("cleanings:feed", filters if isinstance(filters, CleaningFilter) else None)
