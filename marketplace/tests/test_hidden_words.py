"""Words that staff have hidden: found by their author alone, on every page, in files, mails and headers."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.hiding import HIDDEN_BY_STAFF
from accounts.models import Profile
from cleanings.models import Bookmark, Cleaning, Photo
from cleanings.photos import PhotoKind
from cleanings.states import HideReason
from conversations.models import Message, Question
from evaluations.models import Evaluation
from mailqueue.tests.mails import in_time
from marketplace.testing import create_cast, create_cleaning, create_offer, create_photo, create_user, move_start
from marketplace.tests.helpers import ARGUMENTS, ROLES, routes
from notifications.models import Notification
from offers.models import Offer

pytestmark = [pytest.mark.long, pytest.mark.django_db]

AUTHORS = {
    "canary-name": "olivia", "canary-description": "olivia", "canary-shows": "olivia", "canary-answer": "olivia",
    "canary-evaluation": "olivia", "canary-offer": "carl", "canary-message": "carl", "canary-after": "carl",
    "Canary Fullname": "carl", "canary-bio": "carl", "Canary City": "carl", "canary-question": "stan",
}  # fmt: skip
# One of them reads what another, or Stan, wrote.
READERS = ("carl", "olivia", "ada")
# Who reads where, in which state of the job, how many lines in the place of what somebody else wrote or showed.
LINES = [
    ("completed", Cleaning, "carl", "/cleanings/{job}/", 4),
    ("completed", Question, "olivia", "/cleanings/{job}/", 2),
    ("completed", Question, "olivia", "/cleanings/{job}/questions/", 2),
    ("completed", Photo, "carl", "/cleanings/{job}/", 1),
    ("completed", Offer, "olivia", "/cleanings/{job}/offers/", 1),
    ("completed", Offer, "olivia", "/cleanings/{job}/offers/carl/", 1),
    ("open", Offer, "olivia", "/cleanings/{job}/offers/carl/accept/", 1),
    ("completed", Message, "olivia", "/cleanings/{job}/offers/carl/messages/", 1),
    ("completed", Profile, "olivia", "/people/carl/", 1),
    ("completed", Evaluation, "carl", "/people/carl/", 1),
    ("completed", Evaluation, "carl", "/people/carl/evaluations/", 1),
]
# What there is to hide only once the job is agreed, and only once it is done.
AGREED, DONE = {"canary-message", "canary-after"}, {"canary-evaluation"}
STATES = {
    "open": AUTHORS.keys() - AGREED - DONE,
    "closed": AUTHORS.keys() - AGREED - DONE,
    "assigned": AUTHORS.keys() - DONE,
    "completed": AUTHORS.keys(),
}
SEARCHES = ["/cleanings/?q=canary", "/cleanings/?sort=soonest", "/feed/?q=canary", "/cleanings/?city=Ghent", "/feed/"]


class Town:
    """Olivia's job with Carl's offer and Stan's question; Cora saved the job, and has an offer too."""

    def __init__(self, state):
        create_cast()
        self.olivia, self.carl = create_user("olivia"), create_user("carl")
        words = {"full_name": "Canary Fullname", "bio": "canary-bio", "city": "Canary City"}
        Profile.objects.filter(user=self.carl).update(**words)
        # As it is read from the database, with the name that Carl has now.
        self.carl = type(self.carl).objects.get(pk=self.carl.pk)
        self.job = create_cleaning(name="canary-name", description="canary-description")
        Bookmark.add(self.job, by=create_user("cora"))
        question = Question.ask(self.job, by=create_user("stan"), text="Is this the canary-question?")
        self.offer = create_offer(cleaning=self.job, cleaner=self.carl, message="canary-offer")
        question.give_answer(by=self.olivia, answer="This is the canary-answer.")
        photo = create_photo(cleaning=self.job, shows="canary-shows", audience="everybody")
        self.things = [self.job, question, self.offer, photo, self.carl.profile]
        self.lead(state)

    def lead(self, state):
        if state == "closed":
            Cleaning.objects.get(pk=self.job.pk).close(by=self.olivia)
        if state in ("assigned", "completed"):
            create_offer(cleaning=self.job, cleaner=create_user("cora"))
            self.offer.accept(by=self.olivia)
            after = {"kind": PhotoKind.AFTER, "shows": "canary-after"}
            self.things += [Message.say(self.offer, by=self.carl, text="canary-message")]
            self.things += [create_photo(cleaning=self.job, by=self.carl, **after)]
        if state == "completed":
            move_start(self.job, timedelta(hours=-1))
            self.offer.complete(by=self.olivia)
            Evaluation.write(self.offer, by=self.carl, overall_rating=4)
            said = {"overall_rating": 4, "headline": "canary-evaluation"}
            self.things += [Evaluation.write(self.offer, by=self.olivia, **said)]

    def hide(self):
        for thing in self.things:
            reason = {"reason": HideReason.OTHER} if isinstance(thing, Evaluation) else {}
            self.stored(thing).hide(by=create_user("ada"), **reason)

    def unhide(self):
        for thing in self.things:
            self.stored(thing).unhide(by=create_user("ada"))

    def stored(self, thing):
        return type(thing)._base_manager.get(pk=thing.pk)

    def addresses(self):
        known = {"pk": self.job.pk, "username": "carl", "photo": 1, "question": 1, "calendar_key": uuid4()}
        for name, arguments in routes():
            if not name.startswith(("account_", "mfa_")) and set(arguments) <= {*known, "section"}:
                yield reverse(name, kwargs={argument: (ARGUMENTS | known)[argument] for argument in arguments})
        yield from SEARCHES

    def found_by(self, *roles):
        """By each text, who finds it; what is mailed too."""
        read = {role: self.read_by(role) for role in roles}
        return {text: {role for role in roles if text in read[role]} for text in AUTHORS}

    def read_by(self, role):
        client = Client()
        if role != "anonymous":
            client.force_login(create_user(role))
        answers = [client.get(path) for path in self.addresses()]
        pages = [f"{dict(answer.items())} {answer.content.decode(errors='replace')}" for answer in answers]
        mails = [f"{each.subject} {each.body}" for each in mail.outbox if each.to == [f"{role}@example.org"]]
        return "\n".join(pages + mails)


@pytest.mark.parametrize("state", STATES)
def test_what_is_hidden_is_found_by_its_author_alone_and_comes_back(state, private):
    town = Town(state)
    before = town.found_by(*READERS)
    assert {text for text, readers in before.items() if readers - {AUTHORS[text]}} == STATES[state]
    town.hide()
    with in_time(hours=1):
        Notification.objects.queue_mails()
    assert mail.outbox
    found = town.found_by(*ROLES)
    assert found == {text: {author} if text in STATES[state] else set() for text, author in AUTHORS.items()}
    if state == "completed":
        town.unhide()
        mail.outbox.clear()
        assert town.found_by(*READERS) == before


@pytest.mark.parametrize(("state", "model", "reader", "path", "number"), LINES)
def test_a_line_stands_in_the_place_of_what_is_hidden(private, client, state, model, reader, path, number):
    town = Town(state)
    path = path.format(job=town.job.pk)
    client.force_login(create_user(reader))
    assert HIDDEN_BY_STAFF not in client.get(path).content.decode()
    town.things = [thing for thing in town.things if isinstance(thing, model)][:1]
    town.hide()
    assert client.get(path).content.decode().count(HIDDEN_BY_STAFF) == number
