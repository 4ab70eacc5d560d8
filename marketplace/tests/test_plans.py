"""No page goes through all cleanings or all offers: how the databases mean to answer, with 100,000 of the one."""

import re
from io import StringIO

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Block, User
from bench import words
from bench.fill import fill
from cleanings.browse.filters import CleaningFilter
from cleanings.browse.listing import Listing
from cleanings.models import Cleaning
from marketplace.settings import BASE_DIR

pytestmark = [pytest.mark.long, pytest.mark.django_db]
SIZE = 100_000
WORDS = (
    words.EVERYWHERE, words.OFTEN, words.SOMETIMES, words.SELDOM, words.RARELY, words.HARDLY, words.NEVER,
    f"{words.OFTEN}+{words.RARELY}", f"{words.SELDOM}+wor",
)  # fmt: skip
FILTERS = (
    "", f"city={words.CITIES[0]}", f"city={words.CITIES[150]}", "city=Nowhere", "type=dust_up", "min_rate=900",
    "min_rate=15&max_rate=15.10", "from=2027-01-01&to=2027-01-02",
    f"type=full_clean&city={words.CITIES[3]}&min_rate=20",
)  # fmt: skip
ORDERS = ("newest", "soonest", "highest", "lowest")
# Dense, thin, and with nothing at all; the widest circle holds hundreds of postcodes.
NEAR = ("near=1000&within=50", "near=9000&within=5", "near=8620&within=10", "near=1000&within=25&type=dust_up")


def pages():
    """The addresses of the lists, with every filter, every kind of word and every order, on first and later pages."""
    for order in ORDERS:
        yield from (f"/cleanings/?{filters}&sort={order}" for filters in FILTERS)
        yield from (f"/cleanings/?q={text}&sort={order}" for text in WORDS)
        for text in ("", words.OFTEN, words.RARELY):
            place = Listing(Cleaning.objects.open(), order, [text] if text else []).next
            yield f"/cleanings/?q={text}&sort={order}&after={place}"
    for order in (*ORDERS, "nearest"):
        yield from (f"/cleanings/?{near}&sort={order}" for near in NEAR)
    yield from (f"/cleanings/?{NEAR[0]}&q={text}&sort=nearest" for text in WORDS)
    yield f"/cleanings/?{NEAR[0]}&sort=nearest&after={place_of_nearest()}"
    yield from (f"/cleanings/?q={text}&city={words.CITIES[0]}&type=dust_up" for text in WORDS)
    yield from (f"/cleanings/?q={text}" for text in WORDS)
    yield from (
        "/",
        "/feed/",
        f"/feed/?q={words.NEVER}",
        f"/feed/?city={words.CITIES[0]}",
        f"/feed/?{NEAR[0]}",
        f"/feed/?{NEAR[1]}",
        "/sitemap-cleanings.xml?p=3",
    )


def place_of_nearest():
    filters = CleaningFilter(QueryDict(NEAR[0]))
    return Listing(filters.apply_to(Cleaning.objects.open()), "nearest", distances=filters.distances).next


def scans(sql):
    """The tables of cleanings and offers that the database would go through from end to end for this statement."""
    *before, statement = sql.split("; ")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            plan = "\n".join(row[3] for row in cursor.fetchall())
            return re.findall(r"^SCAN (cleanings_cleaning|offers_offer)$", plan, re.MULTILINE)
        # A search rules plans out for the rest of its transaction, which is that of the whole test here.
        cursor.execute("; ".join(["RESET enable_seqscan", "RESET enable_indexscan", *before, f"EXPLAIN {statement}"]))
        while cursor.nextset():
            pass
        plan = "\n".join(row[0] for row in cursor.fetchall())
        return re.findall(r"Seq Scan on (cleanings_cleaning|offers_offer)", plan)


def asked(client, path):
    """The questions that a page asks the database about cleanings and offers."""
    for cache in caches.all(initialized_only=True):
        cache.clear()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200, path
    asked = [query["sql"] for query in queries if not query["sql"].startswith("EXPLAIN")]
    return [sql for sql in asked if re.search("cleanings_cleaning|offers_offer", sql)]


def test_no_page_goes_through_all_cleanings_or_offers():
    call_command("load_places", BASE_DIR / "cleanings" / "data" / "BE.txt", stdout=StringIO())
    layout = fill(connection, SIZE)
    found = {word: Cleaning.objects.with_words([word]).count() for word in (words.OFTEN, words.RARELY, words.NEVER)}
    assert found[words.OFTEN] > found[words.RARELY] > found[words.NEVER] == 0
    client, member, owner = Client(), Client(), Client()
    wide = Cleaning.objects.get(pk=1)
    owner.force_login(wide.owner)
    newcomer = User.objects.get(pk=layout.newcomer_for(1))
    member.force_login(newcomer)
    hosts = wide.owner_id, Cleaning.objects.get(pk=layout.reserved).owner_id
    for blocked in User.objects.exclude(pk__in=[newcomer.pk, *hosts]).order_by("pk")[:5]:
        Block.objects.create(blocker=newcomer, blocked=blocked)
    questions = [(path, sql) for path in pages() for sql in asked(client, path)]
    for visitor, path in (
        (client, "/cleanings/1/"), (member, "/cleanings/1/"), (owner, "/cleanings/1/"), (member, "/cleanings/"),
        (member, "/"), (member, "/feed/"), (member, "/bookmarks/"), (member, f"/cleanings/?q={words.OFTEN}"),
        *((member, f"/cleanings/?city={words.CITIES[0]}&sort={order}") for order in ORDERS),
        (owner, "/cleanings/1/offers/"), (owner, "/cleanings/mine/"), (member, "/offers/"),
        (owner, "/dashboard/"), (member, "/dashboard/"),
        (owner, "/cleanings/1/edit/"),
        (member, f"/cleanings/{layout.reserved}/offers/new/"), (owner, f"/cleanings/new/?city={words.CITIES[0]}"),
    ):  # fmt: skip
        questions += [(path, sql) for sql in asked(visitor, path)]
    assert len(questions) > 200
    assert scans("SELECT * FROM cleanings_cleaning WHERE description LIKE '%a%'") == ["cleanings_cleaning"]
    # The figures of the home page count all that is open, once in ten minutes.
    assert {path: sql for path, sql in questions if "'open' AS" not in sql and scans(sql)} == {}
