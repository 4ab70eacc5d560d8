"""Which way imports and calls between the apps point."""

import ast

import pytest
from django.apps import apps
from django.conf import settings

# From the lowest to the highest; each may import those before it.
ORDER = [
    "core",
    "mailqueue",
    "accounts",
    "notifications",
    "cleanings",
    "offers",
    "conversations",
    "evaluations",
    "reports",
    "api",
    "pages",
    "marketplace",
    "demo",
]


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
    return [name for name in imported(source) if name.split(".")[0] in above]


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
    assert wrong_imports("accounts", "from cleanings.states import Kind") == ["cleanings.states.Kind"]
    assert wrong_imports("accounts", "def f():\n    import marketplace.urls") == ["marketplace.urls"]


# The modules that reach rows of an app above their own through a related name, and why.
UPWARD = {
    "cleanings/models.py": "editing, closing and lapsing change its offers in the same transaction, and its end removes"
    " questions",
    "cleanings/photos.py": "the cleaner of an agreed job sees its photos, and adds some to their offer",
    "cleanings/querysets.py": "who has an offer on a closed or reserved cleaning sees it; lists mark the cleanings with"
    " one's own; who has done a job can be invited to another one",
    "cleanings/threads.py": "a mail says that it came because somebody asked about a cleaning",
    "cleanings/timeline.py": "who has an offer on a cleaning reads its timeline",
    "cleanings/views.py": "pages of the owner say how many offers a change concerns",
    "offers/models.py": "a no-show that an evaluation tells of can be answered",
}


def related_names_above(app):
    """The names by which models of the app, or of one below it, reach rows of an app above it."""
    place = ORDER.index(app)
    return {
        relation.get_accessor_name()
        for model in apps.get_models()
        if model._meta.app_label in ORDER[: place + 1]
        for relation in model._meta.related_objects
        if relation.related_model._meta.app_label in ORDER[place + 1 :]
    } - {None}


def upward_lookups(app, source):
    """The related names and the calls of get_model by which the source reaches an app above its own."""
    names = related_names_above(app) | {"get_model"}
    used = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            used.add(node.attr)
        if isinstance(node, ast.keyword) and node.arg:
            used.add(node.arg.split("__")[0])
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            used.add(node.value.split("__")[0])
    return names & used


def test_calls_point_one_way_but_for_reasons():
    found = {
        str(path.relative_to(settings.BASE_DIR))
        for app in ORDER
        for path in modules(app)
        if upward_lookups(app, path.read_text())
    }
    assert found == set(UPWARD)


@pytest.mark.parametrize(
    ("app", "source", "expected"),
    [
        ("accounts", "user.offers.pending()", {"offers"}),
        ("cleanings", "cleaning.offers.count()", {"offers"}),
        ("cleanings", "cleanings.filter(offers__status=1)", {"offers"}),
        ("cleanings", "cleanings.annotate(Count('offers'))", {"offers"}),
        ("cleanings", "apps.get_model('evaluations.Evaluation')", {"get_model"}),
        ("cleanings", "user.cleanings.open()", set()),
        ("offers", "cleaning.offers.pending()", set()),
    ],
)
def test_a_wrong_call_is_noticed(app, source, expected):
    assert upward_lookups(app, source) == expected


def test_states_imports_no_model():
    names = set(imported((settings.BASE_DIR / "cleanings/states.py").read_text()))
    assert not {name for name in names if name.split(".")[0] in ORDER} - {"core.exceptions.IllegalMove"}


# The functions with a transaction of Django's own, which does not run again after a conflict, and why.
REQUEST = "allauth changes the session and the messages of the request, and a second run would find them changed"
SAVEPOINT = "a savepoint, for an error that is expected"
PLAIN_TRANSACTIONS = {
    "accounts/adapter.py confirm_email": REQUEST,
    "accounts/allauth_views.py form_valid": REQUEST,
    "accounts/allauth_views.py post": REQUEST,
    "accounts/managers.py correct_email": SAVEPOINT,
    "accounts/managers.py create_superuser": "of a command, which says what is taken",
    "accounts/managers.py delete_unreferenced": SAVEPOINT,
    "core/batches.py clean_rows": "of migrations, which can be run again",
    "core/operations.py database_backwards": SAVEPOINT,
    "core/operations.py database_forwards": "of migrations, which wait for their locks themselves",
    "core/transactions.py atomic": "what runs again is built from it",
    "core/transactions.py run": "the same",
    "demo/management/commands/seed_demo.py handle": "nobody uses the demo while it is made",
    "pages/integrity/__init__.py look": SAVEPOINT,
    "pages/integrity/__init__.py snapshot": "reads only",
}


def with_plain_transactions(source):
    """The functions that use Django's atomic by its usual name, and whether it is imported by another."""
    if "django.db.transaction.atomic" in imported(source):
        yield "imports"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and "transaction.atomic" in map(ast.unparse, ast.walk(node)):
            yield node.name


def test_verbs_run_again_after_a_conflict_but_for_reasons():
    found = {
        f"{path.relative_to(settings.BASE_DIR)} {name}"
        for app in ORDER
        for path in modules(app)
        for name in with_plain_transactions(path.read_text())
    }
    assert found == set(PLAIN_TRANSACTIONS)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("@transaction.atomic\ndef verb(): pass", ["verb"]),
        ("def verb():\n    with transaction.atomic(durable=True): pass", ["verb"]),
        ("from django.db.transaction import atomic\n@atomic\ndef verb(): pass", ["imports"]),
        ("from core.transactions import atomic\n@atomic\ndef verb(): pass", []),
    ],
)
def test_a_plain_transaction_is_noticed(source, expected):
    assert list(with_plain_transactions(source)) == expected
