"""The status tag, and the buttons of a cleaning, in templates."""

from django import template

from cleanings.models import Cleaning
from offers import actions
from offers.actions import TAG_COLOURS, Action, Face
from offers.models import Offer

register = template.Library()


@register.inclusion_tag("offers/_status.html")
def status_tag(thing: Cleaning | Offer) -> dict:
    """The status of a cleaning or an offer; the colour only repeats the word."""
    return {"label": thing.get_status_display(), "colour": TAG_COLOURS.get(thing.status, "stone")}


register.filter("meaning", actions.meaning)


@register.simple_tag
def face_of(cleaning: Cleaning, user) -> Face:
    """What the person can do with the cleaning, or why nothing."""
    return actions.face(cleaning, user)


@register.simple_tag
def next_act(cleaning: Cleaning) -> Action | None:
    """What its owner can do next with a cleaning in a list."""
    return actions.next_act(cleaning)
