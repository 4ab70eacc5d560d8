"""Rows that are rendered once, and kept by all that is in them."""

from time import monotonic

from django.core.cache import caches
from django.utils.safestring import mark_safe

from core.fragments import CACHED_FOR, cached, fill, key_of, rendered

STATUS = "offers/_status.html"
ROW = {"label": "Two & two", "colour": "pine"}


def test_a_row_is_rendered_once_from_its_values():
    first = rendered(STATUS, [ROW, ROW | {"colour": "brick"}])
    assert "Two &amp; two" in first[0]
    assert ("tag-pine" in first[0], "tag-brick" in first[1]) == (True, True)
    caches["parts"].set(key_of(STATUS, ROW), "kept")
    assert rendered(STATUS, [ROW | {"colour": "brick"}, ROW]) == [first[1], "kept"]


def test_rows_that_differ_or_have_another_template_are_kept_apart():
    row = {"label": "1", "colour": "pine"}
    rendered(STATUS, [row])
    caches["parts"].set(key_of(STATUS, row), "kept")
    assert rendered(STATUS, [row | {"label": 1}]) != ["kept"]
    assert rendered("reports/_link.html", [row]) != ["kept"]


def test_results_are_kept_up_to_a_number_and_for_an_hour(monkeypatch):
    asked = []
    double = cached(maxsize=2)(lambda number: asked.append(number) or 2 * number)
    assert [double(number) for number in (1, 2, 1, 3, 2)] == [2, 4, 2, 6, 4]
    assert asked == [1, 2, 3, 2]
    hour_later = monotonic() + CACHED_FOR + 1
    monkeypatch.setattr("core.fragments.monotonic", lambda: hour_later)
    assert (double(2), double(2), asked) == (4, 4, [1, 2, 3, 2, 2])


def test_what_is_filled_in_is_escaped_unless_it_is_safe():
    assert fill("<b>{name}</b>{face}{count}", name="{0} & <i>", face=mark_safe("<hr>"), count=2) == (
        "<b>{0} &amp; &lt;i&gt;</b><hr>2"
    )
