from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from unittest import mock

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from cleanings.models import Cleaning
from cleanings.states import MOVES_BY_KIND, Kind, Role
from demo.people import PEOPLE
from demo.stories import STORIES
from demo.story import Person, Step, Story, moment
from evaluations.models import Evaluation
from marketplace.support import SUPPORT
from notifications.models import Notification
from notifications.topics import Mailing
from offers.models import Offer
from pages import scheduled

PASSWORD = "broom-and-straw-42"  # noqa: S105 - printed by the command, and refused where DEBUG is off


def load_demo() -> None:
    today = timezone.localdate()
    password = make_password(PASSWORD)
    people = {person.username: create_person(person, password, today) for person in PEOPLE}
    steps = [
        (moment(step.when, today), number, step)
        for number, story in enumerate(STORIES)
        for step in (Step(story.posted, Kind.POST), *story.steps)
    ]
    steps.sort(key=lambda step: step[0])
    cleanings: dict[int, Cleaning] = {}
    next_daily_run = steps[0][0]
    for instant, number, step in steps:
        next_daily_run = run_daily(next_daily_run, instant)
        with clock_at(instant):
            cleanings[number] = take_step(step, STORIES[number], cleanings.get(number), people, today)
    run_daily(next_daily_run, moment("0 00:00", today))
    # Nobody gets mail about what happened weeks ago.
    Notification.objects.update(mailing=Mailing.UNWANTED)


def create_person(person: Person, password: str, today: date) -> User:
    """`password` is hashed: that takes long, so it is done once for everybody."""
    user = User(
        username=person.username,
        email=f"{person.username}@example.org",
        password=password,
        is_staff=person.is_staff or person.is_support,
        is_superuser=person.is_staff,
        date_joined=moment(person.joined, today),
    )
    user.save(force_insert=True)
    profile = user.profile
    profile.full_name, profile.bio = person.full_name, person.bio
    profile.phone_number = person.phone_number
    profile.city, profile.postcode = person.home.city, person.home.postcode
    profile.save()
    user.confirm_email()
    if person.is_support:
        user.groups.add(Group.objects.get(name=SUPPORT))
    return user


@contextmanager
def clock_at(instant: datetime) -> Iterator[None]:
    """Verbs read the clock themselves. It can be set, because the command has only one thread."""
    with mock.patch.object(timezone, "now", return_value=instant):
        yield


def run_daily(since: datetime, until: datetime) -> datetime:
    """Do once a day what happens as time passes; returns the moment of the next run."""
    while since < until:
        with clock_at(since):
            for find, verb in scheduled.VERBS.values():
                for thing in find():
                    verb(thing)
        since += timedelta(days=1)
    return since


def take_step(step: Step, story: Story, cleaning: Cleaning | None, people: dict[str, User], today: date) -> Cleaning:
    owner, cleaner = people[story.owner], people.get(step.cleaner)
    facts = dict(step.facts)
    if "starts_at" in facts:
        facts["starts_at"] = start(facts["starts_at"], today)
    actor = actor_of(step, owner, cleaner, people)
    if actor:
        actor.notifications.mark_read()
    if cleaning is None:
        return Cleaning.post(by=owner, **posted_facts(story, today))
    if step.kind == Kind.OFFER:
        Offer.make(cleaning, by=actor, **facts)
    elif step.kind == Kind.EVALUATE:
        Evaluation.write(Offer.get_or_new(cleaning, cleaner), by=actor, **facts)
    elif step.kind == Kind.ANSWER:
        Offer.get_or_new(cleaning, cleaner).answer_no_show(by=actor, **facts)
    elif step.kind == Kind.HIDE:
        Offer.get_or_new(cleaning, cleaner).evaluations.get(subject=cleaner).hide(by=actor, **facts)
    else:
        subject = Offer.get_or_new(cleaning, cleaner) if cleaner else cleaning
        getattr(subject, step.kind)(by=actor, **facts)
    return cleaning


def actor_of(step: Step, owner: User, cleaner: User | None, people: dict[str, User]) -> User | None:
    if step.by_the_site:
        return None
    if step.kind == Kind.HIDE:
        return next(people[person.username] for person in PEOPLE if person.is_staff)
    is_cleaners = step.kind in MOVES_BY_KIND and MOVES_BY_KIND[step.kind].role is Role.CLEANER
    return cleaner if is_cleaners or step.by_the_cleaner else owner


def posted_facts(story: Story, today: date) -> dict:
    homes = {person.username: person.home for person in PEOPLE}
    facts = {"name": story.name, "description": story.description, "starts_at": start(story.starts, today)}
    return facts | story.work | vars(story.place or homes[story.owner])


def start(when: str, today: date) -> datetime | None:
    return moment(when, today) if when else None
