"""Writing against all that ends it, and many times at once, over HTTP against a real server."""

import http.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from threading import Event as Signal

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import User
from accounts.tests.test_closing_races import HEAD_STARTS
from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from conversations import notices
from conversations.models import Message
from marketplace.testing import PASSWORD, create_cleaning, create_offer, create_user
from marketplace.tests.rounds import rounds
from notifications.models import Notification
from notifications.topics import Topic
from offers.models import Offer
from offers.tests.test_races import Session, at_once, meet, path_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROUNDS = rounds(5, full=100)
ENDED = {"reason": "other"}


def path_to(offer):
    return f"{offer.get_absolute_url()}messages/"


def came_too_late():
    """Whether a message was written after the end of the job, by the order of what both sides were notified of."""
    written = Notification.objects.filter(topic=Topic.WRITTEN).first()
    ended = Notification.objects.filter(topic__in=(Topic.CANCELLED, Topic.RELEASED)).first()
    return bool(written and ended and written.pk > ended.pk)


def unlock(monkeypatch):
    monkeypatch.setattr(Message, "say", classmethod(Message.say.__func__.__wrapped__))
    monkeypatch.setattr(notices, "waiting_for", notices.unread)
    monkeypatch.setattr(Cleaning, "lock", lambda cleaning: cleaning.refresh_from_db())
    monkeypatch.setattr(type(User.objects), "lock_active", lambda users, people: list(people))


def write_unlocked_after(monkeypatch, model, verb):
    """A message that has passed all checks waits until the verb, which waits for the checks, is done."""
    unlock(monkeypatch)
    checked, ended, save, end = Signal(), Signal(), Message.save, getattr(model, verb)

    def end_once_all_is_checked(row, **kwargs):
        assert checked.wait(timeout=60)
        end(row, **kwargs)
        ended.set()

    def save_after_the_end(message):
        checked.set()
        assert ended.wait(timeout=60)
        save(message)

    monkeypatch.setattr(model, verb, end_once_all_is_checked)
    monkeypatch.setattr(Message, "save", save_after_the_end)


def write_while_it_ends(live_server, rival, rounds=ROUNDS):
    """In each round Carl writes while the job is cancelled by him or ended by Olivia; yields the statuses."""
    carl, olivia = create_user("carl"), create_user("olivia")
    writer, other = Session(live_server, carl), Session(live_server, carl if rival == "cancel" else olivia)
    for _ in range(rounds):
        cleaning = create_cleaning(owner=olivia, starts_in=None)
        offer = create_offer(cleaning=cleaning, cleaner=carl, status=OfferStatus.ACCEPTED)
        Notification.objects.all().delete()
        posts = (writer, path_to(offer), {"text": "I am late"}), (other, path_of(rival, offer), ENDED)
        statuses = tuple(status for status, _ in at_once(*posts))
        assert (offer.messages.count() == 1) == (statuses[0] == 302)
        yield statuses


@pytest.mark.parametrize("rival", ["cancel", "release"])
def test_nothing_is_written_after_the_end(live_server, rival):
    seen = Counter()
    for statuses in write_while_it_ends(live_server, rival):
        assert statuses in ((302, 302), (409, 302))
        assert not came_too_late()
        seen[statuses] += 1
    print(f"write against {rival}: {dict(seen)}")


def test_completing_takes_nobody_the_word(live_server):
    assert set(write_while_it_ends(live_server, "complete", rounds=8)) == {(302, 302)}


def test_control_without_the_lock_a_message_comes_after_the_end(live_server, monkeypatch):
    write_unlocked_after(monkeypatch, Offer, "cancel")
    assert list(write_while_it_ends(live_server, "cancel", rounds=1)) == [(302, 302)]
    assert came_too_late()


def close_while_one_writes(live_server, gone, rounds=ROUNDS):
    """In each round one side of a job that is done closes the account while the other, or the same one, writes."""
    for number in range(rounds):
        writer, owner = create_user(f"writer{number}"), create_user(f"owner{number}")
        offer = create_offer(cleaning=create_cleaning(owner=owner), cleaner=writer, status=OfferStatus.COMPLETED)
        closing = owner if gone == "owner" else writer
        posts = (
            (Session(live_server, writer), path_to(offer), {"text": "Thank you"}, HEAD_STARTS[number % 5]),
            (Session(live_server, closing), "/accounts/close/", {"password": PASSWORD}),
        )
        statuses = tuple(status for status, _ in at_once(*posts))
        closing.refresh_from_db()
        yield closing, offer, statuses


def test_whoever_closes_the_account_is_notified_of_nothing_more(live_server):
    for owner, offer, statuses in close_while_one_writes(live_server, "owner"):
        assert statuses in ((302, 302), (409, 302))
        assert (offer.messages.count() == 1) == (statuses[0] == 302)
        assert (owner.is_closed, owner.notifications.count()) == (True, 0)


def test_control_without_the_lock_a_closed_account_is_notified(live_server, monkeypatch):
    write_unlocked_after(monkeypatch, User, "close")
    ((owner, _, statuses),) = close_while_one_writes(live_server, "owner", rounds=1)
    assert (statuses, owner.is_closed, owner.notifications.count()) == ((302, 302), True, 1)


def test_whoever_closes_the_account_while_writing_is_named_nowhere(live_server):
    for number, (writer, offer, statuses) in enumerate(close_while_one_writes(live_server, "writer")):
        # What comes after the end is led to the log-in, or refused, or finds nobody of that name.
        assert (statuses[0] in (302, 403, 404), statuses[1], writer.is_closed) == (True, 302, True)
        about = Notification.objects.filter(thread=f"conversation-{offer.pk}")
        sentence = "Former member wrote to you about “Spring clean of a flat”."
        assert list(about.values_list("sentence", flat=True)) == [sentence] * offer.messages.count()
        assert not Notification.objects.filter(sentence__contains=f"writer{number} wrote").exists()


def twenty_at_once(live_server, texts, already):
    """Carl, who has written `already` messages within the hour, sends these at the same moment."""
    carl = create_user("carl")
    offer = create_offer(cleaner=carl, status=OfferStatus.ACCEPTED)
    Message.objects.bulk_create(Message(offer=offer, author=carl, text=f"Before {n}") for n in range(already))
    answers = at_once(*((Session(live_server, carl), path_to(offer), {"text": text}) for text in texts))
    return Counter(status for status, _ in answers), Message.objects.count() - already


TWENTY = [f"Number {number}" for number in range(20)]


def test_of_twenty_at_once_so_many_are_sent_as_the_hour_allows(live_server):
    assert twenty_at_once(live_server, TWENTY, 53) == ({302: 7, 429: 13}, 7)


def test_one_form_sent_many_times_at_once_is_one_message(live_server):
    assert twenty_at_once(live_server, ["The same"] * 8, 0) == ({302: 8}, 1)


def test_control_without_the_lock_more_are_sent_than_the_hour_allows(live_server, monkeypatch):
    meet(monkeypatch, Message, "save", 20, lambda message: True)
    unlock(monkeypatch)
    assert twenty_at_once(live_server, TWENTY, 53) == ({302: 20}, 20)


def open_page(session, path):
    browser = http.client.HTTPConnection(session.host, timeout=60)
    browser.request("GET", path, headers={"Cookie": session.cookie})
    page = browser.getresponse().read().decode()
    browser.close()
    return page


def meet_and_open(barrier, *where):
    barrier.wait(timeout=60)
    return open_page(*where)


def read_while_one_writes(live_server, rounds=ROUNDS):
    """In each round Olivia opens the page, where a first message is unread, while Carl sends a second one.

    Yields whether she was shown it, and whether something is unread.
    """
    olivia, carl = create_user("olivia"), create_user("carl")
    reader, writer = Session(live_server, olivia), Session(live_server, carl)
    for _ in range(rounds):
        offer, barrier = create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED), Barrier(2)
        Notification.objects.all().delete()
        Message.say(offer, by=carl, text="The first")
        with ThreadPoolExecutor(2) as pool:
            shown = pool.submit(meet_and_open, barrier, reader, path_to(offer))
            sent = pool.submit(writer.post, barrier, path_to(offer), {"text": "The second"})
        assert sent.result()[0] == 302
        yield "The second" in shown.result(), olivia.notifications.unread().exists()


def test_a_message_that_comes_while_the_page_is_opened_is_shown_or_unread(live_server):
    outcomes = Counter(read_while_one_writes(live_server))
    assert (False, False) not in outcomes
    print(f"shown, unread: {dict(outcomes)}")


if connection.vendor == "postgresql":

    def test_control_without_the_lock_a_message_is_neither_shown_nor_unread(live_server, monkeypatch):
        checked, shown, show = Signal(), Signal(), open_page

        def show_once_all_is_checked(*args):
            assert checked.wait(timeout=60)
            page = show(*args)
            shown.set()
            return page

        class Unlocked:
            def __init__(self, reader, offer):
                self.found = notices.unread(reader, offer).exists()

            def exists(self):
                if self.found:
                    checked.set()
                    assert shown.wait(timeout=60)
                return self.found

        monkeypatch.setattr(notices, "waiting_for", Unlocked)
        monkeypatch.setattr("conversations.tests.test_message_races.open_page", show_once_all_is_checked)
        assert list(read_while_one_writes(live_server, rounds=1)) == [(False, False)]

else:

    def mark_read_without_waiting(reader, offer):
        try:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA busy_timeout = 0")
            return notices.unread(reader, offer).mark_read()
        finally:
            connection.close()

    def test_whoever_marks_as_read_waits_for_whoever_writes():
        offer = create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED)
        reader = offer.cleaning.owner
        Notification.objects.all().delete()
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                Message.say(offer, by=offer.cleaner, text="The first")
                with pytest.raises(OperationalError, match="locked"):
                    pool.submit(mark_read_without_waiting, reader, offer).result()
            assert pool.submit(mark_read_without_waiting, reader, offer).result() == 1
