"""Programs at once, against a real server; the races of the pages with other requests."""

import http.client
import json
from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.db import connection

from accounts.access_tokens import AccessToken
from api.tests.programs import JOB, ROOT
from cleanings.states import OfferStatus
from marketplace.testing import create_cleaning, create_user
from marketplace.tests.rounds import rounds
from offers.tests.invariants import contradictions
from offers.tests.test_races import accept_all_at_once, at_once, unguarded  # noqa: F401 - a fixture

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROUNDS = rounds(3, full=100 if connection.vendor == "postgresql" else 40)


class ProgramSession:
    """Sends JSON with a token to the address for programs that is like the page's."""

    def __init__(self, server, person):
        self.host, self.token = urlsplit(server.url).netloc, AccessToken.log_in(person)[1]

    def post(self, barrier, path, values, later=0.0):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.connect()
        barrier.wait(timeout=60)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection.request("POST", f"{ROOT.rstrip('/')}{path}", json.dumps(values), headers)
        answer = connection.getresponse()
        page = json.loads(answer.read())
        connection.close()
        return answer.status, page


def test_twenty_accepts_at_once_have_one_winner(live_server):
    for cleaning, offers, answers in accept_all_at_once(live_server, ROUNDS, session_of=ProgramSession):
        assert Counter(status for status, _ in answers) == {200: 1, 409: 19}
        assert {page["detail"] for status, page in answers if status == 409} == {"Someone has been chosen."}
        winner = next(offer for offer, (status, _) in zip(offers, answers, strict=True) if status == 200)
        assert cleaning.offers.get(status=OfferStatus.ACCEPTED) == winner
        assert contradictions(cleaning) == []


def test_control_without_lock_and_constraint_twenty_accepts_have_two_winners(live_server, unguarded):  # noqa: F811
    found = accept_all_at_once(live_server, 1, session_of=ProgramSession)
    winners = [cleaning.offers.filter(status=OfferStatus.ACCEPTED).count() for cleaning, _, _ in found]
    assert min(winners) > 1


def test_one_offer_is_made_by_ten_requests_at_once(live_server):
    carl = create_user("carl")
    sessions = [ProgramSession(live_server, carl) for _ in range(10)]
    for _ in range(ROUNDS):
        cleaning = create_cleaning()
        sent = {"hourly_rate": "22.50", "message": "Hello", "version": 1}
        answers = at_once(*((session, f"/cleanings/{cleaning.pk}/offers/", sent) for session in sessions))
        assert {status for status, _ in answers} == {201}
        assert cleaning.offers.count() == cleaning.events.exclude(cleaner=None).count() == 1
        assert contradictions(cleaning) == []


def test_a_job_with_one_token_of_its_own_is_posted_once_by_ten_requests_at_once(live_server):
    olivia = create_user("olivia")
    sessions = [ProgramSession(live_server, olivia) for _ in range(10)]
    job = JOB | {"post_token": "8c8f7a34-6c1e-4c53-9b3f-0c2c6d2b1f11"}
    answers = at_once(*((session, "/cleanings/", job) for session in sessions))
    assert {status for status, _ in answers} == {201}
    assert len({page["id"] for _, page in answers}) == olivia.cleanings.count() == 1
