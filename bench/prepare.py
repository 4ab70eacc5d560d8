"""What needs Django: `fill 1000` prints its Dataset as JSON; `count` reads it and prints the queries of each row."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.access_tokens import SHOWN_CHARACTERS, Scope, digest_of, new_token  # noqa: E402
from accounts.models import AccessToken, User  # noqa: E402
from accounts.visits import SEEN_KEY  # noqa: E402
from bench import rows  # noqa: E402
from bench.fill import OFFERS, Layout, fill  # noqa: E402
from bench.load import CSRF_TOKEN, Request, session_key  # noqa: E402
from cleanings.browse.listing import PAGE_SIZE, Listing  # noqa: E402
from cleanings.models import Cleaning  # noqa: E402
from core.paging import Place  # noqa: E402
from offers.models import Offer  # noqa: E402

DEEP_PAGE = 1_000
TRANSACTION_WORDS = {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"}


def fill_database(cleanings: int) -> rows.Dataset:
    call_command("migrate", verbosity=0)
    layout = fill(connection, cleanings)
    callers = people_who_call(layout)
    open_sessions(callers)
    return read_dataset(cleanings, make_tokens(callers))


def read_dataset(cleanings: int, tokens: dict[str, str]) -> rows.Dataset:
    layout = Layout(cleanings)
    newest = Cleaning.objects.open().filter(pk__gt=layout.reserved).newest_first()
    dataset = rows.Dataset(cleanings, list(newest.values_list("pk", flat=True)[: rows.MOST]), deep_places(), [], tokens)
    wanted = [(pk - 1) * OFFERS + 1 for pk in dataset.third(0)]
    firsts = Offer.objects.filter(pk__in=wanted).order_by("pk")
    dataset.bidders.extend(firsts.values_list("cleaner__username", flat=True))
    return dataset


def deep_places() -> list[str]:
    """Where up to 200 pages begin, from page 1,000 on, or from the last full page where there are fewer."""
    segment = Listing(Cleaning.objects.open(), size=1).segments[0]
    newest = Cleaning.objects.open().newest_first()
    begin = min(DEEP_PAGE - 1, newest.count() // PAGE_SIZE - 1) * PAGE_SIZE - 1
    lasts = newest.values("pk", *segment.names)[begin : begin + 200 * PAGE_SIZE][::PAGE_SIZE]
    return [str(Place(0, *segment.key_of(row))) for row in lasts]


def people_who_call(layout: Layout) -> list[User]:
    """The actors, and those who will make offers."""
    newcomers = {
        layout.newcomer_for(owner, number)
        for owner in range(1, layout.actors + 1)
        for number in (0, rows.ROUNDS, *rows.API_ROUNDS)
    }
    return list(User.objects.filter(pk__in={*range(1, layout.actors + 1), *newcomers}))


def make_tokens(people: list[User]) -> dict[str, str]:
    """Used tomorrow, so that no request notes its use."""
    tomorrow, tokens, made = timezone.now() + timedelta(days=1), {}, []
    for person in people:
        token = tokens[f"{person.pk}"] = new_token()
        facts = {"name": "bench", "scope": Scope.ACT, "prefix": token[:SHOWN_CHARACTERS], "digest": digest_of(token)}
        made.append(AccessToken(user=person, **facts, used_at=tomorrow, expires_at=tomorrow))
    AccessToken.objects.bulk_create(made, batch_size=500)
    return tokens


def open_sessions(people: list[User]) -> None:
    """Last seen tomorrow, so that no request renews a session."""
    tomorrow = int(time.time()) + 86_400
    sessions = []
    for person in people:
        data = {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: person.get_session_auth_hash(),
            SEEN_KEY: tomorrow,
        }
        key, ends = session_key(person.pk), timezone.now() + timedelta(days=14)
        sessions.append(Session(session_key=key, session_data=SessionStore().encode(data), expire_date=ends))
    Session.objects.bulk_create(sessions, batch_size=500)


def count_queries(dataset: rows.Dataset) -> dict[str, int]:
    """Of each row's last request; the one before it fills the caches of the process."""
    return {row.name: count_of_second(*row.requests(dataset)[-2:]) for row in (*rows.NOTHING.values(), *rows.ALL)}


def count_of_second(first: Request, second: Request) -> int:
    send(first)
    with CaptureQueriesContext(connection) as captured:
        send(second)
    return len([query for query in captured if query["sql"].split()[0] not in TRANSACTION_WORDS])


def send(request: Request) -> None:
    client = Client(headers={"host": "127.0.0.1", "x-csrftoken": CSRF_TOKEN})
    if request.member:
        client.cookies.load({settings.SESSION_COOKIE_NAME: session_key(request.member), "csrftoken": CSRF_TOKEN})
    if request.token:
        method, headers = "POST" if request.is_post else "GET", {"authorization": f"Bearer {request.token}"}
        answer = client.generic(method, request.path, request.body, "application/json", headers=headers)
    else:
        answer = client.get(request.path) if request.form is None else client.post(request.path, request.form)
    if str(answer.status_code).encode() != request.expected:
        sys.exit(f"{request.path} was answered with {answer.status_code}.")


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        json.dump(asdict(fill_database(int(sys.argv[2]))), sys.stdout)
    else:
        json.dump(count_queries(rows.Dataset(**json.load(sys.stdin))), sys.stdout)
