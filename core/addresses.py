import re
from functools import cache, lru_cache

from django.templatetags.static import static
from django.urls import reverse

# What no address has to quote.
PLAIN = re.compile("[A-Za-z0-9][A-Za-z0-9_-]*")


def address(name: str, *args: int | str) -> str:
    """Like `reverse` for ids and usernames, in a tenth of its time: lists print up to a hundred addresses."""
    if not all(arg and PLAIN.fullmatch(f"{arg}") for arg in args):
        return reverse(name, args=args)
    return pattern_of(name, *(isinstance(arg, str) for arg in args)).format(*args)


@cache
def pattern_of(name: str, *are_usernames: bool) -> str:
    stand_ins = [f"name-{place}" if each else 10**17 + place for place, each in enumerate(are_usernames)]
    path = reverse(name, args=stand_ins)
    for place, stand_in in enumerate(stand_ins):
        path = path.replace(f"{stand_in}", f"{{{place}}}")
    return path


@lru_cache(maxsize=1_000)
def file_address(name: str) -> str:
    return static(name)
