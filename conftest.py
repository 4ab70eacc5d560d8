"""What holds for every test."""

import pytest
from django.core.cache import caches


@pytest.fixture(autouse=True)
def nothing_remembered():
    """Limits of log-ins and cards of cleanings live in caches: no test inherits another one's."""
    for cache in caches.all():
        cache.clear()


@pytest.fixture
def media(settings, tmp_path):
    """The folder in which the photos of this test lie."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path
