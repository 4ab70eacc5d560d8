"""What keeps the house in order: which way imports point, and what its text may not say."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

# From the lowest to the highest; each may import those before it.
ORDER = [
    "core",
    "mailqueue",
    "accounts",
    "notifications",
    "cleanings",
    "offers",
    "evaluations",
    "pages",
    "marketplace",
    "demo",
]
# The one page that may be imported from below: it holds the statuses and moves, and imports no model.
OPEN_TO_ALL = "cleanings.states"


def modules(app):
    """The app's own Python files, without its tests and migrations."""
    for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
        if not {"tests", "migrations"} & set(path.parts) and path.name != "testing.py":
            yield path


def imported(source):
    """The dotted names that a piece of Python imports, inside functions and type-checking blocks too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wrong_imports(app, source):
    """What the source imports from an app above its own."""
    above = ORDER[ORDER.index(app) + 1 :]
    return [
        name
        for name in imported(source)
        if name.split(".")[0] in above and not f"{name}.".startswith(f"{OPEN_TO_ALL}.")
    ]


@pytest.mark.parametrize("app", ORDER)
def test_imports_point_one_way(app):
    runtime = {path.relative_to(settings.BASE_DIR): without_type_checking(path.read_text()) for path in modules(app)}
    assert {path: wrong for path, source in runtime.items() if (wrong := wrong_imports(app, source))} == {}


def without_type_checking(source):
    """The source without what only a type checker reads: such names order nothing when the site runs."""
    tree = ast.parse(source)
    tree.body = [
        node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
    ]
    return ast.unparse(tree)


def test_a_wrong_import_is_noticed():
    assert wrong_imports("cleanings", "from offers.models import Offer") == ["offers.models.Offer"]
    assert wrong_imports("cleanings", "from cleanings.states import Kind") == []
    assert wrong_imports("accounts", "def f():\n    import marketplace.urls") == ["marketplace.urls"]


def test_states_imports_no_model():
    names = set(imported((settings.BASE_DIR / "cleanings/states.py").read_text()))
    assert not {name for name in names if name.split(".")[0] in ORDER} - {"core.exceptions.IllegalMove"}


INLINE = re.compile(r"""<[^>]+\s(style|on[a-z]+)=["']|<style\b|<script(?![^>]*\bsrc=)|\|\s*safe\b""", re.IGNORECASE)


def test_templates_have_no_inline_style_script_or_handler():
    files = Path(settings.BASE_DIR / "templates").rglob("*.html")
    assert [str(file) for file in files if INLINE.search(file.read_text())] == []
    assert all(map(INLINE.search, ['<p style="x">', "<a onclick='x'>", "<script>", "<style>", "{{ x|safe }}"]))


BANNED = re.compile(
    r"\b(invalid|please|oops|forbidden|successfully|click here|this field is required)\b", re.IGNORECASE
)


def test_no_page_uses_a_banned_word():
    files = [
        *Path(settings.BASE_DIR / "templates").rglob("*.html"),
        *Path(settings.BASE_DIR / "templates").rglob("*.txt"),
    ]
    words = {
        str(file): found
        for file in files
        if (found := BANNED.findall(re.sub(r"{[%{#].*?[%}#]}|<[^>]*>", "", file.read_text())))
    }
    assert words == {}
