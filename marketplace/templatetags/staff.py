from django import template

from marketplace.staff import waiting_for

register = template.Library()
register.simple_tag(waiting_for)
