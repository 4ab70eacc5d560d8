"""Who reads what is private: a unique text in each private field, looked for on every page, as everybody."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Profile
from cleanings.models import Cleaning
from cleanings.states import CancelReason, HideReason, ReleaseReason
from conversations.models import Message, Question
from evaluations.models import Evaluation
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start
from marketplace.tests.helpers import ARGUMENTS, ROLES, crawl, routes
from notifications.emails import token_for
from notifications.models import Notification
from offers.models import Offer

pytestmark = [pytest.mark.long, pytest.mark.django_db]

CANARIES = {
    "street": ["Canary Lane 77"],
    "olivia's phone": ["0471 55 66 77", "0471556677"],
    "carl's phone": ["0472 88 99 00", "0472889900"],
    "olivia's e-mail": ["olivia@example.org"],
    "carl's e-mail": ["carl@example.org"],
    "message": ["canary-message"],
    # No time has so many seconds.
    "rate": ["67.31"],
    "note": ["canary-note"],
    "suggested street": ["Canary Lane 88"],
    "suggested rate": ["68.42"],
    "note of the change": ["canary-change"],
    "said": ["canary-said"],
    "asked": ["canary-asked"],
    "answered": ["canary-answered"],
    "evaluation": ["canary-evaluation"],
    "password": ["md5$"],
}
OWN = {
    "olivia's phone": {"olivia"},
    "carl's phone": {"carl"},
    "olivia's e-mail": {"olivia"},
    "carl's e-mail": {"carl"},
}
SIDES = {"olivia", "carl"}


class Job:
    """Olivia's cleaning with Carl's offer and Cora's, and two questions of Stan's, of which she has answered one."""

    def __init__(self):
        create_cast()
        for username, number in (("olivia", "0471 55 66 77"), ("carl", "0472 88 99 00")):
            Profile.objects.filter(user__username=username).update(phone_number=number)
        self.olivia, self.carl, self.cora = map(create_user, ("olivia", "carl", "cora"))
        self.cleaning = create_cleaning(street_address="Canary Lane 77")
        create_offer(cleaning=self.cleaning, hourly_rate=Decimal("67.31"), message="canary-message")
        create_offer(cleaning=self.cleaning, cleaner=self.cora)
        stan = create_user("stan")
        self.asked, answered = (
            Question.ask(self.cleaning, by=stan, text=text) for text in ("canary-asked", "canary-answered")
        )
        answered.give_answer(by=self.olivia, answer="Yes.")
        self.token = token_for(self.carl, ["chosen"])

    @property
    def offer(self):
        return Offer.objects.get(cleaner=self.carl)

    def accept(self):
        self.offer.accept(by=self.olivia)
        Message.say(self.offer, by=self.carl, text="canary-said")

    def suggest(self):
        self.accept()
        terms = {"street_address": "Canary Lane 88", "hourly_rate": Decimal("68.42")}
        return self.offer.suggest(by=self.olivia, note="canary-change", **terms)

    def agree_to_a_change(self):
        self.suggest().agree(by=self.carl)

    def decline_a_change(self):
        self.suggest().decline(by=self.carl)

    def cancel_after_a_change(self):
        self.suggest()
        self.offer.cancel(by=self.carl, reason=CancelReason.OTHER, note="canary-note")

    def complete(self):
        self.accept()
        move_start(self.cleaning, timedelta(hours=-1))
        self.offer.complete(by=self.olivia)

    def evaluate(self):
        """One side has written, the other has not."""
        self.complete()
        Evaluation.write(self.offer, by=self.olivia, overall_rating=2, headline="canary-evaluation")

    def hide(self):
        """Both have written, and the staff have hidden what the owner said."""
        self.evaluate()
        Evaluation.write(self.offer, by=self.carl, overall_rating=5)
        Evaluation.objects.get(author=self.olivia).hide(by=create_user("ada"), reason=HideReason.INSULTS)

    def both_evaluate(self):
        self.evaluate()
        Evaluation.write(self.offer, by=self.carl, overall_rating=5)

    def cancel(self):
        self.accept()
        self.offer.cancel(by=self.carl, reason=CancelReason.OTHER, note="canary-note")

    def release(self):
        self.accept()
        self.offer.release(by=self.olivia, reason=ReleaseReason.OTHER, note="canary-note")

    def close(self):
        Cleaning.objects.get(pk=self.cleaning.pk).close(by=self.olivia)

    def close_after_a_release(self):
        self.release()
        self.close()

    def choose_cora_after_a_release(self):
        self.release()
        Offer.objects.get(cleaner=self.cora).accept(by=self.olivia)

    def addresses(self):
        """Every address of the cleaning, of its offers and of the people, linked or not."""
        for name, arguments in routes():
            if arguments and not name.startswith("account_"):
                for username in self.people_in(arguments):
                    known = ARGUMENTS | {"pk": self.cleaning.pk, "username": username, "token": self.token}
                    # Whoever knows the key of a calendar or a report may read it, so it is nobody's.
                    known |= {"photo": 1, "question": self.asked.pk, "calendar_key": uuid4(), "report_key": uuid4()}
                    known |= {"search": 1, "signed": "nobody-s"}
                    yield reverse(name, kwargs={argument: known[argument] for argument in arguments})

    def people_in(self, arguments):
        """Whose username stands in an address; of the three, Olivia has made no offer."""
        if "username" not in arguments:
            return ("carl",)
        return ("carl", "cora") if "pk" in arguments else ("carl", "cora", "olivia")

    def read_by(self, role):
        """All that a person's browser gets to see, headers included, but the admin, and lists of fewer of the jobs."""
        client = Client()
        if role != "anonymous":
            client.force_login(create_user(role))
        answers = list(crawl(client, "/admin/", "/cleanings/?").values())
        answers += [client.get(path) for path in self.addresses()]
        return "\n".join(f"{dict(answer.items())} {answer.content.decode(errors='replace')}" for answer in answers)

    def readers(self):
        """Who finds each of the private texts, its name -> roles; Olivia's own street is hers to see anywhere."""
        read = {role: self.read_by(role) for role in ROLES}
        found = {
            name: {role for role in ROLES if any(text in read[role] for text in texts)}
            for name, texts in CANARIES.items()
        }
        return found | {name: found[name] - {"olivia"} for name in ("street", "suggested street")}


BOTH = {"message": SIDES, "rate": SIDES | {"ada"}}
AGREED = OWN | BOTH | {"street": {"carl"}, "olivia's phone": SIDES, "carl's phone": SIDES, "note": set(), "said": SIDES}
SAID_ALOUD = AGREED | {"evaluation": set(ROLES)}
# What the staff hid, and what nobody else may read yet, stands in the file of whoever wrote it.
SAID_TO_NOBODY = AGREED | {"evaluation": {"olivia"}}
OVER = OWN | BOTH | {"street": set(), "note": set()}
REOPENED = OWN | BOTH | {"street": set(), "note": SIDES | {"ada"}, "said": SIDES}
CHANGE = {"suggested rate": SIDES | {"ada"}, "note of the change": SIDES | {"ada"}}
NOTHING = {name: set() for name in ("evaluation", "password", "said", "suggested street", *CHANGE)}
STATES = {
    "pending": ("", OWN | BOTH | {"street": set(), "note": set()}),
    "assigned": ("accept", AGREED),
    "assigned, with a change": ("suggest", AGREED | CHANGE | {"suggested street": {"carl"}}),
    "assigned, changed": ("agree_to_a_change", AGREED | CHANGE | {"street": set(), "suggested street": {"carl"}}),
    "assigned, not changed": ("decline_a_change", AGREED | CHANGE),
    "cancelled, with a change": ("cancel_after_a_change", REOPENED | CHANGE),
    "completed": ("complete", AGREED),
    "evaluated by one side": ("evaluate", SAID_TO_NOBODY),
    "evaluated by both": ("both_evaluate", SAID_ALOUD),
    "evaluated and hidden": ("hide", SAID_TO_NOBODY),
    "cancelled": ("cancel", REOPENED),
    "released": ("release", REOPENED),
    "closed": ("close", OVER),
    "closed after a release": ("close_after_a_release", REOPENED | {"street": set()}),
    "cora's after a release": (
        "choose_cora_after_a_release",
        REOPENED | {"street": {"cora"}, "olivia's phone": {"olivia", "cora"}},
    ),
}
OPEN_TO_MEMBERS = {"asked": {"stan", "olivia"}, "answered": set(ROLES)}
DONE = {"asked": set(), "answered": set(ROLES)}
# Whoever asked has a copy of it.
CLOSED = {"asked": set(), "answered": set(ROLES) - {"anonymous"}}
QUESTIONS = {
    state: CLOSED
    if state.startswith("closed")
    else DONE
    if state.startswith(("completed", "evaluated"))
    else OPEN_TO_MEMBERS
    for state in STATES
}


@pytest.mark.parametrize("state", STATES)
def test_private_texts_reach_their_readers_and_nobody_else(state):
    move, readers = STATES[state]
    job = Job()
    if move:
        getattr(job, move)()
    assert job.readers() == NOTHING | QUESTIONS[state] | readers


@pytest.mark.parametrize(("days", "readers"), [(29.9, AGREED), (30.1, OVER | {"said": SIDES})])
def test_street_and_phones_are_gone_thirty_days_after_the_job(days, readers):
    job = Job()
    job.complete()
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        assert job.readers() == NOTHING | DONE | readers


def test_messages_are_gone_120_days_after_the_job():
    job = Job()
    job.complete()
    with time_machine.travel(timezone.now() + timedelta(days=120.1)):
        # A copy of one's own words, until the site has deleted them.
        assert job.readers()["said"] == {"carl"}
        call_command("run_due", "messages", verbosity=0, stdout=StringIO())
        assert job.readers()["said"] == set()


def test_staff_find_no_message_in_the_admin():
    job = Job()
    job.accept()
    client = Client()
    client.force_login(create_user("ada"))
    pages = {path: answer.content.decode() for path, answer in crawl(client).items() if path.startswith("/admin/")}
    assert [path for path, page in pages.items() if "canary-message" in page]
    assert [path for path, page in pages.items() if "canary-said" in page] == []


@pytest.mark.usefixtures("whole_sitemap")
def test_an_unanswered_question_is_in_no_mail_and_no_file_for_programs_but_staff_find_it_in_the_admin():
    Job()
    client = Client()
    client.force_login(create_user("ada"))
    pages = {path: answer.content.decode() for path, answer in crawl(client).items()}
    found = {path for path, page in pages.items() if "canary-asked" in page}
    assert found
    assert [path for path in found if not path.startswith("/admin/conversations/question/")] == []
    for path in ("/feed/", "/sitemap.xml", "/sitemap-cleanings.xml", "/robots.txt"):
        assert "canary-asked" not in Client().get(path).content.decode()
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        Notification.objects.queue_mails()
    mails = [f"{message.subject}\n{message.body}" for message in mail.outbox]
    assert any("asked a question" in text for text in mails)
    assert not any("canary-a" in text for text in mails)
