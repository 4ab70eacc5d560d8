"""Whether the docs name what exists."""

import re
from pathlib import Path

import pytest
from django.conf import settings

NAMED_PATH = re.compile(r"`([a-z_]+/[\w./-]*|[\w.-]+\.py)`|\]\(([\w./-]+)\)")
MADE_BY_THE_SITE = {"media/", "private/", "mail/", "photos/"}


@pytest.mark.parametrize(
    "page", ["README.md", *sorted(f"docs/{path.name}" for path in Path(settings.BASE_DIR / "docs").glob("*.md"))]
)
def test_every_path_that_a_page_of_the_docs_names_exists(page):
    page = settings.BASE_DIR / page
    named = {code or link for code, link in NAMED_PATH.findall(page.read_text())} - MADE_BY_THE_SITE
    missing = {
        name
        for name in named
        if not (settings.BASE_DIR / name).exists()
        and not (page.parent / name).exists()
        and not ("/" not in name and any(settings.BASE_DIR.glob(f"*/{name}")))
    }
    assert missing == set()


def test_a_path_in_the_docs_is_noticed():
    found = NAMED_PATH.findall("`core/text.py`, `manage.py`, [more](docs/a.md), `/mail/`")
    assert [code or link for code, link in found] == ["core/text.py", "manage.py", "docs/a.md"]
