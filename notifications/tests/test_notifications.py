"""The page that tells a person what happened: theirs alone, and read only when they open it or say so."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client

from cleanings.models import Event
from conversations.models import Question
from marketplace.testing import create_cleaning, create_offer, create_user, text_of
from notifications.lines import short_sentence
from notifications.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    """Two notifications of Olivia's and one of Cora's; returns their rows by person."""
    for owner in ("olivia", "olivia", "cora"):
        create_offer(cleaning=create_cleaning(owner=create_user(owner)))
    return {name: list(create_user(name).notifications.newest_first()) for name in ("olivia", "cora")}


def unread(name):
    return create_user(name).notifications.unread().count()


def test_everybody_reads_their_own_newest_first(client, rows):
    client.force_login(create_user("olivia"))
    answer = client.get("/notifications/")
    assert list(answer.context["object_list"]) == rows["olivia"]
    assert 'Notifications</span> <span class="count">2<span class="visually-hidden"> new' in text_of(answer)


def test_reading_the_page_marks_nothing_as_read(client, rows):
    client.force_login(create_user("olivia"))
    client.get("/notifications/")
    assert unread("olivia") == 2


def test_one_is_marked_as_read_or_all_of_one_s_own(client, rows):
    client.force_login(create_user("olivia"))
    client.post("/notifications/", {"notification": rows["olivia"][0].pk})
    assert (unread("olivia"), unread("cora")) == (1, 1)
    client.post("/notifications/")
    assert (unread("olivia"), unread("cora")) == (0, 1)


@pytest.mark.parametrize("number", ["0", "-1", "abc", str(2**63), "9" * 40])
def test_what_is_no_notification_marks_nothing(client, rows, number):
    client.force_login(create_user("olivia"))
    assert client.post("/notifications/", {"notification": number}).status_code == 302
    assert unread("olivia") == 2


def test_another_person_s_is_out_of_reach(client, rows):
    client.force_login(create_user("olivia"))
    client.post("/notifications/", {"notification": rows["cora"][0].pk})
    assert unread("cora") == 1


def test_one_that_is_opened_is_read_and_leads_to_what_it_is_about(client, rows):
    client.force_login(create_user("olivia"))
    newest, older = rows["olivia"]
    for _ in range(2):
        answer = client.post("/notifications/", {"notification": newest.pk, "open": "1"})
        assert (answer.status_code, answer["Location"]) == (302, newest.url)
        assert list(create_user("olivia").notifications.unread()) == [older]


def test_one_that_is_another_s_or_gone_or_none_is_not_opened(client, rows):
    client.force_login(create_user("cora"))
    assert client.post("/notifications/", {"notification": rows["cora"][0].pk, "open": "1"}).status_code == 302
    there, gone = (notification.pk for notification in rows["olivia"])
    Notification.objects.filter(pk=gone).delete()
    for number in (there, gone, "", "0", "abc", "9" * 40):
        assert client.post("/notifications/", {"notification": number, "open": "1"}).status_code == 404, number
    assert unread("olivia") == 1


def test_nobody_opens_anything_without_the_token_of_a_form(rows):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(create_user("olivia"))
    assert browser.post("/notifications/", {"notification": rows["olivia"][0].pk, "open": "1"}).status_code == 403
    assert unread("olivia") == 2


def test_what_is_read_is_a_link_and_what_is_not_is_a_button(client, rows):
    client.force_login(create_user("olivia"))
    older = rows["olivia"][1]
    Notification.objects.filter(pk=older.pk).mark_read()
    page = text_of(client.get("/notifications/"))
    tag, words = '<span class="tag tag-straw">New</span>', "carl offers €22.50 an hour, about €67.50 in all."
    button = f'<button class="link" type="submit" name="open" value="1">{tag} {words}</button>'
    assert (page.count(button), page.count(tag)) == (1, 1)
    assert page.count(f'<a href="{older.url}">{words}</a>') == 1


def test_a_line_does_not_repeat_the_name_in_the_heading_above(client):
    offer = create_offer(cleaning=create_cleaning(name="Attic"), cleaner=create_user("carl"))
    Question.ask(offer.cleaning, by=create_user("stan"), text="Is there a lift?")
    client.force_login(offer.cleaning.owner)
    main = text_of(client.get("/notifications/")).partition("<main")[2]
    assert main.count("Attic") == 1


@pytest.mark.parametrize(
    ("sentence", "short"),
    [
        ("Carl offers €18, for “Attic”.", "Carl offers €18."),
        ("Carl cancelled “Attic”. Reason: I can’t come.", "Carl cancelled this job. Reason: I can’t come."),
        ("Carl comes today for “Attic”: Tue 1 Dec.", "Carl comes today for this job: Tue 1 Dec."),
        ("You’ve got the job: “Attic”, Tue 1 Dec.", "You’ve got the job: Tue 1 Dec."),
        ("“Attic” is done.", "This job is done."),
        ("“Attic”: The owner closed the job.", "The owner closed the job."),
        ("“Bath” is done.", "“Bath” is done."),
    ],
)
def test_below_its_name_a_job_is_this_job(sentence, short):
    assert short_sentence(sentence, "“Attic”") == short


def test_the_words_of_the_one_who_acted_stand_below_as_they_were_typed(client):
    offer = create_offer(status="accepted")
    offer.cancel(by=offer.cleaner, reason="other", note="My <b>knee</b>.\nSorry!")
    client.force_login(offer.cleaning.owner)
    for _ in ("unread", "read"):
        page = client.get("/notifications/").content.decode()
        assert '<blockquote class="prose quotation" dir="auto">My &lt;b&gt;knee&lt;/b&gt;.\nSorry!</blockquote>' in page
        assert page.count("<blockquote") == 1
        offer.cleaning.owner.notifications.mark_read()


def groups_of(client):
    """The headings of the page, and how many lines are below each."""
    page = text_of(client.get("/notifications/")).partition("<main")[2].partition("</main>")[0]
    return [
        (re.findall(r"<h2[^>]*>(.*?)</h2>", section), section.count("<li>"))
        for section in page.split('<div class="news"')[1:]
    ]


def test_they_are_grouped_by_job_the_newest_first(client):
    attic, bath = create_cleaning(name="Attic"), create_cleaning(name="Bath")
    for cleaning, name in ((attic, "carl"), (bath, "carl"), (attic, "cora")):
        create_offer(cleaning=cleaning, cleaner=create_user(name))
    Question.ask(bath, by=create_user("stan"), text="Is there a lift?")
    client.force_login(create_user("olivia"))
    assert groups_of(client) == [(["Bath"], 2), (["Attic"], 2)]


def test_what_has_no_line_of_a_timeline_is_grouped_without_a_heading(client):
    Question.ask(create_cleaning(name="Bath"), by=create_user("stan"), text="Is there a lift?")
    client.force_login(create_user("olivia"))
    assert groups_of(client) == [([], 1)]


def test_whoever_did_it_of_the_two_has_their_face_beside_it_and_staff_have_none(client):
    offer = create_offer(status="accepted")
    offer.cancel(by=offer.cleaner, reason="other")
    client.force_login(create_user("olivia"))
    face, drawing = create_user("carl").face, "img/drawings/whole_home.svg"
    main = text_of(client.get("/notifications/")).partition("<main")[2]
    assert (main.count(face), main.count(drawing)) == (2, 0)
    offer.cleaning.close(by=create_user("ada", is_staff=True, is_superuser=True))
    main = text_of(client.get("/notifications/")).partition("<main")[2]
    assert (main.count(face), main.count(drawing), main.count('class="face')) == (2, 1, 2)


def test_what_was_read_keeps_its_moment(rows):
    create_user("olivia").notifications.mark_read()
    moment = rows["olivia"][0].__class__.objects.get(pk=rows["olivia"][0].pk).read_at
    create_user("olivia").notifications.mark_read()
    assert Notification.objects.get(pk=rows["olivia"][0].pk).read_at == moment


def test_a_page_before_the_request_has_a_user_counts_nothing(rf):
    assert "Log in" in render_to_string("404.html", request=rf.get("/"))


def test_a_line_that_is_filled_in_prints_braces_and_tags_as_they_were_typed(client):
    create_offer(cleaning=create_cleaning(name="{pk} <b>bath</b> {0}"), cleaner=create_user("carl"))
    client.force_login(create_user("olivia"))
    page = text_of(client.get("/notifications/"))
    assert "{pk} &lt;b&gt;bath&lt;/b&gt; {0}" in page
    assert "<b>bath" not in page


def test_on_warm_patterns_everybody_reads_their_own_lines_alone(client, rows):
    for _ in ("cold", "warm"):
        for username in ("olivia", "cora"):
            client.force_login(create_user(username))
            page = text_of(client.get("/notifications/"))
            found = {int(number) for number in re.findall(r'name="notification" value="(\d+)"', page)}
            assert found == {each.pk for each in rows[username]}


@pytest.mark.parametrize(("facts", "note"), [(None, "Ring twice"), ({"jobs": []}, "Ring twice"), ({"note": ""}, "")])
def test_the_facts_of_a_notification_may_replace_the_note_of_its_event(facts, note):
    assert Notification(event=Event(note="Ring twice"), facts=facts).note == note


def test_a_notification_without_an_event_has_no_note():
    assert Notification(facts={"jobs": []}).note == ""
