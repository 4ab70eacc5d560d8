"""100,000 cleanings from older versions of the site to the newest and back, while the older version goes on serving."""

import os
import subprocess
import sys
import time
from contextlib import nullcontext
from copy import deepcopy
from functools import partial
from hashlib import sha256
from itertools import count
from threading import Event, Thread

import pytest
from django.core.management.color import no_style
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from bench.fill import PARAMETERS, Sql
from marketplace.settings import BASE_DIR, DATABASE_URL, DATABASES
from marketplace.tests.rounds import rounds
from marketplace.tests.server import server_cursor

pytestmark = pytest.mark.slow

ALIAS = "beside"
SCALE = rounds(1, full=5)
CLEANINGS, OFFERS, PEOPLE, EVALUATED = 20_000 * SCALE, 6_000 * SCALE, 1_000 * SCALE, 1_000 * SCALE
ROWS = {
    "accounts.User": PEOPLE,
    "accounts.Profile": PEOPLE,
    "account.EmailAddress": PEOPLE,
    "cleanings.Cleaning": CLEANINGS,
    "offers.Offer": OFFERS,
    "cleanings.Event": OFFERS,
    "notifications.Notification": OFFERS,
    "evaluations.Evaluation": EVALUATED,
}
# Rows up to this id are changed by the old code meanwhile; those above have to stay as they are.
CHANGED = 500
BEFORE_THE_WORDS = {
    "accounts": "0004_ending_an_account",
    "account": "0009_emailaddress_unique_primary_email",
    "notifications": "0002_queue_mail",
    "cleanings": "0006_ways_to_find",
    "offers": "0001_initial",
    "evaluations": "0001_initial",
}
WITH_THE_WORDS = BEFORE_THE_WORDS | {
    "notifications": "0003_mail_of_what_is_told",
    "cleanings": "0008_what_the_site_tells_in_time",
}


@pytest.fixture
def database(tmp_path, django_db_blocker):
    """An empty database with the limits of production; its name is not that of the tests' own."""
    config = deepcopy(connections["default"].settings_dict)
    vendor = connections["default"].vendor
    with django_db_blocker.unblock():
        if vendor == "sqlite":
            config |= {"NAME": str(tmp_path / "beside.sqlite3"), "OPTIONS": deepcopy(DATABASES["default"]["OPTIONS"])}
        else:
            config |= {"NAME": f"{DATABASES['default']['NAME']}_beside"}
            config["PARAMETERS"] = dict(DATABASES["default"]["PARAMETERS"])
            with server_cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{config["NAME"]}"')
                cursor.execute(f'CREATE DATABASE "{config["NAME"]}"')
        connections.settings[ALIAS] = config
        yield connections[ALIAS]
        connections[ALIAS].close()
        del connections[ALIAS], connections.settings[ALIAS]
        if vendor == "postgresql":
            with server_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{config["NAME"]}" WITH (FORCE)')


def run(database, *command):
    """Python in a process of its own, which has this database as its default one."""
    name = database.settings_dict["NAME"]
    url = f"sqlite:///{name}" if database.vendor == "sqlite" else f"{DATABASE_URL.rpartition('/')[0]}/{name}"
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "marketplace.settings", "DATABASE_URL": url}
    result = subprocess.run([sys.executable, *command], cwd=BASE_DIR, env=environ, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


def migrate(database, *arguments):
    """`manage.py migrate`, as whoever deploys the site runs it."""
    run(database, "manage.py", "migrate", "--verbosity=0", *arguments)


def migrate_to(database, state):
    """To the tables of an older version, from none or from those of a later one."""
    script = "import django; django.setup(); from django.db import connection;"
    script += "from django.db.migrations.executor import MigrationExecutor;"
    run(database, "-c", f"{script} MigrationExecutor(connection).migrate({list(state.items())!r})")


def models_at(state):
    """The models of an older version, by label."""
    apps = MigrationExecutor(connections[ALIAS]).loader.project_state(list(state.items())).apps
    return {label: apps.get_model(label) for label in ROWS}


def fill(database, models):
    """Some rows of everything; what is not said here has its default."""
    sql, now = Sql(database.vendor), int(time.time())
    # The sign doubled, because values are filled in.
    person, other = f"(i %% {PEOPLE} + 1)", f"((i + 7) %% {PEOPLE} + 1)"
    past = sql.moment(f"{now - CLEANINGS} + i")
    completed = f"CASE WHEN i <= {EVALUATED} THEN 'completed' ELSE "
    rows = {
        "accounts.User": {"username": "'member' || i", "email": "'member' || i || '@example.org'"},
        "accounts.Profile": {"user_id": "i", "full_name": "'Member ' || i", "bio": "'I clean.'"},
        "account.EmailAddress": {
            "user_id": "i",
            "email": "'member' || i || '@example.org'",
            "verified": "true",
            "primary": "true",
        },
        "cleanings.Cleaning": {
            "owner_id": person,
            "name": "'Cleaning ' || i",
            "description": "'Two rooms, a hall and ' || i || ' windows, which want some patience.'",
            "cleaning_type": "'full_clean'",
            "hourly_rate": "20 + i %% 10",
            "estimated_hours": "3",
            "city": "'Ghent'",
            "city_key": "'ghent'",
            "postcode": "'9000'",
            "street_address": "'Hidden Lane ' || i",
            "status": f"{completed} 'open' END",
            "offers_count": f"CASE WHEN i <= {OFFERS} THEN 1 ELSE 0 END",
            "created_at": past,
        },
        "offers.Offer": {
            "cleaning_id": "i",
            "cleaner_id": other,
            "hourly_rate": "22.50",
            "message": "'Hello'",
            "cleaning_version": "1",
            "status": f"{completed} 'pending' END",
            "created_at": past,
        },
        "cleanings.Event": {
            "cleaning_id": "i",
            "kind": "'post'",
            "actor_id": person,
            "to_status": "'open'",
            "at": past,
        },
        "notifications.Notification": {
            "event_id": "i",
            "recipient_id": other,
            "sentence": "'Somebody posted a job.'",
            "url": "'/cleanings/1/'",
        },
        "evaluations.Evaluation": {
            "offer_id": "i",
            "author_id": person,
            "subject_id": other,
            "overall_rating": "i %% 5 + 1",
            "publishes_at": past,
            "headline": "'Fine'",
        },
    }
    quote = database.ops.quote_name
    with database.cursor() as cursor:
        for label, values in rows.items():
            meta, given = models[label]._meta, []
            values = {"id": "i"} | values
            for field in meta.concrete_fields:
                if field.attname not in values:
                    values[field.attname] = "%s"
                    given.append(field.get_db_prep_save(field.get_default(), database))
            columns = [quote(meta.get_field(name).column) for name in values]
            cursor.execute(
                f"INSERT INTO {meta.db_table} ({', '.join(columns)})"  # noqa: S608
                f" SELECT {', '.join(values.values())} FROM {sql.series(ROWS[label])}",
                given,
            )
        for statement in database.ops.sequence_reset_sql(no_style(), [models[label] for label in ROWS]):
            cursor.execute(statement)
        cursor.execute("ANALYZE")


def fingerprints(database, models):
    """What stands in the rows that the old code leaves alone, in the columns that it knows."""
    quote, found = database.ops.quote_name, {}
    with database.cursor() as cursor:
        for label, model in models.items():
            columns = ", ".join(quote(field.column) for field in model._meta.concrete_fields)
            table, last = model._meta.db_table, ROWS[label]
            cursor.execute(f"SELECT {columns} FROM {table} WHERE id > {CHANGED} AND id <= {last} ORDER BY id")  # noqa: S608
            digest = sha256()
            while rows := cursor.fetchmany(10_000):
                digest.update(repr(rows).encode())
            found[label] = digest.hexdigest()
    return found


class OldCode:
    """The older version at work: inserts, changes and reads until it is asked to stop, and remembers what it saved."""

    def __init__(self, models):
        self.models, self.failures, self.saved, self.stopped = models, [], {}, Event()
        self.longest = 0.0
        self.threads = [Thread(target=self.work, args=[number]) for number in range(2)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def work(self, worker):
        for number in count():
            if self.stopped.wait(0.01):
                break
            try:
                for act in (partial(self.write, f"old-{worker}-{number}"), partial(self.change, number % CHANGED + 1)):
                    began = time.monotonic()
                    act()
                    self.longest = max(self.longest, time.monotonic() - began)
                self.read(number)
            except Exception as error:
                self.failures.append(repr(error))
                connections[ALIAS].close()
        connections[ALIAS].close()

    def of(self, label):
        return self.models[label].objects.using(ALIAS)

    @transaction.atomic(using=ALIAS)
    def write(self, name):
        user = self.of("accounts.User").create(username=name, email=f"{name}@example.org", password="!")
        self.of("accounts.Profile").create(user=user, full_name=name)
        cleaning = self.of("cleanings.Cleaning").create(
            owner_id=PEOPLE,
            name=name,
            cleaning_type="dust_up",
            hourly_rate=20,
            estimated_hours=2,
            city="Bruges",
            city_key="bruges",
            postcode="8000",
            street_address="Hidden Lane",
        )
        event = self.of("cleanings.Event").create(
            cleaning=cleaning, kind="offer", actor=user, cleaner=user, to_status="pending"
        )
        self.of("offers.Offer").create(cleaning=cleaning, cleaner=user, hourly_rate=21, cleaning_version=1)
        self.of("notifications.Notification").create(event=event, recipient_id=PEOPLE, sentence=name, url="/")
        self.saved[cleaning.pk] = name

    @transaction.atomic(using=ALIAS)
    def change(self, pk):
        locked = self.of("cleanings.Cleaning").select_for_update().get(pk=pk)
        locked.description = f"Changed at {time.monotonic()}"
        locked.save(using=ALIAS, update_fields=["description", "updated_at"])
        self.of("offers.Offer").filter(cleaning=locked).update(message="Changed")
        self.of("accounts.Profile").filter(pk=pk).update(bio="Changed")
        self.of("accounts.User").filter(pk=pk).update(last_login=timezone.now())
        self.of("notifications.Notification").filter(pk=pk).update(read_at=timezone.now())

    def read(self, number):
        newest = self.of("cleanings.Cleaning").filter(status="open").select_related("owner").order_by("-id")
        assert len(newest[:20]) == 20
        assert self.of("offers.Offer").filter(cleaning_id=CHANGED + number % 1_000).count() == 1
        assert self.of("cleanings.Event").filter(cleaning_id=CHANGED + number % 1_000).count() == 1
        list(self.of("notifications.Notification").filter(recipient_id=number % PEOPLE)[:20])
        list(self.of("evaluations.Evaluation").filter(subject_id=number % PEOPLE)[:20])

    def names_in_database(self):
        """What is there of the cleanings that it saved."""
        return dict(self.of("cleanings.Cleaning").filter(pk__in=list(self.saved)).values_list("pk", "name"))


def test_the_old_code_goes_on_while_many_cleanings_are_migrated_and_they_can_go_back(database):
    migrate_to(database, BEFORE_THE_WORDS)
    before = models_at(BEFORE_THE_WORDS)
    with database.parameters(**PARAMETERS) if database.vendor == "postgresql" else nullcontext():
        fill(database, before)
    rows = fingerprints(database, before)

    # Up to here nothing serves: these index the words of all cleanings in one go, and lock several tables at once.
    migrate(database, "notifications", WITH_THE_WORDS["notifications"])

    with OldCode(models_at(WITH_THE_WORDS)) as old_code:
        migrate(database)
    print(f"longest wait of the old code: {old_code.longest:.2f} s")
    assert old_code.failures == []
    assert old_code.names_in_database() == old_code.saved
    assert len(old_code.saved) > 5
    assert fingerprints(database, before) == rows
    executor = MigrationExecutor(database)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []

    migrate_to(database, BEFORE_THE_WORDS)
    assert fingerprints(database, before) == rows


def test_every_migration_can_be_taken_back_and_made_again(database):
    migrate(database)
    # What else there is refers to people.
    for app in ("accounts", "mailqueue", "pages"):
        migrate(database, app, "zero")
    apps = {folder.parent.name for folder in BASE_DIR.glob("*/migrations")}
    assert [name for name in database.introspection.table_names() if name.partition("_")[0] in apps] == []
    migrate(database)
    run(database, "manage.py", "check_integrity")
