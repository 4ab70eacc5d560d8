from functools import lru_cache

from django.templatetags.static import static
from django.urls import reverse


@lru_cache(maxsize=20_000)
def address(name: str, *args: object) -> str:
    """`reverse`, kept: lists print up to a hundred addresses, and print them again."""
    return reverse(name, args=args)


@lru_cache(maxsize=1_000)
def file_address(name: str) -> str:
    return static(name)
