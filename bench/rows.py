"""The rows of the table: which requests each sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from urllib.parse import urlencode

from bench import words
from bench.fill import Layout
from bench.load import Request

# So many different requests are made for a row that asks for each of them once.
MOST = 6_000
# So often are members found who have no offer on a target yet.
ROUNDS = 20


@dataclass(frozen=True)
class Town:
    """What the rows have to know of a filled database."""

    cleanings: int
    # Some that take offers, and the places in the list at which its page 1,000 and those behind it begin.
    open_ids: list[int]
    deep: list[str]
    # Who made the first offer on each of the targets that are accepted over HTTP.
    bidders: list[str]

    @property
    def layout(self) -> Layout:
        return Layout(self.cleanings)

    def third(self, number: int) -> range:
        """The targets come in thirds: accepted over HTTP, accepted by pgbench, and offered on by both."""
        size = self.layout.targets // 3
        first = self.layout.wide + 1 + number * size
        return range(first, first + size)


@dataclass(frozen=True)
class Row:
    """One line of the table. `once` says that no request of it can be sent twice."""

    name: str
    requests: Callable[[Town], list[Request]]
    once: bool = False


def repeated(path: str) -> Callable[[Town], list[Request]]:
    return lambda town: [Request(path)] * 4


def list_of(**filters: str) -> Callable[[Town], list[Request]]:
    """The list by some filters, under another address each time: the highest rate falls by a cent."""
    return lambda town: [Request(browse(**filters, max_rate=f"{1000 - cents / 100:.2f}")) for cents in range(MOST)]


def browse(**filters: str) -> str:
    return f"/cleanings/?{urlencode(filters)}"


def in_cities(town: Town) -> list[Request]:
    """By city, type and rate: cities large and small."""
    kinds = ("dust_up", "spot_clean", "full_clean")
    return [
        Request(
            browse(city=words.CITIES[number % 200], type=kinds[number % 3], min_rate=f"{12 + number // 600 / 100:.2f}")
        )
        for number in range(MOST)
    ]


def members(town: Town) -> cycle:
    return cycle(range(1, town.layout.actors + 1))


def as_members(path: str) -> Callable[[Town], list[Request]]:
    return lambda town: [Request(path, member) for member in islice(members(town), MOST)]


def list_as_members(town: Town) -> list[Request]:
    pairs = zip(list_of()(town), members(town), strict=False)
    return [Request(request.path, member) for request, member in pairs]


def deep_page(town: Town) -> list[Request]:
    return [Request(browse(after=town.deep[0]))] * 4


def deep_pages(town: Town) -> list[Request]:
    """Page 1,000 and those behind it, each under another address."""
    places = islice(cycle(town.deep), MOST)
    return [Request(browse(after=place, max_rate=f"{1000 - number / 100:.2f}")) for number, place in enumerate(places)]


def one_cleaning(town: Town) -> list[Request]:
    return [Request(f"/cleanings/{town.open_ids[0]}/")] * 4


def cleanings(town: Town) -> list[Request]:
    ids = islice(cycle(town.open_ids), MOST)
    return [Request(f"/cleanings/{pk}/?n={number}") for number, pk in enumerate(ids)]


def cleanings_as_members(town: Town) -> list[Request]:
    ids = islice(cycle(town.open_ids), MOST)
    return [Request(f"/cleanings/{pk}/", member) for pk, member in zip(ids, members(town), strict=False)]


def as_owners(path: str) -> Callable[[Town], list[Request]]:
    """A page of a cleaning with twenty offers, for its owner."""
    return lambda town: [Request(path.format(pk), town.layout.owner_of(pk)) for pk in range(1, town.layout.wide + 1)]


def offers(town: Town) -> list[Request]:
    form = {"hourly_rate": "22.50", "message": "I have done many like this one.", "version": "1"}
    return [
        Request(f"/cleanings/{pk}/offers/new/", town.layout.newcomer_for(pk, number), form)
        for number in range(ROUNDS)
        for pk in town.third(2)
    ][:MOST]


def acceptances(town: Town) -> list[Request]:
    form = {"revision": "1", "version": "1"}
    return [
        Request(f"/cleanings/{pk}/offers/{bidder}/accept/", town.layout.owner_of(pk), form)
        for pk, bidder in zip(town.third(0), town.bidders, strict=True)
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
}

PAGES = (
    Row("home", repeated("/")),
    Row("browse", repeated("/cleanings/")),
    Row("browse, page 1,000", deep_page),
    Row("a cleaning", one_cleaning),
)
FIRST_TIME = (
    Row("home, first time", lambda town: [Request(f"/?n={number}") for number in range(MOST)]),
    Row("browse, first time", list_of()),
    Row("browse, page 1,000, first time", deep_pages),
    Row("a cleaning, first time", cleanings),
    Row("browse by city, type and rate", in_cities),
)
SEARCH = tuple(Row(f"search: {name}", list_of(q=text)) for name, text in SEARCHES.items())
LOGGED_IN = (
    Row("browse, logged in", as_members("/cleanings/")),
    Row("browse, logged in, first time", list_as_members),
    Row("a cleaning, logged in", cleanings_as_members),
    Row("a cleaning with 20 offers, its owner", as_owners("/cleanings/{}/")),
    Row("compare 20 offers", as_owners("/cleanings/{}/offers/")),
    Row("dashboard", as_members("/dashboard/")),
    Row("notifications", as_members("/notifications/")),
)
CHANGES = (Row("offer", offers, once=True), Row("accept, 5 offers", acceptances, once=True))

# Measured between two looks at the view that does nothing, for somebody of the same kind.
GROUPS = (("anonymous", PAGES), ("anonymous", FIRST_TIME), ("anonymous", SEARCH), ("logged in", LOGGED_IN + CHANGES))
ALL = tuple(row for _, group in GROUPS for row in group)
