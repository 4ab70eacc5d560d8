import re

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from core.text import END_OF_ISOLATE, ISOLATE
from core.text import isolate as isolated

register = template.Library()

ISOLATES = re.compile(f"{ISOLATE}([^{ISOLATE}{END_OF_ISOLATE}]*){END_OF_ISOLATE}")


register.filter("isolate", isolated)


@register.filter
def bdi(sentence: object) -> SafeString:
    # Safe: the sentence is escaped, and the replacement is fixed.
    return mark_safe(ISOLATES.sub(r"<bdi>\1</bdi>", conditional_escape(str(sentence))))
