"""What holds for every test."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Limits of log-ins live in the cache: no test inherits another one's tries."""
    cache.clear()
