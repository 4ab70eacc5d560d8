"""Lines of a cleaner's list of offers: the template is rendered once for each shape, and filled in for each line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.models import User
from cleanings.states import IN_PLAY, OfferStatus
from core.addresses import file_address
from core.formatting import money
from core.fragments import fill
from core.templatetags.formatting import short_moment
from core.templatetags.text import bdi
from core.text import isolate
from offers.actions import Action, offer_meaning, status_colour
from offers.clashes import Clash
from offers.models import Offer


class Shape(NamedTuple):
    is_rejected: bool
    is_lost: bool
    waits: bool
    has_next: bool
    can_write: bool

    @property
    def has_acts(self) -> bool:
        return self.has_next or self.can_write


@cache
def pattern_of(shape: Shape) -> str:
    return render_to_string("offers/_own_row.html", {"shape": shape})


def line_of(
    offer: Offer, cleaner: User, next_action: Action | None, write: Action | None, clashes: Sequence[Clash]
) -> SafeString:
    cleaning = offer.cleaning
    shape = Shape(
        is_rejected=offer.status == OfferStatus.REJECTED,
        is_lost=offer.status not in IN_PLAY,
        waits=offer.waits_for_confirmation,
        has_next=next_action is not None,
        can_write=write is not None,
    )
    return fill(
        pattern_of(shape),
        drawing=file_address(cleaning.drawing),
        url=offer.get_absolute_url(),
        name=bdi(isolate(cleaning.name_for(cleaner))),
        status=offer.get_status_display(),
        colour=status_colour(offer),
        meaning=offer_meaning(offer) if shape.is_rejected else "",
        start=short_moment(cleaning.starts_at),
        place=bdi(cleaning.place_label),
        clashes=render_to_string("offers/_clashes.html", {"clashes": clashes, "user": cleaner}) if clashes else "",
        next_url=next_action.url if next_action else "",
        next_label=next_action.label if next_action else "",
        write_url=write.url if write else "",
        write_label=bdi(write.label) if write else "",
        total=money(offer.total),
        rate=money(offer.hourly_rate),
    )
