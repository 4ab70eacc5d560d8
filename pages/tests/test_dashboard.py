"""The page that log-in leads to: the next job, what waits for its reader, their numbers and lists."""

import re
from datetime import date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Profile, User
from accounts.tests.helpers import log_in
from cleanings.models import Bookmark, Cleaning, Photo
from cleanings.states import OfferStatus, ReleaseReason
from evaluations.models import Evaluation
from marketplace.testing import (
    PASSWORD,
    create_cast,
    create_cleaning,
    create_offer,
    create_photo,
    create_user,
    move_start,
    text_of,
)
from marketplace.tests.helpers import rows
from offers.views import TABS
from pages.dashboard import greeting, last_months, money_by_month, next_jobs
from pages.tasks import MOST_TASKS

pytestmark = [pytest.mark.long, pytest.mark.django_db]

URL = "/dashboard/"
BRUSSELS = ZoneInfo("Europe/Brussels")


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
    return [(unescape(re.sub(r"<[^>]*>", "", words)).strip(), unescape(url)) for url, words in found]


def section(name, heading):
    """The links below one heading of somebody's page."""
    return links(page_of(name).partition(f'<h2 id="{heading}">')[2].partition("</section>")[0])


def counted(name):
    """The numbers of somebody's own lists, and where each leads."""
    found = re.findall(r'<a href="([^"]*)"><span>(.*?)</span> <b>(\d+)</b>', page_of(name))
    return {f"{label} {number}": unescape(url) for url, label, number in found}


def coming(name):
    """The names of the jobs that somebody's page shows as the next and the one behind it."""
    return [job.cleaning.name for job in next_jobs(create_user(name))]


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
    assert ("Dashboard", URL) in links(html["carl"].partition("<nav")[2].partition("</nav>")[0])
    assert URL not in html["nobody"]


def test_page_of_a_newcomer_shows_three_steps_and_nothing_empty():
    create_cleaning(name="Attic")
    html = page_of("stan")
    headings = re.findall(r"<h[123][^>]*>([^<].*?)</h[123]>", html)
    steps = ["Show your face", "Say where you are", "Get going"]
    assert headings == ["Welcome, stan", "Your first steps", *steps, "Just posted"]
    assert "Attic" in html.partition("Just posted")[2]
    assert ("Add your name and photo", "/accounts/profile/") in links(html)


def test_steps_are_ticked_and_gone_once_something_is_posted():
    stan = create_user("stan")
    assert page_of("stan").count("Done. ") == 0
    Profile.objects.filter(user=stan).update(full_name="Stan", photo="0" * 32, city="Ghent")
    assert page_of("stan").count("Done. ") == 1
    Profile.objects.filter(user=stan).update(postcode="9000")
    assert page_of("stan").count("Done. ") == 2
    create_cleaning(owner=stan)
    html = page_of("stan")
    assert [words for words in ("Show your face", "Just posted", "Finish your profile") if words in html] == []
    assert "You’re up to date." in html


def test_a_newcomer_finds_what_they_saved():
    Bookmark.add(create_cleaning(), by=create_user("stan"))
    assert counted("stan") == {"Jobs 1": "/bookmarks/"}


@pytest.mark.parametrize(
    ("hour", "words"),
    [(4, "evening"), (5, "morning"), (11, "morning"), (12, "afternoon"), (17, "afternoon"), (18, "evening")],
)
def test_the_greeting_goes_by_the_clock_of_the_site(hour, words):
    assert greeting(datetime(2026, 11, 24, hour, 59, tzinfo=BRUSSELS)) == f"Good {words}"


def test_the_greeting_names_the_person_by_their_first_word():
    create_offer()
    assert ", carl</h1>" in page_of("carl")
    Profile.objects.filter(user__username="carl").update(full_name="Carl De Smet")
    assert re.search(r"<h1>Good \w+, Carl</h1>", page_of("carl"))


def test_the_next_job_names_when_with_whom_and_for_how_much():
    offer = create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.ACCEPTED)
    done = create_offer(status=OfferStatus.COMPLETED)
    for author in done.sides:
        Evaluation.write(done, by=author, overall_rating=4)
    block = page_of("carl").partition('<section class="next-job"')[2].partition("</section>")[0]
    assert "Your next job, in 3 days" in block
    assert [words for words in ("Attic", "olivia", "<b>4.0</b>", "€67.50") if words not in block] == []
    assert links(block) == [
        ("Attic", f"/cleanings/{offer.cleaning_id}/"), ("See the job", f"/cleanings/{offer.cleaning_id}/"),
        ("Write to olivia", f"{offer.get_absolute_url()}messages/"),
    ]  # fmt: skip
    assert "Write to carl" in page_of("olivia")


def test_the_next_job_has_its_photo_as_long_as_it_is_shown():
    assert "img/drawings/whole_home.svg" in page_of(create_offer(status=OfferStatus.ACCEPTED).cleaner)
    create_user("carl").offers.get().cancel(by=create_user("carl"), reason="other")
    photo = create_photo()
    create_offer(cleaning=photo.cleaning, status=OfferStatus.ACCEPTED)
    assert f"/photos/{photo.pk}/400/" in page_of("carl")
    Photo.objects.update(hidden_at=timezone.now(), hidden_by=create_user("ada"))
    assert f"/photos/{photo.pk}/400/" not in page_of("carl")


def test_the_next_job_and_the_one_behind_it_are_the_soonest_of_either_side():
    build_lists()
    assert coming("olivia") == coming("carl") == ["In two days", "In five days"]
    soonest = create_cleaning(owner=create_user("cora"), name="Tomorrow", starts_in=timedelta(days=1))
    create_offer(cleaning=soonest, status=OfferStatus.ACCEPTED)
    assert (coming("cora"), coming("carl"), coming("stan")) == (["Tomorrow"], ["Tomorrow", "In two days"], [])


def test_a_job_that_began_today_is_still_the_next_one_but_no_older_one():
    job = create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.ACCEPTED).cleaning
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=BRUSSELS), tick=False):
        move_start(job, timedelta(hours=-11))
        assert coming("carl") == ["Attic"]
        move_start(job, timedelta(hours=-13))
        assert coming("carl") == []


def test_what_the_next_job_says_is_no_task_too():
    job = create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.ACCEPTED).cleaning
    other = create_offer(cleaning=create_cleaning(name="Bath"), status=OfferStatus.ACCEPTED).cleaning
    move_start(job, timedelta(hours=1))
    move_start(other, timedelta(hours=2))
    assert [label for label, _ in section("carl", "to-do")] == ["See the job for Bath"]


def test_task_is_a_sentence_and_a_link_that_makes_sense_alone():
    cleaning = create_offer(cleaning=create_cleaning(name="Attic & <stairs>", starts_in=None)).cleaning
    assert "1 offer for “Attic &amp; &lt;stairs&gt;” waits for your answer." in page_of("olivia")
    assert section("olivia", "to-do") == [("Compare offers for Attic & <stairs>", f"/cleanings/{cleaning.pk}/offers/")]


def test_after_a_no_show_the_owner_can_put_it_on_record():
    offer = create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.ACCEPTED)
    move_start(offer.cleaning, timedelta(hours=-1))
    assert "didn’t turn up" not in page_of("olivia")
    offer.release(by=offer.cleaning.owner, reason=ReleaseReason.NO_SHOW)
    assert "carl didn’t turn up for “Attic”. You can put that on record until" in page_of("olivia")


@pytest.mark.parametrize("status", [OfferStatus.PENDING, OfferStatus.ACCEPTED])
def test_of_many_tasks_the_page_says_that_there_are_more(status):
    for _ in range(MOST_TASKS):
        create_offer(cleaning=create_cleaning(starts_in=None), status=status)
    assert "most urgent. There is more" not in page_of("olivia")
    create_offer(cleaning=create_cleaning(starts_in=None), status=status)
    assert f"These are the {MOST_TASKS} most urgent. There is more" in page_of("olivia")
    assert len(section("olivia", "to-do")) == MOST_TASKS + 2


def test_what_the_next_job_says_counts_for_no_more_to_do():
    soon = create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.ACCEPTED).cleaning
    move_start(soon, timedelta(hours=1))
    for _ in range(MOST_TASKS):
        create_offer(cleaning=create_cleaning())
    assert "most urgent. There is more" not in page_of("olivia")
    assert len(section("olivia", "to-do")) == MOST_TASKS
    create_offer(cleaning=create_cleaning())
    assert f"These are the {MOST_TASKS} most urgent. There is more" in page_of("olivia")


def test_lists_are_counted_with_links_and_what_there_is_none_of_has_none():
    for status in (OfferStatus.PENDING, OfferStatus.REJECTED, OfferStatus.ACCEPTED, OfferStatus.COMPLETED):
        create_offer(cleaning=create_cleaning(), status=status)
    create_cleaning().close(by=create_user("olivia"))
    jobs = {"Taken 1": "assigned", "Open 2": "open", "Done 1": "completed", "Closed 1": "closed"}
    assert counted("olivia") == {label: f"/cleanings/mine/?status={status}" for label, status in jobs.items()}
    offers = {"ahead": 1, "pending": 1, "past": 2}
    assert counted("carl") == {f"{TABS[show]} {number}": f"/offers/?show={show}" for show, number in offers.items()}
    create_offer(cleaning=create_cleaning(), cleaner=create_user("cora"))
    assert counted("cora") == {f"{TABS['pending']} 1": "/offers/?show=pending"}


def numbers(name):
    return re.findall(r"<li><b>([^<]*)</b> (.*?)</li>", page_of(name))


def test_numbers_are_of_both_sides_and_nothing_is_not_drawn():
    create_cleaning()
    assert numbers("olivia") == []
    create_offer(status=OfferStatus.ACCEPTED)
    create_offer()
    assert (numbers("olivia"), numbers("carl")) == ([("1", "job ahead")], [("1", "job ahead"), ("1", "offer waiting")])
    create_offer(status=OfferStatus.COMPLETED)
    assert numbers("olivia")[0] == ("€67.50", "went out this month")
    assert numbers("carl")[0] == ("€67.50", "came in this month")
    assert numbers("stan") == []


def test_money_is_counted_in_the_month_of_the_work_for_six_months():
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=BRUSSELS), tick=False):
        for days in (0, 24, 60, 400):
            job = create_offer(cleaning=create_cleaning(), status=OfferStatus.COMPLETED).cleaning
            move_start(job, timedelta(days=-days))
        sums = money_by_month(create_user("carl"))
        assert [int(amount * 2) for amount in sums.came_in] == [0, 0, 0, 135, 135, 135]
        assert not any(sums.went_out)
        assert sums.sentence == "In six months €202.50 came in for work you did."
        spent = money_by_month(create_user("olivia"))
        assert (spent.went_out, spent.came_in) == (sums.came_in, sums.went_out)
        assert spent.sentence == "In six months €202.50 went out for work done for you."


def test_the_sentence_of_the_chart_says_both_and_nothing_is_not_drawn():
    create_offer()
    assert "<figure" not in page_of("carl")
    create_offer(status=OfferStatus.COMPLETED)
    create_offer(cleaning=create_cleaning(owner=create_user("carl")), cleaner=create_user("cora"), status="completed")
    both = "In six months €67.50 came in for work you did, and €67.50 went out for work done for you."
    assert f"<figcaption>{both}</figcaption>" in page_of("carl")


def test_months_go_over_the_turn_of_the_year():
    assert [f"{month:%b %Y}" for month in last_months(date(2027, 2, 28))] == [
        "Sep 2026", "Oct 2026", "Nov 2026", "Dec 2026", "Jan 2027", "Feb 2027",
    ]  # fmt: skip


def build_lists():
    """Olivia's cleanings and Carl's offers on them: two jobs, one by agreement, and open ones, the newest last."""
    for name, days in (("In five days", 5), ("In two days", 2), ("By agreement", None)):
        job = create_cleaning(name=name, starts_in=days and timedelta(days=days))
        create_offer(cleaning=job, status=OfferStatus.ACCEPTED)
    for days, name in enumerate(("First", "Second", "Third"), 1):
        create_offer(cleaning=create_cleaning(name=name, starts_in=timedelta(days=days)))
    create_offer(cleaning=create_cleaning(name="Over"), status=OfferStatus.COMPLETED)


def test_nothing_of_other_people_is_shown():
    build_lists()
    create_offer(cleaning=create_cleaning(name="Attic"), cleaner=create_user("cora"), status=OfferStatus.ACCEPTED)
    taken = list(Cleaning.objects.with_status("assigned").values_list("name", flat=True).order_by("pk"))
    pages = {username: page_of(username) for username in ("olivia", "cora", "stan", "ada")}
    shown = {username: [name for name in taken if name in page] for username, page in pages.items()}
    assert shown == {"olivia": ["In two days", "By agreement", "Attic"], "cora": ["Attic"], "stan": [], "ada": []}


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
    client = Client()
    client.force_login(create_user("carl"))
    before = rows()
    assert client.get(URL).status_code == 200
    assert rows() == before
