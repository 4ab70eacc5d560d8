"""What holds for every test."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Limits of log-ins live in the cache: no test inherits another one's tries."""
    cache.clear()


@pytest.fixture
def media(settings, tmp_path):
    """The folder in which the photos of this test lie."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path
