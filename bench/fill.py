"""Fills a database in SQL. Values that look random follow from ids, so that databases of one size are alike."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from dataclasses import dataclass

from django.apps import apps
from django.core.management.color import no_style

from bench import words

OFFERS = 5
OFFERS_OF_WIDE = 20
# In this order, because each refers to those before it.
TABLES = (
    "accounts.User",
    "accounts.Profile",
    "account.EmailAddress",
    "cleanings.Cleaning",
    "offers.Offer",
    "cleanings.Event",
    "notifications.Notification",
)
YEAR = 365 * 86400
# Only cleanings posted since then start in the future: no start is more than 366 days after the posting.
RECENT = 300 * 86400


@dataclass(frozen=True)
class Layout:
    """By id: wide cleanings with 20 offers each, then the targets, which the benchmark changes, then random ones."""

    cleanings: int

    @property
    def people(self) -> int:
        return min(50_000, max(2_000, self.cleanings // 20))

    @property
    def step(self) -> int:
        """How far apart the ids of a cleaning's owner and cleaners are, so that no person occurs twice."""
        return self.people // 6

    @property
    def actors(self) -> int:
        return min(2_000, self.step - 50)

    @property
    def wide(self) -> int:
        return min(50, self.cleanings // 20)

    @property
    def targets(self) -> int:
        return min(self.cleanings * 45 // 100, 6_000 + self.cleanings // 40) // 3 * 3

    @property
    def reserved(self) -> int:
        return self.wide + self.targets

    def owner_of(self, cleaning: int) -> int:
        return (cleaning - 1) % self.actors + 1

    def newcomer_for(self, cleaning: int, number: int = 0) -> int:
        return (self.owner_of(cleaning) - 1 + OFFERS * self.step + 1 + number) % self.people + 1


class Sql:
    def __init__(self, vendor: str) -> None:
        self.is_postgresql = vendor == "postgresql"

    def series(self, last: int) -> str:
        if self.is_postgresql:
            return f"(SELECT i FROM generate_series(CAST(1 AS bigint), {last}) AS s(i)) AS series"
        numbers = f"WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {last}) SELECT i FROM s"
        return f"({numbers}) AS series"

    def moment(self, seconds: str) -> str:
        if self.is_postgresql:
            return f"to_timestamp({seconds})"
        return f"strftime('%Y-%m-%d %H:%M:%S', {seconds}, 'unixepoch')"

    def later(self, moment: str, seconds: str) -> str:
        if self.is_postgresql:
            return f"{moment} + make_interval(secs => CAST({seconds} AS integer))"
        return f"strftime('%Y-%m-%d %H:%M:%S', {moment}, '+' || ({seconds}) || ' seconds')"

    def iso(self, moment: str) -> str:
        if self.is_postgresql:
            return f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"+00:00\"')"
        return f"strftime('%Y-%m-%dT%H:%M:%S+00:00', {moment})"

    def json(self, **parts: str) -> str:
        text = " || ', ' || ".join(f"'\"{name}\": ' || {part}" for name, part in parts.items())
        text = f"'{{' || {text} || '}}'"
        return f"CAST({text} AS jsonb)" if self.is_postgresql else text


def draw(row: str, seed: int) -> str:
    """SQL for a number below 2,147,483,647 that follows from the number `row` and looks random."""
    chance = random.Random(seed)  # noqa: S311 - nothing is secret here
    mixed = f"(({row} * {chance.randrange(10**8, 10**9)} + {chance.randrange(10**9)}) % 2147483647)"
    return f"({mixed} * {mixed} % 2147483647)"


def values_table(texts: list[str], alias: str) -> str:
    return f"(VALUES {', '.join(f'({number}, {quoted(text)})' for number, text in enumerate(texts))}) AS {alias}"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def money(cents: str) -> str:
    return f"CAST({cents} / 100 AS text) || '.' || substr(CAST(100 + {cents} % 100 AS text), 2)"


def in_quotes(text: str) -> str:
    return f"'\"' || {text} || '\"'"


def fill(connection, cleanings: int) -> Layout:
    """60 % of the cleanings are open, all but the wide ones have five offers, and every constraint holds."""
    layout, sql, now = Layout(cleanings), Sql(connection.vendor), int(time.time())
    statements = (
        *insert_people(layout, sql, now),
        insert_cleanings(layout, sql, now),
        *insert_offers(layout, sql),
        *insert_events(layout, sql),
    )
    models = [apps.get_model(name) for name in TABLES]
    with connection.cursor() as cursor, fast_writes(connection, cursor):
        with without_indexes(cursor, sql, [model._meta.db_table for model in models]):
            for statement in statements:
                cursor.execute(statement)
                if sql.is_postgresql:
                    # The next statement must not be planned for empty tables.
                    cursor.execute("ANALYZE")
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
        cursor.execute("ANALYZE" if connection.in_atomic_block or not sql.is_postgresql else "VACUUM ANALYZE")
    return layout


# In this role PostgreSQL checks no foreign key; only a superuser may take it.
ROLE = "SELECT set_config('session_replication_role', '%s', false) FROM pg_user WHERE usename = user AND usesuper"
PARAMETERS = {
    "statement_timeout": "0",
    "lock_timeout": "0",
    "synchronous_commit": "off",
    "maintenance_work_mem": "512MB",
}


@contextmanager
def fast_writes(connection, cursor):
    if connection.vendor == "sqlite":
        cursor.execute("PRAGMA cache_size = -400000")
        yield
        cursor.execute("PRAGMA cache_size = -2000")
        return
    with connection.parameters(**PARAMETERS):
        cursor.execute(ROLE % "replica")
        # Without ALWAYS, the trigger that indexes the words of each row would not fire in this role.
        cursor.execute("ALTER TABLE cleanings_cleaning ENABLE ALWAYS TRIGGER cleanings_index")
        yield
        cursor.execute("ALTER TABLE cleanings_cleaning ENABLE TRIGGER cleanings_index")
        cursor.execute(ROLE % "origin")


@contextmanager
def without_indexes(cursor, sql: Sql, tables: list[str]):
    """To create them at the end takes a fraction of the time."""
    names = ", ".join(map(quoted, tables))
    if sql.is_postgresql:
        cursor.execute(
            f"SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename IN ({names})"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
    else:
        cursor.execute(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > '' AND tbl_name IN ({names})"
        )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for _, definition in indexes:
        cursor.execute(definition)


def insert_people(layout: Layout, sql: Sql, now: int):
    joined = sql.moment(f"{now - 3 * YEAR} + i")
    yield f"""
        INSERT INTO accounts_user (id, password, last_login, is_superuser, is_staff, is_active, date_joined, username,
            email, reset_links, closed_at)
        SELECT i, '!', {sql.moment(str(now))}, false, false, true, {joined}, 'member' || i,
            'member' || i || '@example.org', 0, NULL
        FROM {sql.series(layout.people)}"""
    yield f"""
        INSERT INTO accounts_profile (id, user_id, full_name, bio, phone_number, city, photo)
        SELECT i, i, 'Member ' || i, '', '+32 2 555 12 34', '', '' FROM {sql.series(layout.people)}"""
    yield f"""
        INSERT INTO account_emailaddress (id, user_id, email, verified, "primary")
        SELECT i, i, 'member' || i || '@example.org', true, true FROM {sql.series(layout.people)}"""


def insert_cleanings(layout: Layout, sql: Sql, now: int) -> str:
    last, reserved = layout.cleanings, layout.reserved
    # How many in a thousand of the rest are open, so that 60 % of all are.
    opened = max(0, 600 * last - 1000 * reserved) // max(1, last - reserved)
    rest = 1000 - opened
    mentions = " || ".join(
        f"CASE WHEN {draw('i', 20 + number)} % 10000 < {share} THEN ' {word}' ELSE '' END"
        for number, (word, share) in enumerate(words.SHARES.items())
    )
    age = f"{YEAR} * ({last} - i) / {last}"
    drawn = f"""
        SELECT i, {now} - 21600 - ({age}) - ({age}) * ({last} - i) / {last} AS created,
            {draw("i", 1)} % {layout.people} + 1 AS owner, {draw("i", 2)} % 1000 AS chance,
            {draw("i", 3)} % 100 AS timing,
            {draw("i", 4)} AS detail, {draw("i", 5)} % 100 AS size_draw, {draw("i", 6)} % 1000 AS large,
            CASE WHEN {draw("i", 7)} % 10 = 0 THEN 100 + {draw("i", 8)} % 99901 ELSE 1200 + {draw("i", 8)} % 2801 END
                AS cents, {mentions} AS mentions
        FROM {sql.series(last)}"""
    with_status = f"""
        SELECT drawn.*, created > {now - RECENT} AS is_recent,
            CASE WHEN size_draw = 0 THEN 100 + detail % 100 ELSE large * large * large / 10000000 END AS place,
            CASE WHEN i <= {reserved} OR chance < {opened} THEN 'open'
                WHEN chance < {opened + rest * 30 // 100} THEN 'assigned'
                WHEN chance < {opened + rest * 75 // 100} THEN 'completed' ELSE 'closed' END AS status
        FROM ({drawn}) AS drawn"""
    # A start ahead is 1 to 61 days away; one that has passed lies between the posting and a quarter of an hour ago.
    ahead = f"{now // 900 * 900 + 86400} + detail % 5760 * 900"
    span = f"(CASE WHEN {now} - created > {RECENT} THEN {RECENT} ELSE {now} - created END - 3600)"
    passed = f"(created + 1800 + {span} * (detail % 1000) / 1000) / 900 * 900 + 900"
    with_start = f"""
        SELECT with_status.*, CASE
            WHEN i <= {reserved} OR timing < CASE WHEN status = 'open' AND NOT is_recent THEN 50 ELSE 20 END THEN NULL
            WHEN is_recent AND (status = 'open' AND timing >= 28 OR status = 'assigned' AND timing < 75) THEN {ahead}
            ELSE {passed} END AS starts
        FROM ({with_status}) AS with_status"""
    since = f"created + CASE WHEN status = 'open' THEN 0 ELSE ({now} - created) * 9 / 10 END"
    return f"""
        INSERT INTO cleanings_cleaning (id, owner_id, name, description, cleaning_type, hourly_rate, estimated_hours,
            starts_at, city, city_key, postcode, postcode_key, street_address, status, status_since, version,
            offers_count, created_at, updated_at, post_token)
        SELECT i, CASE WHEN i <= {reserved} THEN (i - 1) % {layout.actors} + 1 ELSE owner END,
            names.column2 || CASE WHEN i <= 5 THEN ' with a {words.HARDLY}' ELSE '' END,
            one.column2 || ' ' || two.column2 || ' ' || three.column2 || mentions,
            CASE detail % 3 WHEN 0 THEN 'dust_up' WHEN 1 THEN 'spot_clean' ELSE 'full_clean' END,
            cents / 100.0, (1 + detail % 16) / 2.0, {sql.moment("starts")}, cities.column2, lower(cities.column2),
            CAST(1000 + place * 40 AS text), CAST(1000 + place * 40 AS text), 'Hidden Lane ' || i, status,
            {sql.moment(since)}, 1,
            CASE WHEN i <= {layout.wide} THEN {OFFERS_OF_WIDE} ELSE {OFFERS} END,
            {sql.moment("created")}, {sql.moment("created")}, NULL
        FROM ({with_start}) AS with_start
        JOIN {values_table(words.CITIES, "cities")} ON cities.column1 = place
        JOIN {values_table(words.NAMES, "names")} ON names.column1 = {draw("i", 9)} % {len(words.NAMES)}
        JOIN {values_table(words.sentences(64, 1), "one")} ON one.column1 = {draw("i", 10)} % 64
        JOIN {values_table(words.sentences(64, 2), "two")} ON two.column1 = {draw("i", 11)} % 64
        JOIN {values_table(words.sentences(64, 3), "three")} ON three.column1 = {draw("i", 12)} % 64"""


def insert_offers(layout: Layout, sql: Sql):
    outcome = f"""CASE c.status WHEN 'open' THEN 'pending' WHEN 'closed' THEN 'rejected'
        WHEN 'assigned' THEN CASE WHEN j.i = {draw("c.id", 30)} % {OFFERS} + 1 THEN 'accepted' ELSE 'rejected' END
        ELSE CASE WHEN j.i = {draw("c.id", 30)} % {OFFERS} + 1 THEN 'completed' ELSE 'rejected' END END"""
    spacing = f"1 + {draw('c.id', 31)} % {layout.step} + (j.i - 1) * {layout.step}"
    yield insert_offers_on(layout, sql, f"(c.id - 1) * {OFFERS} + j.i", OFFERS, spacing, outcome, "true")
    more = OFFERS_OF_WIDE - OFFERS
    number = f"{layout.cleanings * OFFERS} + (c.id - 1) * {more} + j.i"
    spacing = f"{OFFERS * layout.step} + 1 + j.i"
    yield insert_offers_on(layout, sql, number, more, spacing, "'pending'", f"c.id <= {layout.wide}")


def insert_offers_on(layout: Layout, sql: Sql, number: str, count: int, spacing: str, outcome: str, which: str) -> str:
    made = sql.later("c.created_at", "j.i * 1800")
    return f"""
        INSERT INTO offers_offer (id, cleaning_id, cleaner_id, hourly_rate, message, status, status_since,
            cleaning_version, revision, created_at, updated_at)
        SELECT id, cleaning_id, cleaner_id, (1200 + {draw("offer.id", 32)} % 2801) / 100.0, messages.column2, status,
            CASE WHEN status = 'pending' THEN made ELSE since END, 1, 1, made, made
        FROM (
            SELECT {number} AS id, c.id AS cleaning_id, (c.owner_id - 1 + {spacing}) % {layout.people} + 1
                AS cleaner_id,
                {outcome} AS status, {made} AS made, c.status_since AS since
            FROM cleanings_cleaning c CROSS JOIN {sql.series(count).removesuffix("series")} j WHERE {which}
        ) AS offer
        JOIN {values_table(words.sentences(64, 4), "messages")} ON messages.column1 = {draw("offer.id", 33)} % 64"""


def insert_events(layout: Layout, sql: Sql):
    hours = "CAST(c.estimated_hours * 2 AS integer)"
    posted = sql.json(
        version="'1'",
        hourly_rate=in_quotes(money("CAST(round(c.hourly_rate * 100) AS integer)")),
        estimated_hours=in_quotes(f"CAST({hours} / 2 AS text) || CASE {hours} % 2 WHEN 0 THEN '.00' ELSE '.50' END"),
        cleaning_type=in_quotes("c.cleaning_type"),
        **{name: in_quotes(f"c.{name}") for name in ("area", "supplies", "pets")},
        starts_at=f"coalesce({in_quotes(sql.iso('c.starts_at'))}, 'null')",
        city=in_quotes("c.city"),
        postcode=in_quotes("c.postcode"),
    )
    columns = "id, cleaning_id, kind, actor_id, cleaner_id, from_status, to_status, terms, reason, note, at"
    each = OFFERS + 1
    yield f"""
        INSERT INTO cleanings_event ({columns})
        SELECT (c.id - 1) * {each} + 1, c.id, 'post', c.owner_id, NULL, '', 'open', {posted}, '', '', c.created_at
        FROM cleanings_cleaning c"""
    offered = sql.json(
        hourly_rate=in_quotes(money("CAST(round(o.hourly_rate * 100) AS integer)")),
        revision="'1'",
        cleaning_version="'1'",
    )
    ordinary = layout.cleanings * OFFERS
    yield f"""
        INSERT INTO cleanings_event ({columns})
        SELECT CASE WHEN o.id <= {ordinary} THEN (o.cleaning_id - 1) * {each} + 2 + (o.id - 1) % {OFFERS}
                ELSE {layout.cleanings * each} + o.id - {ordinary} END,
            o.cleaning_id, 'offer', o.cleaner_id, o.cleaner_id, '', 'pending', {offered}, '', '', o.created_at
        FROM offers_offer o"""
    last = layout.cleanings * each + layout.wide * (OFFERS_OF_WIDE - OFFERS)
    yield f"""
        INSERT INTO cleanings_event ({columns})
        SELECT {last} + c.id, c.id, 'accept', c.owner_id, o.cleaner_id, 'pending', 'accepted', {offered}, '', '',
            c.status_since
        FROM offers_offer o JOIN cleanings_cleaning c ON c.id = o.cleaning_id
        WHERE o.status IN ('accepted', 'completed')"""
    yield f"""
        INSERT INTO notifications_notification (id, recipient_id, event_id, topic, subject, sentence, url, created_at,
            read_at, mailing)
        SELECT e.id, c.owner_id, e.id, 'offered', 'New offer for “' || substr(c.name, 1, 60) || '”',
            'Somebody offers to do “' || substr(c.name, 1, 60) || '”.', '/cleanings/' || c.id || '/offers/', e.at,
            CASE WHEN e.id % 3 = 0 THEN NULL ELSE e.at END, 'unwanted'
        FROM cleanings_event e JOIN cleanings_cleaning c ON c.id = e.cleaning_id
        WHERE e.kind = 'offer' AND c.id <= {layout.reserved}"""
