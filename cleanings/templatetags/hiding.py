"""What readers see of what staff may have hidden; built into every template."""

from django import template
from django.contrib.auth.models import AnonymousUser

from accounts.hiding import Hideable
from accounts.models import User
from cleanings.models import Cleaning

register = template.Library()
register.filter("name_for", Cleaning.name_for)
register.filter("quoted_name_for", Cleaning.quoted_name_for)


@register.filter
def hidden_from(thing: Hideable, reader: User | AnonymousUser) -> bool:
    return thing.is_hidden_from(reader)
