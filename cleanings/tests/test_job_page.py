"""What the page of a job says beside its facts, and where it leads back to."""

import pytest
import time_machine
from django.utils import timezone

from cleanings.models import Cleaning
from cleanings.states import EVALUATED_WITHIN, OfferStatus
from cleanings.tests.test_forms import TYPED
from evaluations.models import Evaluation
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cast():
    return create_cast()


def back_of(client, cleaning, came_from=""):
    answer = client.get(cleaning.get_absolute_url(), headers={"referer": came_from})
    return answer.context["back"]["url"]


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("http://testserver/cleanings/?city=Ghent&sort=soonest", "/cleanings/?city=Ghent&sort=soonest"),
        ("http://testserver/bookmarks/", "/bookmarks/"),
        ("http://testserver/accounts/login/", "/cleanings/"),
        ("http://testserver/nowhere/", "/cleanings/"),
        ("https://elsewhere.example/cleanings/?city=Ghent", "/cleanings/"),
        ("//[", "/cleanings/"),
        ("", "/cleanings/"),
    ],
)
def test_a_member_goes_back_to_the_list_they_came_from(client, came_from, back):
    client.force_login(create_user("stan"))
    assert back_of(client, create_cleaning(), came_from) == back


def test_a_stranger_s_page_is_the_same_wherever_they_came_from(client):
    assert back_of(client, create_cleaning(), "http://testserver/cleanings/?city=Ghent") == "/cleanings/"


def test_an_owner_goes_back_to_their_own_jobs(client):
    client.force_login(create_user("olivia"))
    assert back_of(client, create_cleaning()) == "/cleanings/mine/"


def test_the_title_is_the_name_and_the_town(client):
    page = text_of(client.get(create_cleaning(name="Windows in Ledeberg").get_absolute_url()))
    assert "<title>Windows in Ledeberg, Ghent - Swept</title>" in page


def test_an_owner_is_shown_with_their_mean_and_their_jobs_done(client):
    job = create_offer(status=OfferStatus.COMPLETED)
    for author in (job.cleaner, job.cleaning.owner):
        Evaluation.write(job, by=author, overall_rating=4)
    cleaning = create_cleaning()
    page = client.get(cleaning.get_absolute_url())
    shown = page.context["cleaning"]
    assert (shown.owner_mean, shown.owner_reviews, shown.owner_done) == (4, 1, 1)
    assert "1 job done" in text_of(page)


def test_the_two_of_a_job_read_the_agreed_rate_and_others_the_asked_one(client):
    cleaning = create_offer(status=OfferStatus.ACCEPTED, hourly_rate=30).cleaning
    read = {}
    for name in ("", "olivia", "carl"):
        if name:
            client.force_login(create_user(name))
        read[name] = "€90" in (page := text_of(client.get(cleaning.get_absolute_url()))), "€60" in page
    assert read == {"": (False, True), "olivia": (True, False), "carl": (True, False)}


def test_only_a_listed_job_is_shared(client):
    assert "data-copy" in text_of(client.get(create_cleaning().get_absolute_url()))
    taken = create_offer(status=OfferStatus.ACCEPTED).cleaning
    assert "data-copy" not in text_of(client.get(taken.get_absolute_url()))


def test_a_preview_shows_what_is_typed_and_posts_nothing(client):
    client.force_login(create_user("olivia"))
    page = client.post("/cleanings/new/", TYPED | {"preview": "1"})
    assert page.status_code == 200
    assert "This is what people will see" in text_of(page)
    assert not Cleaning.objects.exists()
    assert client.post("/cleanings/new/", TYPED).status_code == 302
    assert Cleaning.objects.count() == 1


def test_a_review_counts_on_the_page_once_it_is_published(client):
    done = create_offer(status=OfferStatus.COMPLETED)
    Evaluation.write(done, by=done.cleaner, overall_rating=4)
    job = create_cleaning(starts_in=None)
    client.force_login(create_user("stan"))
    assert client.get(job.get_absolute_url()).context["cleaning"].owner_mean is None
    with time_machine.travel(timezone.now() + EVALUATED_WITHIN, tick=False):
        client.force_login(create_user("stan"))
        assert client.get(job.get_absolute_url()).context["cleaning"].owner_mean == 4


def test_the_page_shows_each_their_part_of_the_timeline_by_one_narrow_query(client, django_assert_max_num_queries):
    cleaning = create_cleaning()
    for username in ("carl", "cora"):
        create_offer(cleaning=cleaning, cleaner=create_user(username))
    people = [create_user(username) for username in ("olivia", "carl", "cora", "stan")]
    people.append(create_user("ada", is_staff=True))
    for person in people * 2:
        client.force_login(person)
        with django_assert_max_num_queries(9):
            timeline = client.get(cleaning.get_absolute_url()).context["timeline"]
        assert [sentence for _, sentence in timeline] == [line for _, line in cleaning.events.lines_for(person)]
        assert len(timeline) == {"carl": 2, "cora": 2, "stan": 0}.get(person.username, 3)
