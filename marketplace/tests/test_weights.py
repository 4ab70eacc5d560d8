"""What a first visit weighs without photos, in KB, compressed as static files and pages are sent."""

import gzip
import re

import brotli
import pytest
from django.conf import settings

from cleanings.constraints import Area
from marketplace.testing import create_cleaning, create_user

pytestmark = [pytest.mark.long, pytest.mark.django_db]

MOST_OF_PAGE, MOST_OF_CSS, MOST_OF_VISIT = 14, 32, 60
# `site.css` imports it.
BOOTSTRAP = "vendor/bootstrap/bootstrap.min.css"


@pytest.fixture
def jobs():
    """A list of twenty with all drawings there are, each job by someone else."""
    areas = list(Area)
    return [
        create_cleaning(name=f"Job {number}", owner=create_user(f"owner{number}"), area=areas[number % len(areas)])
        for number in range(20)
    ]


def page_weight(page):
    return len(gzip.compress(page.content, 6)) / 1024


def static_weights(page):
    named = set(re.findall(r'(?:src|href)="/static/([^"]+\.(?:css|js|svg))"', page.content.decode()))
    files = {name: (settings.BASE_DIR / "static" / name).read_bytes() for name in named | {BOOTSTRAP}}
    return {name: len(brotli.compress(file)) / 1024 for name, file in files.items()}


@pytest.mark.parametrize("reader", [None, "carl"])
@pytest.mark.parametrize("path", ["/", "/cleanings/", "/cleanings/?type=full_clean&min_rate=1"])
def test_a_first_visit_is_light(client, jobs, reader, path):
    if reader:
        client.force_login(create_user(reader))
    page = client.get(path)
    static = static_weights(page)
    assert page.content.count(b'<article class="job">') == (6 if path == "/" else 20)
    assert len(static) > 10
    assert page_weight(page) <= MOST_OF_PAGE
    assert sum(weight for name, weight in static.items() if name.endswith(".css")) <= MOST_OF_CSS
    assert page_weight(page) + sum(static.values()) <= MOST_OF_VISIT
