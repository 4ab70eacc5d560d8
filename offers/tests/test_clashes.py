"""Clashes: a cleaner reads which of their agreed jobs are at the same time, and nobody else does."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user
from offers.clashes import clashes_of

pytestmark = [pytest.mark.long, pytest.mark.django_db]

NOW = datetime(2026, 11, 21, 12, tzinfo=ZoneInfo("Europe/Brussels"))
TEN = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Europe/Brussels"))
SENTENCE = "You have a job from 10:00 to 13:00 that day"


@pytest.fixture(autouse=True)
def cast():
    with time_machine.travel(NOW, tick=False):
        yield create_cast()


def cleaning_at(start, hours=3, **facts):
    facts = {"owner": create_user("stan"), "estimated_hours": hours} | facts
    return create_cleaning(starts_in=start and start - NOW, **facts)


def job_at(start, hours=3, status=OfferStatus.ACCEPTED, **facts):
    """Carl's job for Olivia."""
    cleaning = cleaning_at(start, hours, owner=create_user("olivia"), **facts)
    return create_offer(cleaning=cleaning, status=status).cleaning


def page_of(client, username, path):
    client.force_login(create_user(username))
    return client.get(path).content.decode()


def hours_after(hours):
    return TEN + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("start", "hours", "clashes"),
    [
        (0, 3, True), (2.75, 1, True), (-2, 2.25, True), (-20, 24, True), (1, 0.5, True), (-1, 8, True),
        (3, 1, False), (-2, 2, False), (24, 3, False), (-24, 24, False), (3.25, 24, False), (-60, 1, False),
    ],
)  # fmt: skip
def test_jobs_clash_where_their_hours_overlap(start, hours, clashes):
    job_at(TEN)
    other = cleaning_at(hours_after(start), hours)
    found = clashes_of(create_user("carl"), [other])[other.pk]
    sentence = SENTENCE if start > -10 else "You have a job from Tue 24 Nov 2026, 10:00 to 13:00"
    assert [clash.sentence for clash in found] == ([sentence] if clashes else [])


@pytest.mark.parametrize(
    ("start", "hours", "sentence"),
    [
        (hours_after(12), 3, "You have a job from 22:00 that day to 01:00 on the next"),
        (hours_after(-12), 24, "You have a job from Mon 23 Nov 2026, 22:00 to Tue 24 Nov 2026, 22:00"),
        (hours_after(13.5), 0.5, "You have a job from 23:30 that day to 00:00 on the next"),
    ],
)
def test_a_job_over_midnight_says_when_it_ends(start, hours, sentence):
    job_at(start, hours)
    other = cleaning_at(hours_after(10), 6)
    (clash,) = clashes_of(create_user("carl"), [other])[other.pk]
    assert clash.sentence == sentence


@pytest.mark.parametrize("status", ["pending", "rejected", "cancelled", "rescinded"])
def test_what_is_not_agreed_clashes_with_nothing(status):
    job_at(TEN, status=status)
    other = cleaning_at(TEN)
    assert clashes_of(create_user("carl"), [other]) == {other.pk: []}


def test_without_a_start_there_is_no_hint():
    job_at(None)
    job_at(TEN)
    undated, dated = cleaning_at(None), cleaning_at(TEN)
    found = clashes_of(create_user("carl"), [undated, dated])
    assert {pk: len(clashes) for pk, clashes in found.items()} == {dated.pk: 1}


def test_the_cleaner_reads_it_when_offering_revising_and_confirming_and_can_go_on(client):
    job, other = job_at(TEN, name="Attic"), cleaning_at(hours_after(2))
    link = f'{SENTENCE}: <a href="{job.get_absolute_url()}">Attic</a>'
    path = f"{other.get_absolute_url()}offers/"
    assert link in page_of(client, "carl", f"{path}new/")
    assert client.post(f"{path}new/", {"hourly_rate": "20"}).status_code == 302
    assert link in page_of(client, "carl", f"{path}carl/edit/")
    other.edit(by=other.owner, estimated_hours="4")
    assert link in page_of(client, "carl", f"{path}carl/confirm/")
    assert client.post(f"{path}carl/confirm/", {"version": "2"}).status_code == 302


def test_nobody_else_reads_it(client):
    job_at(TEN, name="Attic")
    other = cleaning_at(hours_after(2))
    create_offer(cleaning=other)
    path = f"{other.get_absolute_url()}offers/"
    assert "You have a job" not in page_of(client, "cora", f"{path}new/")
    for page in ("", "carl/", "carl/accept/", "carl/reject/"):
        text = page_of(client, "stan", f"{path}{page}")
        assert "Attic" not in text
        assert "You have a job" not in text


def test_two_jobs_at_the_same_time_say_so_in_what_lies_ahead(client):
    path = "/offers/?show=ahead"
    first, second = job_at(TEN, name="Attic"), job_at(hours_after(1), name="Cellar")
    job_at(hours_after(48), name="Kitchen")
    page = page_of(client, "carl", path)
    assert f'{SENTENCE}: <a href="{first.get_absolute_url()}">Attic</a>' in page
    assert f'You have a job from 11:00 to 14:00 that day: <a href="{second.get_absolute_url()}">Cellar</a>' in page
    assert page.count("You have a job from") == 2
    second.chosen_offer.cancel(by=create_user("carl"), reason="other")
    assert "You have a job from" not in page_of(client, "carl", path)


def test_however_many_jobs_there_are_the_database_is_asked_once(django_assert_num_queries):
    for number in range(12):
        job_at(hours_after(number))
    jobs, carl = list(Cleaning.objects.all()), create_user("carl")
    with django_assert_num_queries(1):
        found = clashes_of(carl, jobs)
    assert sum(map(len, found.values())) == 2 * (11 + 10)
