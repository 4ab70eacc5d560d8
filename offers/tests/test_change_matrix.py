"""Every state of an offer and of its change x every verb of a change x every role: by the verbs, and over HTTP."""

from datetime import timedelta
from itertools import product

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cleanings.models import Cleaning, Event
from cleanings.states import CHANGE_ENDS, ChangeStatus, CleaningStatus, IllegalMove, Kind, OfferStatus
from marketplace.testing import create_cast, create_user, rolled_back
from notifications.models import Notification
from offers.changes import Change
from offers.models import Offer
from offers.tests.scenarios import SCENARIOS

pytestmark = [pytest.mark.long, pytest.mark.django_db]

ROLES = ("anonymous", "stan", "carl", "cora", "olivia", "ada")
SIDES = ("carl", "olivia")
# What is suggested; one of the two is still possible after the start.
SUGGESTIONS = {"hours": {"estimated_hours": "5"}, "pets": {"pets": "yes"}}
# The change that there is: who suggested it, and what became of it.
CHANGES = [None, *product(SIDES, ChangeStatus)]
VERBS = [*(("suggest", name) for name in SUGGESTIONS), *(("answer", kind) for kind in (*CHANGE_ENDS,)[:3])]
MADE = [scenario for scenario in SCENARIOS if scenario.offer_status]


def rows():
    """All that a verb may change."""
    return [list(model.objects.order_by("pk").values()) for model in (Change, Cleaning, Offer, Event, Notification)]


def add_change(scenario, change):
    """One that came to be so in the past; what it suggested concerns neither of the SUGGESTIONS."""
    if change is None:
        return None
    by, status = change
    ended = None if status == ChangeStatus.OPEN else timezone.now()
    facts = {"made_for": scenario.cleaning.version, "expires_at": timezone.now() + timedelta(days=1)}
    return Change.objects.create(
        offer=scenario.offer, by=create_user(by), terms={"area": "kitchen"}, status=status, answered_at=ended, **facts
    )


def can_be(scenario, change):
    """A job that is not agreed has no open change; one that was is enough there."""
    return scenario.offer_status == OfferStatus.ACCEPTED or change in (None, ("carl", ChangeStatus.EXPIRED))


def verdict(role, verb, scenario, change):
    """What the design says to the attempt: the status of a refusal, or "done"."""
    act, what = verb
    is_agreed = scenario.offer_status == OfferStatus.ACCEPTED
    is_open = change is not None and change[1] == ChangeStatus.OPEN
    if role not in SIDES:
        return 403
    if act == "suggest":
        has_to_answer = is_open and change[0] != role
        is_too_late = what == "pets" and scenario.start == "passed"
        return 409 if not is_agreed or has_to_answer or is_too_late else "done"
    if change is None:
        return 409
    if (what == Kind.WITHDRAW) != (change[0] == role):
        return 403
    return "done" if is_open else 409


def each_change(scenario):
    """Every change that there can be, and its row, which is there until the next one."""
    for change in CHANGES:
        if can_be(scenario, change):
            with rolled_back():
                yield change, add_change(scenario, change)


@pytest.mark.parametrize("scenario", MADE, ids=str)
def test_every_verb_of_a_change_by_everybody(scenario):
    create_cast()
    scenario.build()
    people = {role: create_user(role) for role in ROLES[1:-1]}
    for change, row in each_change(scenario):
        before = rows()
        for verb, role in product(VERBS, people):
            if verb[0] == "answer" and row is None:
                continue
            said = verdict(role, verb, scenario, change)
            refusal = {403: PermissionDenied, 409: IllegalMove}.get(said)
            with rolled_back():
                assert outcome(scenario.offer, row, verb, people[role]) is refusal, (change, role, verb)
                assert (rows() != before) == (said == "done"), (change, role, verb)


def outcome(offer, change, verb, person):
    """The class of refusal that the verb answers with, or None; predicates say the same before."""
    act, what = verb
    if act == "answer":
        change = Change.objects.with_job().get(pk=change.pk)
        allowed = change.allows(what, person)
    else:
        allowed = offer.can_suggest(person) and set(SUGGESTIONS[what]) <= set(offer.terms_to_suggest(person))
    try:
        with transaction.atomic():
            offer.suggest(by=person, **SUGGESTIONS[what]) if act == "suggest" else getattr(change, what)(by=person)
    except (PermissionDenied, IllegalMove) as refusal:
        assert not allowed
        return type(refusal)
    assert allowed
    return None


@pytest.mark.sqlite
@pytest.mark.parametrize("scenario", [scenario for scenario in MADE if scenario.start == "ahead"], ids=str)
def test_every_verb_of_a_change_by_everybody_over_http(scenario):
    create_cast()
    scenario.build()
    clients = {role: Client() for role in ROLES}
    for role in ROLES[1:]:
        clients[role].force_login(create_user(role))
    for change, row in each_change(scenario):
        before = rows()
        for verb, role in product(VERBS, ROLES):
            said = verdict(role, verb, scenario, change)
            with rolled_back():
                answer = send(clients[role], scenario, row, *verb)
                if role == "anonymous":
                    assert answer["Location"].startswith(reverse("account_login"))
                elif role == "stan" and scenario.cleaning_status == CleaningStatus.CLOSED:
                    assert answer.status_code == 404
                else:
                    assert answer.status_code == (302 if said == "done" else said), (change, role, verb)
                assert (rows() != before) == (said == "done"), (change, role, verb)


def send(client, scenario, change, act, what):
    url = reverse("offers:change" if act == "suggest" else f"offers:{what}", args=[scenario.cleaning.pk, "carl"])
    return client.post(url, SUGGESTIONS[what] if act == "suggest" else {"change": change.pk if change else ""})
