"""`manage.py check_integrity`: each rule is broken by SQL, with its constraint off, and only it is found."""

import os
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from typing import NamedTuple
from unittest.mock import patch

import pytest
import time_machine
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test import override_settings
from django.utils import timezone
from django_tasks_db.models import get_date_max

from accounts.blocks import Block
from accounts.models import AccessToken, User
from accounts.photos import PROFILE_PHOTOS
from cleanings.models import Bookmark, Cleaning, Event, Photo
from cleanings.photos import JOB_PHOTOS, PhotoKind
from cleanings.states import CancelReason, Kind
from conversations.models import Message, Question
from core.keys import random_key
from evaluations.models import Evaluation
from mailqueue.models import Mail
from mailqueue.tasks import deliver
from marketplace.testing import (
    create_cast,
    create_cleaning,
    create_offer,
    create_photo,
    rolled_back,
    text_of,
)
from notifications.models import Notification
from notifications.topics import Mailing
from offers.changes import Change
from offers.models import Offer
from pages import integrity
from pages.integrity.database import in_one_order
from pages.integrity.rule import Rule
from pages.models import IntegrityCheck
from reports.choices import Outcome, Side
from reports.models import Decision
from reports.tests.helpers import FACTS, RESTRICTED, create_report, create_support, decided

pytestmark = [pytest.mark.long, pytest.mark.django_db]

NOW = timezone.now()
COUNTS = "A job counts the offers that are not withdrawn."
LEFT_OVER = "a" * 32


def at(days):
    return time_machine.travel(NOW + timedelta(days=days), tick=False)


def job(name, cleaner, *, agreed, done):
    with at(agreed):
        offer = create_offer(cleaning=create_cleaning(name=name, starts_in=timedelta(days=1)), cleaner=cleaner)
        offer.accept(by=offer.cleaning.owner)
    with at(done):
        offer.complete(by=offer.cleaning.owner)
    return offer


@pytest.fixture(scope="module")
def town(module_db, tmp_path_factory):
    """Every kind of thing that the rules are about, as the verbs leave it."""
    folder = tmp_path_factory.mktemp("files")
    private = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder / "private"}}
    with override_settings(MEDIA_ROOT=folder / "media", STORAGES=settings.STORAGES | {"private": private}):
        yield build(folder)


def build(folder):
    olivia, carl, cora, stan, ada = create_cast()
    town = SimpleNamespace(**vars(), long=job("Long ago", carl, agreed=-140, done=-130))
    town.alone = job("One wrote", carl, agreed=-20, done=-18)
    with at(-17):
        Evaluation.write(town.alone, by=carl, overall_rating=4)
    with at(-3):
        town.alone.evaluations.get().announce()
    with at(-30):
        town.done = create_offer(cleaning=create_cleaning(name="Done", starts_in=timedelta(days=2)), cleaner=carl)
        town.done.accept(by=olivia)
        town.done.suggest(by=carl, hourly_rate="25", estimated_hours="4").agree(by=olivia)
        Message.say(town.done, by=carl, text="Hello")
        town.photo = create_photo(cleaning=town.done.cleaning, by=carl, kind=PhotoKind.BEFORE)
    with at(-27):
        town.done.complete(by=olivia)
        Evaluation.write(town.done, by=olivia, overall_rating=5)
    with at(-26):
        Evaluation.write(town.done, by=carl, overall_rating=5)
    build_what_goes_on(town, olivia, carl, cora, stan)
    with at(-2):
        report_and_decide(town, ada)
    Notification.objects.update(mailing=Mailing.UNWANTED)
    return town


def report_and_decide(town, ada):
    town.report = decided(create_report(town.bare), outcome=Outcome.HIDE, **RESTRICTED)
    town.report.appeal(Side.ACCUSED, text="There is nothing wrong with it at all.")
    town.report.settle(by=ada, outcome=Outcome.NOTHING, facts=FACTS)
    town.decision, town.settlement = town.report.decisions.order_by("pk")


def build_what_goes_on(town, olivia, carl, cora, stan):
    with at(-5):
        agreed = create_cleaning(name="Agreed", starts_in=timedelta(days=15))
        town.cancelled, town.chosen, town.rejected = (
            create_offer(cleaning=agreed, cleaner=person) for person in (carl, cora, stan)
        )
        town.cancelled.accept(by=olivia)
        town.cancelled.cancel(by=carl, reason=CancelReason.OTHER)
        Offer.objects.get(pk=town.chosen.pk).accept(by=olivia)
        town.change = Offer.objects.get(pk=town.chosen.pk).suggest(by=cora, estimated_hours="5")
        reopened = create_cleaning(name="Reopened", starts_in=timedelta(days=15))
        town.revived, ended = (create_offer(cleaning=reopened, cleaner=person) for person in (stan, cora))
        ended.accept(by=olivia)
        ended.cancel(by=cora, reason=CancelReason.OTHER)
        town.bare = create_cleaning(name="Bare")
        town.pending = create_offer(cleaning=create_cleaning(name="Open", starts_in=timedelta(days=30)), cleaner=carl)
        town.question = Question.ask(town.pending.cleaning, by=stan, text="Is there a lift?")
        town.pending.cleaning.edit(by=olivia, estimated_hours=6)
        town.closed = create_offer(cleaning=create_cleaning(name="Closed"), cleaner=carl)
        town.closed.cleaning.close(by=olivia)
    with at(-1):
        invitation = {"reserved_for": carl, "reserved_days": 7, "starts_in": timedelta(days=20)}
        town.reserved, town.opened, town.declined = (create_cleaning(name=name, **invitation) for name in "ROD")
        town.opened.unreserve(by=olivia)
        town.declined.decline(by=carl)


def raw(model):
    """Past what the model refuses."""
    return models.QuerySet(model)


def change(row, **values):
    raw(type(row)).filter(pk=row.pk).update(**values)


def copy_of(row, **values):
    facts = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}
    raw(type(row)).bulk_create([type(row)(**facts | values)])


def report_the_same(town, created_at):
    """By the one who decides."""
    keys = {"reporter_key": random_key(), "accused_key": random_key()}
    copy_of(town.report, reporter_id=town.decision.by_id, status="new", created_at=created_at, **keys)


def event(offer_or_cleaning, *kinds):
    """The last of these kinds, of an offer or of the cleaning's own."""
    is_offer = isinstance(offer_or_cleaning, Offer)
    cleaning = offer_or_cleaning.cleaning if is_offer else offer_or_cleaning
    return cleaning.events.filter(cleaner=offer_or_cleaning.cleaner if is_offer else None, kind__in=kinds).last()


def forget(*events):
    """The events and what anybody was told of them."""
    Notification.objects.filter(event__in=events).delete()
    raw(Event).filter(pk__in=[each.pk for each in events])._raw_delete("default")


def with_terms(of, **values):
    change(of, terms=of.terms | values)


def win_twice(town):
    change(town.rejected, status="accepted")
    change(event(town.rejected, Kind.ACCEPT), to_status="accepted")


def assign_to_nobody(town):
    change(town.bare, status="assigned")
    copy_of(event(town.bare, Kind.POST), kind=Kind.ACCEPT, from_status="open", to_status="assigned")


def leave_pending(town):
    change(town.closed, status="pending")
    forget(event(town.closed, Kind.CLOSE))


def offer_twice(town):
    copy_of(town.pending)
    change(town.pending.cleaning, offers_count=2)


def offer_to_oneself(town):
    for each in (event(town.closed, Kind.OFFER), event(town.closed, Kind.CLOSE)):
        each.notifications.all().delete()
        change(each, cleaner=town.olivia, actor=town.olivia)
    change(town.closed, cleaner=town.olivia)


def revive_nobody(town):
    change(town.revived, status="rejected")
    forget(event(town.revived, Kind.CANCEL))


def rescind_silently(town):
    change(town.closed, status="rescinded")
    change(town.closed.cleaning, offers_count=0)


def notify_again(town):
    copy_of(event(town.pending, Kind.OFFER).notifications.get())


def notify_a_stranger(town):
    copy_of(event(town.pending, Kind.OFFER).notifications.get(), recipient_id=town.stan.pk)


def forget_notices_of(*path):
    def forget_them(town):
        of, kind, person = path
        event(of(town), kind).notifications.filter(recipient=getattr(town, person)).delete()

    return forget_them


def raise_the_rate(town):
    with_terms(event(town.done, Kind.COMPLETE), hourly_rate="26.00")
    change(town.done, hourly_rate=26)


def drop_the_start(town):
    with_terms(event(town.done.cleaning, Kind.COMPLETE), starts_at=None)
    change(town.done.cleaning, starts_at=None)


def evaluate_what_goes_on(town):
    sides = {"author_id": town.cora.pk, "subject_id": town.olivia.pk, "offer_id": town.chosen.pk}
    since = Offer.objects.get(pk=town.chosen.pk).status_since
    copy_of(town.alone.evaluations.get(), publishes_at=since + timedelta(days=14), **sides)


def block(town, username, days):
    raw(Block).create(blocker=getattr(town, username), blocked=town.olivia, at=NOW + timedelta(days=days))


def accept_over_a_block(town):
    change(town.chosen, status_since=NOW - timedelta(days=3))
    block(town, "cora", days=-4)


def ask_over_a_block(town):
    change(town.question, asker=town.ada)
    block(town, "ada", days=-6)


def write_over_a_block(town):
    copy_of(town.done.messages.get(), offer_id=town.chosen.pk, author_id=town.cora.pk, at=NOW)
    block(town, "cora", days=-0.5)


def invite_over_a_block(town):
    invitation = event(town.declined, Kind.INVITE)
    with_terms(invitation, invited=town.ada.pk)
    invitation.notifications.update(recipient=town.ada)
    block(town, "ada", days=-2)


def keep_an_invitation(town):
    change(town.reserved, reserved_for=town.ada)
    block(town, "ada", days=-0.5)


def reserve_what_is_closed(town):
    change(town.closed.cleaning, reserved_for=town.cora, reserved_until=NOW)


def leave_a_mail(town):
    facts = {"task_path": deliver.module_path, "args_kwargs": {}, "backend_name": "default", "status": "READY"}
    Mail.objects.bulk_create([Mail(run_after=get_date_max(), **facts)])
    Mail.objects.update(enqueued_at=NOW - timedelta(minutes=20))


def leave_a_file(storage):
    def leave(town):
        path = storage.path_of(LEFT_OVER, storage.sides[0])
        storage.storage.save(path, ContentFile(b"left over"))
        os.utime(storage.storage.path(path), times=(0, 0))

    return leave


def keep_a_token(person, days):
    facts = {"user": person, "name": "A script", "prefix": "swept_", "digest": "0" * 64, "created_at": NOW}
    raw(AccessToken).create(**facts, expires_at=NOW + timedelta(days=days))


def keep_a_token_of_nobody(town):
    keep_a_token(User.objects.create_user("former", is_active=False), days=1)


def execute(sql):
    def run(town):
        with connection.cursor() as cursor:
            cursor.execute(sql.format(**{name: getattr(row, "pk", row) for name, row in vars(town).items()}))

    return run


class Break(NamedTuple):
    rule: str
    sentence: str
    by: Callable
    # The model and the name of the constraint that would refuse it.
    off: tuple = ()


BREAKS = [
    Break("I1", "At most one", win_twice, (Offer, "one_winner_per_cleaning")),
    Break("I2", "A cleaning is assigned", assign_to_nobody),
    Break("I3", "Pending offers", leave_pending),
    Break("I4", "A cleaner makes", offer_twice, (Offer, "one_offer_per_cleaning_and_cleaner")),
    Break("I4", "Nobody offers", offer_to_oneself),
    Break(
        "I5",
        "Cancelling leaves that",
        lambda town: change(event(town.chosen.cleaning, Kind.CANCEL), kind="release"),
    ),
    Break("I5", "Cancelling leaves no", revive_nobody),
    Break("I6", "The chosen offer", lambda town: change(town.chosen.cleaning, version=2)),
    Break("I7", "Each step of a timeline begins", lambda town: forget(event(town.rejected, Kind.CANCEL))),
    Break("I7", "Each step of a timeline is", lambda town: change(event(town.bare, Kind.POST), kind=Kind.CLOSE)),
    Break("I7", "The last step of a cleaning", lambda town: change(town.bare, status="closed")),
    Break("I7", "The last step of an offer", rescind_silently),
    Break("I8", "The owner", forget_notices_of(lambda town: town.pending, Kind.OFFER, "olivia")),
    Break("I8", "The cleaner", forget_notices_of(lambda town: town.done, Kind.ACCEPT, "carl")),
    Break("I8", "Pending cleaners", forget_notices_of(lambda town: town.pending.cleaning, Kind.EDIT, "carl")),
    Break("I8", "The invited", forget_notices_of(lambda town: town.reserved, Kind.INVITE, "carl")),
    Break("I8", "Nobody is notified of", notify_a_stranger),
    Break("I8", "Nobody is notified twice", notify_again, (Notification, "one_notification_per_event_and_person")),
    Break(
        "I8",
        "A notification waits",
        execute("UPDATE notifications_notification SET mailing = 'lost' WHERE recipient_id = {stan}"),
        (Notification, "notification_mailing_known"),
    ),
    Break("I9", "A review belongs", evaluate_what_goes_on),
    Break("I9", "A review is by", lambda town: change(town.alone.evaluations.get(), author=town.stan)),
    Break(
        "I9",
        "Each side",
        lambda town: copy_of(town.alone.evaluations.get()),
        (Evaluation, "one_evaluation_per_offer_and_author"),
    ),
    Break("I9", "A review is published", lambda town: change(town.alone.evaluations.get(), publishes_at=NOW)),
    Break("I10", "A job counts", lambda town: change(town.bare, offers_count=7)),
    Break("I14", "Every account", execute("DELETE FROM accounts_profile WHERE user_id = {stan}")),
    Break(
        "I14",
        "Usernames",
        lambda town: change(town.stan, username="CARL"),
        (User, "username_unique_whatever_the_case"),
    ),
    Break(
        "I14",
        "E-mail addresses are unique",
        lambda town: change(town.stan, email="CARL@example.org"),
        (User, "email_unique_whatever_the_case"),
    ),
    Break("I14", "Confirmed", lambda town: change(town.stan.emailaddress_set.get(), email="CARL@example.org")),
    Break("I14", "E-mail addresses are stored", lambda town: change(town.stan, email="stan@exämple.org")),
    Break("I14", "An account that has ended", keep_a_token_of_nobody),
    Break("I14", "An access token lasts", lambda town: keep_a_token(town.stan, days=366)),
    Break("I15", "The rate of an agreed", raise_the_rate),
    Break("I15", "The rate of the chosen", lambda town: change(town.chosen, hourly_rate=99)),
    Break(
        "I15",
        "The terms of an agreed job change",
        drop_the_start,
    ),
    Break("I15", "The terms of an agreed job are", lambda town: change(town.chosen.cleaning, pets="yes")),
    Break("I15", "What was agreed", lambda town: change(town.done.changes.get(), status="declined")),
    Break("I15", "A change that is agreed", lambda town: copy_of(town.done.changes.get())),
    Break("I15", "At most one change", lambda town: copy_of(town.change), (Change, "one_open_change_per_cleaning")),
    Break("I15", "A change is open", lambda town: change(town.change, offer=town.cancelled)),
    Break("I16", "Messages are between", lambda town: change(town.done.messages.get(), author=town.stan)),
    Break("I16", "Messages begin", lambda town: change(town.done.messages.get(), at=NOW - timedelta(days=31))),
    Break("I16", "Messages end", lambda town: change(town.done.messages.get(), at=NOW + timedelta(days=4))),
    Break(
        "I16",
        "Messages are deleted",
        lambda town: copy_of(town.done.messages.get(), offer_id=town.long.pk, at=NOW - timedelta(days=135)),
    ),
    Break("I16", "Unanswered", lambda town: change(town.question, cleaning=town.closed.cleaning)),
    Break("I16", "Nobody asks", lambda town: change(town.question, asker=town.olivia)),
    Break("I17", "No offer", lambda town: block(town, "cora", days=-6)),
    Break("I17", "No offer", lambda town: block(town, "stan", days=-4)),
    Break("I17", "No offer", accept_over_a_block),
    Break("I17", "No question", ask_over_a_block),
    Break("I17", "No message", write_over_a_block),
    Break("I17", "Nobody is invited", invite_over_a_block),
    Break("I17", "A block ends", keep_an_invitation),
    Break("I18", "Only an open", reserve_what_is_closed),
    Break("I18", "No cleaning", lambda town: change(town.declined, reserved_until=NOW + timedelta(days=1))),
    Break("I18", "A cleaning opens", lambda town: copy_of(event(town.opened, Kind.UNRESERVE))),
    Break("I18", "Only an invited cleaner offers", lambda town: change(town.pending.cleaning, reserved_for=town.cora)),
    Break(
        "I18",
        "Only an invited cleaner saves",
        lambda town: raw(Bookmark).create(person=town.stan, cleaning=town.reserved, name="Kept"),
    ),
    Break("I19", "What staff", lambda town: change(town.decision, facts=""), (Decision, "decision_facts_length")),
    Break("I19", "No party", lambda town: change(town.decision, by=town.stan)),
    Break("I19", "No party", lambda town: report_the_same(town, town.decision.at - timedelta(hours=1))),
    Break("I19", "Someone else", lambda town: change(town.settlement, by=town.decision.by)),
    Break("I19", "A report is", lambda town: change(town.report, status="decided")),
    Break("constraints", "The database has", execute("DROP INDEX offer_of_cleaner_newest")),
    Break("keys", "Every key", lambda town: change(town.question, asker=99999)),
    Break("evaluations", "No review", lambda town: forget(event(town.alone, Kind.PUBLISH))),
    Break("mails", "No mail", leave_a_mail),
    Break(
        "mails",
        "No notification",
        lambda town: Notification.objects.filter(recipient=town.stan).update(mailing="waiting"),
    ),
    Break(
        "photos",
        "Photos of a job are deleted",
        lambda town: change(town.photo, cleaning=town.long.cleaning, offer=town.long),
    ),
    Break(
        "photos",
        "The picture of a hidden profile",
        lambda town: change(
            town.stan.profile, known_photo="b" * 32, hidden_by=town.ada, hidden_at=timezone.now() - timedelta(hours=1)
        ),
    ),
    Break("photos", "The photo of a profile", lambda town: change(town.stan.profile, photo="b" * 32)),
    Break("photos", "A photo of a job", lambda town: change(town.photo, file="b" * 32)),
    Break("photos", "Each file of a day or more belongs to the photo", leave_a_file(PROFILE_PHOTOS)),
    Break("photos", "Each file of a day or more belongs to a photo", leave_a_file(JOB_PHOTOS)),
]
if connection.vendor == "postgresql":
    not_valid = "ALTER TABLE offers_offer ADD CONSTRAINT rates CHECK (hourly_rate > 0) NOT VALID"
    BREAKS.append(Break("constraints", "Every constraint", execute(not_valid)))


def take_off(model, name):
    """Return whether the database lacks it then: SQLite only stops to check."""
    constraint = next(each for each in model._meta.constraints if each.name == name)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            editor = connection.schema_editor(atomic=False)
            cursor.execute(str(constraint.remove_sql(model, editor)))
            return True
        if isinstance(constraint, models.CheckConstraint):
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            return False
        cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = %s", [name])
        if cursor.fetchone():
            cursor.execute(f'DROP INDEX "{name}"')
            return True
    with patch.object(model._meta, "constraints", [each for each in model._meta.constraints if each != constraint]):
        editor = connection.schema_editor(atomic=False)
        editor.deferred_sql = []
        editor._remake_table(model)
    return True


@pytest.fixture
def town_to_break(town):
    """What a rollback does not take back is taken back here."""
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if is_postgresql:
            # A table is not altered while checks of its keys wait for the end of the transaction.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        yield town
        if not is_postgresql:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
    PROFILE_PHOTOS.delete(LEFT_OVER)
    JOB_PHOTOS.delete(LEFT_OVER)


DATA = [name for name in integrity.NAMES if name != "constraints"]


def test_nothing_is_found_where_nothing_is_broken(town):
    assert integrity.findings() == []


def test_staff_may_report_what_they_decided_about_before(town):
    report_the_same(town, created_at=town.decision.at + timedelta(hours=1))
    assert integrity.findings(["I19"]) == []


def test_every_rule_is_broken():
    times = {rule.sentence: sum(is_of(rule, broken) for broken in BREAKS) for rule in integrity.RULES}
    if connection.vendor == "sqlite":
        # It has no constraint that is not validated.
        assert times.pop("Every constraint and index of the database is validated.") == 0
    assert [sentence for sentence, number in times.items() if not number] == []
    assert [broken for broken in BREAKS if sum(is_of(rule, broken) for rule in integrity.RULES) != 1] == []


def is_of(rule, broken):
    return rule.name == broken.rule and rule.sentence.startswith(broken.sentence)


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: f"{broken.rule} {broken.sentence}")
def test_each_rule_is_found_broken_and_only_it(town_to_break, broken):
    """Without its constraint, that one is found missing too; where none is taken off, none is looked for."""
    expected = {(broken.rule, broken.sentence)}
    with rolled_back():
        if broken.off and take_off(*broken.off):
            expected.add(("constraints", "The database has"))
        broken.by(town_to_break)
        names = integrity.NAMES if {"constraints"} & {name for name, _ in expected} else DATA
        lines = integrity.findings(names)
    assert {pair for pair in expected for line in lines if matches(line, *pair)} == expected, lines
    assert len(lines) == len(expected), lines


def matches(line, name, sentence):
    found, _, rest = line.split(": ", 2)
    return found == name and rest.startswith(sentence)


# In some databases there a column has no key.
if connection.vendor == "sqlite":

    def test_a_column_without_its_key_is_found_and_so_is_what_leads_nowhere_from_it(town_to_break):
        with rolled_back():
            with patch.object(Photo._meta.get_field("hidden_by"), "db_constraint", False):
                editor = connection.schema_editor(atomic=False)
                editor.deferred_sql = []
                editor._remake_table(Photo)
            (without_key,) = integrity.findings(["constraints", "keys"])
            assert without_key.startswith("constraints: not so for cleanings_photo.hidden_by_id: ")
            change(town_to_break.photo, hidden_at=NOW, hidden_by=99999)
            assert len(integrity.findings(["constraints", "keys"])) == 2


# The command


def check(*names):
    """What it says, and whether it ends with 0."""
    output = StringIO()
    try:
        call_command("check_integrity", *names, stdout=output)
    except CommandError:
        return output.getvalue().splitlines(), False
    return output.getvalue().splitlines(), True


def test_a_run_says_logs_and_records_what_it_found(town, caplog):
    with rolled_back():
        caplog.set_level("WARNING")
        (line,), is_fine = check()
        assert (line.startswith("Nothing is broken"), is_fine, caplog.text) == (True, True, "")
        change(town.bare, offers_count=7)
        lines, is_fine = check()
        assert (lines, is_fine) == ([f"I10: not so for jobs {town.bare.pk}: {COUNTS}"], False)
        assert lines[0] in caplog.text
        assert list(IntegrityCheck.objects.order_by("pk").values_list("findings", flat=True)) == [[], lines]


def test_some_rules_can_be_checked_by_name_and_leave_no_record(town):
    with rolled_back():
        change(town.bare, offers_count=7)
        assert check("I7", "photos")[1]
        assert not check("I7", "I10")[1]
        assert not check("I77")[1]
    assert not IntegrityCheck.objects.exists()


def test_records_go_after_90_days(town):
    with rolled_back():
        for days in (-91, -89):
            IntegrityCheck.objects.create(started_at=NOW + timedelta(days=days), seconds=1, findings=[])
        check()
        assert [(NOW - each.started_at).days for each in IntegrityCheck.objects.order_by("pk")] == [89, -1]


def test_ten_ids_are_shown_of_many(town):
    with rolled_back():
        pks = [create_cleaning(name=f"Number {number}").pk for number in range(11)]
        raw(Cleaning).filter(pk__in=pks).update(offers_count=7)
        (line,) = integrity.findings(["I10"])
        shown = line.removeprefix("I10: not so for jobs ").removesuffix(f" and more: {COUNTS}")
        assert len({int(pk) for pk in shown.split(", ")} & set(pks)) == 10


def test_a_rule_that_fails_keeps_no_other_from_its_turn(town):
    broken = Rule("I1", "Fails.", lambda: Offer.objects.extra(where=["nonsense"]))
    with patch.object(integrity, "IN_SNAPSHOT", (broken, *integrity.IN_SNAPSHOT)), rolled_back():
        change(town.bare, offers_count=7)
        failed, found = integrity.findings(["I1", "I10"])
    assert failed in ("I1: could not be checked: OperationalError", "I1: could not be checked: ProgrammingError")
    assert found.endswith(COUNTS)


def test_staff_read_on_the_first_page_of_the_admin_what_was_found(town, client):
    with rolled_back():
        client.force_login(create_support())
        fine = f"{timezone.localtime(NOW):%H:%M}: nothing is broken."
        assert fine not in text_of(client.get("/admin/"))
        IntegrityCheck.objects.create(started_at=NOW, seconds=1, findings=[])
        assert fine in text_of(client.get("/admin/"))
        made = IntegrityCheck.objects.create(started_at=NOW, seconds=1, findings=["I1: not so"])
        page = text_of(client.get("/admin/"))
        assert (fine in page, f'<a href="{made.get_absolute_url()}">' in page) == (False, True)
        assert "I1: not so" in text_of(client.get(made.get_absolute_url()))
        rows = client.get("/admin/pages/integritycheck/").content.decode()
        assert [rows.count(f'alt="{is_fine}"') for is_fine in (True, False)] == [1, 1]


def test_the_schema_of_sqlite_is_read_the_same_in_every_process():
    one, other = (
        """("terms" IN ('false','true','null') AND "kind" IN ('due'))""",
        """("terms" IN ('null','true','false') AND "kind" IN ('due'))""",
    )
    assert in_one_order(one) == in_one_order(other) != in_one_order(one.replace("due", "remind"))
