"""Many people at once, over HTTP, against a real server. Each race has a control that must fail."""

import http.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cleanings.models import Cleaning
from cleanings.states import ACCEPT, Kind, OfferStatus
from marketplace.testing import create_cleaning, create_no_show, create_offer, create_user
from marketplace.tests.rounds import rounds
from notifications.models import Notification
from offers.models import Offer
from offers.tests.invariants import contradictions

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TOKEN = "t" * 32
ROUNDS = rounds(5, full=500 if connection.vendor == "postgresql" else 200)
PAIR_ROUNDS = rounds(6, full=100)


class Session:
    """A person's logged-in session, as one browser holds it."""

    def __init__(self, server, person):
        client = Client()
        client.force_login(person)
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.host = urlsplit(server.url).netloc
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={key}; {settings.CSRF_COOKIE_NAME}={TOKEN}"

    def post(self, barrier, path, values, later=0.0):
        """Wait for the others and then as many seconds, send the form, and return status and page."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.connect()
        barrier.wait(timeout=60)
        sleep(later)
        body = urlencode(values | {"csrfmiddlewaretoken": TOKEN})
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()
        return answer.status, page


def at_once(*posts):
    """Send each (session, path, values, seconds later) at the same moment; return the answers in that order."""
    barrier = Barrier(len(posts))
    with ThreadPoolExecutor(len(posts)) as pool:
        sent = [pool.submit(session.post, barrier, *form) for session, *form in posts]
        return [future.result() for future in sent]


def path_of(move, offer):
    return reverse(f"offers:{move}", args=[offer.cleaning_id, offer.cleaner.username])


def accept_all_at_once(live_server, rounds, people=20, session_of=Session):
    """In each round twenty sessions of Olivia's accept twenty people's offers; yields cleaning, offers and answers."""
    olivia = create_user("olivia")
    cleaners = [create_user(f"cleaner{number}") for number in range(people)]
    sessions = [session_of(live_server, olivia) for _ in cleaners]
    for _ in range(rounds):
        cleaning = create_cleaning(owner=olivia)
        offers = [create_offer(cleaning=cleaning, cleaner=cleaner) for cleaner in cleaners]
        posts = [
            (session, path_of("accept", offer), {"revision": 1})
            for session, offer in zip(sessions, offers, strict=True)
        ]
        yield cleaning, offers, at_once(*posts)


def test_twenty_accepts_at_once_have_one_winner(live_server):
    for cleaning, offers, answers in accept_all_at_once(live_server, ROUNDS):
        assert Counter(status for status, _ in answers) == {302: 1, 409: 19}
        assert all("Someone has been chosen." in page for status, page in answers if status == 409)
        winner = next(offer for offer, (status, _) in zip(offers, answers, strict=True) if status == 302)
        assert cleaning.offers.get(status=OfferStatus.ACCEPTED) == winner
        assert (
            Notification.objects.filter(recipient=winner.cleaner, sentence__startswith="You’ve got the job").count()
            == 1
        )
        assert contradictions(cleaning) == []
        Notification.objects.all().delete()


def test_control_without_lock_and_constraint_twenty_accepts_have_two_winners(live_server, unguarded):
    rounds = accept_all_at_once(live_server, 2)
    winners = [cleaning.offers.filter(status=OfferStatus.ACCEPTED).count() for cleaning, _, _ in rounds]
    assert min(winners) > 1


def meet(monkeypatch, owner, name, people, is_awaited):
    """Have calls of this method wait until there are so many: all have checked before any of them writes."""
    method, barrier = getattr(owner, name), Barrier(people)

    def wait_and_call(self, *args, **kwargs):
        if is_awaited(self, *args):
            barrier.wait(timeout=60)
        return method(self, *args, **kwargs)

    monkeypatch.setattr(owner, name, wait_and_call)


@pytest.fixture
def unguarded(monkeypatch):
    """The verbs without transaction, lock and condition, and the table without its constraint: what naive code does."""
    constraint = next(found for found in Offer._meta.constraints if found.name == "one_winner_per_cleaning")
    update = Offer._update

    def write(row, **fields):
        vars(row).update(fields)
        type(row).objects.filter(pk=row.pk).update(**fields)

    def update_whatever_it_is(offer, **fields):
        return update(offer, **fields) if offer._state.adding else write(offer, **fields)

    def set_status_whatever_it_is(cleaning, status, kind, by):
        before = cleaning.status
        write(cleaning, status=status)
        return cleaning.new_event(kind, by, from_status=before)

    meet(monkeypatch, Offer, "_apply", 20, lambda offer, move, *others: move is ACCEPT)
    monkeypatch.setattr(Offer, "accept", Offer.accept.__wrapped__)
    monkeypatch.setattr(Offer, "_update", update_whatever_it_is)
    monkeypatch.setattr(Cleaning, "lock", lambda cleaning: cleaning.refresh_from_db())
    monkeypatch.setattr(User, "lock", lambda person: None)
    monkeypatch.setattr(Cleaning, "set_status", set_status_whatever_it_is)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Offer, constraint)
    yield
    Offer.objects.all()._raw_delete("default")
    with connection.schema_editor() as editor:
        editor.add_constraint(Offer, constraint)


REVISED = {"hourly_rate": "30.00", "message": "Sooner", "version": 1}


@pytest.mark.usefixtures("without_row_limits")
@pytest.mark.parametrize(
    ("rival", "values"), [("rescind", {}), ("update", REVISED), ("close", {}), ("edit", {"estimated_hours": "5"})]
)
def test_accept_and_a_rival_move_at_once_leave_no_contradiction(live_server, rival, values):
    olivia, carl = create_user("olivia"), create_user("carl")
    owner, other = Session(live_server, olivia), Session(live_server, olivia if rival in ("close", "edit") else carl)
    seen = Counter()
    for _ in range(PAIR_ROUNDS):
        cleaning = create_cleaning(owner=olivia)
        offer = create_offer(cleaning=cleaning, cleaner=carl)
        create_offer(cleaning=cleaning, cleaner=create_user("cora"))
        rivals_path = path_of(rival, offer) if rival in ("rescind", "update") else f"/cleanings/{cleaning.pk}/{rival}/"
        accepts = (owner, path_of("accept", offer), {"revision": 1})
        answers = at_once(accepts, (other, rivals_path, form_of(cleaning) | values if rival == "edit" else values))
        codes = tuple(status for status, _ in answers)
        assert sorted(codes) == [302, 409]
        assert contradictions(cleaning) == []
        seen[codes] += 1
    print(f"accept against {rival}: {dict(seen)}")


def form_of(cleaning):
    """What the edit form would send if nothing were changed."""
    names = ("name", "description", "cleaning_type", "hourly_rate", "city", "postcode", "street_address")
    return {name: getattr(cleaning, name) for name in names} | {
        "starts_at": f"{timezone.localtime(cleaning.starts_at):%Y-%m-%d %H:%M}"
    }


def answer_twice_at_once(live_server, rounds):
    """In each round Carl, said not to have turned up, sends two answers at once; yields the offer and the answers."""
    carl = create_user("carl")
    sessions = [Session(live_server, carl), Session(live_server, carl)]
    for _ in range(rounds):
        offer = create_no_show(cleaning=create_cleaning(), cleaner=carl)
        posts = [(session, path_of("answer-no-show", offer), {"answer": str(session)}) for session in sessions]
        yield offer, at_once(*posts)


def test_of_two_answers_to_a_no_show_at_once_one_is_kept(live_server):
    for offer, answers in answer_twice_at_once(live_server, PAIR_ROUNDS):
        assert sorted(status for status, _ in answers) == [302, 409]
        line = offer.cleaning.events.get(kind=Kind.ANSWER)
        assert line.notifications.count() == 1
        assert contradictions(offer.cleaning) == []


def test_control_without_lock_both_answers_to_a_no_show_are_kept(live_server, monkeypatch):
    meet(monkeypatch, Offer, "new_event", 2, lambda offer, kind, *others: kind == Kind.ANSWER)
    monkeypatch.setattr(Offer, "answer_no_show", Offer.answer_no_show.__wrapped__)
    monkeypatch.setattr(Cleaning, "lock", lambda cleaning: cleaning.refresh_from_db())
    monkeypatch.setattr(type(User.objects), "lock_active", lambda manager, people: list(people))
    kept = [offer.cleaning.events.filter(kind=Kind.ANSWER).count() for offer, _ in answer_twice_at_once(live_server, 3)]
    assert kept == [2, 2, 2]
