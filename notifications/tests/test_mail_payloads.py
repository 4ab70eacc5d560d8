"""Whatever people type as their names and notes: it arrives as typed, moves nothing else in the mail, and fits."""

import pytest
from django.db.models import Value
from django.urls import reverse

from cleanings.alerts import MOST_CHARACTERS_OF_LINK, THREAD
from cleanings.models import Cleaning, Event, SavedSearch
from cleanings.searches import MOST_SEARCHES, Cadence
from cleanings.states import CancelReason, Kind
from mailqueue.models import Mail
from marketplace.testing import create_cleaning, create_user
from notifications.models import Notification
from notifications.tests.cases import before, send_what_is_due
from notifications.tests.test_emails import Page, html_of, text_of
from notifications.topics import Notice, Topic

pytestmark = [pytest.mark.long, pytest.mark.django_db]

TYPED = [
    "<script>alert(1)</script>",
    "</p></body><img src='//evil.example/a.png'>",
    '" onclick="x',
    "{% now 'Y' %} {{ person.email }} {{{ y }}} {# z #}",
    "&lt;b&gt; %(name)s {0}",
    "a, b; c <x@evil.example>",
    "日本 ü 😀",
]
BROKEN = [
    "Carl\nBcc: x@evil.example",
    "Carl\r\nBcc: x@evil.example\r\n\r\nPay here",
    "Carl\rBcc: x@evil.example",
    'Carl", "x@evil.example',
    "Carl, x@evil.example",
    "Carl\u2028Bcc: x@evil.example\x0b\x85",
]
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"),
    *("In-Reply-To", "References", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post"),
}


def call(name, full_name):
    person = create_user(name)
    type(person.profile).objects.filter(user=person).update(full_name=Value(full_name))


def mail_of_a_cancelled_job(server, *, full_name, name, note):
    """The mail to Olivia when Carl cancels her cleaning, which is called so, as the two are, too.

    The rows hold names that no form would take, as those that came otherwise may.
    """
    for person in ("olivia", "carl"):
        call(person, full_name)
    with before(Kind.CANCEL):
        Cleaning.objects.update(name=Value(name))
        offer = create_user("carl").offers.get()
        offer.cancel(by=offer.cleaner, reason=CancelReason.OTHER, note=note)
        send_what_is_due()
    (message,) = [taken for taken in server.taken if "olivia@example.org" in taken["To"]]
    return message


@pytest.mark.parametrize("typed", TYPED)
def test_what_was_typed_stands_there_as_typed_and_is_no_markup(server, typed):
    message = mail_of_a_cancelled_job(server, full_name=typed, name=typed, note=typed)
    sentence = f"{typed} cancelled “{typed}”. Reason: Another reason."
    page = Page(html_of(message))
    assert text_of(message).startswith(f"Hello {typed},\n")
    assert f"Hello {typed}," in page.words
    assert message["Subject"].strip() == f"{typed} cancelled “{typed}”"
    assert sentence in text_of(message)
    assert sentence in page.words
    assert f"\n> {typed}\n" in text_of(message)
    ours = {"html", "head", "meta", "title", "style", "body", "div", "p", "blockquote", "a", "br", "img"}
    assert (page.tags, page.attributes["lang"]) == (ours, ["en-GB"])
    # Our sign is the same in every mail, so that no request for it says who reads what.
    assert page.attributes["src"] == ["http://localhost:8000/static/img/mail.png"]
    assert "evil" not in "".join(page.attributes["href"])


@pytest.mark.parametrize("typed", BROKEN)
def test_no_name_adds_a_header_a_recipient_or_a_paragraph(server, typed):
    message = mail_of_a_cancelled_job(server, full_name=typed, name=typed, note="")
    one_line = " ".join(typed.split())
    assert set(message.keys()) == HEADERS
    assert (message["To"], message["Subject"].strip()) == ("olivia@example.org", f"{one_line} cancelled “{one_line}”")
    fields = [mail.args_kwargs["kwargs"] for mail in Mail.objects.all()]
    recipients = sorted(address for field in fields for name in ("to", "cc", "bcc") for address in field[name])
    assert recipients == ["cora@example.org", "olivia@example.org"]
    assert text_of(message).split("\n\n")[1].startswith(f"{one_line} cancelled “{one_line}”. Reason: ")


def test_a_note_cannot_look_like_our_own_words(server):
    note = "Sorry.\r\n\r\n-- \r\nSwept, localhost:8000\rPay here: https://evil.example/\u2028Bye"
    message = mail_of_a_cancelled_job(server, full_name="", name="Attic", note=note)
    lines = text_of(message).splitlines()
    assert [line for line in lines if line.startswith("> ")] == [f"> {line}" for line in note.splitlines()]
    assert lines.count("-- ") == 1
    assert [line for line in lines if "evil" in line] == ["> Pay here: https://evil.example/"]


@pytest.mark.parametrize("letter", ["😀", "é", "'", "<", "x"])
@pytest.mark.parametrize("count", [1, 2, 200])
def test_the_longest_mail_stays_below_30_kilobytes(server, letter, count):
    for name in ("olivia", "carl"):
        call(name, letter * 80)
    write_longest(count, letter)
    send_what_is_due()
    (message,) = server.taken
    shown = text_of(message).count(f"\n{letter * 220} x\n> {letter * 500}\n")
    assert len(message.as_bytes()) < 30 * 1024
    assert 1 <= shown <= count
    left_out = f"\n\n{count - shown} more came before these. They’re in your notifications: http://localhost:8000"
    assert (left_out in text_of(message)) == (shown < count)


@pytest.mark.parametrize("letter", ["😀", "é", "'", "<", "x"])
@pytest.mark.parametrize("link", [MOST_CHARACTERS_OF_LINK, 2000])
def test_the_longest_mail_of_new_jobs_stays_below_30_kilobytes(server, letter, link):
    call("carl", letter * 80)
    carl, query = create_user("carl"), "q=" + "x" * (link - len("/cleanings/?q=0"))
    jobs = [create_cleaning(name=letter * 120, city=letter * 80) for _ in range(10)]
    searches = [
        SavedSearch.objects.create(person=carl, name=letter * 80, query=f"{query}{number}", cadence=Cadence.AT_ONCE)
        for number in range(MOST_SEARCHES)
    ]
    facts = {"jobs": [job.pk for job in jobs], "more": 90, "searches": [search.pk for search in searches]}
    notices = [Notice(carl, Topic.ALERT, letter * 120, letter * 220, "/searches/", "See your saved searches")]
    Notification.objects.notify(Notification.in_thread(THREAD, notices, by=None, facts=facts))
    send_what_is_due()
    (message,) = server.taken
    text = text_of(message)
    assert (text.count("/cleanings/?q="), text.count("See its jobs: ")) == (0 if link == 2000 else 10, 10)
    assert len(message.as_bytes()) < 30 * 1024


def write_longest(count, letter, note=500):
    """So many notifications of Olivia's about one cleaning, of every topic, each with the longest names and note."""
    cleaning, carl = create_cleaning(name=letter * 120), create_user("carl")
    of_carl = {"cleaner": carl, "actor": carl, "kind": Kind.CANCEL, "to_status": "cancelled", "note": letter * note}
    Event.objects.bulk_create([Event(cleaning=cleaning, **of_carl) for _ in range(count)])
    words = {"subject": letter * 120, "sentence": f"{letter * (80 + 80 + 60)} x", "url": longest_url(cleaning)}
    Notification.objects.bulk_create(
        Notification(event=event, recipient=cleaning.owner, topic=Topic.values[number % len(Topic)], **words)
        for number, event in enumerate(cleaning.events.filter(kind=Kind.CANCEL).order_by("pk"))
    )


def longest_url(cleaning):
    """That of a page of its cleaner with the longest name, whom nobody has to be for it."""
    return reverse("evaluations:create", args=[cleaning.pk, "x" * 30])


def test_a_mail_tells_of_the_ten_newest_in_their_order(server):
    write_longest(12, "x", note=0)
    for number, notification in enumerate(Notification.objects.order_by("pk"), start=1):
        Notification.objects.filter(pk=notification.pk).update(sentence=f"Number {number}.")
    send_what_is_due()
    (message,) = server.taken
    paragraphs = text_of(message).split("\n\n")
    assert paragraphs[1].startswith("2 more came before these.")
    assert paragraphs[2:12] == [f"Number {number}." for number in range(3, 13)]
    assert message["Subject"].strip() == "x" * 105 + "… (and 11 more)"
