"""The limits of a person, and of photos, that docs/operations.md names are those that the code keeps to."""

import re
from datetime import timedelta

import pytest
from django.conf import settings

from accounts.access_tokens import MOST_TOKENS
from accounts.rate_limits import EXPORTS_PER_PERSON, FACTORS_PER_PERSON
from cleanings.bookmarks import MOST_BOOKMARKS
from cleanings.forms import MOST_MEGABYTES_AT_ONCE
from cleanings.models import EDITS_AN_HOUR
from cleanings.models import LIMITS as OF_POSTING
from cleanings.photos import HOURLY as OF_PHOTOS
from cleanings.photos import MOST_MEGABYTES, MOST_PHOTOS
from cleanings.searches import MOST_SEARCHES
from conversations.models import HOURLY as OF_MESSAGES
from conversations.models import MOST_UNANSWERED, QUESTIONS_A_DAY
from core.photos import IN_SCANS, MAX_SCANS, MAX_SIDE
from core.photos import LIMITS as OF_FILES
from evaluations.models import HOURLY as OF_EVALUATIONS
from offers.changes import HOURLY as OF_CHANGES
from offers.models import HOURLY as OF_OFFERS
from reports.models import DAILY as OF_REPORTS

PAGE = (settings.BASE_DIR / "docs" / "operations.md").read_text()
PERIODS = {timedelta(hours=1): "an hour", timedelta(days=1): "a day"}


def row(first, *others):
    """The cells behind those that are named."""
    (found,) = re.findall(rf"^\| {re.escape(' | '.join((first, *others)))} \| (.*) \|$", PAGE, re.MULTILINE)
    return found.split(" | ")


@pytest.mark.parametrize(
    ("what", "limits"),
    [
        ("cleanings", OF_POSTING[::-1]),
        ("offers made or revised", [OF_OFFERS]),
        ("edits of jobs", [EDITS_AN_HOUR]),
        ("suggested changes", [OF_CHANGES]),
        ("evaluations, photos of jobs", [OF_EVALUATIONS]),
        ("evaluations, photos of jobs", [OF_PHOTOS]),
        ("questions", [QUESTIONS_A_DAY]),
        ("messages", [OF_MESSAGES]),
        ("reports", [OF_REPORTS]),
    ],
)
def test_how_often_somebody_may_write(what, limits):
    said = ", ".join(f"{limit.amount} {PERIODS[limit.period]}" for limit in limits)
    assert row("a person", what)[0].removesuffix(" each") == said


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        ("exports of their data", EXPORTS_PER_PERSON),
        ("second factors and passkeys set up, recovery codes made", FACTORS_PER_PERSON),
    ],
)
def test_how_often_somebody_may_ask(what, limit):
    assert row("a person", what)[0] == f"{limit.amount} {PERIODS[timedelta(seconds=limit.seconds)]}"


@pytest.mark.parametrize(
    ("what", "at_most"),
    [
        ("saved jobs", f"{MOST_BOOKMARKS}"),
        ("saved searches", f"{MOST_SEARCHES}"),
        ("questions about a job that wait for an answer", f"{MOST_UNANSWERED}"),
        ("photos of a kind on a job", f"{MOST_PHOTOS}"),
        ("megabytes of photos of jobs", f"{MOST_MEGABYTES}"),
        ("access tokens that work", f"{MOST_TOKENS}, and {MOST_TOKENS} by log-in"),
        ("`/cleanings/<id>/photos/`", f"up to {MOST_PHOTOS} photos, {MOST_MEGABYTES_AT_ONCE} MB together"),
    ],
)
def test_how_much_somebody_has_at_once(what, at_most):
    assert row(what) == [at_most]


@pytest.mark.parametrize(("kind", "limit"), OF_FILES.items())
def test_how_large_a_photo_may_be(kind, limit):
    megabytes, megapixels = row(kind)
    in_scans = f"; {IN_SCANS.megapixels} if it comes in several scans, of which it may have {MAX_SCANS}"
    assert megabytes == f"{limit.megabytes}"
    assert megapixels == f"{limit.megapixels}{in_scans if kind == 'JPEG' else ''}"
    assert f"up to {MAX_SIDE:,} pixels" in PAGE
