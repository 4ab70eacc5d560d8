"""Each page asks the database the same, literal number of questions with one item and with thirty."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Block
from cleanings.models import Bookmark, SavedSearch
from cleanings.photos import MOST_PHOTOS
from cleanings.states import OfferStatus
from conversations.models import Message, Question
from evaluations.models import Evaluation
from marketplace.testing import (
    atomic_around_tests,
    create_cleaning,
    create_offer,
    create_photo,
    create_user,
    let_a_day_pass,
)
from reports.tests.helpers import FACTS, create_report

pytestmark = [pytest.mark.long, pytest.mark.django_db]

PUBLIC_LIMIT, SIGNED_IN_LIMIT, DASHBOARD_LIMIT = 4, 10, 11

# PostgreSQL is asked how many finds it expects before it looks for words.
ESTIMATE = int(connection.vendor == "postgresql")
# Who asks for which page, and how many queries it takes.
PAGES = [
    ("anonymous", "/", 3),
    ("anonymous", "/cleanings/", 2),
    ("anonymous", "/cleanings/{cleaning}/", 4),
    ("anonymous", "/people/carl/", 4),
    ("olivia", "/cleanings/", 5),
    ("carl", "/cleanings/", 5),
    ("carl", "/cleanings/?q=flat&sort=lowest", 8 + ESTIMATE),
    ("olivia", "/dashboard/", 11),
    ("carl", "/dashboard/", 11),
    ("stan", "/dashboard/", 10),
    ("olivia", "/cleanings/mine/", 5),
    ("olivia", "/cleanings/mine/?status=open", 5),
    ("olivia", "/cleanings/{cleaning}/", 8),
    ("carl", "/cleanings/{cleaning}/", 9),
    ("stan", "/cleanings/{cleaning}/", 7),
    ("olivia", "/cleanings/{done}/", 7),
    ("carl", "/cleanings/{done}/", 8),
    ("olivia", "/people/carl/", 8),
    ("olivia", "/cleanings/{reserved}/", 7),
    ("carl", "/cleanings/{reserved}/", 6),
    ("carl", "/cleanings/{reserved}/decline/", 6),
    ("olivia", "/cleanings/{reserved}/open/", 6),
    ("olivia", "/cleanings/{declined}/", 6),
    ("olivia", "/cleanings/{declined}/invite/", 7),
    ("stan", "/cleanings/new/", 5),
    ("stan", "/cleanings/new/?for=carl", 5),
    ("olivia", "/cleanings/new/?like={done}&for=carl", 8),
    ("anonymous", "/cleanings/{cleaning}/questions/", 3),
    ("olivia", "/cleanings/{cleaning}/questions/", 6),
    ("stan", "/cleanings/{cleaning}/questions/", 6),
    ("olivia", "/cleanings/{cleaning}/photos/", 5),
    ("anonymous", "/people/carl/evaluations/", 3),
    ("anonymous", "/report/?of=cleaning-{cleaning}", 1),
    ("stan", "/report/?of=cleaning-{cleaning}", 4),
    ("anonymous", "/reports/{receipt}/", 3),
    ("anonymous", "/reports/{statement}/", 3),
    ("anonymous", "/sitemap.xml", 2),
    ("anonymous", "/robots.txt", 0),
    ("anonymous", "/feed/", 2),
    ("olivia", "/cleanings/{done}/offers/carl/evaluate/", 6),
    ("olivia", "/cleanings/{cleaning}/offers/", 6),
    ("olivia", "/cleanings/{outdated}/offers/", 7),
    ("olivia", "/cleanings/{cleaning}/offers/carl/", 6),
    ("olivia", "/cleanings/{cleaning}/offers/carl/accept/", 6),
    ("olivia", "/cleanings/{agreed}/offers/carl/change/", 6),
    ("carl", "/cleanings/{agreed}/offers/carl/change/", 8),
    ("carl", "/offers/?show=ahead", 7),
    ("carl", "/offers/?show=pending", 5),
    ("carl", "/offers/?show=past", 5),
    ("carl", "/cleanings/{done}/offers/carl/messages/", 7),
    ("carl", "/searches/", 4),
    ("carl", "/bookmarks/", 5),
    ("carl", "/accounts/blocks/", 4),
    ("carl", "/notifications/", 7),
    ("olivia", "/notifications/", 7),
    ("olivia", "/notifications/choices/", 4),
    ("carl", "/accounts/", 10),
]


def fill(items):
    """As many items in each list as are asked for: cleanings, offers in every list, notifications."""
    olivia, carl, stan = (create_user(name) for name in ("olivia", "carl", "stan"))
    cleaning, outdated = create_cleaning(), create_cleaning()
    for number in range(items):
        let_a_day_pass()
        SavedSearch.objects.create(person=carl, name="Ghent", query=f"city=Ghent&min_rate={number + 1}")
        Bookmark.add(create_cleaning(), by=carl)
        Block.objects.create(blocker=carl, blocked=create_user(f"blocked{number}"))
        cleaner = carl if number == 0 else create_user(f"cleaner{number}")
        create_offer(cleaning=cleaning, cleaner=cleaner)
        Question.ask(cleaning, by=cleaner, text="Is there a lift?").give_answer(by=olivia, answer="Yes, there is.")
        Question.ask(cleaning, by=cleaner, text="Is there a dog?")
        if number < MOST_PHOTOS:
            create_photo(cleaning=cleaning, audience="everybody")
        create_offer(cleaning=outdated, cleaner=cleaner)
        create_offer(cleaning=create_cleaning(), cleaner=carl)
        agreed = create_offer(cleaning=create_cleaning(), cleaner=carl, status=OfferStatus.ACCEPTED)
        Message.say(agreed, by=carl, text="Hello")
        agreed.suggest(by=olivia, starts_at=agreed.cleaning.starts_at + timedelta(days=1), street_address="Lane 5")
        create_offer(cleaning=create_cleaning(), cleaner=carl, status=OfferStatus.REJECTED)
        job = create_offer(cleaning=create_cleaning(), cleaner=carl, status=OfferStatus.COMPLETED)
        Evaluation.write(job, by=carl, overall_rating=5)
        Evaluation.write(job, by=olivia, overall_rating=4)
        Message.say(job, by=olivia, text="Hello")
        create_offer(cleaning=create_cleaning(owner=stan), cleaner=cleaner, status=OfferStatus.COMPLETED)
        create_cleaning(reserved_for=carl, reserved_days=1)
        declined = create_cleaning(reserved_for=carl, reserved_days=1)
        declined.decline(by=carl)
    reserved = create_cleaning(reserved_for=carl, reserved_days=1)
    done = create_offer(cleaning=create_cleaning(), cleaner=carl, status=OfferStatus.COMPLETED)
    Message.objects.bulk_create(Message(offer=done, author=olivia, text=str(number)) for number in range(items))
    outdated.edit(by=olivia, estimated_hours=5)
    report = create_report(agreed.cleaning, by="stan")
    report.decide(by=create_user("ada", is_staff=True, is_superuser=True), outcome="hide", rule="scam", facts=FACTS)
    receipt, statement = str(report.reporter_key), str(report.accused_key)
    places = {"cleaning": cleaning.pk, "outdated": outdated.pk, "done": done.cleaning_id, "agreed": agreed.cleaning_id}
    return places | {"receipt": receipt, "statement": statement} | {"reserved": reserved.pk, "declined": declined.pk}


@pytest.fixture(scope="module", params=[1, 30])
def filled(request, module_db):
    """How many items there are, and where."""
    with atomic_around_tests():
        yield request.param, fill(request.param)
        transaction.set_rollback(True)


def test_pages_take_the_same_number_of_queries_with_one_item_and_with_thirty(filled, client):
    _, places = filled
    counted = {}
    for person, path, _ in PAGES:
        client.logout()
        if person != "anonymous":
            client.force_login(create_user(person))
        # Whatever was on the pages before this one.
        for name in ("parts", "figures"):
            caches[name].clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path.format(**places)).status_code == 200
        counted[person, path] = len(queries)
    assert counted == {(person, path): number for person, path, number in PAGES}


def test_a_list_reads_on_where_its_first_leg_ends(filled, client, django_assert_num_queries):
    items, _ = filled
    with django_assert_num_queries({1: 5, 30: 4}[items]):
        client.get("/cleanings/?sort=soonest")


def test_the_best_matches_are_read_together(filled, client, django_assert_num_queries):
    with django_assert_num_queries(4 + ESTIMATE):
        client.get("/cleanings/?q=flat&city=ghent")


def test_no_page_takes_more_queries_than_it_may():
    for person, path, number in PAGES:
        # Carl sees Olivia's street there, and that he saw it is written down.
        looks = (person, path) == ("carl", "/cleanings/{done}/")
        limit = DASHBOARD_LIMIT if path == "/dashboard/" else SIGNED_IN_LIMIT
        assert number - looks <= (PUBLIC_LIMIT if person == "anonymous" else limit), path
