"""The page on which the two sides of a job write to each other."""

import re
from unittest.mock import Mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from cleanings.states import OfferStatus
from conversations.models import Message
from marketplace.logs import JsonFormatter
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, text_of
from notifications.models import Notification

pytestmark = [pytest.mark.long, pytest.mark.django_db]

HOSTILE = "<script>alert(1)</script> https://evil.example javascript:alert(1)"


@pytest.fixture
def offer():
    """Carl's, which Olivia has accepted."""
    create_cast()
    return create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.ACCEPTED)


@pytest.fixture
def path(offer):
    return f"/cleanings/{offer.cleaning_id}/offers/carl/messages/"


def client_for(username, **options):
    client = Client(**options)
    client.force_login(create_user(username))
    return client


def texts():
    return list(Message.objects.order_by("pk").values_list("author__username", "text"))


def test_both_sides_write_and_read(offer, path):
    carl, olivia = client_for("carl"), client_for("olivia")
    sent = carl.post(path, {"text": "Where is the key?"}, follow=True)
    assert sent.redirect_chain == [(path, 302)]
    assert "Your message is sent." in text_of(sent)
    olivia.post(path, {"text": "Under the mat."})
    for client in (carl, olivia):
        page = text_of(client.get(path))
        assert page.index("Under the mat.") < page.index("Where is the key?")
    assert texts() == [("carl", "Where is the key?"), ("olivia", "Under the mat.")]


@pytest.mark.parametrize("username", ["cora", "stan", "ada"])
def test_others_neither_read_nor_write(offer, path, username):
    Message.say(offer, by=offer.cleaner, text="canary")
    client = client_for(username)
    for answer in (client.get(path), client.post(path, {"text": "Hello"})):
        assert (answer.status_code, "canary" in answer.content.decode()) == (403, False)
    assert texts() == [("carl", "canary")]


def test_whoever_is_not_logged_in_is_led_to_the_log_in(offer, path, client):
    for answer in (client.get(path), client.post(path, {"text": "Hello"})):
        assert (answer.status_code, answer.url) == (302, f"/accounts/login/?next={path}")
    assert texts() == []


def test_there_is_no_page_of_an_offer_that_nobody_made(offer, path):
    assert client_for("olivia").get(path.replace("carl", "cora")).status_code == 404
    assert client_for("olivia").get(path).status_code == 200


def test_before_acceptance_there_is_none():
    create_cast()
    path = f"{create_offer().get_absolute_url()}messages/"
    for username in ("olivia", "carl"):
        client = client_for(username)
        for answer in (client.get(path), client.post(path, {"text": "Hello"})):
            assert answer.status_code == 409
            assert "You can write to each other once this offer is accepted." in text_of(answer)
    assert texts() == []


def test_after_the_end_what_was_typed_is_kept_and_nothing_is_sent(offer, path):
    carl = client_for("carl")
    Message.say(offer, by=offer.cleaner, text="Hello")
    offer.release(by=offer.cleaning.owner, reason="other")
    for typed in ("I am at the door", "", "x" * 3000):
        answer = carl.post(path, {"text": typed})
        assert (answer.status_code, typed in answer.content.decode()) == (409, True)
        assert "no more messages can be sent about it" in text_of(answer)
    page = carl.get(path)
    assert (page.status_code, "Hello" in text_of(page), "<textarea" in page.content.decode()) == (200, True, False)
    assert texts() == [("carl", "Hello")]


def test_nobody_writes_to_an_account_that_has_ended(offer, path):
    User.objects.filter(username="carl").update(is_active=False)
    answer = client_for("olivia").post(path, {"text": "Are you there?"})
    assert (answer.status_code, texts()) == (409, [])
    assert "Are you there?" in text_of(answer)


def test_the_other_side_reads_on_what_a_former_member_wrote():
    create_cast()
    offer = create_offer(status=OfferStatus.COMPLETED)
    Message.say(offer, by=offer.cleaner, text="Where is the key?")
    carl = create_user("carl")
    carl.close(by=carl)
    carl.refresh_from_db()
    answer = client_for("olivia").get(f"/cleanings/{offer.cleaning_id}/offers/{carl.username}/messages/")
    page = text_of(answer)
    assert (answer.status_code, "Where is the key?" in page, "Messages with Former member" in page) == (200, True, True)
    assert "The other person has closed their account" in page


@pytest.mark.parametrize("typed", ["", " \n ", "x" * 2001])
def test_a_message_that_cannot_be_sent_stays_in_its_form(offer, path, typed):
    page = client_for("carl").post(path, {"text": typed})
    assert (page.status_code, list(page.context["form"].errors)) == (200, ["text"])
    assert (typed.strip() in page.content.decode(), texts()) == (True, [])
    assert "<title>Error: Messages with olivia - Attic - Swept</title>" in text_of(page).replace(
        " </title>", "</title>"
    )


def test_a_form_that_is_sent_twice_leads_to_one_message(offer, path):
    carl = client_for("carl")
    assert {carl.post(path, {"text": "Hello"}).url for _ in range(2)} == {path}
    assert texts() == [("carl", "Hello")]


def test_author_job_and_time_come_from_no_form(offer, path):
    other = create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED)
    forged = {"text": "Hello", "author": create_user("olivia").pk, "offer": other.pk, "at": "2001-01-01", "id": "77"}
    client_for("carl").post(path, forged)
    message = Message.objects.get()
    assert (message.author.username, message.offer, message.at.year > 2001, message.pk != 77) == (
        "carl", offer, True, True,
    )  # fmt: skip


def test_without_a_token_nothing_is_sent(offer, path):
    answer = client_for("carl", enforce_csrf_checks=True).post(path, {"text": "Hello"})
    assert (answer.status_code, "Hello" in text_of(answer), texts()) == (403, True, [])


def test_text_stays_text(offer, path):
    Message.say(offer, by=offer.cleaner, text=HOSTILE)
    page = client_for("olivia").get(path).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; https://evil.example" in page
    assert 'href="https://evil' not in page


def test_no_cache_keeps_the_page_and_no_search_engine_lists_it(offer, path):
    answer = client_for("carl").get(path)
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    assert '<meta name="robots" content="noindex">' in answer.content.decode()


def test_the_61st_message_of_an_hour_is_answered_with_when_it_can_be_sent(offer, path):
    carl = client_for("carl")
    Message.objects.bulk_create(Message(offer=offer, author=offer.cleaner, text=str(number)) for number in range(59))
    assert carl.post(path, {"text": "The 60th"}).status_code == 302
    notified = Notification.objects.count()
    answer = carl.post(path, {"text": "One more"})
    assert (answer.status_code, 3590 < int(answer["Retry-After"]) <= 3600) == (429, True)
    assert "You’ve sent 60 messages within an hour" in text_of(answer)
    assert "One more" in text_of(answer)
    assert (len(texts()), Notification.objects.count()) == (60, notified)


def test_whoever_looks_without_opening_the_page_leaves_it_unread(offer, path):
    Message.say(offer, by=offer.cleaner, text="Hello")
    olivia, unread = client_for("olivia"), create_user("olivia").notifications.unread().filter(topic="written")
    olivia.head(path)
    client_for("carl").get(path)
    assert unread.count() == 1
    olivia.get(path)
    assert unread.count() == 0


def test_neither_side_learns_whether_the_other_has_read(offer, path):
    Message.say(offer, by=offer.cleaner, text="Hello")
    carl = client_for("carl")
    before = main_part(carl.get(path))
    client_for("olivia").get(path)
    assert "Hello" in before
    assert main_part(carl.get(path)) == before


def main_part(answer):
    """Without the tokens of its forms."""
    page = answer.content.decode().partition("<main")[2]
    return re.sub('name="csrfmiddlewaretoken" value="[^"]+"', "", page)


def fill(offer, count):
    sides = (offer.cleaner, offer.cleaning.owner)
    Message.objects.bulk_create(
        Message(offer=offer, author=sides[number % 2], text=f"number {number}.") for number in range(count)
    )


@pytest.mark.parametrize("count", [1, 30, 2000])
def test_a_page_takes_as_many_queries_however_long_the_thread_is(offer, path, count):
    fill(offer, count)
    olivia = client_for("olivia")
    with CaptureQueriesContext(connection) as queries:
        page = olivia.get(path)
    # Session, person, cleaning, offer, what is unread, the messages, the number in the header.
    assert (page.status_code, len(queries)) == (200, 7)


def test_a_long_thread_is_read_page_by_page_to_its_beginning(offer, path):
    fill(offer, 45)
    olivia, query, seen, sizes = client_for("olivia"), "", [], []
    while query is not None:
        page = olivia.get(f"{path}{query}")
        seen += [message.text for message in page.context["object_list"]]
        sizes.append(len(page.context["object_list"]))
        following = page.context["listing"].next
        query = f"?after={following}" if following else None
    assert sizes == [20, 20, 5]
    assert seen == [f"number {number}." for number in reversed(range(45))]
    assert "<textarea" not in page.content.decode()
    assert text_of(olivia.get(f"{path}?after=0.5.x")).count("number 44.") == 1


def test_an_older_page_leaves_unread_what_is_said_meanwhile(offer, path):
    fill(offer, 45)
    olivia, unread = client_for("olivia"), create_user("olivia").notifications.unread()
    following = olivia.get(path).context["listing"].next
    assert unread.filter(topic="written").count() == 0
    Message.say(offer, by=offer.cleaner, text="One more")
    olivia.get(f"{path}?after={following}")
    assert unread.filter(topic="written").count() == 1
    olivia.get(path)
    assert unread.filter(topic="written").count() == 0


@pytest.mark.parametrize("typed", ["canary-typed", "canary-typed" + "x" * 2001])
def test_no_log_holds_a_message_whatever_is_answered(offer, path, typed, caplog, monkeypatch):
    caplog.set_level("DEBUG")
    client, codes = client_for("carl", enforce_csrf_checks=True), []
    client.raise_request_exception = False
    client.get(path)
    codes.append(client.post(path, {"text": typed}).status_code)
    client.handler.enforce_csrf_checks = False
    codes.append(client.post(path, {"text": typed}).status_code)
    monkeypatch.setattr(Message, "save", Mock(side_effect=RuntimeError("broken")))
    codes.append(client.post(path, {"text": f"{typed[:1000]} again"}).status_code)
    offer.cancel(by=offer.cleaner, reason="other")
    codes.append(client.post(path, {"text": f"{typed} again"}).status_code)
    assert codes == [403, 302 if typed == "canary-typed" else 200, 500, 409]
    assert caplog.records
    lines = [JsonFormatter().format(record) for record in caplog.records if record.name != "django.db.backends"]
    assert [line for line in lines if "canary-typed" in line] == []
