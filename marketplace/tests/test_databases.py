"""Where each test runs: nothing is left out on both databases."""

import ast
from pathlib import Path

from django.conf import settings

from marketplace.tests.databases import RUN_ON_POSTGRESQL


def has_tests_for_one_database(path: Path) -> bool:
    """Whether the module defines tests below a condition, which can only be a question about the database."""
    choices = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.If)]
    inside = [node for choice in choices for node in ast.walk(choice)]
    return any(isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in inside)


def test_modules_of_the_list_exist():
    assert [name for name in RUN_ON_POSTGRESQL if not (settings.BASE_DIR / name).exists()] == []


def test_no_module_of_the_list_needs_a_browser():
    """script/test runs those on SQLite alone."""
    assert list(settings.BASE_DIR.glob("*/tests/test_browser_*.py"))
    assert [name for name in RUN_ON_POSTGRESQL if "/test_browser_" in name] == []


def test_modules_with_tests_for_one_database_run_on_both():
    modules = settings.BASE_DIR.glob("*/tests/test_*.py")
    found = {path.relative_to(settings.BASE_DIR).as_posix() for path in modules if has_tests_for_one_database(path)}
    assert "marketplace/tests/test_backup.py" in found
    # The bench brings a PostgreSQL of its own.
    assert found - set(RUN_ON_POSTGRESQL) == {"marketplace/tests/test_bench.py"}
