from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.files import File
from django.utils import timezone

from accounts.models import Profile, User
from accounts.photos import PROFILE_PHOTOS
from cleanings.alerts import notify_of_new_jobs
from cleanings.models import Bookmark, Cleaning, SavedSearch
from cleanings.photos import JOB_PHOTOS, Audience, Photo, PhotoKind
from cleanings.searches import Cadence
from cleanings.states import MOVES, Kind, Role
from conversations.models import Message, Question
from demo.people import PEOPLE
from demo.reports import file_reports
from demo.stories import STORIES
from demo.story import Person, Step, Story, Talk, moment
from evaluations.models import Evaluation
from marketplace.support import SUPPORT
from notifications.models import Notification
from notifications.topics import Mailing
from offers.models import Offer
from pages import scheduled

FACES, PICTURES = (Path(__file__).parent / name for name in ("faces", "pictures"))
SAVED_JOBS = ("Sawdust. Sawdust everywhere", "Windows on the courtyard side", "Family flat before a christening")
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
    save_things(people, list(cleanings.values()), today)
    file_reports(people, today, clock_at)
    with clock_at(moment("-4 20:30", today)):
        people["elif"].block(people["tomas"])
    # Nobody gets mail about what happened weeks ago.
    Notification.objects.update(mailing=Mailing.UNWANTED)


def save_things(people: dict[str, User], cleanings: list[Cleaning], today: date) -> None:
    """Carl's saved search, with new jobs since, and his saved jobs, of which some are gone."""
    carl = people["carl"]
    with clock_at(moment("-6 12:00", today)):
        SavedSearch.add(by=carl, name="Close to home", query="city=Ghent", cadence=Cadence.DAILY)
        SavedSearch.add(by=carl, name="Windows, anywhere", query="area=windows", cadence=Cadence.NEVER)
    for cleaning in cleanings:
        if not cleaning.is_owned_by(carl) and cleaning.name in SAVED_JOBS:
            Bookmark.add(cleaning, by=carl)
    with clock_at(moment("0 00:00", today)):
        notify_of_new_jobs()


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


def add_faces() -> None:
    """After the transaction of `load_demo`, because photos are written to file storage."""
    for path in sorted(FACES.glob("*.png")):
        with path.open("rb") as file:
            photo = PROFILE_PHOTOS.clean(File(file, path.name))
        Profile.objects.get(user__username=path.stem).set_photo(photo)


def add_pictures() -> None:
    for story in STORIES:
        for name, shows in story.pictures:
            cleaning = Cleaning.objects.get(owner__username=story.owner, name=story.name)
            with (PICTURES / name).open("rb") as file:
                photo = JOB_PHOTOS.clean(File(file, name))
            Photo.add(
                cleaning,
                by=cleaning.owner,
                kind=PhotoKind.JOB,
                photos=[photo],
                shows=shows,
                audience=Audience.EVERYBODY,
            )


@contextmanager
def clock_at(instant: datetime) -> Iterator[None]:
    """Verbs read the clock themselves. It can be set, because the command has only one thread."""
    with mock.patch.object(timezone, "now", return_value=instant):
        yield


def run_daily(since: datetime, until: datetime) -> datetime:
    """Runs the scheduled work once a day; returns the moment of the next run."""
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
        return Cleaning.post(by=owner, **posted_facts(story, people, today))
    offer = Offer.get_or_new(cleaning, cleaner) if cleaner else None
    match step.kind:
        case Kind.OFFER:
            Offer.make(cleaning, by=actor, **facts)
        case Kind.EVALUATE:
            Evaluation.write(offer, by=actor, **facts)
        case Kind.ANSWER:
            offer.answer_no_show(by=actor, **facts)
        case Kind.HIDE:
            offer.evaluations.get(subject=cleaner).hide(by=actor, **facts)
        case Kind.AGREE | Kind.DECLINE | Kind.WITHDRAW:
            getattr(offer.open_change, step.kind)(by=actor)
        case Kind.PASS:
            cleaning.decline(by=actor)
        case Talk.ASK:
            Question.ask(cleaning, by=actor, **facts)
        case Talk.REPLY:
            cleaning.questions.filter(asker=cleaner).last().give_answer(by=actor, **facts)
        case Talk.SAY:
            Message.say(offer, by=actor, **facts)
        case _:
            getattr(offer or cleaning, step.kind)(by=actor, **facts)
    return cleaning


def actor_of(step: Step, owner: User, cleaner: User | None, people: dict[str, User]) -> User | None:
    if step.by_the_site:
        return None
    if step.kind == Kind.HIDE:
        return next(people[person.username] for person in PEOPLE if person.is_staff)
    is_cleaners = any(move.kind == step.kind for move in MOVES if move.role is Role.CLEANER)
    return cleaner if is_cleaners or step.by_the_cleaner else owner


def posted_facts(story: Story, people: dict[str, User], today: date) -> dict:
    homes = {person.username: person.home for person in PEOPLE}
    facts: dict[str, Any] = {"name": story.name, "description": story.description}
    facts["starts_at"] = start(story.starts, today)
    if story.invites:
        facts |= {
            "reserved_for": people[story.invites], "reserved_days": story.reserved_days, "then_open": story.then_open,
        }  # fmt: skip
    return facts | story.work | vars(story.place or homes[story.owner])


def start(when: str, today: date) -> datetime | None:
    return moment(when, today) if when else None
