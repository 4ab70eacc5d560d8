"""Rows that are rendered once, and kept by all that is in them."""

from django.core.cache import caches

from core.fragments import key_of, rendered

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
