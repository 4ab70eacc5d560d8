from django import template
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from conversations.models import Message
from conversations.notices import messages_url
from offers.actions import Action
from offers.models import Offer

register = template.Library()


@register.simple_tag
def messages_action(offer: Offer | None, user: User | AnonymousUser) -> Action | None:
    """None for whoever may not read them, or not any more."""
    if offer is None or not Message.can_be_read_by(user, offer):
        return None
    other = offer.other_side(user)
    name = other.isolated_name if other else ""
    label = f"Write to {name}" if Message.can_be_written_by(user, offer) else f"Messages with {name}"
    return Action(label, messages_url(offer))
