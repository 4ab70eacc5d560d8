"""Where the feed is of what a page shows."""

from django import template

from cleanings.browse.filters import CleaningFilter
from cleanings.feeds import path_with

register = template.Library()


@register.simple_tag
def feed_of(filters: CleaningFilter | str) -> str:
    """The path of the feed with the filters of a page, or of all open cleanings where the page has none."""
    return path_with("cleanings:feed", filters if isinstance(filters, CleaningFilter) else None)
