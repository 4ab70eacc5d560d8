"""What holds for every test."""

import gc
import sys
from itertools import count

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.servers.basehttp import WSGIServer
from django.db import transaction
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from cleanings.browse.listing import statement_of
from cleanings.places import Places
from core.fragments import clear_all
from core.limits import RowLimit
from marketplace.testing import atomic_around_tests
from marketplace.tests import rounds
from marketplace.tests.databases import RUN_ON_POSTGRESQL

pytest_plugins = ["mailqueue.tests.fixtures"]
pytest.register_assert_rewrite("marketplace.tests.stateful_walk")

SEARCHES = count()

# A machine that has much else to do is slow, but not wrong. Tests that draw rows take them back after each example.
hypothesis_settings.register_profile(
    "site", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
hypothesis_settings.load_profile("site")

# More connections at once than races open: the kernel resets those that no longer find a place.
WSGIServer.request_queue_size = 64


def pytest_addoption(parser):
    parser.addoption("--thorough", action="store_true", help="run the long forms of tests too, which take many minutes")


def pytest_configure(config):
    # Before the modules of the tests are read, which ask for it.
    rounds.thorough = config.getoption("thorough")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    for item in items:
        is_listed = item.path.relative_to(config.rootpath).as_posix() in RUN_ON_POSTGRESQL
        if is_listed and not item.get_closest_marker("sqlite"):
            item.add_marker("postgresql")
    if not config.getoption("thorough"):
        thorough = [item for item in items if item.get_closest_marker("thorough")]
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=thorough)


def pytest_collection_finish():
    # The modules and the tests stay to the end; looking through them for garbage again and again takes time.
    gc.freeze()
    gc.set_threshold(10_000)


@pytest.fixture(autouse=True)
def clear_caches():
    """What is kept in the memory of the process: no test inherits another one's."""
    for name in ("pages", "parts", "figures"):
        caches[name].clear()
    clear_all()
    # Composed with the limits of that moment.
    statement_of.cache_clear()


@pytest.fixture
def without_row_limits(monkeypatch):
    """For a hundred rounds, in which somebody writes more than a person may in a day."""
    monkeypatch.setattr(RowLimit, "require", lambda *args, **kwargs: None)


@pytest.fixture(autouse=True)
def slots_in_turn(monkeypatch):
    """A search takes a slot at random, and one that is taken already costs it more queries.

    What a fixture of a module has asked for counts on, so no test begins with the first slot again.
    """
    monkeypatch.setattr("accounts.rate_limits.choice", lambda slots: slots[next(SEARCHES) % len(slots)])


@pytest.fixture(autouse=True)
def no_retries(request, monkeypatch):
    """A deadlock fails the test that meets it, unless the test is about what runs again."""
    if not request.node.get_closest_marker("retries"):
        monkeypatch.setattr("core.transactions.is_conflict", lambda error: False)


@pytest.fixture(autouse=True)
def no_places(monkeypatch):
    """The site knows no postcode, and does not ask the database again, unless the test loads some."""
    monkeypatch.setattr("cleanings.places.CHECKED_EVERY", float("inf"))
    Places.current, Places.loaded = Places([]), (settings.COUNTRY, 0, None)


@pytest.fixture(scope="module")
def module_db(django_db_setup, django_db_blocker):
    """One transaction around the tests of a module: what its module fixtures write is there for all of them.

    Not for modules with tests that have `transaction=True`.
    """
    with django_db_blocker.unblock(), atomic_around_tests():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def media(settings, tmp_path):
    """The folder in which the photos of this test lie."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def private(settings, tmp_path):
    """The folder in which the photos of jobs of this test lie."""
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "private"},
        }
    }
    return tmp_path / "private"


@pytest.fixture
def whole_sitemap(monkeypatch):
    """The first part lists every job, however many ids the tests before have used."""
    monkeypatch.setattr("pages.sitemaps.PART_SIZE", sys.maxsize)


@pytest.fixture
def no_limits(settings):
    """Nothing is counted, so that a test can try as often as it likes."""
    settings.CACHES = settings.CACHES | {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
