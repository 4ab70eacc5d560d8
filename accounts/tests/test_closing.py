"""How an account ends: what closing and deactivating take back, remove and keep, and what stands in their way."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from accounts.forms import ERROR_MESSAGES, ProfileForm
from accounts.models import CacheEntry, User
from accounts.tests.helpers import is_logged_in
from cleanings.models import Cleaning
from cleanings.states import HideReason, IllegalMove
from conversations.models import Message, Question
from evaluations.models import Evaluation
from marketplace.testing import PASSWORD, create_cast, create_cleaning, create_offer, create_user, move_start
from notifications.models import Notification
from offers.models import Offer
from offers.tests.invariants import contradictions

pytestmark = [pytest.mark.long, pytest.mark.django_db]

CLOSE = "/accounts/close/"
# What is personal of Zelda: each text stands in one place of its own, and was typed nowhere else.
PERSONAL = {
    "username": "zelda-77", "email": "zelda@canary.example", "full_name": "Zelda Canary", "bio": "I sing at dawn.",
    "phone_number": "0477 12 34 56", "city": "Canaryville", "postcode": "CANARY 9", "street_address": "Canary Lane 77",
    "name before": "Zoe Sparrow", "address": "203.0.113.77", "browser": "Canary/77", "secret": "canary-secret",
}  # fmt: skip
WRITTEN = {"Zelda's flat", "I bring my own cloths.", "Kind and quick.", "Spotless.", "I lost a button."}


@pytest.fixture
def cast():
    return create_cast()


def client_for(person):
    """A client in which the person is logged in through the form, as the site notes it."""
    client = Client(HTTP_USER_AGENT=PERSONAL["browser"], REMOTE_ADDR=PERSONAL["address"])
    assert client.post("/accounts/login/", {"login": person.username, "password": PASSWORD}).status_code == 302
    return client


def close(client, password=PASSWORD):
    return client.post(CLOSE, {"password": password})


def everything():
    """Every row of every table, as text, but sessions and limits, which no one can read without the key."""
    models = [model for model in apps.get_models() if model not in (Session, CacheEntry)]
    return "\n".join(str(row) for model in models for row in model._base_manager.values())


# What stands in the way


def test_an_account_with_an_assigned_cleaning_stays_open(cast):
    cleaning = create_offer(status="accepted").cleaning
    client = client_for(cleaning.owner)
    assert f'href="{cleaning.get_absolute_url()}"' in client.get(CLOSE).content.decode()
    assert 'name="password"' not in client.get(CLOSE).content.decode()
    answer = close(client)
    assert (answer.status_code, User.objects.get(username="olivia").is_active) == (409, True)
    assert "Something is assigned. Complete, release or cancel it first." in answer.content.decode()
    assert "Nothing has changed." in answer.content.decode()
    assert contradictions(cleaning) == []


def test_an_account_with_an_accepted_offer_stays_open(cast):
    offer, pending = create_offer(status="accepted"), create_offer(cleaning=create_cleaning())
    client = client_for(offer.cleaner)
    assert f'href="{offer.cleaning.get_absolute_url()}"' in client.get(CLOSE).content.decode()
    assert close(client).status_code == 409
    pending.refresh_from_db()
    assert (User.objects.get(username="carl").is_active, pending.status) == (True, "pending")


def test_the_password_is_asked_and_a_wrong_one_changes_nothing(cast):
    client, before = client_for(cast[1]), everything()
    page = close(client, "wrong").content.decode()
    assert ERROR_MESSAGES["incorrect_password"] in page
    assert "wrong" not in page
    assert everything() == before
    assert close(client).url == "/"
    assert everything() != before


def test_guessing_the_password_is_stopped(cast):
    client = client_for(cast[1])
    answers = [close(client, "wrong").status_code for _ in range(12)]
    assert answers[0] == 200
    assert close(client).status_code == 429
    assert User.objects.get(pk=cast[1].pk).is_active


def test_nobody_closes_the_account_of_somebody_else(cast):
    olivia, carl, *_, ada = cast
    for other in (olivia, ada):
        with pytest.raises(PermissionDenied):
            carl.close(by=other)
    carl.close(by=carl)
    assert not User.objects.get(pk=carl.pk).is_active


# What it does


def test_closing_rescinds_what_is_pending_and_closes_what_is_open_by_their_verbs(cast):
    olivia, carl, cora, *_ = cast
    own, passed = create_cleaning(owner=carl), create_cleaning(owner=carl)
    coras, carls = create_offer(cleaning=own, cleaner=cora), create_offer(cleaning=create_cleaning(name="Attic"))
    move_start(passed, timedelta(hours=-1))
    page = client_for(carl).get(CLOSE).content.decode()
    assert "We close your 2 open jobs and tell everyone whose offer is waiting." in page
    assert "We withdraw your offer and tell the owner" in page
    close(client_for(carl))
    for row in (own, passed, coras, carls):
        row.refresh_from_db()
    assert [row.status for row in (own, passed, coras, carls)] == ["closed", "closed", "rejected", "rescinded"]
    assert [contradictions(cleaning) for cleaning in (own, passed, carls.cleaning)] == [[], [], []]
    assert own.events.about(None).last().actor == carls.cleaning.events.last().actor == carl
    assert olivia.notifications.last().sentence == "“Attic”: Former member withdrew the offer."
    assert cora.notifications.last().sentence.endswith("was closed, and nobody was chosen.")


def test_after_closing_one_is_logged_out_everywhere_and_cannot_log_in(cast):
    carl, here, there = cast[1], client_for(cast[1]), client_for(cast[1])
    assert is_logged_in(there)
    page = here.post(CLOSE, {"password": PASSWORD}, follow=True).content.decode()
    assert "Your account is closed" in page
    assert (is_logged_in(here), is_logged_in(there)) == (False, False)
    assert not [session for session in Session.objects.all() if SESSION_KEY in session.get_decoded()]
    refused = [
        Client().post("/accounts/login/", {"login": login, "password": PASSWORD}).content.decode()
        for login in ("carl", "carl@example.org", User.objects.get(pk=carl.pk).username)
    ]
    assert all(escape(ERROR_MESSAGES["username_password_mismatch"]) in page for page in refused)


def test_the_last_mail_goes_to_the_address_that_was(cast):
    close(client_for(cast[1]))
    assert [(message.subject, message.to) for message in mail.outbox] == [
        ("Your account is closed", ["carl@example.org"])
    ]


def test_closing_twice_is_closing_once(cast):
    carl, again = cast[1], User.objects.get(pk=cast[1].pk)
    carl.close(by=carl)
    before = everything()
    again.close(by=again)
    assert everything() == before


def test_a_closed_account_has_no_page(cast):
    carl = cast[1]
    assert Client().get("/people/carl/").status_code == 200
    carl.close(by=carl)
    assert [Client().get(path).status_code for path in ("/people/carl/", carl.get_absolute_url())] == [404, 404]


def test_an_offer_of_a_closed_account_does_not_count_again(cast):
    olivia, carl, cora, *_ = cast
    cleaning = create_cleaning()
    carls, coras = create_offer(cleaning=cleaning), create_offer(cleaning=cleaning, cleaner=cora)
    coras.accept(by=olivia)
    carl.close(by=carl)
    coras.release(by=olivia, reason="other")
    carls.refresh_from_db()
    assert carls.status == "rejected"


def test_only_an_inactive_account_can_be_one_that_is_closed(cast):
    cast[1].close(by=cast[1])
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=cast[1].pk).update(is_active=True)


@pytest.mark.parametrize(
    "end", [lambda person, ada: person.close(by=person), lambda person, ada: person.deactivate(by=ada)]
)
def test_unanswered_questions_end_with_the_account_and_answered_ones_stay(cast, end):
    olivia, carl, *_, ada = cast
    cleaning = create_cleaning()
    answered, waiting, others = (
        Question.ask(cleaning, by=person, text=text)
        for person, text in ((carl, "Lift?"), (carl, "Dog?"), (ada, "Cat?"))
    )
    answered.give_answer(by=olivia, answer="Yes.")
    end(carl, ada)
    assert list(Question.objects.order_by("pk")) == [answered, others]
    urls = olivia.notifications.filter(topic="asked").order_by("pk").values_list("url", flat=True)
    assert list(urls) == [answered.get_absolute_url(), others.get_absolute_url()]


# What it removes, and what it keeps


def zelda_leaves_traces(cast):
    """Zelda does whatever leaves her name, her address or her words somewhere, under two names in turn."""
    olivia, carl, *_, ada = cast
    zelda = User.objects.create_user(PERSONAL["username"], PERSONAL["email"], PASSWORD)
    details = {name: PERSONAL[name] for name in ("bio", "phone_number", "city", "postcode")}
    for name in (PERSONAL["name before"], PERSONAL["full_name"]):
        zelda.profile.full_name = name
        zelda.profile.save()
        home = {"name": "Zelda's flat", "street_address": PERSONAL["street_address"]}
        home_of_zelda = create_cleaning(owner=zelda, **home)
        Question.ask(home_of_zelda, by=carl, text="Or stairs?").give_answer(by=zelda, answer="No.")
        done = create_offer(cleaning=home_of_zelda, status="completed")
        taken = create_offer(cleaner=zelda, cleaning=create_cleaning(), message="I bring my own cloths.")
        taken.revise(by=zelda, hourly_rate="19", message="I bring my own cloths.")
        taken.accept(by=olivia)
        taken.cancel(by=zelda, reason="other", note="Ill")
        create_offer(cleaner=zelda, cleaning=create_cleaning()).rescind(by=ada)
        job = create_offer(cleaner=zelda, cleaning=create_cleaning(), status="completed")
        by_zelda = Evaluation.write(done, by=zelda, overall_rating=5, comment="Spotless.")
        Evaluation.write(done, by=carl, overall_rating=5, comment="Kind and quick.")
        Evaluation.write(job, by=zelda, overall_rating=4).hide(by=ada, reason=HideReason.OTHER)
        Evaluation.write(job, by=olivia, overall_rating=4).hide(by=ada, reason=HideReason.OTHER)
        for agreed in (done, job):
            Message.say(agreed, by=zelda, text="I lost a button.")
        create_cleaning(owner=zelda, **home).close(by=ada)
        Question.ask(create_cleaning(), by=zelda, text="Is there a lift?").give_answer(by=olivia, answer="Yes.")
    zelda.profile.__dict__.update(details)
    zelda.profile.save()
    for thing in (zelda, taken, by_zelda):
        LogEntry.objects.log_actions(ada.pk, [thing], CHANGE, "Changed.")
    EmailAddress.objects.get_or_create(user=zelda, email=zelda.email, verified=True, primary=True)
    return zelda


def found(texts):
    """Which of the texts stand anywhere in the database."""
    rows = everything()
    return {text for text in texts if text in rows}


def test_nothing_personal_is_left_in_any_table_and_what_was_written_is(cast):
    zelda = zelda_leaves_traces(cast)
    client = client_for(zelda)
    Authenticator.objects.create(user=zelda, type="totp", data={"secret": PERSONAL["secret"]})
    count = Notification.objects.exclude(recipient=zelda).count()
    assert found(PERSONAL.values()) == set(PERSONAL.values())
    assert close(client).status_code == 302
    assert found(PERSONAL.values()) == set()
    assert Notification.objects.count() == count
    assert {text for text in WRITTEN if text.replace("'", "\\'") in everything() or text in everything()} == WRITTEN


def test_notifications_of_others_are_worded_again_without_the_name(cast):
    olivia, carl, *_ = cast
    zelda = zelda_leaves_traces(cast)
    zelda.close(by=zelda)
    lines = list(Notification.objects.filter(recipient__in=(olivia, carl)).values_list("sentence", "url"))
    assert ("“Spring clean of a flat”: Former member cancelled the job.",) in [line[:1] for line in lines]
    assert ("“Zelda's flat”: Former member reviewed you.",) in [line[:1] for line in lines]
    assert ("Former member wrote to you about “Zelda's flat”.",) in [line[:1] for line in lines]
    for person in (olivia, carl):
        client = Client()
        client.force_login(person)
        urls = set(person.notifications.values_list("url", flat=True))
        assert {client.get(url).status_code for url in urls} == {200}


def test_streets_of_others_and_terms_stay(cast):
    olivia, carl, *_ = cast
    job = create_offer(cleaner=carl, status="completed").cleaning
    before = Cleaning.objects.filter(pk=job.pk).values().get()
    carl.close(by=carl)
    assert Cleaning.objects.filter(pk=job.pk).values().get() == before
    olivia.close(by=olivia)
    after = Cleaning.objects.filter(pk=job.pk).values().get()
    assert after == before | {"street_address": "Removed with the account"}


def test_staff_who_leave_have_no_powers_left(cast):
    ada = cast[4]
    ada.groups.add(Group.objects.create(name="editors"))
    ada.user_permissions.add(Permission.objects.first())
    ada.close(by=ada)
    ada.refresh_from_db()
    assert (ada.groups.count(), ada.user_permissions.count()) == (0, 0)
    assert (ada.is_staff, ada.is_superuser, ada.has_usable_password()) == (False, False, False)


def test_everybody_else_reads_former_member_without_a_link(cast):
    olivia, carl, *_ = cast
    cleaning = create_offer(status="completed").cleaning
    carl.close(by=carl)
    client = Client()
    client.force_login(olivia)
    page = client.get(cleaning.get_absolute_url()).content.decode()
    assert "Former member" in page
    assert "/people/former-" not in page


# Locks


def test_what_is_loaded_before_an_account_ends_is_read_again(cast):
    olivia, carl, cora, *_ = cast
    offer, cleaning, other_tab = create_offer(), create_cleaning(), User.objects.get(pk=cora.pk)
    User.objects.filter(pk__in=(carl.pk, cora.pk)).update(is_active=False)
    with pytest.raises(IllegalMove, match="closed their account"):
        offer.accept(by=olivia)
    for begin in (lambda: Offer.make(cleaning, by=cora, hourly_rate="20"), lambda: create_cleaning(owner=other_tab)):
        with pytest.raises(PermissionDenied):
            begin()
    User.objects.update(is_active=True)
    offer.accept(by=olivia)


def locks_of(act):
    """The tables that an act locks or changes the people of, in order."""
    with CaptureQueriesContext(connection) as queries:
        act()
    return [
        "person" if '"accounts_user"' in sql.split("WHERE")[0] else "cleaning"
        for sql in (query["sql"] for query in queries)
        if sql.startswith('UPDATE "accounts_user"') or " FOR " in sql
    ]


def test_cleanings_are_locked_before_people(cast):
    olivia, carl, cora, _, ada = cast
    offer = create_offer(cleaning=create_cleaning(owner=cora))
    create_cleaning(owner=carl)
    is_postgresql = connection.vendor == "postgresql"
    acts = (lambda: offer.accept(by=cora), lambda: Offer.make(create_cleaning(), by=cora, hourly_rate="20"))
    for act in acts:
        with transaction.atomic():
            locks = locks_of(act)
            assert locks[-1:] == (["person"] if is_postgresql else [])
            assert "cleaning" in locks or not is_postgresql
            transaction.set_rollback(True)
    for act in (lambda: carl.close(by=carl), lambda: create_user("carl").deactivate(by=ada)):
        with transaction.atomic():
            locks = locks_of(act)
            first = locks.index("person")
            assert set(locks[:first]) == ({"cleaning"} if is_postgresql else set())
            transaction.set_rollback(True)


@pytest.mark.parametrize(("verb", "by"), [("close", 1), ("deactivate", 4)])
def test_what_begins_while_an_account_is_being_ended_undoes_the_ending(cast, monkeypatch, verb, by):
    carl, cora = cast[1], cast[2]
    cleaning, own = create_cleaning(), create_cleaning(owner=carl)
    end = User._end

    def offer_in_another_tab(person, *args, **kwargs):
        create_offer(cleaning=cleaning, cleaner=cora if person != cora else carl)
        Offer.objects.filter(cleaning=cleaning).update(cleaner=carl)
        end(person, *args, **kwargs)

    monkeypatch.setattr(User, "_end", offer_in_another_tab)
    with pytest.raises(IllegalMove, match="at the same moment"):
        getattr(carl, verb)(by=cast[by])
    own.refresh_from_db()
    assert (User.objects.get(pk=carl.pk).is_active, own.status) == (True, "open")


@pytest.mark.parametrize("typed", [{"bio": "I am back."}, {"bio": "I am back.", "photo-clear": "on"}])
def test_a_profile_form_under_way_brings_nothing_back(cast, typed):
    _, carl, *_ = cast
    form = ProfileForm({"full_name": "", "phone_number": "", "city": ""} | typed, instance=carl.profile)
    User.objects.get(pk=carl.pk).close(by=carl)
    assert form.is_valid()
    with pytest.raises(PermissionDenied):
        form.save()
    assert User.objects.get(pk=carl.pk).profile.bio == ""
