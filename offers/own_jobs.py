"""Lines of an owner's list of jobs: the template is rendered once for each shape, and filled in for each line."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.models import User
from cleanings.models import Cleaning
from core.addresses import file_address
from core.formatting import money
from core.fragments import fill
from core.templatetags.formatting import short_moment
from core.templatetags.text import bdi
from core.text import isolate
from offers.actions import next_cleaning_action, status_colour


class Shape(NamedTuple):
    has_offers: bool
    is_open: bool
    has_readers: bool
    has_next: bool
    is_agreed: bool


@cache
def pattern_of(shape: Shape) -> str:
    return render_to_string("offers/_own_job.html", {"shape": shape})


def line_of(cleaning: Cleaning, owner: User) -> SafeString:
    """Needs `with_agreed_rate`."""
    next_action = next_cleaning_action(cleaning)
    rate, total = cleaning.agreed_rate, cleaning.agreed_total
    shape = Shape(
        has_offers=cleaning.offers_count > 0,
        is_open=cleaning.is_open,
        has_readers=bool(cleaning.readers_label),
        has_next=next_action is not None,
        is_agreed=rate is not None,
    )
    return fill(
        pattern_of(shape),
        drawing=file_address(cleaning.drawing),
        url=cleaning.get_absolute_url(),
        name=bdi(isolate(cleaning.name_for(owner))),
        status=cleaning.get_status_display(),
        colour=status_colour(cleaning),
        start=short_moment(cleaning.starts_at),
        offers=offers_label(cleaning.offers_count),
        readers=cleaning.readers_label,
        next_url=next_action.url if next_action else "",
        next_label=next_action.label if next_action else "",
        total=money(cleaning.total if total is None else total),
        rate=money(cleaning.hourly_rate if rate is None else rate),
    )


def offers_label(count: int) -> str:
    return "1 offer" if count == 1 else f"{count:,} offers"
