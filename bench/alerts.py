"""How long a run takes that tells of new jobs: `python -m bench.alerts` on an empty database in DATABASE_URL.

With two numbers it has so many cleanings, and so many of them are new.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from itertools import cycle, islice
from urllib.parse import urlencode

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from bench import server, words  # noqa: E402
from bench.fill import fill  # noqa: E402
from cleanings.alerts import notify_of_new_jobs  # noqa: E402
from cleanings.models import Cleaning, SavedSearch  # noqa: E402
from cleanings.searches import Cadence  # noqa: E402

SEARCHES, DISTINCT = 10_000, 1_000


def queries() -> list[str]:
    """By city alone, with a rate, with a type, by a word, and everywhere from a rate on: 200 of each."""
    kinds = cycle(("dust_up", "spot_clean", "full_clean"))
    texts = (words.OFTEN, words.SOMETIMES, words.SELDOM, words.RARELY)
    found = []
    for number, (city, kind) in enumerate(zip(words.CITIES[:200], kinds, strict=False)):
        rate = f"{12 + number / 20:g}"
        found += [{"city": city}, {"city": city, "min_rate": rate}, {"city": city, "type": kind}]
        found += [{"q": texts[number % 4], "max_rate": f"{60 - number / 20:g}"}, {"min_rate": rate, "type": kind}]
    return [urlencode(sorted(query.items())) for query in found]


def save_searches(since) -> None:
    people = list(User.objects.order_by("pk").values_list("pk", flat=True)[:SEARCHES])
    asked = queries()
    if len(set(asked)) != DISTINCT:
        sys.exit(f"There are {len(set(asked))} distinct searches.")
    # The queries of one person are far apart in the list, and never the same one twice.
    pairs = ((people[n % len(people)], asked[(n + n // len(people) * 7) % DISTINCT]) for n in range(SEARCHES))
    SavedSearch.objects.bulk_create(
        [
            SavedSearch(person_id=person, name="A search", query=query, cadence=Cadence.AT_ONCE, last_seen=since)
            for person, query in pairs
        ],
        batch_size=1000,
    )


def processor_seconds() -> float:
    """Of this process, and of the PostgreSQL on the same machine that answers it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return time.process_time() + server.processor_seconds(pid)


def main(cleanings: int = 100_000, new: int = 2_000) -> None:
    call_command("migrate", verbosity=0)
    fill(connection, cleanings)
    hour_ago = timezone.now() - timedelta(hours=1)
    newest = list(Cleaning.objects.open().newest_first().values_list("pk", flat=True)[:new])
    Cleaning.objects.filter(pk__in=newest).update(status_since=timezone.now() - timedelta(minutes=30))
    save_searches(hour_ago)
    people = SavedSearch.objects.values("person").distinct().count()
    for run in ("with news", "without news"):
        begun, processor = time.monotonic(), processor_seconds()
        told, failed = notify_of_new_jobs()
        seconds, processor = time.monotonic() - begun, processor_seconds() - processor
        print(
            f"{run}: {SEARCHES:,} searches, {DISTINCT:,} distinct, of {people:,} people; {cleanings:,} cleanings,"
            f" {new:,} new: {told:,} told, {failed} failed, {seconds:.1f} s ({processor:.1f} s of the processor)"
        )
        SavedSearch.objects.update(last_seen=timezone.now() - timedelta(minutes=10))


if __name__ == "__main__":
    main(*map(int, islice(sys.argv, 1, 3)))
