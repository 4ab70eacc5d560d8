"""A cleaning that is reserved, or was and never opened: a name that nobody but its two people finds anywhere."""

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

pytestmark = [pytest.mark.long, pytest.mark.django_db]

CANARY = "Canarious attic"
# Where nothing links to, or only with other words.
SEARCHES = [
    "/cleanings/?q=canarious", "/cleanings/?q=canar&sort=soonest", "/cleanings/?city=Ghent", "/feed/?q=canarious",
    "/cleanings/?sort=lowest", "/cleanings/?sort=highest", "/cleanings/?type=full_clean&min_rate=87", "/feed/",
    "/cleanings/?area=stairs", "/cleanings/?from=2020-01-01&q=attic", "/sitemap.xml", "/sitemap-cleanings.xml",
    "/cleanings/new/?city=Ghent",
]  # fmt: skip


def declined(cleaning):
    cleaning.decline(by=create_user("carl"))


def assigned(cleaning):
    create_offer(cleaning=cleaning, status="accepted")


def fallen_through(cleaning):
    create_offer(cleaning=cleaning, status="cancelled")


def evaluated(cleaning):
    offer = create_offer(cleaning=cleaning, status="completed")
    Evaluation.write(offer, by=cleaning.owner, overall_rating=5, headline="Well done")
    Evaluation.write(offer, by=offer.cleaner, overall_rating=5, headline="Well paid")


@pytest.fixture
def cleaning():
    """Carl and Cora have done a job for Olivia, and there are other cleanings beside the reserved one."""
    create_cast()
    for name in ("carl", "cora"):
        create_offer(cleaning=create_cleaning(), cleaner=create_user(name), status="completed")
    create_cleaning(name="Another attic")
    create_offer(cleaning=create_cleaning(name="Taken"), cleaner=create_user("cora"), status="accepted")
    return create_cleaning(
        name=CANARY, area="stairs", hourly_rate=87, reserved_for=create_user("carl"), reserved_days=2
    )


def pages_of(role, cleaning):
    """All that a person's browser gets to see: by links, by searches, and by every address of the cleaning."""
    client = Client()
    if role != "anonymous":
        client.force_login(create_user(role))
    answers = list(crawl(client, "/admin/").values())
    # Twice, because the second may come from a cache.
    answers += [client.get(path) for path in SEARCHES * 2]
    known = {"pk": cleaning.pk, "username": "carl"}
    for name, arguments in routes():
        if "pk" in arguments and set(arguments) <= {"pk", "username"} and not name.startswith("mfa_"):
            answers.append(client.get(reverse(name, kwargs={argument: known[argument] for argument in arguments})))
    return "\n".join(f"{dict(answer.items())} {answer.content.decode(errors='replace')}" for answer in answers)


@pytest.mark.parametrize("move", [None, declined, assigned, fallen_through, evaluated])
def test_nobody_but_the_two_finds_it(cleaning, move):
    if move:
        move(cleaning)
    cleaning.refresh_from_db()
    assert not cleaning.is_public
    # What Carl was notified of stays his to read.
    found = {role: CANARY in pages_of(role, cleaning) for role in ("anonymous", "stan", "cora", "carl", "olivia")}
    assert found == {"anonymous": False, "stan": False, "cora": False, "carl": True, "olivia": True}


def test_everyone_finds_it_once_it_is_open(cleaning):
    """Else the test above would find nothing wherever it looked."""
    cleaning.unreserve(by=cleaning.owner)
    for role in ("anonymous", "stan", "cora"):
        assert CANARY in pages_of(role, cleaning)


def test_no_mail_about_it_reaches_anybody_else(cleaning):
    cleaning.decline(by=create_user("carl"))
    cleaning.invite(create_user("cora"), by=cleaning.owner, days=1)
    with in_time(hours=1):
        Notification.objects.queue_mails()
    told = {address for message in mail.outbox if CANARY in message.body for address in message.to}
    assert told == {"olivia@example.org", "carl@example.org", "cora@example.org"}


def test_it_counts_nowhere(cleaning):
    def counted(client):
        answer = client.get("/cleanings/?city=Ghent")
        return answer.context["listing"].count_label, len(client.get("/sitemap-cleanings.xml").content)

    before = counted(Client())
    assigned(cleaning)
    for number in range(5):
        hidden = create_cleaning(city="Aalst", reserved_for=create_user("carl"), reserved_days=1)
        create_offer(cleaning=hidden, status="accepted", hourly_rate=80 + number)
    assert set(prices_in("Aalst").values()) == {None}
    Cleaning.objects.filter(city="Aalst").update(reserved_for=None)
    assert any(prices_in("Aalst").values())
    assert counted(Client()) == before
