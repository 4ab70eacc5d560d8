import re
from calendar import day_abbr, month_abbr

from django import template
from django.utils.safestring import SafeString, mark_safe

from core.text import END_OF_ISOLATE, ISOLATE, escaped
from core.text import isolate as isolated

register = template.Library()

ISOLATES = re.compile(f"{ISOLATE}([^{ISOLATE}{END_OF_ISOLATE}]*){END_OF_ISOLATE}")
# With at most 20 characters, which is what a narrow card has room for.
HYPHENATED = r"(?<![\w&-])(?=[\w-]{3,20}(?![\w-]))[^\W_]+(?:-[^\W_]+)+"
DAYS, MONTHS = "|".join(day_abbr), "|".join(month_abbr[1:])
DATE = rf"\b(?:(?:{DAYS}) )?\d{{1,2}} (?:{MONTHS})\b(?: \d{{4}}\b)?"
# Tags of links in a sentence first, so that nothing within them is taken for a word of it.
TAG_DATE_OR_WORD = re.compile(rf"(?P<tag><[^>]*>)|(?P<date>{DATE})|{HYPHENATED}")

register.filter("isolate", isolated)


@register.filter
def bdi(sentence: object) -> SafeString:
    # Safe: the sentence is escaped, and the replacement is fixed.
    return mark_safe(ISOLATES.sub(r"<bdi>\1</bdi>", escaped(str(sentence))))


@register.filter
def unbroken(sentence: object) -> SafeString:
    """No line ends within a date, nor at the hyphen of a short word such as “in-laws”."""
    # Safe: the sentence is escaped, tags stay as they are, and words get a fixed tag around them.
    return mark_safe(TAG_DATE_OR_WORD.sub(_kept_together, escaped(str(sentence))))


def _kept_together(found: re.Match) -> str:
    if found["tag"]:
        return found[0]
    return found[0].replace(" ", "\u00a0") if found["date"] else f'<span class="text-nowrap">{found[0]}</span>'
