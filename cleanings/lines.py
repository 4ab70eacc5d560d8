"""Lines of a timeline: the template is rendered once for each shape, and filled in for each line."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from cleanings.timeline import Event
from core.fragments import fill
from core.templatetags.formatting import moment
from core.templatetags.text import bdi, unbroken
from core.text import isolate


class Shape(NamedTuple):
    has_reason: bool
    has_note: bool


@cache
def pattern_of(shape: Shape) -> str:
    return render_to_string("cleanings/_event.html", {"shape": shape})


def lines_of(timeline: Iterable[tuple[Event, str]]) -> list[SafeString]:
    """Lines of the same minute show the time once."""
    lines, before = [], None
    for event, sentence in timeline:
        minute = event.at.replace(second=0, microsecond=0)
        lines.append(line_of(event, sentence, "" if minute == before else moment(event.at)))
        before = minute
    return lines


def line_of(event: Event, sentence: str, when: str) -> SafeString:
    return fill(
        pattern_of(Shape(bool(event.reason), bool(event.note))),
        when=when,
        sentence=unbroken(bdi(sentence)),
        reason=event.reason_label,
        note=bdi(isolate(event.note)),
    )
