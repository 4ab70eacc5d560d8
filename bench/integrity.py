"""How long `check_integrity` takes: `python -m bench.integrity` on an empty PostgreSQL database in DATABASE_URL.

With a number it has so many cleanings, with five offers each.
"""

from __future__ import annotations

import os
import sys
import time

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench.alerts import processor_seconds  # noqa: E402
from bench.fill import PARAMETERS, fill  # noqa: E402
from pages import integrity  # noqa: E402

COLUMNS = "cleaning_id, kind, actor_id, cleaner_id, from_status, to_status, terms, reason, note, at"


def of_cleanings(kind: str, before: str, after: str, statuses: str) -> str:
    """The cleaning's own line of a move."""
    return f"""
        INSERT INTO cleanings_event ({COLUMNS})
        SELECT c.id, '{kind}', c.owner_id, NULL, '{before}', '{after}', e.terms, '', '', c.status_since
        FROM cleanings_cleaning c JOIN cleanings_event e ON e.cleaning_id = c.id AND e.kind = 'post'
        WHERE c.status IN ({statuses}) ORDER BY c.id"""


def of_offers(kind: str, before: str, after: str, which: str) -> str:
    return f"""
        INSERT INTO cleanings_event ({COLUMNS})
        SELECT c.id, '{kind}', c.owner_id, o.cleaner_id, '{before}', '{after}', e.terms, '', '', o.status_since
        FROM offers_offer o JOIN cleanings_cleaning c ON c.id = o.cleaning_id
        JOIN cleanings_event e ON e.cleaning_id = c.id AND e.cleaner_id = o.cleaner_id AND e.kind = 'offer'
        WHERE {which} ORDER BY o.id"""


# What the verbs would have written behind the offers that `fill` made, and the acceptances of the winners.
MOVES = (
    of_cleanings("accept", "open", "assigned", "'assigned', 'completed'"),
    of_offers("accept", "pending", "rejected", "o.status = 'rejected' AND c.status <> 'closed'"),
    of_cleanings("complete", "assigned", "completed", "'completed'"),
    of_offers("complete", "accepted", "completed", "o.status = 'completed'"),
    of_cleanings("close", "open", "closed", "'closed'"),
    of_offers("close", "pending", "rejected", "o.status = 'rejected' AND c.status = 'closed'"),
)
TOLD = """
    INSERT INTO notifications_notification (recipient_id, event_id, topic, subject, sentence, url, created_at, read_at,
        mailing)
    SELECT CASE e.kind WHEN 'offer' THEN c.owner_id ELSE e.cleaner_id END, e.id, 'offered', 'A move', 'Made.',
        '/cleanings/' || c.id || '/', e.at, e.at, 'unwanted'
    FROM cleanings_event e JOIN cleanings_cleaning c ON c.id = e.cleaning_id
    WHERE e.cleaner_id IS NOT NULL
    ON CONFLICT DO NOTHING"""
WRITTEN = """
    INSERT INTO evaluations_evaluation (offer_id, author_id, subject_id, no_show, overall_rating, headline, comment,
        created_at, publishes_at, hide_reason)
    SELECT o.id, side.author, side.subject, false, 4, '', '', o.status_since, o.status_since, ''
    FROM offers_offer o JOIN cleanings_cleaning c ON c.id = o.cleaning_id
    CROSS JOIN LATERAL (VALUES (c.owner_id, o.cleaner_id), (o.cleaner_id, c.owner_id)) AS side(author, subject)
    WHERE o.status = 'completed'"""
SAID = """
    INSERT INTO conversations_message (offer_id, author_id, text, at)
    SELECT id, cleaner_id, 'See you then.', status_since FROM offers_offer CROSS JOIN generate_series(1, 10)
    WHERE status = 'accepted'"""
ASKED = """
    INSERT INTO conversations_question (cleaning_id, asker_id, text, asked_at, answer)
    SELECT c.id, u.id, 'Is there a lift?', c.created_at, ''
    FROM cleanings_cleaning c JOIN accounts_user u ON u.id = c.owner_id + 1 WHERE c.status = 'open'"""
# Nobody asks or offers between two of these afterwards; what is pending would have ended.
BLOCKED = """
    INSERT INTO accounts_block (blocker_id, blocked_id, at)
    SELECT u.id, u.id + 2, now() FROM accounts_user u JOIN accounts_user other ON other.id = u.id + 2
    WHERE NOT EXISTS (
        SELECT FROM offers_offer o JOIN cleanings_cleaning c ON c.id = o.cleaning_id
        WHERE o.status = 'pending' AND (o.cleaner_id, c.owner_id) IN ((u.id, u.id + 2), (u.id + 2, u.id)))"""


def main(cleanings: int = 100_000) -> None:
    call_command("migrate", verbosity=0)
    fill(connection, cleanings)
    with connection.parameters(**PARAMETERS), connection.cursor() as cursor:
        for statement in (*MOVES, TOLD, WRITTEN, SAID, ASKED, BLOCKED):
            cursor.execute(statement)
            cursor.execute("ANALYZE")
    for table in ("offers_offer", "cleanings_event", "notifications_notification", "evaluations_evaluation"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            print(f"{table}: {cursor.fetchone()[0]:,}")
    measure()


def measure() -> None:
    """One core only, so that all processor time is that of this process and of its backend."""
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    load, processor, begun = os.getloadavg()[0], processor_seconds(), time.monotonic()
    found = integrity.findings()
    seconds, processor = time.monotonic() - begun, processor_seconds() - processor
    print(
        f"{len(integrity.RULES)} rules under {len(integrity.NAMES)} names, {len(found)} broken: {seconds:.1f} s"
        f" ({processor:.1f} s of the processor), load {load:.1f} at the start on {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
