"""Lines of a timeline: made once for all, and each filled in with its own words."""

from datetime import UTC, datetime, timedelta

import pytest

from cleanings.lines import Shape, lines_of, pattern_of
from cleanings.models import Event
from marketplace.testing import create_offer, create_user, text_of

pytestmark = pytest.mark.django_db


def timeline_of(client, offer, username):
    client.force_login(create_user(username))
    return (
        text_of(client.get(f"/cleanings/{offer.cleaning_id}/"))
        .partition('<ol class="timeline">')[2]
        .partition("</ol>")[0]
    )


def test_on_warm_patterns_both_sides_read_their_own_words_as_they_were_typed(client):
    one, other = (create_offer(cleaner=create_user(name), status="accepted") for name in ("carl", "cora"))
    one.cancel(by=one.cleaner, reason="other", note="{sentence} <b>knee</b>")
    for _ in ("cold", "warm"):
        for username in ("olivia", "carl"):
            lines = timeline_of(client, one, username)
            assert "Reason: Another reason." in lines
            assert '<div class="prose">“{sentence} &lt;b&gt;knee&lt;/b&gt;”</div>' in lines
            assert ("You cancelled" in lines) == (username == "carl")
        for username in ("olivia", "cora"):
            lines = timeline_of(client, other, username)
            assert "Reason" not in lines
            assert "knee" not in lines


def test_the_time_is_said_once_of_lines_at_the_same_minute():
    moments = [datetime(2026, 11, 24, 12, 0, second, tzinfo=UTC) for second in (1, 59)]
    moments += [moments[1] + timedelta(minutes=1), moments[0]]
    lines = lines_of([(Event(at=at), "Done.") for at in moments])
    assert [line.count("<time") for line in lines] == [1, 0, 1, 1]


def test_patterns_hold_nobody_s_words():
    assert "{note}" in pattern_of(Shape(has_reason=True, has_note=True))
    assert "prose" not in pattern_of(Shape(has_reason=False, has_note=False))


def test_an_event_that_holds_no_terms_tells_of_no_change():
    assert Event(terms={}).changes == []
