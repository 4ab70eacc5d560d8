"""Cleanings that are reserved, or were and never opened: names that nobody but their two people finds anywhere."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from cleanings.models import Cleaning
from evaluations.models import Evaluation
from mailqueue.tests.mails import in_time
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user
from marketplace.tests.helpers import crawl, routes
from notifications.models import Notification
from offers.prices import prices_in

pytestmark = [pytest.mark.long, pytest.mark.django_db, pytest.mark.usefixtures("whole_sitemap")]

# What no link leads to, or only with other words.
SEARCHES = [
    "/cleanings/?q=canarious", "/cleanings/?q=canar&sort=soonest", "/cleanings/?city=Ghent", "/feed/?q=canarious",
    "/cleanings/?sort=lowest", "/cleanings/?sort=highest", "/cleanings/?type=full_clean&min_rate=87", "/feed/",
    "/cleanings/?area=stairs", "/cleanings/?from=2020-01-01&q=attic", "/sitemap.xml", "/sitemap-cleanings.xml",
    "/cleanings/new/?city=Ghent",
]  # fmt: skip
READERS = ("anonymous", "stan", "cora")


def invite(name, **facts):
    facts = {"area": "stairs", "hourly_rate": 87, "reserved_days": 2} | facts
    return create_cleaning(name=f"Canarious {name}", reserved_for=create_user("carl"), **facts)


@pytest.fixture
def private():
    """Olivia's, each reserved for Carl. He and Cora have done a job for her, and there are public ones beside them."""
    create_cast()
    for name in ("carl", "cora"):
        create_offer(cleaning=create_cleaning(), cleaner=create_user(name), status="completed")
    create_cleaning(name="Another attic")
    create_offer(cleaning=create_cleaning(name="Taken"), cleaner=create_user("cora"), status="accepted")
    cleanings = {name: invite(name) for name in ("running", "declined", "assigned", "fallen through", "evaluated")}
    cleanings["declined"].decline(by=create_user("carl"))
    create_offer(cleaning=cleanings["assigned"], status="accepted")
    create_offer(cleaning=cleanings["fallen through"], status="cancelled")
    done = create_offer(cleaning=cleanings["evaluated"], status="completed")
    for author in (done.cleaner, done.cleaning.owner):
        Evaluation.write(done, by=author, overall_rating=5, headline="Well done")
    return cleanings


def names_found_by(role, cleanings):
    """On all pages that a browser gets to see: by links, by searches, and by every address of the cleanings."""
    client = Client()
    if role != "anonymous":
        client.force_login(create_user(role))
    answers = list(crawl(client, "/admin/").values())
    # Twice, because the second may come from a cache.
    answers += [client.get(path) for path in SEARCHES * 2]
    for cleaning in cleanings.values():
        known = {"pk": cleaning.pk, "username": "carl"}
        for name, arguments in routes():
            if "pk" in arguments and set(arguments) <= set(known) and not name.startswith("mfa_"):
                answers.append(client.get(reverse(name, kwargs={argument: known[argument] for argument in arguments})))
    text = "\n".join(f"{dict(answer.items())} {answer.content.decode(errors='replace')}" for answer in answers)
    return {name for name in cleanings if f"Canarious {name}" in text}


def test_nobody_but_the_two_finds_them(private):
    assert [names_found_by(role, private) for role in READERS] == [set()] * 3
    # What Carl was notified of before he declined stays his to read.
    assert [names_found_by(role, private) for role in ("carl", "olivia")] == [set(private)] * 2


def test_everyone_finds_them_once_they_are_open(private):
    """Else the test above would find nothing wherever it looked."""
    opened = {name: cleaning for name, cleaning in private.items() if name in ("running", "declined", "fallen through")}
    for cleaning in opened.values():
        Cleaning.objects.get(pk=cleaning.pk).unreserve(by=cleaning.owner)
    assert [names_found_by(role, private) for role in READERS] == [set(opened)] * 3


def test_mails_about_them_reach_the_two_alone(private):
    with in_time(hours=1):
        Notification.objects.queue_mails()
    told = {address for message in mail.outbox if "Canarious" in message.body for address in message.to}
    assert told == {"olivia@example.org", "carl@example.org"}


def test_they_count_nowhere():
    create_cast()
    create_offer(cleaning=create_cleaning(), status="completed")
    create_cleaning()

    def counted():
        listing = Client().get("/cleanings/?city=Ghent").context["listing"]
        return listing.count_label, Client().get("/sitemap-cleanings.xml").content, prices_in("Ghent")

    before = counted()
    hidden = [invite(number) for number in range(6)]
    for cleaning in hidden[1:]:
        create_offer(cleaning=cleaning, status="accepted")
    assert counted() == before
    Cleaning.objects.filter(pk__in=[cleaning.pk for cleaning in hidden]).update(reserved_for=None, reserved_until=None)
    assert all(one != other for one, other in zip(before, counted(), strict=True))
