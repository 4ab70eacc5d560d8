"""Rows of pages that are rendered once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from django.core.cache import caches
from django.template.loader import get_template

# In seconds. What people wrote does not stay in memory long after they changed it.
KEPT_FOR = 60 * 60


def rendered(template_name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each row by a template that gets the row and nothing else, kept for some time by all that is in it.

    So a reader gets what was made for another only where both may read the same. What has changed is made again.
    The values of a row are such that their `repr` says all: texts, numbers, moments, and tuples and dicts of those.
    """
    keys = [key_of(template_name, row) for row in rows]
    kept = caches["parts"].get_many(keys)
    template = get_template(template_name)
    made = {key: template.render(dict(row)) for key, row in zip(keys, rows, strict=True) if key not in kept}
    if made:
        caches["parts"].set_many(made, timeout=KEPT_FOR)
    kept |= made
    return [kept[key] for key in keys]


def key_of(template_name: str, row: Mapping[str, Any]) -> str:
    return blake2b(f"{template_name} {row!r}".encode(), digest_size=16).hexdigest()
