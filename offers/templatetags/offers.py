from django import template
from django.template import Context

from accounts.models import User
from cleanings.models import Cleaning
from offers import actions, own_jobs, own_offers
from offers.models import Offer

register = template.Library()
register.filter(actions.offer_meaning)
register.simple_tag(actions.change_action)
register.simple_tag(actions.change_sentence)
register.simple_tag(actions.cleaning_actions)
register.simple_tag(own_jobs.line_of, name="own_job")
register.simple_tag(own_offers.line_of, name="own_offer")
register.simple_tag(actions.invite_action)


@register.inclusion_tag("offers/_block.html", takes_context=True)
def block_of_other_side(context: Context, offer: Offer) -> dict:
    """Shows one of the two sides how to block the other, or to undo it; nothing for an account that has ended."""
    reader: User = context["user"]
    other = offer.other_side(reader)
    shown = other if other and other.is_active else None
    is_blocked = bool(shown and offer.has_block and reader.has_blocked(shown))
    return {"person": shown, "is_blocked": is_blocked, "csrf_token": context.get("csrf_token")}


@register.simple_tag
def other_side(offer: Offer, reader: User) -> User | None:
    return offer.other_side(reader)


@register.inclusion_tag("offers/_status.html")
def status_tag(cleaning_or_offer: Cleaning | Offer) -> dict:
    return {"label": cleaning_or_offer.get_status_display(), "colour": actions.status_colour(cleaning_or_offer)}
