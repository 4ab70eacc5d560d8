"""What the mail of each kind of news says, as the mail server takes it: its words, its links, its headers."""

import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from cleanings.states import Kind
from marketplace.testing import create_user
from notifications.emails import read_token
from notifications.models import Notification
from notifications.tests.cases import NOTE, NOTIFIED, STAFF, before, happen, send_what_is_due
from notifications.topics import Topic

pytestmark = [pytest.mark.long, pytest.mark.django_db]

COMPARE, OFFER, PAGE, OTHERS = "offers:list", "offers:detail", "cleanings:detail", "cleanings:list"
EVALUATE, READ = "evaluations:create", "evaluations:list"

BUTTONS = {
    COMPARE: "Compare the offers",
    OFFER: "See your offer",
    PAGE: "See the job",
    OTHERS: "Find other jobs",
    EVALUATE: "Write a review",
    READ: "Read the reviews",
}

# Of each kind of news who is notified, under which subject, and where the link leads.
NEWS = [
    (Kind.OFFER, "olivia", Topic.OFFERED, "New offer for “Attic”", COMPARE),
    (Kind.REVISE, "olivia", Topic.REVISED, "Offer changed for “Attic”", COMPARE),
    (Kind.CONFIRM, "olivia", Topic.CONFIRMED, "Offer kept for “Attic”", COMPARE),
    (Kind.RESCIND, "olivia", Topic.RESCINDED, "Offer withdrawn for “Attic”", COMPARE),
    (Kind.EDIT, "carl", Topic.CHANGED, "“Attic” has changed", OFFER),
    (Kind.EDIT, "cora", Topic.CHANGED, "“Attic” has changed", OFFER),
    (Kind.REJECT, "carl", Topic.REJECTED, "Your offer for “Attic” was turned down", OFFER),
    (Kind.ACCEPT, "carl", Topic.CHOSEN, r"You’ve got the job: “Attic”, \d+ [A-Z][a-z]{2} \d{4}", PAGE),
    (Kind.ACCEPT, "cora", Topic.NOT_CHOSEN, "Someone else was chosen for “Attic”", OTHERS),
    (Kind.CANCEL, "olivia", Topic.CANCELLED, "carl cancelled “Attic”", COMPARE),
    (Kind.CANCEL, "cora", Topic.REOPENED, "“Attic” is open again", OFFER),
    (Kind.RELEASE, "carl", Topic.RELEASED, "The owner cancelled “Attic”", OFFER),
    (Kind.RELEASE, "cora", Topic.REOPENED, "“Attic” is open again", OFFER),
    (Kind.COMPLETE, "carl", Topic.COMPLETED, "“Attic” is done", EVALUATE),
    (Kind.CLOSE, "carl", Topic.CLOSED, "“Attic” was closed", OTHERS),
    (Kind.CLOSE, "cora", Topic.CLOSED, "“Attic” was closed", OTHERS),
    (Kind.LAPSE, "olivia", Topic.LAPSED, "The start of “Attic” has passed", COMPARE),
    (Kind.LAPSE, "carl", Topic.LAPSED, "Nobody was chosen for “Attic”", OFFER),
    (Kind.LAPSE, "cora", Topic.LAPSED, "Nobody was chosen for “Attic”", OFFER),
    (Kind.REMIND, "olivia", Topic.REMINDED, "“Attic” is tomorrow", PAGE),
    (Kind.REMIND, "carl", Topic.REMINDED, "“Attic” is tomorrow", PAGE),
    (Kind.EVALUATE, "carl", Topic.EVALUATED, "You have a new review for “Attic”", EVALUATE),
    (Kind.DUE, "olivia", Topic.EVALUATION_DUE, "The days to review “Attic” are ending", EVALUATE),
    (Kind.DUE, "carl", Topic.EVALUATION_DUE, "The days to review “Attic” are ending", EVALUATE),
    (Kind.PUBLISH, "olivia", Topic.PUBLISHED, "A review for “Attic” is published", READ),
    (Kind.PUBLISH, "carl", Topic.PUBLISHED, "A review for “Attic” is published", READ),
    (Kind.ANSWER, "olivia", Topic.ANSWERED, "carl answered about “Attic”", PAGE),
    (Kind.HIDE, "olivia", Topic.HIDDEN, "A review for “Attic” is hidden", READ),
    (Kind.HIDE, "carl", Topic.HIDDEN, "A review for “Attic” is hidden", READ),
]


def text_of(message):
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(message):
    return message.get_body(("html",)).get_content()


def address_of(name, cleaning, who):
    """Where somebody acts on the cleaning, or on their offer, or on Carl's."""
    cleaner = "carl" if who == "olivia" else who
    args = {COMPARE: [cleaning], PAGE: [cleaning], OTHERS: [], READ: ["carl"]}.get(name, [cleaning, cleaner])
    return f"http://localhost:8000{reverse(name, args=args)}"


class Page(HTMLParser):
    """What an HTML text is made of: the names of its tags, their attributes, and the words between them."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.words = set(), {}, ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value)

    def handle_data(self, data):
        self.words += data


def test_all_who_are_notified_of_anything_are_in_the_table():
    notified = set()
    for kind in NOTIFIED:
        with before(kind) as act:
            act()
        notified |= {(kind, *row) for row in Notification.objects.values_list("recipient__username", "topic")}
    assert notified == {(kind, who, topic) for kind, who, topic, *_ in NEWS}
    assert {topic for _, _, topic in notified} == {*Topic} - {
        Topic.IN_YOUR_PLACE, Topic.NO_SHOW, Topic.SUGGESTED, Topic.AGREED, Topic.CHANGE_OVER, Topic.ASKED,
        Topic.QUESTION_ANSWERED, Topic.WRITTEN, Topic.INVITED, Topic.INVITATION_OVER, Topic.ALERT, Topic.REPORTED,
            Topic.DECIDED,
    }  # fmt: skip
    assert {leads_to for *_, leads_to in NEWS} == {*BUTTONS}


@pytest.mark.parametrize(("kind", "who", "topic", "subject", "leads_to"), NEWS)
def test_the_mail_says_what_the_site_says_and_leads_to_where_one_acts(server, kind, who, topic, subject, leads_to):
    happen(kind)
    (message,) = [taken for taken in server.taken if taken["To"] == f"{who}@example.org"]
    notification = Notification.objects.get(recipient__username=who)
    # A long subject begins on a line of its own.
    assert re.fullmatch(subject, message["Subject"].lstrip())
    head, sentence, *_, footer = re.split(r"\n\n(?:-- \n)?", text_of(message).rstrip())
    assert (head, sentence.splitlines()[0], notification.topic) == (f"Hello {who},", notification.sentence, topic)
    act, stop = re.findall(r"http://\S+", text_of(message))
    assert act == address_of(leads_to, notification.event.cleaning_id, who)
    assert f"\n\n{BUTTONS[leads_to]}: {act}\n\n-- \n" in text_of(message)
    assert Page(html_of(message)).attributes["href"] == [act, stop]


@pytest.mark.parametrize(("who", "reason"), [("olivia", "posted"), ("cora", "made an offer for")])
def test_the_footer_tells_why_it_came_and_stops_mails_like_it(server, who, reason):
    happen(Kind.CANCEL)
    (message,) = [taken for taken in server.taken if taken["To"] == f"{who}@example.org"]
    came = f"You get this mail because you {reason} this job."
    site, why, stop = text_of(message).rpartition("\n-- \n")[2].strip().splitlines()
    assert (site, why) == ("Swept, localhost:8000", f"{came} Times are Brussels time.")
    label, _, link = stop.partition(": ")
    token = re.fullmatch("http://localhost:8000/notifications/unsubscribe/(.+)/", link)[1]
    topic = {"olivia": Topic.CANCELLED, "cora": Topic.REOPENED}[who]
    assert (label, read_token(token)) == ("Unsubscribe", (create_user(who).pk, [topic]))
    assert f"{why} <a" in html_of(message)


def test_one_link_stops_all_that_the_mail_tells_of(server):
    with before(Kind.REVISE) as act:
        act()
        create_user("carl").offers.get().rescind(by=create_user("carl"))
        send_what_is_due()
    (message,) = server.taken
    (token,) = re.findall("/unsubscribe/(.+)/", text_of(message))
    assert read_token(token) == (create_user("olivia").pk, [Topic.RESCINDED, Topic.REVISED])


def test_mail_programs_know_the_way_out_and_that_a_machine_wrote_it(server):
    happen(Kind.OFFER)
    (message,) = server.taken
    (stop,) = re.findall(r"http://\S+/unsubscribe/\S+", text_of(message))
    # As it was sent: a mail program opens an address only if it need not be decoded.
    assert dict(message.raw_items())["List-Unsubscribe"].strip() == f"<{stop}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"


def test_the_mails_about_one_cleaning_are_one_thread(server):
    with before(Kind.EDIT) as act:
        attic = create_user("olivia").cleanings.get()
        act()
        send_what_is_due()
        attic.edit(by=attic.owner, city="Bruges")
        send_what_is_due(30)
    happen(Kind.OFFER)
    *about_the_attic, about_another = [(taken["References"], taken["In-Reply-To"]) for taken in server.taken]
    assert about_the_attic == [(f"<cleaning-{attic.pk}@localhost>",) * 2] * 4
    assert about_another not in about_the_attic


def test_both_are_notified_of_staff_who_act_in_somebody_s_place(server):
    with before(Kind.REJECT) as act:
        act(who=STAFF)
        send_what_is_due()
    notices = {notice.recipient.email: notice for notice in Notification.objects.select_related("recipient")}
    links = {name: notices[f"{name}@example.org"].button for name in ("olivia", "carl")}
    assert links == {"olivia": "See the job", "carl": "See your offer"}
    for message in server.taken:
        notice = notices.pop(message["To"])
        assert message["Subject"] == "The staff changed “Attic”"
        assert notice.sentence in text_of(message)
        assert f"{notice.button}: http://localhost:8000{notice.url}" in text_of(message)
    assert notices == {}


def test_a_note_is_quoted_line_by_line(server):
    happen(Kind.RELEASE)
    (message,) = [taken for taken in server.taken if taken["To"] == "carl@example.org"]
    quoted = [line[2:] for line in text_of(message).splitlines() if line.startswith("> ")]
    assert quoted == NOTE.splitlines()
    assert "<blockquote>The attic is<br>full of ghosts.</blockquote>" in html_of(message)


def test_links_are_those_of_the_settings_whatever_host_was_asked(server, client, settings):
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://swept.example", ["evil.example"]
    with before(Kind.REJECT):
        cleaning = create_user("olivia").cleanings.get()
        client.force_login(cleaning.owner)
        page = f"/cleanings/{cleaning.pk}/offers/carl/reject/"
        assert client.post(page, headers={"Host": "evil.example"}).status_code == 302
        send_what_is_due()
    (message,) = server.taken
    written = text_of(message) + html_of(message) + message["List-Unsubscribe"]
    assert re.findall(r"https?://([^/\s\"]+)", written) == ["swept.example"] * 6
    assert (message["References"], "evil" in written) == (f"<cleaning-{cleaning.pk}@swept.example>", False)


def test_nobody_s_street_phone_or_address_stands_in_any_mail(server):
    for person in map(create_user, ("olivia", "carl", "cora")):
        type(person.profile).objects.filter(user=person).update(phone_number="+32 2 111 11 11")
    for kind in NOTIFIED:
        happen(kind, street_address="Canary Lane 77")
    assert len(server.taken) == len(NEWS)
    for message in server.taken:
        assert message["To"].endswith("@example.org")
        words = text_of(message) + html_of(message) + message["Subject"]
        assert re.findall(r"Canary|Lane 77|111 11|\S+@\S+", words) == []


def test_an_edit_of_the_street_tells_that_it_changed_and_not_to_what(server):
    with before(Kind.EDIT):
        attic = create_user("olivia").cleanings.get()
        attic.edit(by=attic.owner, street_address="Canary Lane 77")
        send_what_is_due()
    assert len(server.taken) == 2
    for message in server.taken:
        for words in (text_of(message), html_of(message)):
            assert "“Attic” has changed: street and number." in words
            assert not re.search("Canary|Hidden Lane", words)
