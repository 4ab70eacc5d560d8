"""Notifications of new jobs that match saved searches; a query runs once, however many people saved it."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cleanings.browse.filters import CleaningFilter
from cleanings.models import Cleaning, SavedSearch
from cleanings.searches import SavedSearchQuerySet
from cleanings.threads import reword_about
from core.text import quoted
from core.transactions import atomic
from notifications import topics
from notifications.models import Notification
from notifications.threads import ThreadHandler
from notifications.topics import Notice, Topic, TopicRow

logger = logging.getLogger(__name__)

THREAD = "searches"
SALT = "cleanings.searches.stop"
MOST_SHOWN = 10
# Ten of them and ten jobs, twice each, stay below 30 KB.
MOST_CHARACTERS_OF_LINK = 200
# The most jobs that one search finds in one run.
MOST_FOUND = 100
PEOPLE_AT_ONCE = 500
# Others see a posted job a moment later, when its transaction has ended.
SETTLED_AFTER = timedelta(minutes=1)


def stop_alerts_of(person: User) -> None:
    person.searches.stop_alerts()


ENDING = "This stops all your saved searches from telling you about new jobs. You can start each one again there."
topics.register([TopicRow(Topic.ALERT, "On your searches", on_unsubscribe=stop_alerts_of, ending=ENDING)])


class Found(NamedTuple):
    pk: int
    owner_id: int
    status_since: datetime
    name: str


class Due(NamedTuple):
    pk: int
    person_id: int
    query: str
    name: str
    last_seen: datetime


def notify_of_new_jobs() -> tuple[int, int]:
    """Returns how many people were notified, and how many failed."""
    until = timezone.now() - SETTLED_AFTER
    due = [Due(*row) for row in SavedSearch.objects.due(until).order_by("person", "pk").values_list(*Due._fields)]
    found, failed = jobs_by_query(due, until)
    searches_by_person: dict[int, list[Due]] = defaultdict(list)
    for search in due:
        if search.query in found:
            searches_by_person[search.person_id].append(search)
    notified = 0
    people = list(searches_by_person)
    for start in range(0, len(people), PEOPLE_AT_ONCE):
        some = {pk: searches_by_person[pk] for pk in people[start : start + PEOPLE_AT_ONCE]}
        done, failures = notify_people(some, found, until)
        notified, failed = notified + done, failed + failures
    return notified, failed


def jobs_by_query(due: Iterable[Due], until: datetime) -> tuple[dict[str, list[Found]], int]:
    """The newest jobs that opened since the query's earliest reader looked; and how many queries failed."""
    since: dict[str, datetime] = {}
    for search in due:
        since[search.query] = min(search.last_seen, since.get(search.query, search.last_seen))
    found, failed = {}, 0
    for query, earliest in since.items():
        try:
            found[query] = [Found(*row) for row in opened_between(query, earliest, until)]
        except Exception as error:
            # The other searches still have their turn. No traceback is logged: it may quote what was searched for.
            logger.error("A saved search failed: %s", type(error).__name__)
            failed += 1
    return found, failed


def opened_between(query: str, since: datetime, until: datetime) -> Iterable[tuple]:
    filters = CleaningFilter(QueryDict(query))
    if not filters.understands_all:
        return []
    rows = filters.apply_to(Cleaning.objects.open()).filter(status_since__gt=since, status_since__lte=until)
    if filters.words:
        rows = rows.with_words(filters.words)
    return rows.order_by("-status_since", "-pk").values_list(*Found._fields)[:MOST_FOUND]


def notify_people(
    searches_by_person: dict[int, list[Due]], found: dict[str, list[Found]], until: datetime
) -> tuple[int, int]:
    earliest = min(search.last_seen for searches in searches_by_person.values() for search in searches)
    kept_from = Cleaning.objects.open().filter(status_since__gt=earliest).kept_from(searches_by_person)
    people = User.objects.filter(is_active=True).in_bulk(searches_by_person)
    notified = failed = 0
    without_news: list[Due] = []
    for pk, searches in searches_by_person.items():
        matches = {search: news_in(search, found[search.query], kept_from) for search in searches}
        matches = {search: jobs for search, jobs in matches.items() if jobs}
        if not matches or pk not in people:
            without_news += searches
            continue
        try:
            notified += notify(people[pk], searches, matches, until)
        except Exception as error:
            logger.error("Person %s could not be notified of new jobs: %s", pk, type(error).__name__)
            failed += 1
    pks = [search.pk for search in without_news]
    SavedSearch.objects.filter(pk__in=pks, last_seen__lt=until).update(last_seen=until)
    return notified, failed


def news_in(search: Due, jobs: Iterable[Found], kept_from: Collection[tuple[int, int]]) -> list[Found]:
    return [job for job in jobs if job.status_since > search.last_seen and (search.person_id, job.pk) not in kept_from]


@atomic
def notify(person: User, searches: Sequence[Due], matches: dict[Due, list[Found]], until: datetime) -> bool:
    """Marks the jobs as seen and notifies, both or neither; False where another run was faster."""
    person.lock()
    if not person.is_active:
        return False
    as_read = reduce(or_, (Q(pk=search.pk, last_seen=search.last_seen) for search in searches))
    if SavedSearch.objects.with_alerts().filter(as_read).update(last_seen=until) != len(searches):
        transaction.set_rollback(True)
        return False
    jobs = jobs_in(matches)
    facts = facts_of(jobs, matches)
    Notification.objects.notify(Notification.in_thread(THREAD, [notice(person, jobs, matches)], by=None, facts=facts))
    return True


def jobs_in(matches: dict[Due, list[Found]]) -> list[Found]:
    jobs = {job for found in matches.values() for job in found}
    return sorted(jobs, key=lambda job: (job.status_since, job.pk), reverse=True)


def facts_of(jobs: Sequence[Found], searches: Iterable[Due]) -> dict[str, Any]:
    shown = [job.pk for job in jobs[:MOST_SHOWN]]
    return {"jobs": shown, "more": len(jobs) - len(shown), "searches": [search.pk for search in searches]}


def facts_in(notification: Notification) -> dict[str, Any]:
    return notification.facts or {"jobs": [], "more": 0, "searches": []}


def notice(person: User, jobs: Sequence[Found], searches: Iterable[Due]) -> Notice:
    count = len(jobs)
    first, *others = [quoted(search.name) for search in searches]
    where = "your saved searches" if others else f"your search {first}"
    if count == 1:
        name, url = quoted(jobs[0].name), reverse("cleanings:detail", args=[jobs[0].pk])
        return Notice(
            person, Topic.ALERT, f"New job: {name}", f"{name} is new and matches {where}.", url, "See the job"
        )
    number = f"At least {count}" if count >= MOST_FOUND else f"{count}"
    sentence, url = f"{number} new jobs match {where}.", reverse("cleanings:searches")
    return Notice(person, Topic.ALERT, f"{number} new jobs for {where}", sentence, url, "See your saved searches")


class SearchThreadHandler(ThreadHandler):
    prefix = THREAD
    template = "cleanings/email/alert"

    def reason(self, thread: str, person: User) -> str:
        return "You get this mail because you asked us to tell you about new jobs."

    def handled(self, thread: str, person: User, notifications: Iterable[Notification]) -> list[Notification]:
        """No mail about jobs that are all gone, or for searches that the person has ended."""
        return [each for each in notifications if not open_jobs([each]) or not searches_with_alerts([each])]

    def reword(self, notices: Sequence[Notification]) -> None:
        """Only a single job is named."""
        single = {notice: jobs[0] for notice in notices if len(jobs := facts_in(notice)["jobs"]) == 1}
        reword_about(single)

    def context(self, notices: Sequence[Notification]) -> dict[str, Any]:
        jobs = open_jobs(notices)
        searches = searches_with_alerts(notices).order_by("pk")
        links = [(quoted(search.name), short_url(search), settings.SITE_URL + stop_url(search)) for search in searches]
        more = sum(facts_in(each)["more"] for each in notices) + len(jobs[MOST_SHOWN:])
        return {"jobs": jobs[:MOST_SHOWN], "more": more, "searches": links}


def open_jobs(notices: Sequence[Notification]) -> list[Cleaning]:
    person = notices[0].recipient_id
    jobs = Cleaning.objects.open().filter(pk__in={pk for each in notices for pk in facts_in(each)["jobs"]})
    kept = jobs.kept_from([person])
    return [job for job in jobs.order_by("-status_since", "-pk") if (person, job.pk) not in kept]


def searches_with_alerts(notices: Iterable[Notification]) -> SavedSearchQuerySet:
    return SavedSearch.objects.with_alerts().filter(
        pk__in={pk for each in notices for pk in facts_in(each)["searches"]}
    )


def short_url(search: SavedSearch) -> str:
    """The address of the search, or of all saved searches where it is too long for a mail."""
    url = search.get_absolute_url()
    return url if len(url) <= MOST_CHARACTERS_OF_LINK else reverse("cleanings:searches")


def stop_url(search: SavedSearch) -> str:
    """The link works without a log-in and never expires."""
    return reverse("cleanings:search_stop", args=[signing.dumps(search.pk, salt=SALT)])


def read_token(token: str) -> int:
    """Raises BadSignature for a token that is not ours."""
    return signing.loads(token, salt=SALT)
