"""The rows of the report, and the requests that each sends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from urllib.parse import urlencode
from uuid import UUID

from bench import words
from bench.fill import Layout
from bench.load import Request

# Requests of a row, of which so many are for its profile.
MOST, SET_ASIDE = 6_000, 60
ROUNDS = 20
API_ROUNDS = range(45, 50)
# Of one person, who may send 60 an hour.
MESSAGES = 50
# Asked where the most jobs are.
POSTCODE = "1000"
JOB = {
    "name": "Spring clean of a flat",
    "description": "Two rooms and a hall.",
    "cleaning_type": "full_clean",
    "hourly_rate": "21.00",
    "estimated_hours": "3.00",
    "city": "Ghent",
    "postcode": "9000",
    "street_address": "Long Lane 12",
}


@dataclass(frozen=True)
class Dataset:
    cleanings: int
    open_ids: list[int]
    deep: list[str]
    # Who made the first offer on each of the targets that are accepted over HTTP.
    bidders: list[str]
    # The access token of each member who calls the API, by id.
    tokens: dict[str, str]
    # The agreed offers whose owners are logged in: cleaning, name of the cleaner, id of the owner.
    agreed: list[tuple[int, str, int]] = field(default_factory=list)

    @property
    def layout(self) -> Layout:
        return Layout(self.cleanings)

    def token(self, member: int) -> str:
        return self.tokens[f"{member}"]

    def third(self, number: int) -> range:
        """Of the targets: 0 is accepted over HTTP, 1 by pgbench, and 2 is offered on by both."""
        size = self.layout.targets // 3
        first = self.layout.wide + 1 + number * size
        return range(first, first + size)


@dataclass(frozen=True)
class Row:
    """One line of the table. With `once`, none of its requests can be sent twice."""

    name: str
    requests: Callable[[Dataset], list[Request]]
    once: bool = False

    def for_load(self, dataset: Dataset) -> list[Request]:
        requests = self.requests(dataset)
        return requests[: -set_aside(requests)]

    def for_profile(self, dataset: Dataset) -> list[Request]:
        """At least two, which the load does not send."""
        requests = self.requests(dataset)
        return requests[-set_aside(requests) :]


def set_aside(requests: list[Request]) -> int:
    return max(2, min(SET_ASIDE, len(requests) // 10))


def repeated(path: str) -> Callable[[Dataset], list[Request]]:
    return lambda dataset: [Request(path)] * 4


def list_of(**filters: str) -> Callable[[Dataset], list[Request]]:
    """No two requests have the same address, so none is answered from a cache: `max_rate` falls by a cent each."""
    return lambda dataset: [Request(browse(**filters, max_rate=f"{1000 - cents / 100:.2f}")) for cents in range(MOST)]


def browse(**filters: str) -> str:
    return f"/cleanings/?{urlencode(filters)}"


def in_cities(dataset: Dataset) -> list[Request]:
    kinds = ("dust_up", "spot_clean", "full_clean")
    return [
        Request(
            browse(city=words.CITIES[number % 200], type=kinds[number % 3], min_rate=f"{12 + number // 600 / 100:.2f}")
        )
        for number in range(MOST)
    ]


def members(dataset: Dataset) -> cycle:
    return cycle(range(1, dataset.layout.actors + 1))


def as_members(path: str) -> Callable[[Dataset], list[Request]]:
    return lambda dataset: [Request(path, member) for member in islice(members(dataset), MOST)]


def list_as_members(dataset: Dataset) -> list[Request]:
    pairs = zip(list_of()(dataset), members(dataset), strict=False)
    return [Request(request.path, member) for request, member in pairs]


def deep_page(dataset: Dataset) -> list[Request]:
    return [Request(browse(after=dataset.deep[0]))] * 4


def deep_pages(dataset: Dataset) -> list[Request]:
    places = islice(cycle(dataset.deep), MOST)
    return [Request(browse(after=place, max_rate=f"{1000 - number / 100:.2f}")) for number, place in enumerate(places)]


def one_cleaning(dataset: Dataset) -> list[Request]:
    return [Request(f"/cleanings/{dataset.open_ids[0]}/")] * 4


def cleanings(dataset: Dataset) -> list[Request]:
    ids = islice(cycle(dataset.open_ids), MOST)
    return [Request(f"/cleanings/{pk}/?n={number}") for number, pk in enumerate(ids)]


def cleanings_as_members(dataset: Dataset) -> list[Request]:
    ids = islice(cycle(dataset.open_ids), MOST)
    return [Request(f"/cleanings/{pk}/", member) for pk, member in zip(ids, members(dataset), strict=False)]


def as_owners(path: str) -> Callable[[Dataset], list[Request]]:
    return lambda dataset: [
        Request(path.format(pk), dataset.layout.owner_of(pk)) for pk in range(1, dataset.layout.wide + 1)
    ]


def newcomers(dataset: Dataset, rounds: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Targets, each with somebody who has made no offer there."""
    pairs = ((pk, dataset.layout.newcomer_for(pk, number)) for number in rounds for pk in dataset.third(2))
    return islice(pairs, MOST)


def offers(dataset: Dataset) -> list[Request]:
    form = {"hourly_rate": "22.50", "message": "I have done many like this one.", "version": "1"}
    pairs = newcomers(dataset, range(ROUNDS))
    return [Request(f"/cleanings/{pk}/offers/new/", person, form) for pk, person in pairs]


def posts(dataset: Dataset) -> list[Request]:
    """Each form has a token of its own, as the page gives it one."""
    owners = enumerate(islice(members(dataset), MOST))
    return [Request("/cleanings/new/", owner, JOB | {"post_token": f"{UUID(int=number)}"}) for number, owner in owners]


def questions(dataset: Dataset) -> list[Request]:
    form = {"text": "Is there a lift, and where can I park?"}
    pairs = newcomers(dataset, range(ROUNDS))
    return [Request(f"/cleanings/{pk}/questions/", person, form) for pk, person in pairs]


def messages(dataset: Dataset) -> list[Request]:
    return [
        Request(f"/cleanings/{pk}/offers/{cleaner}/messages/", owner, {"text": f"I am at home from {number} on."})
        for number in range(MESSAGES)
        for pk, cleaner, owner in dataset.agreed
    ][:MOST]


def pairs_to_accept(dataset: Dataset, half: int) -> list[tuple[int, str]]:
    """Every other one is for a person, the others are for programs."""
    return list(zip(dataset.third(0), dataset.bidders, strict=True))[half::2]


def acceptances(dataset: Dataset) -> list[Request]:
    form = {"revision": "1", "version": "1"}
    return [
        Request(f"/cleanings/{pk}/offers/{bidder}/accept/", dataset.layout.owner_of(pk), form)
        for pk, bidder in pairs_to_accept(dataset, 0)
    ]


def api_as_members(path: str) -> Callable[[Dataset], list[Request]]:
    return lambda dataset: [Request(path, token=dataset.token(member)) for member in islice(members(dataset), MOST)]


def api_one_cleaning(dataset: Dataset) -> list[Request]:
    pairs = zip(islice(cycle(dataset.open_ids), MOST), members(dataset), strict=False)
    return [Request(f"/api/v1/cleanings/{pk}/", token=dataset.token(member)) for pk, member in pairs]


def api_offers_on_own(dataset: Dataset) -> list[Request]:
    wide = islice(cycle(range(1, dataset.layout.wide + 1)), MOST)
    return [Request(f"/api/v1/cleanings/{pk}/offers/", token=dataset.token(dataset.layout.owner_of(pk))) for pk in wide]


def api_posts(dataset: Dataset) -> list[Request]:
    return [
        Request("/api/v1/cleanings/", token=dataset.token(member), sent=JOB, status=201)
        for member in islice(members(dataset), MOST)
    ]


def api_offers(dataset: Dataset) -> list[Request]:
    """By other people than those of the pages and of pgbench."""
    sent = {"hourly_rate": "22.50", "message": "I have done many like this one.", "version": 1}
    return [
        Request(f"/api/v1/cleanings/{pk}/offers/", token=dataset.token(person), sent=sent, status=201)
        for pk, person in newcomers(dataset, API_ROUNDS)
    ]


def api_acceptances(dataset: Dataset) -> list[Request]:
    return [
        Request(
            f"/api/v1/cleanings/{pk}/offers/{bidder}/accept/",
            token=dataset.token(dataset.layout.owner_of(pk)),
            sent={"revision": 1, "version": 1},
        )
        for pk, bidder in pairs_to_accept(dataset, 1)
    ]


SEARCHES = {
    "a word in every row": words.EVERYWHERE,
    "a word in 30 %": words.OFTEN,
    "a word in 3 %": words.SOMETIMES,
    "a word in 1 %": words.SELDOM,
    "a word in 0.1 %": words.RARELY,
    "a word in five rows": words.HARDLY,
    "no hit": words.NEVER,
    "two words": f"{words.OFTEN} {words.SELDOM}",
}

NOTHING = {
    "anonymous": Row("do nothing, anonymous", repeated("/bench/nothing")),
    "logged in": Row("do nothing, logged in", as_members("/bench/nothing")),
    "program": Row("do nothing, by a program", api_as_members("/api/v1/bench/nothing/")),
}

PAGES = (
    Row("home", repeated("/")),
    Row("browse", repeated("/cleanings/")),
    Row("browse, page 1,000", deep_page),
    Row("a cleaning", one_cleaning),
    Row("API reference", repeated("/api/v1/")),
)
FIRST_TIME = (
    Row("home, first time", lambda dataset: [Request(f"/?n={number}") for number in range(MOST)]),
    Row("browse, first time", list_of()),
    Row("browse, page 1,000, first time", deep_pages),
    Row("a cleaning, first time", cleanings),
    Row("browse by city, type and rate", in_cities),
    Row("near me", list_of(near=POSTCODE)),
    Row("near me, nearest first", list_of(near=POSTCODE, sort="nearest")),
    Row("API reference, first time", lambda dataset: [Request(f"/api/v1/?n={number}") for number in range(MOST)]),
)
SEARCH = tuple(Row(f"search: {name}", list_of(q=text)) for name, text in SEARCHES.items())
LOGGED_IN = (
    Row("browse, logged in", as_members("/cleanings/")),
    Row("browse, logged in, first time", list_as_members),
    Row("a cleaning, logged in", cleanings_as_members),
    Row("a cleaning with 20 offers, its owner", as_owners("/cleanings/{}/")),
    Row("compare 20 offers", as_owners("/cleanings/{}/offers/")),
    Row("own jobs", as_members("/cleanings/mine/")),
    Row("own offers", as_members("/offers/")),
    Row("saved searches", as_members("/searches/")),
    Row("dashboard", as_members("/dashboard/")),
    Row("notifications", as_members("/notifications/")),
)
# Measured against the same in bare SQL, too.
MOVES = (Row("offer", offers, once=True), Row("accept, 5 offers", acceptances, once=True))
CHANGES = (
    *MOVES,
    Row("post", posts, once=True),
    Row("ask a question", questions, once=True),
    Row("send a message", messages, once=True),
)
API = (
    Row("API: one job", api_one_cleaning),
    Row("API: 20 offers on a job", api_offers_on_own),
    Row("API: own jobs", api_as_members("/api/v1/cleanings/mine/")),
    Row("API: browse of 20", api_as_members("/api/v1/cleanings/")),
    Row("API: feed of 20", api_as_members("/api/v1/feed/")),
    Row("API: own offers", api_as_members("/api/v1/offers/")),
    Row("API: notifications", api_as_members("/api/v1/notifications/")),
    Row("API: me", api_as_members("/api/v1/me/")),
    Row("API: offer", api_offers, once=True),
    Row("API: accept, 5 offers", api_acceptances, once=True),
    Row("API: post", api_posts),
)

# Each with the visitor for whom the view that does nothing is measured beside it.
GROUPS = (
    ("anonymous", PAGES),
    ("anonymous", FIRST_TIME),
    ("anonymous", SEARCH),
    ("logged in", LOGGED_IN + CHANGES),
    ("program", API),
)
ALL = tuple(row for _, group in GROUPS for row in group)
BY_NAME = {row.name: row for row in (*NOTHING.values(), *ALL)}


def nothing_beside(name: str) -> Row:
    """The view that does nothing, asked by a visitor of the same kind."""
    return next((NOTHING[kind] for kind, group in GROUPS for row in group if row.name == name), BY_NAME[name])
