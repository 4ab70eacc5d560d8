"""Parts of pages that are rendered once and cached."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from time import monotonic
from typing import Any, ClassVar, Generic, TypeVar

from django.core.cache import caches
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from core.text import escaped

Result = TypeVar("Result")

# In seconds. What people wrote does not stay in memory long after they changed it.
CACHED_FOR = 60 * 60


class CachedFunction(Generic[Result]):
    """A function whose results depend on its arguments alone; up to `maxsize` of them are kept, for an hour at most."""

    everything: ClassVar[list[CachedFunction]] = []

    def __init__(self, function: Callable[..., Result], maxsize: int) -> None:
        self.results = lru_cache(maxsize=maxsize)(function)
        self.begun = monotonic()
        self.everything.append(self)

    def __call__(self, *arguments: Hashable) -> Result:
        now = monotonic()
        if now - self.begun > CACHED_FOR:
            self.results.cache_clear()
            self.begun = now
        return self.results(*arguments)


def cached(maxsize: int) -> Callable[[Callable[..., Result]], CachedFunction[Result]]:
    return lambda function: CachedFunction(function, maxsize)


def clear_all() -> None:
    for function in CachedFunction.everything:
        function.results.cache_clear()


def fill(pattern: str, /, **words: object) -> SafeString:
    """Like `format_html`, which looks for lazy texts and takes several times as long."""
    return mark_safe(str.format(pattern, **{name: escaped(word) for name, word in words.items()}))


def rendered(template_name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Renders a template for each row, from the row alone, and caches the result under all that the row holds.

    Values need a complete `repr`, as texts, numbers, moments, tuples and dicts have.
    """
    keys = [key_of(template_name, row) for row in rows]
    found = caches["parts"].get_many(keys)
    missing = {key: row for key, row in zip(keys, rows, strict=True) if key not in found}
    if missing:
        template = get_template(template_name)
        made = {key: template.render(dict(row)) for key, row in missing.items()}
        caches["parts"].set_many(made, timeout=CACHED_FOR)
        found |= made
    return [found[key] for key in keys]


def key_of(*facts: object) -> str:
    """A key for the cache, which refuses some texts. The `repr` of each fact has to be complete."""
    return blake2b(repr(facts).encode(), digest_size=16).hexdigest()
