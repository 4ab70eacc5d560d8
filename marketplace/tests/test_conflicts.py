"""What becomes of an act whose transaction PostgreSQL ends because another one is in its way."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from threading import Barrier
from time import monotonic

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, connections
from django.test import Client
from django.urls import reverse

from accounts.tests.test_closing_races import CLEANING
from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from core import transactions
from core.transactions import atomic
from marketplace.database_url import DEFAULT_PARAMETERS
from marketplace.testing import PASSWORD, create_cast, create_cleaning, create_offer, create_user, picture
from marketplace.tests.test_outages import assert_uncertain
from offers.tests.invariants import contradictions

pytestmark = [pytest.mark.retries, pytest.mark.django_db(transaction=True)]

SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"
ALWAYS = 1000


@contextmanager
def conflict(table, times, *, code=SERIALIZATION_FAILURE, event="INSERT", at_commit=False):
    """So many times a write to the table fails; yields a function that says how many writes there were."""
    when = "INITIALLY DEFERRED" if at_commit else "INITIALLY IMMEDIATE"
    with connection.cursor() as cursor:
        # What a sequence counts is not taken back.
        cursor.execute(f"""
            CREATE SEQUENCE writes;
            CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('writes') <= {times} THEN RAISE EXCEPTION 'conflict' USING ERRCODE = '{code}'; END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER conflict AFTER {event} ON {table} DEFERRABLE {when}
                FOR EACH ROW EXECUTE FUNCTION conflict()""")
        try:
            yield writes
        finally:
            cursor.execute("DROP FUNCTION conflict CASCADE; DROP SEQUENCE writes")


def writes():
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM writes WHERE is_called")
        return cursor.fetchone()[0]


def rows_and_files(folder):
    rows = {model._meta.label: model._base_manager.count() for model in apps.get_models()}
    return rows | {"files": sum(path.is_file() for path in folder.rglob("*"))}


def browser(person):
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


def accept(cleaner):
    offer = create_offer(cleaner=cleaner)
    path = reverse("offers:accept", args=[offer.cleaning_id, cleaner.username])
    return offer.cleaning.owner, path, {"revision": 1, "version": 1}


def post(owner):
    return owner, "/cleanings/new/", CLEANING


def delete(owner):
    return owner, f"/cleanings/{create_cleaning(owner=owner).pk}/delete/", {}


def add_photo(owner):
    photo = SimpleUploadedFile("kitchen.jpg", picture(), "image/jpeg")
    facts = {"photo": photo, "shows": "The kitchen", "kind": "job", "audience": "members"}
    return owner, f"/cleanings/{create_cleaning(owner=owner).pk}/photos/", facts


def set_profile_photo(person):
    return person, "/accounts/profile/", {"photo": SimpleUploadedFile("me.jpg", picture(), "image/jpeg")}


def close_account(person):
    create_cleaning(owner=person)
    return person, "/accounts/close/", {"password": PASSWORD}


def reject_as_staff(cleaner):
    offer, ada = create_offer(cleaner=cleaner), create_cast()[4]
    facts = {"action": "reject", "_selected_action": [offer.pk], "confirmed": "yes"}
    return ada, reverse("admin:offers_offer_changelist"), facts


if connection.vendor == "postgresql":

    @pytest.fixture(autouse=True)
    def mailed_at_once(queue, settings):
        settings.MAIL_GATHERED_FOR = settings.MAIL_GATHERED_FOR * 0

    def test_a_move_is_made_after_one_conflict_or_two():
        for times, code, at_commit in (
            (1, SERIALIZATION_FAILURE, False),
            (2, SERIALIZATION_FAILURE, False),
            (1, DEADLOCK, False),
            (2, SERIALIZATION_FAILURE, True),
        ):
            owner, path, facts = accept(create_user("carl"))
            with conflict("offers_offer", times, code=code, event="UPDATE", at_commit=at_commit) as count:
                assert browser(owner).post(path, facts).status_code == 302
                assert count() == times + 1
            cleaning = Cleaning.objects.latest("pk")
            assert cleaning.offers.get().status == OfferStatus.ACCEPTED
            assert contradictions(cleaning) == []

    @pytest.mark.parametrize("code", [SERIALIZATION_FAILURE, DEADLOCK])
    def test_a_move_that_meets_conflicts_again_and_again_is_answered_503(code, tmp_path):
        owner, path, facts = accept(create_user("carl"))
        client, before = browser(owner), rows_and_files(tmp_path)
        with conflict("notifications_notification", ALWAYS, code=code) as count:
            assert_uncertain(client.post(path, facts))
            assert count() == 4
        assert rows_and_files(tmp_path) == before
        assert Cleaning.objects.get().offers.get().status == OfferStatus.PENDING
        assert client.post(path, facts).status_code == 302
        assert rows_and_files(tmp_path)["mailqueue.Mail"] == before["mailqueue.Mail"] + 1

    @pytest.mark.parametrize(
        ("act", "table", "event"),
        [
            (accept, "notifications_notification", "INSERT"),
            (post, "cleanings_event", "INSERT"),
            (delete, "cleanings_cleaning", "DELETE"),
            (add_photo, "cleanings_photo", "INSERT"),
            (set_profile_photo, "accounts_profile", "UPDATE"),
            (close_account, "accounts_heldusername", "INSERT"),
            (reject_as_staff, "cleanings_event", "INSERT"),
        ],
    )
    def test_an_act_does_the_same_once_with_and_without_a_conflict(act, table, event, media, private):
        def done(name, times):
            person, path, facts = act(create_user(name))
            client, before = browser(person), rows_and_files(media)
            with conflict(table, times, event=event) as count:
                assert client.post(path, facts).status_code == 302
                assert count() > times
            return {label: count - before[label] for label, count in rows_and_files(media).items()}

        assert done("cora", 0) == done("carl", 1) != {}

    @pytest.mark.parametrize(
        ("timeout", "seconds"),
        [("100ms", 60), pytest.param(DEFAULT_PARAMETERS["lock_timeout"], 4, marks=pytest.mark.thorough)],
    )
    def test_a_row_that_somebody_holds_is_answered_503(timeout, seconds, tmp_path):
        owner, path, facts = accept(create_user("carl"))
        client, before, other = browser(owner), rows_and_files(tmp_path), connections.create_connection("default")
        with connection.cursor() as cursor, other.cursor() as holding:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [timeout])
            holding.execute("BEGIN; SELECT id FROM cleanings_cleaning FOR UPDATE")
            began = monotonic()
            assert_uncertain(client.post(path, facts))
            assert monotonic() - began < seconds
            assert rows_and_files(tmp_path) == before
            holding.execute("ROLLBACK")
            assert client.post(path, facts).status_code == 302
        other.close()
        connection.close()

    def edit_crosswise(retries, monkeypatch):
        """Edit the same two cleanings in opposite order; return the attempts of both, and the cleanings."""
        monkeypatch.setattr(transactions, "RETRIES", retries)
        # Of two owners, because whoever edits locks themselves too.
        pair = [create_cleaning(owner=create_user(name)).pk for name in ("olivia", "cora")]
        barrier = Barrier(2)

        def edit(pk, hours):
            cleaning = Cleaning.objects.get(pk=pk)
            cleaning.edit(by=cleaning.owner, estimated_hours=hours)

        def edit_both(first, second, hours):
            attempts = []

            @atomic
            def run():
                attempts.append(first)
                edit(first, hours)
                if len(attempts) == 1:
                    barrier.wait(timeout=60)
                edit(second, hours)

            try:
                run()
                return len(attempts)
            except OperationalError:
                return "deadlock"
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            one = pool.submit(edit_both, *pair, Decimal(4))
            other = pool.submit(edit_both, *reversed(pair), Decimal(5))
            return [one.result(), other.result()], [Cleaning.objects.get(pk=pk) for pk in pair]

    @pytest.mark.slow
    def test_a_deadlock_of_two_ends_in_two_successes(monkeypatch):
        attempts, cleanings = edit_crosswise(3, monkeypatch)
        assert "deadlock" not in attempts
        assert sum(attempts) > 2
        assert [cleaning.version for cleaning in cleanings] == [3, 3]
        assert [contradictions(cleaning) for cleaning in cleanings] == [[], []]

    @pytest.mark.slow
    def test_control_without_retries_one_of_two_fails(monkeypatch):
        attempts, cleanings = edit_crosswise(0, monkeypatch)
        assert set(attempts) == {1, "deadlock"}
        assert [cleaning.version for cleaning in cleanings] == [2, 2]
