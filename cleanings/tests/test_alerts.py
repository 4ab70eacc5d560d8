"""What people are told of their saved searches: each new job once, nothing else, in at most one mail a run."""

import re
from datetime import datetime, timedelta
from functools import partial
from unittest.mock import patch

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from cleanings import alerts
from cleanings.alerts import MOST_FOUND, notify_of_new_jobs
from cleanings.models import Cleaning, SavedSearch
from cleanings.searches import Cadence
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications import querysets
from notifications.emails import token_for
from notifications.models import Notification, SiteOnly

pytestmark = pytest.mark.django_db

NOON = datetime.fromisoformat("2026-11-24 12:00:00+01:00")


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def later(at_noon):
    """Moves on by so many minutes, hours or days."""
    return lambda **how: at_noon.shift(timedelta(**how))


@pytest.fixture
def carl():
    return create_user("carl")


def save(person, query="city=Ghent", cadence=Cadence.AT_ONCE, name="Ghent"):
    return SavedSearch.add(by=person, query=query, name=name, cadence=cadence)


def told():
    """Who was told what, oldest first."""
    sentences = Notification.objects.filter(topic="alert").order_by("pk")
    return [(name, bare(text)) for name, text in sentences.values_list("recipient__username", "sentence")]


def bare(text):
    """Without the marks around names."""
    return text.replace("\u2068", "").replace("\u2069", "")


def test_what_was_there_is_no_news_and_what_comes_is_told_once(carl, later):
    create_cleaning(name="Before")
    later(minutes=1)
    save(carl)
    later(minutes=5)
    assert (notify_of_new_jobs(), told()) == ((0, 0), [])
    create_cleaning(name="Attic")
    create_cleaning(name="Elsewhere", city="Bruges")
    later(minutes=5)
    for count in (1, 0, 0):
        assert notify_of_new_jobs() == (count, 0)
        later(minutes=10)
    assert told() == [("carl", "“Attic” is new and matches your search “Ghent”.")]
    assert Notification.objects.get().url == Cleaning.objects.get(name="Attic").get_absolute_url()


def test_what_is_posted_this_minute_is_told_by_the_next_run(carl, later):
    save(carl)
    later(seconds=1)
    create_cleaning()
    later(seconds=30)
    assert notify_of_new_jobs() == (0, 0)
    later(minutes=10)
    assert notify_of_new_jobs() == (1, 0)


def test_a_reopened_job_is_news_and_an_edited_one_is_not(carl, later):
    offer = create_offer(cleaner=create_user("cora"), status="accepted")
    edited = create_cleaning(city="Bruges")
    later(minutes=5)
    save(carl)
    later(minutes=5)
    edited.edit(by=edited.owner, city="Ghent", name="Edited")
    later(minutes=5)
    assert notify_of_new_jobs() == (0, 0)
    offer.release(by=offer.cleaning.owner, reason="other")
    later(minutes=5)
    assert (notify_of_new_jobs(), len(told())) == ((1, 0), 1)


def own(carl):
    create_cleaning(owner=carl)


def offered(carl):
    create_offer(cleaner=carl)


def closed(carl):
    cleaning = create_cleaning()
    cleaning.close(by=cleaning.owner)


def reserved(carl):
    cleaning = create_cleaning()
    Cleaning.objects.filter(pk=cleaning.pk).update(reserved_for=create_user("cora"), reserved_until=NOON)


@pytest.mark.parametrize("happens", [own, offered, closed, reserved])
def test_nothing_of_ones_own_nor_with_an_offer_nor_hidden_from_one_is_told(carl, later, happens):
    save(carl)
    save(create_user("cora"), name="Cora’s")
    later(minutes=5)
    happens(carl)
    later(minutes=5)
    is_for_cora = happens in (own, offered)
    assert (notify_of_new_jobs(), [name for name, _ in told()]) == ((is_for_cora, 0), ["cora"] * is_for_cora)


def test_a_rescinded_offer_hides_no_news(carl, later):
    save(carl)
    later(minutes=5)
    create_offer(cleaner=carl, status="rescinded")
    later(minutes=5)
    assert notify_of_new_jobs() == (1, 0)


def test_a_daily_search_is_told_once_after_each_morning(carl, later):
    save(carl, cadence=Cadence.DAILY)
    create_cleaning(name="First", starts_in=timedelta(days=9))
    counts = []
    for _ in range(2 * 24):
        later(hours=1)
        counts.append(notify_of_new_jobs()[0])
        if timezone.localtime().hour == 18:
            create_cleaning(name="Evening", starts_in=timedelta(days=9))
    # Seven o'clock is 19 hours after noon; a minute of it is left to the run after.
    assert [hour + 1 for hour, count in enumerate(counts) if count] == [20, 44]
    assert told() == [("carl", "“Evening” is new and matches your search “Ghent”.")] * 2


def test_never_means_never(carl, later):
    save(carl, cadence=Cadence.NEVER)
    later(minutes=5)
    create_cleaning()
    later(days=1, minutes=5)
    assert (notify_of_new_jobs(), told()) == ((0, 0), [])


def test_a_person_is_told_once_a_run_of_all_their_searches(carl, later):
    save(carl)
    save(carl, query="type=full_clean", name="Full")
    save(carl, query="city=Bruges", name="Bruges")
    later(minutes=5)
    for number in range(3):
        create_cleaning(name=f"Flat {number}")
    later(minutes=5)
    assert notify_of_new_jobs() == (1, 0)
    assert told() == [("carl", "3 new jobs match your saved searches.")]
    assert Notification.objects.get().url == "/searches/"


def test_each_distinct_search_is_asked_once_a_run(later):
    for number in range(5):
        save(create_user(f"member{number}"), query=f"city=Ghent&min_rate={number % 2 + 1}")
    later(minutes=5)
    create_cleaning()
    later(minutes=5)
    with CaptureQueriesContext(connection) as queries:
        assert notify_of_new_jobs() == (5, 0)
    assert sum("hourly_rate" in query["sql"].partition("WHERE")[2] for query in queries) == 2


def test_each_is_told_what_is_newer_than_their_own_search(carl, later):
    save(carl)
    later(minutes=5)
    create_cleaning(name="Early")
    later(minutes=5)
    save(create_user("cora"))
    later(minutes=5)
    create_cleaning(name="Late")
    later(minutes=5)
    assert notify_of_new_jobs() == (2, 0)
    late = "“Late” is new and matches your search “Ghent”."
    assert sorted(told()) == [("carl", "2 new jobs match your search “Ghent”."), ("cora", late)]


def test_more_than_a_hundred_are_not_counted(carl, later):
    save(carl)
    later(minutes=5)
    job = create_cleaning()
    facts = {
        field.attname: getattr(job, field.attname) for field in Cleaning._meta.concrete_fields if field.name != "id"
    }
    Cleaning.objects.bulk_create(Cleaning(**facts | {"post_token": None}) for _ in range(MOST_FOUND + 5))
    later(minutes=5)
    notify_of_new_jobs()
    assert told() == [("carl", f"At least {MOST_FOUND} new jobs match your search “Ghent”.")]


def test_words_are_searched_for(carl, later):
    save(carl, query="q=windows+flat", name="Windows")
    later(minutes=5)
    create_cleaning(name="Windows of a flat")
    create_cleaning(name="Windows")
    later(minutes=5)
    notify_of_new_jobs()
    assert told() == [("carl", "“Windows of a flat” is new and matches your search “Windows”.")]


@pytest.mark.parametrize("query", ["gone=1&city=Ghent", "area=attic", "q=%00", "min_rate=x", "&" * 1500])
def test_a_search_that_no_longer_works_keeps_no_other_from_its_news(carl, later, query):
    SavedSearch.objects.create(person=carl, name="Old", query=query, cadence=Cadence.AT_ONCE)
    save(create_user("cora"))
    later(minutes=5)
    create_cleaning()
    later(minutes=5)
    told_and_failed = notify_of_new_jobs()
    assert (told_and_failed[0], [name for name, _ in told()]) == (1, ["cora"])


def test_one_person_who_fails_keeps_no_other_from_their_news(carl, later):
    save(carl)
    save(create_user("cora"))
    later(minutes=5)
    create_cleaning()
    later(minutes=5)
    notify = alerts.notify

    def break_for_carl(person, *rest):
        if person == carl:
            raise RuntimeError("broken")
        return notify(person, *rest)

    with patch.object(alerts, "notify", break_for_carl):
        assert notify_of_new_jobs() == (1, 1)
    assert (notify_of_new_jobs(), sorted(name for name, _ in told())) == ((1, 0), ["carl", "cora"])


class Killed(BaseException):
    pass


@pytest.mark.parametrize("place", [(querysets, "insert"), (alerts, "facts_of"), (alerts, "news_in")])
def test_a_worker_that_is_killed_tells_later_and_once(carl, later, place):
    save(carl)
    later(minutes=5)
    create_cleaning()
    later(minutes=5)
    owner, name = place
    original = getattr(owner, name)

    def act_and_die(*args):
        original(*args)
        raise Killed

    with patch.object(owner, name, act_and_die), pytest.raises(Killed):
        notify_of_new_jobs()
    assert told() == []
    for _ in range(2):
        notify_of_new_jobs()
    assert len(told()) == 1


def test_what_another_run_has_told_meanwhile_is_not_told_again(carl, later):
    search = save(carl)
    later(minutes=5)
    create_cleaning()
    later(minutes=5)
    jobs_by_query = alerts.jobs_by_query

    def query_and_be_overtaken(*args):
        found = jobs_by_query(*args)
        with patch.object(alerts, "jobs_by_query", jobs_by_query):
            later(minutes=5)
            assert notify_of_new_jobs() == (1, 0)
        return found

    with patch.object(alerts, "jobs_by_query", query_and_be_overtaken):
        assert notify_of_new_jobs() == (0, 0)
    assert len(told()) == 1
    search.refresh_from_db()
    assert search.last_seen == timezone.now() - alerts.SETTLED_AFTER


@pytest.mark.parametrize("change", [{"cadence": Cadence.NEVER}, "delete"])
def test_whoever_ends_a_search_at_the_same_moment_is_not_told(carl, later, change):
    save(carl)
    later(minutes=5)
    create_cleaning()
    later(minutes=5)
    jobs_by_query = alerts.jobs_by_query

    def query_and_be_overtaken(*args):
        found = jobs_by_query(*args)
        carl.searches.all().delete() if change == "delete" else carl.searches.update(**change)
        return found

    with patch.object(alerts, "jobs_by_query", query_and_be_overtaken):
        assert notify_of_new_jobs() == (0, 0)
    assert told() == []


def test_an_account_that_has_ended_is_told_nothing(carl, later):
    save(carl)
    later(minutes=5)
    create_cleaning()
    later(minutes=5)
    type(carl).objects.filter(pk=carl.pk).update(is_active=False)
    assert (notify_of_new_jobs(), told()) == ((0, 0), [])


def test_an_account_that_ends_at_the_same_moment_is_told_nothing(carl, later):
    save(carl)
    later(minutes=5)
    create_cleaning()
    later(minutes=5)
    notify = alerts.notify

    def end_and_tell(person, *rest):
        User.objects.filter(pk=person.pk).update(is_active=False)
        return notify(person, *rest)

    with patch.object(alerts, "notify", end_and_tell):
        assert (notify_of_new_jobs(), told()) == ((0, 0), [])


def first_table_of(act):
    with CaptureQueriesContext(connection) as queries:
        act()
    [first, *_] = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    return re.search(r'(?:FROM|INTO|UPDATE) "(\w+)"', first)[1]


def test_unsubscribing_and_a_change_of_a_search_lock_the_person_first(carl):
    """In one order, so that neither waits for the other for ever."""
    search = save(carl)
    change = partial(search.edit, by=carl, name="Home", cadence=Cadence.DAILY)
    unsubscribe = partial(SiteOnly.objects.unsubscribe, carl, ["alert"])
    assert [first_table_of(act) for act in (change, unsubscribe)] == [User._meta.db_table] * 2
    assert not SavedSearch.objects.with_alerts().exists()


def send():
    """Queues the mails that wait, and returns the texts of those sent."""
    before = len(mail.outbox)
    Notification.objects.queue_mails()
    return [(message.to, bare(message.subject), bare(message.body)) for message in mail.outbox[before:]]


def test_the_mail_leads_to_ten_jobs_says_how_many_more_and_ends_each_search(carl, later, settings, client):
    search = save(carl)
    other = save(carl, query="type=full_clean", name="Full")
    later(minutes=5)
    jobs = [create_cleaning(name=f"Flat {number:02}", owner=create_user("olivia")) for number in range(24)]
    later(minutes=5)
    notify_of_new_jobs()
    later(minutes=11)
    [(to, subject, body)] = send()
    assert (to, subject) == (["carl@example.org"], "24 new jobs for your saved searches")
    links = [f"{settings.SITE_URL}{job.get_absolute_url()}" in body for job in jobs]
    assert (sum(links), "And 14 more jobs." in body) == (10, True)
    for each in (search, other):
        assert settings.SITE_URL + each.get_absolute_url() in body
        client.post(alerts.stop_url(each))
        assert settings.SITE_URL + alerts.stop_url(each).rpartition(":")[0].rpartition(":")[0] in body
    assert not SavedSearch.objects.with_alerts().exists()
    assert "Hidden Lane" not in body


def test_a_mail_holds_no_job_that_is_gone_and_none_is_sent_about_gone_ones_alone(carl, later):
    save(carl)
    later(minutes=5)
    first, second = create_cleaning(name="First"), create_cleaning(name="Second")
    later(minutes=5)
    notify_of_new_jobs()
    first.close(by=first.owner)
    later(minutes=11)
    [(_, _, body)] = send()
    assert [f"/cleanings/{job.pk}/" in body for job in (first, second)] == [False, True]
    third = create_cleaning(name="Third")
    later(minutes=5)
    assert notify_of_new_jobs() == (1, 0)
    third.close(by=third.owner)
    later(minutes=11)
    assert send() == []


@pytest.mark.parametrize("end", ["stop", "site_only", "offer"])
def test_whoever_has_ended_it_meanwhile_gets_no_mail(carl, later, end):
    save(carl)
    later(minutes=5)
    job = create_cleaning()
    later(minutes=5)
    notify_of_new_jobs()
    if end == "stop":
        carl.searches.all().stop_alerts()
    elif end == "offer":
        create_offer(cleaning=job, cleaner=carl)
    else:
        SiteOnly.objects.choose(carl, ["alert"])
    later(minutes=11)
    assert [to for to, *_ in send() if to == ["carl@example.org"]] == []
    assert [name for name, _ in told()] == ["carl"]


@pytest.mark.parametrize("data", [{"List-Unsubscribe": "One-Click"}, {"what": "these"}, {"what": "all"}])
def test_unsubscribing_from_a_mail_ends_all_searches(carl, later, client, settings, data):
    save(carl)
    save(carl, query="city=Bruges", cadence=Cadence.DAILY)
    cora = save(create_user("cora"))
    later(minutes=5)
    create_cleaning()
    later(minutes=5)
    notify_of_new_jobs()
    later(minutes=11)
    send()
    header = next(m for m in mail.outbox if m.to == ["carl@example.org"]).extra_headers["List-Unsubscribe"].strip("<>")
    path = header.removeprefix(settings.SITE_URL)
    assert client.get(path).status_code == 200
    assert SavedSearch.objects.with_alerts().count() == 3
    client.post(path, data)
    assert list(SavedSearch.objects.with_alerts()) == [cora]
    assert "alert" in carl.site_only.topics()


def test_unsubscribing_from_other_mails_ends_no_search(carl, client):
    save(carl)
    client.post(f"/notifications/unsubscribe/{token_for(carl, ['chosen'])}/", {"what": "these"})
    assert SavedSearch.objects.with_alerts().exists()


def test_the_number_of_queries_grows_with_people_alone(later):
    """A person costs a transaction of three statements, whatever they and others have saved."""
    counts = []
    for people in (1, 30):
        for number in range(people):
            person = create_user(f"member{number}")
            for rate in range(1, 10):
                person.searches.filter(query=f"city=Ghent&min_rate={rate}").exists() or save(
                    person, query=f"city=Ghent&min_rate={rate}"
                )
        later(minutes=5)
        create_cleaning()
        later(minutes=5)
        with CaptureQueriesContext(connection) as queries:
            assert notify_of_new_jobs() == (people, 0)
        statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
        counts.append(len(statements) - 3 * people)
    assert counts == [12, 12]
