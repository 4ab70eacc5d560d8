"""The home page: its figures, its newest jobs, and where it leads."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.utils import timezone

from evaluations.models import Evaluation
from marketplace.testing import create_cleaning, create_offer, create_user, text_of
from pages import numbers

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch):
    """As many jobs are done as make the figures worth saying, and one is open."""
    monkeypatch.setattr(numbers, "FEWEST_DONE", 2)
    carl = create_user("carl")
    for stars in (5, 4):
        job = create_offer(cleaning=create_cleaning(), cleaner=carl, status="completed")
        Evaluation.write(job, by=carl, overall_rating=stars)
        Evaluation.write(job, by=job.cleaning.owner, overall_rating=stars)
    create_cleaning(name="Attic")


def figures_in(client):
    return text_of(client.get("/")).partition('<ul class="numbers">')[2].partition("</ul>")[0]


def test_the_figures_are_true(client, done):
    figures = figures_in(client)
    assert "<b>1</b> job open now" in figures
    assert "<b>2</b> jobs done" in figures
    assert "<b>4.5 <svg" in figures


def test_what_not_everyone_sees_is_in_no_figure(done):
    create_cleaning(reserved_for=create_user("carl"), reserved_days=1)
    Evaluation.objects.first().hide(by=create_user("ada", is_staff=True, is_superuser=True), reason="insults")
    assert (numbers.count().open, numbers.count().mean) == (1, pytest.approx(13 / 3))


def test_figures_are_kept_for_ten_minutes(client, done):
    assert "<b>1</b> job open now" in figures_in(client)
    create_cleaning()
    assert "<b>1</b> job open now" in figures_in(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert "<b>2</b> jobs open now" in figures_in(client)


def test_few_jobs_done_are_no_figure(client, done, monkeypatch):
    assert figures_in(client)
    monkeypatch.setattr(numbers, "FEWEST_DONE", 3)
    assert not figures_in(client)


def test_a_site_without_jobs_counts_none():
    assert numbers.count() == (0, 0, None)


def test_parts_of_pages_do_not_push_the_figures_out(django_assert_num_queries):
    numbers.numbers()
    for number in range(10_000):
        caches["parts"].set(str(number), "a card")
    with django_assert_num_queries(0):
        numbers.numbers()


def test_home_with_cold_caches_takes_three_queries(client, django_assert_num_queries):
    for number in range(3):
        create_cleaning(owner=create_user(f"owner{number}"))
    caches["figures"].clear()
    with django_assert_num_queries(3):
        client.get("/")
    with django_assert_num_queries(2):
        client.get("/")


def test_its_search_leads_to_the_list(client):
    create_cleaning(name="Attic", city="Ghent")
    page = text_of(client.get("/"))
    assert 'action="/cleanings/" role="search"' in page
    assert 'href="/cleanings/new/">Post a job</a>' in page
    assert "Attic" in client.get("/cleanings/?q=attic&city=Ghent").content.decode()


def test_members_go_on_to_their_dashboard(client):
    assert "Go to your dashboard" not in text_of(client.get("/"))
    client.force_login(create_user("carl"))
    assert "Go to your dashboard" in text_of(client.get("/"))
