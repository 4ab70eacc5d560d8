"""What needs Django: `fill 1000` prints its Dataset as JSON.

`count`, `layers "own jobs"` and `profile "own jobs"` read it. They print the statements of each row, which layers take
the time of the named rows, and where the time of that one goes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

import django

django.setup()

from allauth.usersessions.models import UserSession  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.access_tokens import SHOWN_CHARACTERS, Scope, digest_of, new_token  # noqa: E402
from accounts.models import AccessToken, User  # noqa: E402
from accounts.visits import SEEN_KEY  # noqa: E402
from bench import rows, words  # noqa: E402
from bench.client import send, statements_of  # noqa: E402
from bench.fill import OFFERS, Layout, fill  # noqa: E402
from bench.load import BenchError, Request, session_key  # noqa: E402
from bench.profiling import profile, shares_of_layers  # noqa: E402
from cleanings.browse.listing import PAGE_SIZE, Listing  # noqa: E402
from cleanings.models import Cleaning, SavedSearch  # noqa: E402
from cleanings.states import OfferStatus  # noqa: E402
from core.paging import Place  # noqa: E402
from offers.models import Offer  # noqa: E402

DEEP_PAGE = 1_000
AGREED = 400
SEARCHES = 5


def fill_database(cleanings: int) -> rows.Dataset:
    call_command("migrate", verbosity=0)
    call_command("load_places", settings.BASE_DIR / "cleanings" / "data" / "BE.txt", stdout=sys.stderr)
    layout = fill(connection, cleanings)
    agreed = agreed_offers()
    callers = people_who_call(layout, {owner for _, _, owner in agreed})
    open_sessions(callers)
    save_searches(layout)
    return read_dataset(cleanings, make_tokens(callers), agreed)


def agreed_offers() -> list[tuple[int, str, int]]:
    """Those of Dataset.agreed, one of each owner."""
    accepted = Offer.objects.filter(status=OfferStatus.ACCEPTED).order_by("-pk")
    found = accepted.values_list("cleaning_id", "cleaner__username", "cleaning__owner_id")[:AGREED]
    return list({owner: (cleaning, cleaner, owner) for cleaning, cleaner, owner in found}.values())


def read_dataset(cleanings: int, tokens: dict[str, str], agreed: list[tuple[int, str, int]]) -> rows.Dataset:
    layout = Layout(cleanings)
    newest = Cleaning.objects.open().filter(pk__gt=layout.reserved).newest_first()
    open_ids = list(newest.values_list("pk", flat=True)[: rows.MOST])
    dataset = rows.Dataset(cleanings, open_ids, deep_places(), [], tokens, agreed)
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


def people_who_call(layout: Layout, owners: set[int]) -> list[User]:
    """The actors, those who will make offers and ask questions, and those with an agreed job."""
    newcomers = {
        layout.newcomer_for(owner, number)
        for owner in range(1, layout.actors + 1)
        for number in (0, rows.ROUNDS, *rows.API_ROUNDS)
    }
    return list(User.objects.filter(pk__in={*range(1, layout.actors + 1), *newcomers, *owners}))


def save_searches(layout: Layout) -> None:
    SavedSearch.objects.bulk_create(
        [
            SavedSearch(person_id=person, name=f"Jobs in {city}", query=f"city={city}")
            for person in range(1, layout.actors + 1)
            for city in words.CITIES[:SEARCHES]
        ],
        batch_size=1000,
    )


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
    sessions, listed = [], []
    for person in people:
        data = {
            SESSION_KEY: str(person.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: person.get_session_auth_hash(),
            SEEN_KEY: tomorrow,
        }
        key, ends = session_key(person.pk), timezone.now() + timedelta(days=14)
        sessions.append(Session(session_key=key, session_data=SessionStore().encode(data), expire_date=ends))
        listed.append(UserSession(user=person, ip="127.0.0.1", session_key=key, user_agent="bench"))
    Session.objects.bulk_create(sessions, batch_size=500)
    UserSession.objects.bulk_create(listed, batch_size=500)


def count_statements(dataset: rows.Dataset) -> dict[str, int]:
    """Of each row's last request; the one before it fills the caches of the process."""
    return {name: count_of_second(*row.for_profile(dataset)[-2:]) for name, row in rows.BY_NAME.items()}


def layers(dataset: rows.Dataset, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Where the time of Python goes, for each row of which enough requests are left."""
    found = {}
    for name in names:
        row = rows.BY_NAME[name]
        # The last two have been sent to count statements.
        requests = row.for_profile(dataset)[: -2 if row.once else None]
        if len(requests) > 1:
            send(requests[0])
            found[name] = shares_of_layers(requests[1:])
    return found


def count_of_second(first: Request, second: Request) -> int:
    send(first)
    return len(statements_of(second))


def main(task: str, *arguments: str) -> None:
    if task == "fill":
        json.dump(asdict(fill_database(int(arguments[0]))), sys.stdout)
        return
    dataset = rows.Dataset(**json.load(sys.stdin))
    if task == "count":
        json.dump(count_statements(dataset), sys.stdout)
    if task == "layers":
        json.dump(layers(dataset, arguments), sys.stdout)
    if task == "profile":
        print(profile(arguments[0], dataset))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except BenchError as error:
        sys.exit(str(error))
