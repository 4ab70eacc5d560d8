from django import template

from pages.models import IntegrityCheck

register = template.Library()


@register.simple_tag
def last_check() -> IntegrityCheck | None:
    return IntegrityCheck.objects.last_run()
