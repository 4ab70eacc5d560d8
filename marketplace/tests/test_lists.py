"""Every list goes on by key: whatever moves meanwhile, nothing is left out, and an unknown place is no error."""

import re
from html import unescape

import pytest
from django.db import transaction

from cleanings.states import OfferStatus
from conversations.models import Question
from core.paging import PAGE_SIZE, Place
from core.views import KeysetListView
from evaluations.models import Evaluation
from marketplace.testing import atomic_around_tests, create_cleaning, create_offer, create_user
from offers.models import Offer

pytestmark = [pytest.mark.long, pytest.mark.django_db]

SIZE, COUNT = 4, 6
# Who reads which list, and what makes it long.
LISTS = {
    "/cleanings/{cleaning}/offers/": ("olivia", "offers"),
    "/cleanings/{cleaning}/offers/?sort=jobs": ("olivia", "offers"),
    "/cleanings/{cleaning}/offers/?sort=oldest": ("olivia", "offers"),
    "/cleanings/{cleaning}/offers/?sort=rate": ("olivia", "offers"),
    "/cleanings/{cleaning}/offers/?sort=rating": ("olivia", "offers"),
    "/notifications/": ("olivia", "offers"),
    "/cleanings/{cleaning}/questions/": ("olivia", "questions"),
    "/cleanings/mine/": ("olivia", "jobs"),
    "/cleanings/mine/?status=open": ("olivia", "jobs"),
    "/offers/?show=pending": ("carl", "jobs"),
    "/offers/": ("carl", "accepted"),
    "/offers/?show=past": ("carl", "rejected"),
    "/people/carl/evaluations/": ("carl", "evaluations"),
}
UNKNOWN = [
    "abc",
    "1.2.3",
    "9.1.1.0",
    "9.1.1.1.0",
    "0.1.1.1.1.1.0",
    "before.",
    "-1.1.1.0",
]


def fill(what, count=COUNT):
    """A cleaning of Olivia's and as many rows as are asked for."""
    cleaning = create_cleaning()
    for number in range(count if what == "questions" else 0):
        Question.ask(cleaning, by=create_user(f"asker{number}"), text="Is there a lift?")
    for number in range(0 if what == "questions" else count):
        cleaner = create_user(f"cleaner{number}" if what == "offers" else "carl")
        rate, job = 20 + number % 3, cleaning if what == "offers" else create_cleaning()
        status = {"accepted": "accepted", "rejected": "rejected", "evaluations": "completed"}.get(what, "pending")
        offer = create_offer(cleaning=job, cleaner=cleaner, hourly_rate=rate, status=OfferStatus(status))
        if what == "evaluations":
            Evaluation.write(offer, by=cleaner, overall_rating=5)
            Evaluation.write(offer, by=cleaning.owner, overall_rating=4)
    return cleaning


@pytest.fixture(autouse=True)
def short_pages(monkeypatch):
    monkeypatch.setattr(KeysetListView, "size", SIZE)


@pytest.fixture
def opened(client):
    """Reads a page of a list; its context has the listing."""

    def read(path, after=""):
        answer = client.get(f"{path}{'&' if '?' in path else '?'}after={after or ''}")
        assert answer.status_code == 200
        return answer.context["listing"]

    return read


@pytest.fixture(scope="class", params=LISTS)
def filled(request, module_db):
    """Who reads it, and the address of a list of two pages."""
    reader, what = LISTS[request.param]
    with atomic_around_tests():
        yield reader, request.param.format(cleaning=fill(what).pk)
        transaction.set_rollback(True)


@pytest.fixture
def listed(client, filled):
    reader, path = filled
    client.force_login(create_user(reader))
    return path


def urls_on(card):
    """Where its buttons lead: to accept the offer, and to turn it down."""
    return [unescape(url) for url in re.findall(r'href="([^"]*/(?:accept|reject)/[^"]*)"', card)]


def pks(listing):
    return [row.pk for row in listing.rows]


class TestEveryList:
    def test_each_row_is_on_one_page_and_the_way_back_is_the_same(self, client, opened, listed):
        first = opened(listed)
        second = opened(listed, first.next)
        assert len(pks(first)) == SIZE
        assert second.next is None
        seen = pks(first) + pks(second)
        assert len(seen) == len(set(seen)) >= COUNT
        assert pks(opened(listed, second.previous)) == pks(first)
        page = client.get(listed).content.decode()
        assert f"after={first.next}" in page
        assert f"Next {SIZE}" in page
        last = Place(0, *second.segments[0].key_of(second.rows[-1]))
        assert pks(opened(listed, last)) == seen[-SIZE:]
        assert opened(listed, last).next is None

    def test_an_unknown_place_is_the_first_page(self, client, opened, listed):
        first = pks(opened(listed))
        assert len(first) == SIZE
        for number in ("2", "0", "-1", "abc", "9" * 30):
            answer = client.get(f"{listed}{'&' if '?' in listed else '?'}page={number}")
            assert (answer.status_code, pks(answer.context["listing"])) == (200, first)
        for place in UNKNOWN:
            assert pks(opened(listed, place)) == first
        for place in (f"0.{'9' * 18}.1.0", f"0.{'9' * 18}.{'9' * 18}.1.0"):
            assert pks(opened(listed, place))


@pytest.fixture
def compared(client, opened):
    """The address of pending offers, read by their owner."""
    path = f"/cleanings/{fill('offers').pk}/offers/"
    client.force_login(create_user("olivia"))
    return path


@pytest.mark.parametrize("sort", ["oldest", "rate", "rating", "jobs"])
def test_rejecting_one_on_the_first_page_leaves_none_out(client, opened, compared, sort):
    path = f"{compared}?sort={sort}"
    answer = client.get(path)
    first, (offer, card) = answer.context["listing"], answer.context["in_play"][0]
    *_, url = urls_on(card)
    assert client.post(url).url == path
    seen = {*pks(first), *pks(opened(path, first.next))}
    assert seen == set(Offer.objects.values_list("pk", flat=True))
    again = opened(path)
    seen = pks(again) + pks(opened(path, again.next))
    assert (len(seen), seen[-1]) == (COUNT, offer.pk)


def test_pages_have_twenty_rows(client, opened, monkeypatch):
    monkeypatch.setattr(KeysetListView, "size", PAGE_SIZE)
    path = f"/cleanings/{fill('offers', 25).pk}/offers/"
    client.force_login(create_user("olivia"))
    first = opened(path)
    offer = first.rows[0]
    client.post(f"{offer.get_absolute_url()}reject/")
    assert (len(pks(first)), pks(opened(path, first.next))[-1]) == (PAGE_SIZE, offer.pk)
    assert {*pks(first), *pks(opened(path, first.next))} == set(Offer.objects.values_list("pk", flat=True))


def test_a_reader_comes_back_to_the_place_and_the_order_that_they_left(client, opened, compared):
    place = f"?sort=rate&after={opened(f'{compared}?sort=rate').next}"
    answer = client.get(compared + place)
    offer, card = answer.context["in_play"][0]
    urls = urls_on(card)
    assert urls == [f"{offer.get_absolute_url()}{move}/{place}" for move in ("accept", "reject")]
    assert f'href="{offer.get_absolute_url()}{place.replace("&", "&amp;")}"' in answer.content.decode()
    for url in urls:
        assert f'href="{offer.get_absolute_url()}{place.replace("&", "&amp;")}"' in client.get(url).content.decode()
    assert client.post(urls[1]).url == compared + place
    assert client.get(compared + place).status_code == 200


@pytest.mark.parametrize(
    "hostile", ["//evil.example", "https://evil.example/", "\r\nLocation: x", "?next=//evil.example"]
)
def test_no_place_leads_off_the_site(client, compared, hostile):
    offer = Offer.objects.first()
    answer = client.post(
        f"{offer.get_absolute_url()}reject/", query_params={"sort": hostile, "next": hostile, "x": "1"}
    )
    assert answer.url.startswith(f"{compared}?sort=")
    assert "evil.example" not in answer.url.partition("?")[0]
    assert client.get(answer.url).status_code == 200


def test_what_is_marked_as_read_stays_in_its_place(client, opened, compared):
    place = f"?after={opened('/notifications/').next}"
    page = client.get(f"/notifications/{place}")
    assert page.content.decode().count(f'action="/notifications/{place}"') == len(page.context["object_list"]) + 1
    one = page.context["object_list"][0]
    answer = client.post(f"/notifications/{place}", {"notification": one.pk})
    assert answer.url == f"/notifications/{place}"
    one.refresh_from_db()
    assert one.read_at
    assert client.post("/notifications/", {"notification": one.pk}).url == "/notifications/"


def test_a_last_page_that_becomes_empty_is_the_one_before_it(opened, compared):
    compared += "?sort=oldest"
    for offer in Offer.objects.order_by("-pk")[:1]:
        offer.rescind(by=offer.cleaner)
    after = opened(compared).next
    assert len(pks(opened(compared, after))) == 1
    last = Offer.objects.not_rescinded().order_by("-pk")[0]
    last.rescind(by=last.cleaner)
    listing = opened(compared, after)
    assert (len(pks(listing)), listing.next, listing.previous) == (SIZE, None, None)
