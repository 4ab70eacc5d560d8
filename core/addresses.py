from functools import lru_cache

from django.urls import reverse


@lru_cache(maxsize=20_000)
def address(name: str, *args: object) -> str:
    """`reverse`, kept: lists print up to a hundred addresses, and print them again."""
    return reverse(name, args=args)
