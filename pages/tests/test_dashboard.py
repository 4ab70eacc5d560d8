"""The page that log-in leads to: what waits for its reader, and the first of their cleanings and offers."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.tests.helpers import log_in
from cleanings.models import Cleaning
from cleanings.states import OfferStatus, ReleaseReason
from marketplace.testing import PASSWORD, create_cast, create_cleaning, create_offer, create_user, move_start, text_of
from offers.models import Offer
from pages.dashboard import MOST_ROWS, MOST_TASKS

pytestmark = pytest.mark.django_db

URL = "/dashboard/"


@pytest.fixture(autouse=True)
def cast():
    with time_machine.travel(timezone.now(), tick=False):
        yield create_cast()


def page_of(name):
    client = Client()
    client.force_login(create_user(name))
    return text_of(client.get(URL))


def links(html):
    """What each link says, with what only screen readers say, and where it leads."""
    found = re.findall(r'<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>', html, re.DOTALL)
    return [(unescape(re.sub(r"<[^>]*>", "", words)), unescape(url)) for url, words in found]


def section(name, heading):
    """The links below one heading of somebody's page."""
    return links(page_of(name).partition(f'<h2 id="{heading}">')[2].partition("</section>")[0])


def titles(name, heading):
    """The names of the cleanings that a list shows, in its order."""
    html = page_of(name).partition(f'<h2 id="{heading}">')[2].partition("</section>")[0]
    return [unescape(title) for title in re.findall(r"<h3><a[^>]*>(.*?)</a>", html)]


def test_log_in_leads_to_the_dashboard_unless_it_was_asked_for_another_page():
    assert log_in(Client(), "carl").url == URL
    asked = Client().post("/accounts/login/", {"login": "carl", "password": PASSWORD, "next": "/offers/"})
    assert asked.url == "/offers/"


def test_nobody_is_led_to_log_in_and_back():
    answer = Client().get(URL)
    assert (answer.status_code, answer.url) == (302, f"{reverse('account_login')}?next={URL}")


def test_nothing_is_posted_to_it():
    client = Client()
    client.force_login(create_user("carl"))
    assert [client.get(URL).status_code, client.post(URL).status_code] == [200, 405]


def test_home_page_and_links_of_the_site_lead_members_to_it():
    member = Client()
    member.force_login(create_user("carl"))
    html = {who: client.get("/").content.decode() for who, client in (("carl", member), ("nobody", Client()))}
    assert ("Go to your dashboard", URL) in links(html["carl"].partition("<main")[2].partition("<h1")[0])
    assert links(html["carl"].partition("<nav")[2])[0] == ("Dashboard", URL)
    assert URL not in html["nobody"]


def test_page_of_a_newcomer_says_that_nothing_waits_and_how_to_begin():
    html = page_of("stan")
    said = [words for words in ("You’re up to date", "No cleanings yet", "No offers yet") if words in html]
    assert said == ["You’re up to date", "No cleanings yet", "No offers yet"]
    begin = [("Post a cleaning", "/cleanings/new/"), ("Find cleanings", "/cleanings/")]
    assert (section("stan", "to-do"), section("stan", "cleanings"), section("stan", "offers")) == (begin, [], [])


def test_task_is_a_sentence_and_a_link_that_makes_sense_alone():
    cleaning = create_offer(cleaning=create_cleaning(name="Attic & <stairs>", starts_in=None)).cleaning
    assert "1 offer for “Attic &amp; &lt;stairs&gt;” waits for your answer." in page_of("olivia")
    assert section("olivia", "to-do") == [("Compare offers for Attic & <stairs>", f"/cleanings/{cleaning.pk}/offers/")]


def test_after_a_no_show_the_owner_can_put_it_on_record():
    offer = create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.ACCEPTED)
    move_start(offer.cleaning, timedelta(hours=-1))
    assert "did not turn up" not in page_of("olivia")
    offer.release(by=offer.cleaning.owner, reason=ReleaseReason.NO_SHOW)
    assert "carl did not turn up for “Attic”. You can put that on record until" in page_of("olivia")


@pytest.mark.parametrize("status", [OfferStatus.PENDING, OfferStatus.ACCEPTED])
def test_of_many_tasks_the_page_says_that_there_are_more(status):
    for _ in range(MOST_TASKS):
        create_offer(cleaning=create_cleaning(starts_in=None), status=status)
    assert "most urgent. More" not in page_of("olivia")
    create_offer(cleaning=create_cleaning(starts_in=None), status=status)
    assert f"These are the {MOST_TASKS} most urgent. More" in page_of("olivia")
    assert len(section("olivia", "to-do")) == MOST_TASKS + 2


def test_cleanings_are_counted_by_status_with_links_to_each():
    for status in (OfferStatus.PENDING, OfferStatus.REJECTED, OfferStatus.ACCEPTED, OfferStatus.COMPLETED):
        create_offer(cleaning=create_cleaning(), status=status)
    create_cleaning().close(by=create_user("olivia"))
    counted = {"Assigned (1)": "assigned", "Open (2)": "open", "Completed (1)": "completed", "Closed (1)": "closed"}
    assert section("olivia", "cleanings")[:4] == [
        (f"{label} among your cleanings", f"/cleanings/mine/?status={status}") for label, status in counted.items()
    ]


def test_open_cleaning_without_a_next_step_says_what_it_waits_for():
    attic = create_cleaning(name="Attic")
    assert "<p>No offers yet</p>" in page_of("olivia")
    create_offer(cleaning=attic)
    assert "<p>No offers yet</p>" not in page_of("olivia")
    assert ("Compare offers for Attic", f"/cleanings/{attic.pk}/offers/") in section("olivia", "cleanings")


def test_offers_are_counted_by_what_is_to_come_as_their_own_lists_do():
    for status in OfferStatus:
        create_offer(cleaning=create_cleaning(), status=status)
    counted = {"Ahead (1)": "ahead", "Pending (1)": "pending", "Past (3)": "past"}
    assert section("carl", "offers")[:3] == [
        (f"{label} among your offers", f"/offers/?show={show}") for label, show in counted.items()
    ]
    client = Client()
    client.force_login(create_user("carl"))
    for label, show in counted.items():
        assert label in client.get(f"/offers/?show={show}").content.decode()


def build_lists():
    """Olivia's cleanings and Carl's offers on them: two jobs, one by agreement, and open ones, the newest last."""
    for name, days in (("In five days", 5), ("In two days", 2), ("By agreement", None)):
        job = create_cleaning(name=name, starts_in=days and timedelta(days=days))
        create_offer(cleaning=job, status=OfferStatus.ACCEPTED)
    for days, name in enumerate(("First", "Second", "Third"), 1):
        create_offer(cleaning=create_cleaning(name=name, starts_in=timedelta(days=days)))
    create_offer(cleaning=create_cleaning(name="Over"), status=OfferStatus.COMPLETED)


@pytest.mark.parametrize(("name", "heading"), [("olivia", "cleanings"), ("carl", "offers")])
def test_lists_begin_with_the_soonest_job_and_go_on_with_the_newest(name, heading):
    build_lists()
    assert titles(name, heading) == ["In two days", "In five days", "By agreement", "Third", "Second"]
    assert len(titles(name, heading)) == MOST_ROWS


def test_rows_of_the_lists_lead_on():
    open_, job = create_cleaning(name="Attic"), create_cleaning(name="Bath")
    create_offer(cleaning=open_)
    create_offer(cleaning=job, status=OfferStatus.ACCEPTED)
    ahead = ("See the job for Bath", f"/cleanings/{job.pk}/")
    assert section("olivia", "cleanings")[4:] == [
        ("Bath", f"/cleanings/{job.pk}/"), ahead,
        ("Attic", f"/cleanings/{open_.pk}/"), ("Compare offers for Attic", f"/cleanings/{open_.pk}/offers/"),
    ]  # fmt: skip
    place = f"/cleanings/{open_.pk}/offers/carl/"
    assert section("carl", "offers")[3:] == [
        ("Bath", f"/cleanings/{job.pk}/offers/carl/"), ahead,
        ("Attic", place), ("Change your offer for Attic", f"{place}edit/"),
    ]  # fmt: skip


def test_what_would_end_an_offer_is_no_next_step():
    offer = create_offer(cleaning=create_cleaning(name="Attic"))
    assert [label for label, _ in section("carl", "offers")[3:]] == ["Attic", "Change your offer for Attic"]
    move_start(offer.cleaning, timedelta(hours=-1))
    assert [label for label, _ in section("carl", "offers")[3:]] == ["Attic"]


def test_what_is_over_is_only_counted():
    create_offer(status=OfferStatus.COMPLETED)
    for name, heading, said in (
        ("olivia", "cleanings", "None of them is assigned or open."),
        ("carl", "offers", "No job is ahead, and no offer is pending."),
    ):
        assert said in page_of(name)
        assert titles(name, heading) == []


def test_nothing_of_other_people_is_shown():
    build_lists()
    move_start(create_offer(cleaning=create_cleaning(name="Attic"), cleaner=create_user("cora")).cleaning, None)
    names = list(Cleaning.objects.values_list("name", flat=True).order_by("pk"))
    pages = {username: page_of(username) for username in ("olivia", "cora", "stan", "ada")}
    shown = {username: [name for name in names if name in page] for username, page in pages.items()}
    assert shown == {"olivia": names, "cora": ["Attic"], "stan": [], "ada": []}


def test_street_and_phone_number_are_not_on_it():
    carl = create_user("carl")
    carl.profile.phone_number = "+32 2 555 12 34"
    carl.profile.save_changes(["phone_number"])
    cleaning = create_offer(status=OfferStatus.ACCEPTED).cleaning
    move_start(cleaning, timedelta(hours=1))
    shown = {name: page_of(name) for name in ("olivia", "carl")}
    assert all(cleaning.name in html for html in shown.values())
    assert [name for name, html in shown.items() if "Hidden Lane" in html or "555 12 34" in html] == []


def test_former_member_is_named_so():
    cleaning = create_offer(status=OfferStatus.ACCEPTED).cleaning
    move_start(cleaning, timedelta(hours=-1))
    assert "with carl started" in page_of("olivia")
    User.objects.filter(username="carl").update(is_active=False)
    assert "with Former member started" in page_of("olivia")
    assert "carl" not in page_of("olivia")


@pytest.mark.parametrize(("gone", "left", "role"), [("carl", "olivia", "cleaner"), ("olivia", "carl", "owner")])
def test_a_job_of_a_former_member_does_not_say_that_they_come(gone, left, role):
    cleaning = create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.ACCEPTED).cleaning
    move_start(cleaning, timedelta(hours=1))
    ended = f"but the account of its {role} has ended."
    assert ended not in page_of(left)
    User.objects.filter(username=gone).update(is_active=False)
    assert re.search(rf"“Attic” starts (today|tomorrow) at \d\d:\d\d, {ended}", page_of(left))


def test_looking_changes_nothing():
    build_lists()
    before = [*Offer.objects.order_by("pk").values()]
    client = Client()
    client.force_login(create_user("carl"))
    assert client.head(URL).status_code == 200
    assert [*Offer.objects.order_by("pk").values()] == before
