"""What guards the rows beneath the verbs: the lock, the conditional updates, the constraint, and the models."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cleanings.models import Cleaning, Event
from cleanings.states import IllegalMove
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user
from offers.changes import Change
from offers.models import Offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return create_cast()


def statuses(cleaning):
    return dict(cleaning.offers.values_list("cleaner__username", "status"))


def test_offers_and_events_cannot_be_deleted_or_rewritten(cast):
    create_offer()
    for forbidden in (
        Offer.objects.all().delete,
        Event.objects.all().delete,
        lambda: Event.objects.update(reason="x"),
        Event.objects.first().save,
        Event.objects.first().delete,
    ):
        with pytest.raises(TypeError):
            forbidden()
    assert (Offer.objects.count(), Event.objects.count()) == (1, 2)


def test_without_the_lock_the_conditional_updates_and_the_constraint_still_refuse(cast, monkeypatch):
    olivia, carl, cora, *_ = cast
    cleaning = create_cleaning()
    first, second = (create_offer(cleaning=cleaning, cleaner=cleaner) for cleaner in (carl, cora))
    late, stale = Offer.objects.select_related("cleaning").get(pk=second.pk), Cleaning.objects.get()
    monkeypatch.setattr("cleanings.models.Cleaning.lock", lambda cleaning: None)
    monkeypatch.setattr(Offer, "_read_again", lambda offer: None)
    first.accept(by=olivia)
    with pytest.raises(IllegalMove, match="same moment"):
        late.accept(by=olivia)
    with pytest.raises(IllegalMove, match="same moment"):
        stale.close(by=olivia)
    Offer.objects.filter(pk=late.pk).update(status="pending")
    with pytest.raises(IntegrityError), transaction.atomic():
        late.accept(by=olivia)
    assert statuses(cleaning) == {"carl": "accepted", "cora": "pending"}


def first_query_of(act):
    """The SQL with which a verb begins, savepoints aside."""
    with CaptureQueriesContext(connection) as queries:
        act()
    return next(query["sql"] for query in queries if "SAVEPOINT" not in query["sql"])


VERBS = {
    "revise": {"hourly_rate": "30"},
    "rescind": {},
    "reject": {},
    "accept": {},
    "cancel": {"reason": "other"},
    "release": {"reason": "other"},
    "complete": {},
}


@pytest.mark.parametrize("verb", ["suggest", "agree", "decline", "withdraw", "expire"])
def test_every_verb_of_a_change_begins_by_locking_the_cleaning(cast, verb):
    olivia, carl, *_ = cast
    offer = create_offer(status="accepted")
    change = None if verb == "suggest" else offer.suggest(by=carl, estimated_hours="4")
    acts = {
        "suggest": lambda: offer.suggest(by=carl, estimated_hours="4"),
        "withdraw": lambda: change.withdraw(by=carl),
        "expire": change and change.expire,
    }
    with time_machine.travel(timezone.now() + timedelta(days=7 if verb == "expire" else 0), tick=False):
        sql = first_query_of(acts.get(verb) or (lambda: getattr(change, verb)(by=olivia)))
    assert 'FROM "cleanings_cleaning"' in sql
    assert connection.vendor != "postgresql" or sql.endswith("FOR UPDATE")


def test_without_the_lock_one_of_two_answers_is_refused(cast, monkeypatch):
    olivia, carl, *_ = cast
    offer = create_offer(status="accepted")
    change = offer.suggest(by=carl, estimated_hours="4")
    late = Change.objects.with_job().get()
    monkeypatch.setattr("cleanings.models.Cleaning.lock", lambda cleaning: None)
    monkeypatch.setattr(Change, "refresh_from_db", lambda change, **kwargs: None)
    change.decline(by=olivia)
    with pytest.raises(IllegalMove, match="same moment"), transaction.atomic():
        late.agree(by=olivia)
    assert (Change.objects.get().status, Cleaning.objects.get().estimated_hours) == ("declined", 3)


def test_agreeing_takes_as_many_queries_with_one_rival_as_with_thirty(cast):
    olivia, carl, *_ = cast
    counts = []
    for rivals in (1, 30):
        cleaning = create_cleaning()
        for number in range(rivals):
            create_offer(cleaning=cleaning, cleaner=create_user(f"rival{number}"))
        change = create_offer(cleaning=cleaning, status="accepted").suggest(by=carl, estimated_hours="4")
        with CaptureQueriesContext(connection) as queries:
            change.agree(by=olivia)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("verb", [*VERBS, "confirm", "make", "edit", "close", "delete"])
def test_every_verb_begins_by_locking_the_cleaning(cast, verb):
    olivia, carl, cora, *_ = cast
    cleaning = create_cleaning(starts_in=None)
    needs_winner = verb in ("cancel", "release", "complete")
    offer = create_offer(cleaning=cleaning, status="accepted" if needs_winner else "pending")
    if verb == "confirm":
        cleaning.edit(by=olivia, estimated_hours=9)
    if verb == "delete":
        offer.rescind(by=carl)
    acts = {
        "make": lambda: Offer.make(cleaning, by=cora, hourly_rate="20"),
        "edit": lambda: cleaning.edit(by=olivia, name="Other"),
        "close": lambda: cleaning.close(by=olivia),
        "delete": lambda: cleaning.delete(by=olivia),
        "confirm": lambda: offer.confirm(by=carl, version=2),
    }
    by = carl if verb in ("revise", "rescind", "cancel") else olivia
    sql = first_query_of(acts.get(verb) or (lambda: getattr(offer, verb)(by=by, **VERBS[verb])))
    assert 'FROM "cleanings_cleaning"' in sql
    assert connection.vendor != "postgresql" or sql.endswith("FOR UPDATE")


def test_an_offer_is_not_deleted_from_the_shell(cast):
    with pytest.raises(TypeError):
        create_offer().delete()


def test_a_move_takes_as_many_queries_with_one_rival_as_with_thirty(cast):
    olivia, *_ = cast
    counts = []
    for rivals in (1, 30):
        cleaning = create_cleaning()
        for number in range(rivals):
            create_offer(cleaning=cleaning, cleaner=create_user(f"rival{number}"))
        offer = create_offer(cleaning=cleaning)
        with CaptureQueriesContext(connection) as queries:
            offer.accept(by=olivia)
        counts.append(len(queries))
    assert counts[0] == counts[1]
