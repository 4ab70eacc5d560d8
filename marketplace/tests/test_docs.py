"""Whether the docs name what exists."""

import re
import shlex
from collections import Counter
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


COMMAND = re.compile(r"`((?:script/|python -m |\.venv/)[^`]+)`")
HARDNESS = settings.BASE_DIR / "docs/hardness.md"


@pytest.mark.parametrize("command", sorted(set(COMMAND.findall(HARDNESS.read_text()))))
def test_every_command_of_the_figures_finds_what_it_names(command):
    program, *words = shlex.split(command)
    files = [settings.BASE_DIR / word for word in words if word.endswith(".py")]
    assert [path for path in [settings.BASE_DIR / program, *files] if not path.exists()] == []
    if "-k" in words:
        chosen = re.findall(r"(?!or\b|not\b|and\b)\w+", words[words.index("-k") + 1])
        tests = " ".join(re.findall(r"def (test_\w+)", "".join(path.read_text() for path in files)))
        assert [name for name in chosen if name not in tests] == []


def test_every_requirement_of_levels_1_and_2_has_a_row_and_every_test_it_names_exists():
    page = Path(settings.BASE_DIR / "docs/asvs.md").read_text()
    rows = re.findall(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| .+? \| (.+?) \| (.*?) ?\|$", page, re.MULTILINE)
    assert Counter(level for _, level in {(number, level) for number, level, *_ in rows}) == {"1": 70, "2": 183}
    sources = [path.read_text() for path in Path(settings.BASE_DIR).glob("*/tests/*.py")]
    tests = {name for source in sources for name in re.findall(r"def (test_\w+)", source)}
    assert set(re.findall(r"`(test_\w+)`", page)) <= tests
    found = Counter((level, kind_of(met, tested)) for _, level, met, tested in rows)
    summary = {
        kind: [int(number) for number in re.search(rf"^\| {kind}.* \| (\d+) \| (\d+) \|$", page, re.MULTILINE).groups()]
        for kind in ("met, with a test", "met, by", "not applicable", "not met")
    }
    assert summary == {kind: [found[level, kind] for level in ("1", "2")] for kind in summary}


def kind_of(met, tested):
    if met.startswith(("not applicable", "not met")):
        return " ".join(met.split()[:2]).rstrip(":,")
    assert tested.startswith(("`test_", "by hand"))
    return "met, by" if tested.startswith("by hand") else "met, with a test"
