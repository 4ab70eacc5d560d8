from django import template

from cleanings.models import Cleaning
from offers import actions
from offers.models import Offer

register = template.Library()
register.filter(actions.offer_meaning)
register.simple_tag(actions.change_action)
register.simple_tag(actions.change_sentence)
register.simple_tag(actions.cleaning_actions)
register.simple_tag(actions.next_cleaning_action)
register.simple_tag(actions.invite_action)


@register.inclusion_tag("offers/_status.html")
def status_tag(cleaning_or_offer: Cleaning | Offer) -> dict:
    colour = actions.TAG_COLOURS.get(cleaning_or_offer.status, "stone")
    return {"label": cleaning_or_offer.get_status_display(), "colour": colour}
