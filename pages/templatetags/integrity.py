from django import template

from pages.models import IntegrityCheck

register = template.Library()


@register.inclusion_tag("admin/_integrity_check.html")
def integrity_check() -> dict:
    return {"check": IntegrityCheck.objects.last_run()}
