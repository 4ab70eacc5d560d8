"""What `migrate` may do to a site that serves, and that no migration changes once it has landed."""

import ast
from hashlib import sha256

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import pre_migrate

# A line for each: app, name, and a digest of what it does.
LANDED = settings.BASE_DIR / "marketplace" / "tests" / "landed_migrations.txt"


def landed():
    return {(app, name): digest for app, name, digest in map(str.split, LANDED.read_text().splitlines())}


def on_disk():
    files = sorted(settings.BASE_DIR.glob("*/migrations/[0-9]*.py"))
    return {(file.parts[-3], file.stem): digest_of(file.read_text()) for file in files}


def digest_of(source):
    return sha256(repr(shape(ast.parse(source))).encode()).hexdigest()[:16]


def shape(node):
    """A piece of Python without comments, layout, docstrings and imports; of a dotted name only its last part stays."""
    if isinstance(node, list):
        return [shape(part) for part in node if not isinstance(part, ast.Import | ast.ImportFrom) and not is_text(part)]
    if not isinstance(node, ast.AST):
        return node
    if isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and isinstance(shape(node.value), str)):
        return node.id if isinstance(node, ast.Name) else node.attr
    # What is empty is left out, because newer Pythons have more fields.
    fields = {name: shape(value) for name, value in ast.iter_fields(node) if name not in {"ctx", "kind"} and value}
    if isinstance(node, ast.Constant):
        fields = {"value": node.value}
    return [type(node).__name__, *sorted(fields.items())]


def is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_no_landed_migration_is_edited():
    found = on_disk()
    assert len(landed()) >= 17
    assert {migration: found.get(migration) for migration in landed()} == landed()


def test_every_migration_has_its_line():
    missing = [" ".join([*migration, digest]) for migration, digest in on_disk().items() if migration not in landed()]
    assert missing == [], f"Add to {LANDED}: " + "\n".join(missing)


MIGRATION = """
from django.db import migrations, models
from cleanings.constraints import later

class Migration(migrations.Migration):
    dependencies = [("cleanings", "0001_initial")]
    operations = [migrations.AddField("cleaning", "pets", models.CharField(default="", validators=[later(1)]))]
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('default=""', 'default="no"'),
        ('default="", ', ""),
        ("CharField", "TextField"),
        ("AddField", "AlterField"),
        ('"pets"', '"animals"'),
        ("later(1)", "later(2)"),
        ("later(1)", "sooner(1)"),
        ("0001_initial", "0002_more"),
        ("    operations = [", "    operations = [migrations.RunSQL('SELECT 1'), "),
        ("    dependencies", "    atomic = False\n    dependencies"),
    ],
)
def test_an_edit_of_what_a_migration_does_is_noticed(old, new):
    assert old in MIGRATION
    assert digest_of(MIGRATION.replace(old, new)) != digest_of(MIGRATION)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\nclass", "\n# Pets matter.\nclass"),
        ("\nfrom django", '"""Pets."""\nfrom django'),
        ("validators=[later(1)]", "\n        validators=[later(1)],\n    "),
        ("from cleanings.constraints import later", "from core.bounds import later"),
        ("later(1)", "core.validators.later(1)"),
    ],
)
def test_comments_layout_and_where_a_name_lives_may_change(old, new):
    assert old in MIGRATION
    assert digest_of(MIGRATION.replace(old, new)) == digest_of(MIGRATION)


def limits():
    """How long a statement may wait for a lock, and how long it may take."""
    if connection.vendor == "sqlite":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        return cursor.fetchone()


def test_migrate_waits_for_no_lock_for_long_and_takes_its_time_otherwise(db):
    before, found = limits(), []

    def look(**kwargs):
        found.append(limits())

    pre_migrate.connect(look)
    try:
        call_command("migrate", verbosity=0)
    finally:
        pre_migrate.disconnect(look)
    assert set(found) == {("4s", "0") if connection.vendor == "postgresql" else None}
    assert limits() == before
