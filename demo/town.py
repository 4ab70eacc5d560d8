"""The making of the demo town: its people, and what happened to their cleanings, played move by move by the verbs."""

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
from cleanings.states import BY_KIND, Kind, Role
from demo import (
    assigned,
    closed,
    done_lately,
    done_long_ago,
    done_often,
    open_busy,
    open_changed,
    open_quiet,
    reopened,
)
from demo.people import PEOPLE
from demo.script import Person, Step, Story, moment
from evaluations.models import Evaluation
from marketplace.support import SUPPORT
from notifications.models import Notification
from notifications.topics import Mailing
from offers.models import Offer
from pages import scheduled

PASSWORD = "broom-and-straw-42"  # noqa: S105 - printed by the command, and refused where DEBUG is off

CHAPTERS = (open_quiet, open_busy, open_changed, reopened, assigned, done_lately, done_long_ago, done_often, closed)
STORIES: tuple[Story, ...] = tuple(story for chapter in CHAPTERS for story in chapter.STORIES)


def make_town() -> None:
    """Make the people, then play every move of every story in the order of time, up to yesterday."""
    today = timezone.localdate()
    password = make_password(PASSWORD)
    people = {person.username: make_person(person, password, today) for person in PEOPLE}
    cleanings: dict[int, Cleaning] = {}
    steps = [(number, step) for number, story in enumerate(STORIES) for step in (first_step(story), *story.steps)]
    when = sorted(((moment(step.when, today), number, step) for number, step in steps), key=lambda step: step[0])
    looked_at = when[0][0]
    for instant, number, step in when:
        looked_at = let_time_pass(looked_at, instant)
        with clock_at(instant):
            cleanings[number] = take(step, STORIES[number], cleanings.get(number), people, today)
    let_time_pass(looked_at, moment("0 00:00", today))
    # Nobody is mailed what happened weeks ago.
    Notification.objects.update(mailing=Mailing.UNWANTED)


def make_person(person: Person, password: str, today: date) -> User:
    """Make a member, or one of the staff, whose e-mail address is verified; `password` is hashed already."""
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
    profile.phone_number, profile.city = person.phone_number, person.home.city
    profile.save()
    user.confirm_email()
    if person.is_support:
        user.groups.add(Group.objects.get(name=SUPPORT))
    return user


@contextmanager
def clock_at(instant: datetime) -> Iterator[None]:
    """Let it be that instant.

    The verbs take no time from their caller, as nobody else may choose it: they ask `django.utils.timezone`. Telling
    another time there is the one way to a past that they wrote themselves, and harmless in a command of one thread.
    """
    with mock.patch.object(timezone, "now", return_value=instant):
        yield


def let_time_pass(since: datetime, until: datetime) -> datetime:
    """Do what the site does by itself, once a day from one instant up to another; return when it is to go on."""
    while since < until:
        with clock_at(since):
            for find, verb in scheduled.VERBS.values():
                for thing in find():
                    verb(thing)
        since += timedelta(days=1)
    return since


def first_step(story: Story) -> Step:
    """The move with which a story begins."""
    return Step(story.posted, Kind.POST)


def take(step: Step, story: Story, cleaning: Cleaning | None, people: dict[str, User], today: date) -> Cleaning:
    """Make one move by its verb and return the cleaning. Whoever makes it has read first what they were told."""
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
    """Who makes a move: the party whose it is, one of the staff, or nobody where the site acts by itself."""
    if step.by_the_site:
        return None
    if step.kind == Kind.HIDE:
        return next(people[person.username] for person in PEOPLE if person.is_staff)
    is_cleaners = step.kind in BY_KIND and BY_KIND[step.kind].role is Role.CLEANER
    return cleaner if is_cleaners or step.by_the_cleaner else owner


def posted_facts(story: Story, today: date) -> dict:
    """The fields of the cleaning as its owner posted it."""
    homes = {person.username: person.home for person in PEOPLE}
    facts = {"name": story.name, "description": story.description, "starts_at": start(story.starts, today)}
    return facts | story.work | vars(story.place or homes[story.owner])


def start(when: str, today: date) -> datetime | None:
    """The start that a text like "+5 14:00" means; none when it is empty."""
    return moment(when, today) if when else None
