"""What evaluations and jobs add up to, beside a plain recomputation."""

from datetime import timedelta
from statistics import mean

import pytest
from django.db import models
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluations.models import PARTS, RATINGS, Evaluation
from evaluations.sums import record_of, standing_of
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user
from offers.states import CancelReason, HideReason, OfferStatus, ReleaseReason

pytestmark = pytest.mark.django_db
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
        "lowest": min(overall, default=None),
        "highest": max(overall, default=None),
        "no_shows": sum(one["no_show"] for one in said),
        "spread": [overall.count(number) for number in (5, 4, 3, 2, 1)],
        "parts": [(part.capitalize(), mean(given[part])) for part in PARTS if given[part]],
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=evaluations)
def test_the_sums_are_those_of_a_plain_recomputation(jobs, drawn):
    models.QuerySet(Evaluation).all().delete()
    Evaluation.objects.bulk_create(written(job, **one) for job, one in zip(jobs, drawn, strict=False))
    found, expected = standing_of(jobs[0].cleaner), recomputed(drawn)
    spread = [number for _, number in found.spread]
    assert (found.count, found.lowest, found.highest, found.no_shows, spread) == (
        expected["count"], expected["lowest"], expected["highest"], expected["no_shows"], expected["spread"],
    )  # fmt: skip
    assert found.mean == (None if expected["mean"] is None else pytest.approx(expected["mean"]))
    assert [name for name, _ in found.parts] == [name for name, _ in expected["parts"]]
    assert [value for _, value in found.parts] == pytest.approx([value for _, value in expected["parts"]])


def test_a_record_tells_agreed_and_completed_jobs_of_both_sides_and_who_cancelled_one():
    olivia, carl, *_ = create_cast()
    for status in (OfferStatus.COMPLETED, OfferStatus.COMPLETED, OfferStatus.ACCEPTED, OfferStatus.PENDING):
        create_offer(cleaning=create_cleaning(), status=status)
    create_offer(cleaning=create_cleaning(owner=carl), cleaner=olivia, status=OfferStatus.COMPLETED)
    cancelled, released, absent, by_staff = (
        create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED) for _ in range(4)
    )
    cancelled.cancel(by=carl, reason=CancelReason.CANNOT_COME)
    released.release(by=olivia, reason=ReleaseReason.NOT_NEEDED)
    absent.release(by=olivia, reason=ReleaseReason.NO_SHOW)
    by_staff.release(by=create_user("ada"), reason=ReleaseReason.OTHER)
    found = {person: vars(record_of(person)) for person in (olivia, carl)}
    assert found[carl] == {
        "agreed_as_owner": 1, "done_as_owner": 1, "agreed_as_cleaner": 7, "done_as_cleaner": 2, "cancelled": 1,
        "is_findable": False,
    }  # fmt: skip
    assert found[olivia] == {
        "agreed_as_owner": 7, "done_as_owner": 2, "agreed_as_cleaner": 1, "done_as_cleaner": 1, "cancelled": 1,
        "is_findable": False,
    }  # fmt: skip


@pytest.mark.parametrize(("jobs_done", "is_told"), [(4, False), (5, True)])
def test_a_record_is_told_from_five_completed_jobs_on(client, jobs_done, is_told):
    create_cast()
    for _ in range(jobs_done):
        create_offer(cleaning=create_cleaning(), status=OfferStatus.COMPLETED)
    create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED)
    page = client.get("/people/carl/").content.decode()
    assert (f"{jobs_done} of {jobs_done + 1} jobs agreed" in page) is is_told
    assert ("0 of 6 jobs agreed" in page) is is_told
    assert ("once five are completed" in page) is not is_told
