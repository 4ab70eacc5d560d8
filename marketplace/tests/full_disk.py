"""A member on a full disk, in a process of its own: `python -m marketplace.tests.full_disk FOLDER`, which is small.

Prints the statuses of pages and of moves as JSON, while the disk is full and when it no longer is.
"""

import json
import os
import sys
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import close_old_connections, connection  # noqa: E402
from django.test import Client  # noqa: E402

from accounts import middleware  # noqa: E402
from marketplace.testing import create_cleaning, create_offer  # noqa: E402


def fill(path: Path) -> None:
    for size in (4096, 1):
        with path.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass


def main(folder: Path) -> None:
    call_command("migrate", verbosity=0)
    offer = create_offer(cleaning=create_cleaning())
    client = Client(raise_request_exception=False)
    client.force_login(offer.cleaning.owner)
    middleware.RENEWAL_SECONDS = -1
    page = f"/cleanings/{offer.cleaning_id}/"

    def get(address):
        # As between the requests of a thread of gunicorn, which the client of the tests leaves out.
        close_old_connections()
        answer = client.get(address)
        close_old_connections()
        return answer.status_code

    def reject():
        return client.post(f"{page}offers/carl/reject/", {}).status_code

    get("/")
    with connection.cursor() as cursor:
        # Migrations leave pages free, in the database and in its log, and what is written there needs no room.
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    fill(folder / "filling")
    found = {
        address: get(address) for address in ("/", "/dashboard/", "/cleanings/", page, "/notifications/", "/livez")
    }
    found |= {"reject": reject(), "health": client.get("/healthz").content.decode()}
    os.remove(folder / "filling")
    found |= {"later": reject(), "recovered": client.get("/healthz").content.decode()}
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        found["integrity"] = cursor.fetchone()[0]
    print(json.dumps(found))


main(Path(sys.argv[1]))
