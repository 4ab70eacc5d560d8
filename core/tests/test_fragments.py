"""Rows that are rendered once, and kept by all that is in them."""

from django.core.cache import caches

from core.fragments import rendered

ROW = {"label": "Two & two", "colour": "pine"}


def test_a_row_is_rendered_once_from_its_values():
    first = rendered("offers/_status.html", [ROW, ROW | {"colour": "brick"}])
    assert "Two &amp; two" in first[0]
    assert ("tag-pine" in first[0], "tag-brick" in first[1]) == (True, True)
    kept = set(caches["cards"]._cache)
    assert rendered("offers/_status.html", [ROW | {"colour": "brick"}, ROW]) == first[::-1]
    assert set(caches["cards"]._cache) == kept


def test_rows_that_differ_or_have_another_template_are_kept_apart():
    row = {"label": "1", "colour": "pine"}
    (text,), (number,) = rendered("offers/_status.html", [row]), rendered("offers/_status.html", [row | {"label": 1}])
    assert text == number
    assert len(caches["cards"]._cache) == 2
    assert rendered("reports/_link.html", [row]) != [text]
