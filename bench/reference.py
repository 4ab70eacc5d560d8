"""Offering and accepting in bare SQL, sent by pgbench: the most that PostgreSQL itself can do."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from bench.fill import OFFERS
from bench.load import CONNECTIONS, BenchError
from bench.rows import ROUNDS, Dataset

# A variable lives as long as its client, so each client has targets of its own.
NEXT = f"\\set n :n + 1\n\\set k :n * {CONNECTIONS} + :client_id\n\\set c :first + :k % :count\n"
ACCEPT = (
    NEXT
    + f"\\set o (:c - 1) * {OFFERS} + 1\n"
    + """BEGIN;
SELECT id FROM cleanings_cleaning WHERE id = :c FOR UPDATE;
UPDATE cleanings_cleaning SET status = 'assigned', status_since = now() WHERE id = :c AND status = 'open';
UPDATE offers_offer SET status = 'accepted', status_since = now() WHERE id = :o AND status = 'pending';
UPDATE offers_offer SET status = 'rejected', status_since = now() WHERE cleaning_id = :c AND status = 'pending';
COMMIT;
"""
)
# Not by those who offer over HTTP on the same targets.
OFFER = (
    NEXT
    + f"\\set o ((:c - 1) % :actors + {OFFERS} * :step + {ROUNDS + 4} + :k / :count) % :people + 1\n"
    + """BEGIN;
SELECT id FROM cleanings_cleaning WHERE id = :c FOR UPDATE;
INSERT INTO offers_offer (cleaning_id, cleaner_id, hourly_rate, message, status, status_since, cleaning_version,
    revision, created_at, updated_at) VALUES (:c, :o, 22.50, 'Hello', 'pending', now(), 1, 1, now(), now());
UPDATE cleanings_cleaning SET offers_count = offers_count + 1 WHERE id = :c;
COMMIT;
"""
)
SCRIPTS = {"pgbench: accept": (ACCEPT, 1, 1), "pgbench: offer": (OFFER, 2, 20)}


def pgbench(name: str, database: str, dataset: Dataset, seconds: float, scratch: Path) -> float:
    """Transactions a second, measured for about `seconds`, or until the targets run out."""
    script, third, rounds = SCRIPTS[name]
    targets, layout = dataset.third(third), dataset.layout
    each = max(1, min(len(targets) * rounds // CONNECTIONS, int(seconds * 3000 / CONNECTIONS)))
    values = {"n": -1, "first": targets[0], "count": len(targets), "actors": layout.actors, "step": layout.step}
    file = scratch / "pgbench.sql"
    file.write_text(script)
    command = [os.environ["BENCH_PGBENCH"], "--no-vacuum", "--protocol=prepared", f"--client={CONNECTIONS}", "--jobs=2"]
    command += [f"--define={key}={value}" for key, value in (values | {"people": layout.people}).items()]
    command += [f"--transactions={each}", f"--file={file}", "--host", os.environ["BENCH_SOCKET"]]
    done = subprocess.run([*command, "--username=postgres", database], capture_output=True, text=True)
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    processed = re.search(r"actually processed: (\d+)/(\d+)", done.stdout)
    if done.returncode or not found or not processed or processed[1] != processed[2]:
        raise BenchError(f"{name} failed: {done.stderr[-600:]}")
    return float(found[1])
