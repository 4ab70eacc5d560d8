import re

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from core.text import END_OF_ISOLATE, ISOLATE
from core.text import isolate as isolated

register = template.Library()

ISOLATES = re.compile(f"{ISOLATE}([^{ISOLATE}{END_OF_ISOLATE}]*){END_OF_ISOLATE}")


# For titles and attributes, which hold no elements.
register.filter("isolate", isolated)


@register.filter
def bdi(sentence: object) -> SafeString:
    """Marks up what `isolate` has marked in a sentence as `bdi` elements."""
    # Safe: the sentence is escaped, and the replacement is fixed.
    return mark_safe(ISOLATES.sub(r"<bdi>\1</bdi>", conditional_escape(str(sentence))))
