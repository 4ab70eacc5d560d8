"""What evaluations and jobs add up to, beside a plain recomputation."""

import re
from datetime import timedelta
from statistics import mean

import pytest
import time_machine
from django.db import models
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanings.states import CancelReason, HideReason, OfferStatus, ReleaseReason
from evaluations.models import PARTS, RATINGS, Evaluation
from evaluations.ratings import RatingSummary, job_history, rating_summary
from marketplace.testing import (
    create_cast,
    create_cleaning,
    create_no_show,
    create_offer,
    create_user,
    move_start,
    text_of,
)

pytestmark = [pytest.mark.long, pytest.mark.django_db]
MOST = 8

stars = st.integers(1, 5)
rated = st.fixed_dictionaries(
    {"no_show": st.just(False), "overall_rating": stars, **{part: st.none() | stars for part in PARTS}}
)
absent = st.just({"no_show": True, **dict.fromkeys(RATINGS)})
evaluations = st.lists(
    st.fixed_dictionaries({"said": rated | absent, "is_published": st.booleans(), "is_hidden": st.booleans()}),
    max_size=MOST,
)


@pytest.fixture
def jobs():
    """As many jobs that Carl has done for Olivia as there are evaluations at most."""
    create_cast()
    return [create_offer(cleaning=create_cleaning(), status=OfferStatus.COMPLETED) for _ in range(MOST)]


def written(job, said, is_published, is_hidden):
    now = timezone.now()
    hidden = {"hidden_at": now, "hidden_by": create_user("ada"), "hide_reason": HideReason.OTHER} if is_hidden else {}
    at = now + timedelta(days=-1 if is_published else 1)
    return Evaluation(offer=job, author=job.cleaning.owner, subject=job.cleaner, publishes_at=at, **said, **hidden)


def recomputed(drawn):
    """The same sums by hand."""
    said = [one["said"] for one in drawn if one["is_published"] and not one["is_hidden"]]
    given = {rating: [one[rating] for one in said if one[rating] is not None] for rating in RATINGS}
    overall = given["overall_rating"]
    return {
        "count": len(overall),
        "mean": mean(overall) if overall else None,
        "spread": [overall.count(number) for number in (5, 4, 3, 2, 1)],
        "parts": [(part.capitalize(), mean(given[part])) for part in PARTS if given[part]],
    }


@settings(max_examples=60)
@given(drawn=evaluations)
def test_the_sums_are_those_of_a_plain_recomputation(jobs, drawn):
    models.QuerySet(Evaluation).all().delete()
    Evaluation.objects.bulk_create(written(job, **one) for job, one in zip(jobs, drawn, strict=False))
    found, expected = rating_summary(jobs[0].cleaner), recomputed(drawn)
    spread = [number for _, number in found.spread]
    assert (found.count, spread) == (expected["count"], expected["spread"])
    assert found.mean == (None if expected["mean"] is None else pytest.approx(expected["mean"]))
    assert [name for name, _ in found.parts] == [name for name, _ in expected["parts"]]
    assert [value for _, value in found.parts] == pytest.approx([value for _, value in expected["parts"]])


def test_the_sentence_says_how_often_each_rating_was_given():
    def sentence(*given):
        return RatingSummary(sum(given), None, list(zip((5, 4, 3, 2, 1), given, strict=True)), []).sentence

    assert sentence(4, 2, 1, 0, 0) == "Four of seven gave 5, two gave 4 and one gave 3. Nobody gave less."
    assert sentence(0, 1, 0, 0, 12) == "One of 13 gave 4 and 12 gave 1."
    assert sentence(0, 3, 0, 0, 0) == "All three gave 4."
    assert sentence(0, 0, 1, 0, 0) == "One person gave 3."


def job_counts_of(person):
    """What is shown of a person's jobs, by side: done, fell through, cancelled, late, no-shows."""
    return {side.role: tuple(side[1:]) for side in job_history(person).sides}


def test_a_record_tells_what_became_of_jobs_as_cleaner_and_as_owner_apart():
    olivia, carl, *_ = create_cast()
    for status in (OfferStatus.COMPLETED, OfferStatus.COMPLETED, OfferStatus.ACCEPTED, OfferStatus.PENDING):
        create_offer(cleaning=create_cleaning(), status=status)
    create_offer(cleaning=create_cleaning(owner=carl), cleaner=olivia, status=OfferStatus.COMPLETED)
    cancelled, released, by_staff = (
        create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED) for _ in range(3)
    )
    cancelled.cancel(by=carl, reason=CancelReason.CANNOT_COME)
    released.release(by=olivia, reason=ReleaseReason.NOT_NEEDED)
    by_staff.release(by=create_user("ada"), reason=ReleaseReason.OTHER)
    create_no_show(cleaning=create_cleaning())
    assert job_counts_of(carl) == {"cleaner": (2, 4, 1, 0, 0), "owner": (1, 0, 0, 0, 0)}
    assert job_counts_of(olivia) == {"cleaner": (1, 0, 0, 0, 0), "owner": (2, 4, 1, 0, 0)}


def said_of_jobs(client, username):
    """What a profile says of each side, a number after the other."""
    page = text_of(client.get(f"/people/{username}/"))
    found = re.findall(r'<p id="side-\d">([^<]*)</p> <ul[^>]*>(.*?)</ul>', page)
    return {side: ", ".join(re.findall(r"<li> ?<b>(.*?) ?</li>", said)).replace("</b>", "") for side, said in found}


@pytest.mark.parametrize("starts_in", [timedelta(days=3), timedelta(hours=-1), None])
def test_jobs_ahead_count_nowhere(client, starts_in):
    create_cast()
    for _ in range(6):
        move_start(create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED).cleaning, starts_in)
    assert job_counts_of(create_user("carl")) == job_counts_of(create_user("olivia")) == {}
    for username in ("carl", "olivia"):
        assert "No jobs done yet" in client.get(f"/people/{username}/").content.decode()


@pytest.mark.parametrize(
    ("done", "fell_through", "ahead", "words"),
    [
        (0, 4, 5, "0 jobs done"), (1, 0, 0, "1 job done"), (4, 0, 9, "4 jobs done"),
        (4, 1, 0, "4 jobs done, 1 cancelled by carl, 0 no-shows"),
        (0, 5, 0, "0 jobs done, 5 cancelled by carl, 0 no-shows"),
        (8, 1, 3, "8 jobs done, 1 cancelled by carl, 0 no-shows"),
        (5, 0, 0, "5 jobs done, 0 cancelled by carl, 0 no-shows"),
    ],
)  # fmt: skip
def test_cancellations_and_no_shows_are_shown_from_five_agreed_jobs_of_a_side_on(
    client, done, fell_through, ahead, words
):
    create_cast()
    statuses = {OfferStatus.COMPLETED: done, OfferStatus.CANCELLED: fell_through, OfferStatus.ACCEPTED: ahead}
    for status, number in statuses.items():
        for _ in range(number):
            create_offer(cleaning=create_cleaning(), status=status)
    assert said_of_jobs(client, "carl") == {"As cleaner": words}


def test_jobs_of_one_side_say_nothing_of_the_other(client):
    olivia, carl, *_ = create_cast()
    for _ in range(5):
        create_offer(cleaning=create_cleaning(), status=OfferStatus.COMPLETED)
    create_offer(cleaning=create_cleaning(owner=carl), cleaner=olivia, status=OfferStatus.COMPLETED)
    assert said_of_jobs(client, "carl") == {
        "As cleaner": "5 jobs done, 0 cancelled by carl, 0 no-shows", "As owner": "1 job done",
    }  # fmt: skip


def test_a_no_show_counts_once_it_is_published_whether_or_not_it_is_answered():
    *_, ada = create_cast()
    answered, silent, hidden = (create_no_show(cleaning=create_cleaning()) for _ in range(3))
    for offer in (answered, silent, hidden):
        Evaluation.write(offer, by=offer.cleaning.owner, no_show=True)
    answered.answer_no_show(by=answered.cleaner, answer="The tram was on strike.")
    hidden.evaluations.get().hide(by=ada, reason="other")
    assert job_counts_of(answered.cleaner) == {"cleaner": (0, 3, 0, 0, 0)}
    with time_machine.travel(timezone.now() + timedelta(days=14.01)):
        assert job_counts_of(answered.cleaner) == {"cleaner": (0, 3, 0, 0, 2)}
        assert job_counts_of(answered.cleaning.owner) == {"owner": (0, 3, 0, 0, 0)}


def test_a_cleaner_whom_nobody_let_in_has_not_cancelled():
    _, carl, *_ = create_cast()
    offer = create_offer(status=OfferStatus.ACCEPTED)
    move_start(offer.cleaning, timedelta(hours=-1))
    offer.cancel(by=carl, reason=CancelReason.NO_SHOW)
    Evaluation.write(offer, by=carl, no_show=True)
    with time_machine.travel(timezone.now() + timedelta(days=14.01)):
        assert job_counts_of(carl) == {"cleaner": (0, 1, 0, 0, 0)}
        assert job_counts_of(offer.cleaning.owner) == {"owner": (0, 1, 0, 0, 1)}
