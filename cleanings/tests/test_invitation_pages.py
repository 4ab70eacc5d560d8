"""Posting again, inviting, declining and opening to everyone, as people meet them on pages."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cleanings.models import Cleaning, Event
from cleanings.states import OfferStatus
from cleanings.tests.test_invitations import invite
from cleanings.tests.test_invitations import people as people
from marketplace.testing import create_cleaning, create_offer, create_user, rolled_back, text_of
from notifications.models import Notification
from offers.models import Offer

pytestmark = [pytest.mark.long, pytest.mark.django_db]

NEW = {
    "name": "Windows", "area": "windows", "cleaning_type": "spot_clean", "city": "Ghent", "postcode": "9000",
    "street_address": "Street 1", "estimated_hours": "3", "hourly_rate": "20",
}  # fmt: skip
INVITATION = {"reserved_for": "carl", "reserved_days": "2", "then_open": "on"}


def browser(username):
    client = Client()
    if username != "anonymous":
        client.force_login(create_user(username))
    return client


def path(name, cleaning):
    return reverse(f"cleanings:{name}", args=[cleaning.pk])


def close(cleaning, offer):
    cleaning.close(by=cleaning.owner)


def reject(cleaning, offer):
    offer.reject(by=cleaning.owner)


def accept(cleaning, offer):
    offer.accept(by=cleaning.owner)


@pytest.mark.parametrize("move", [None, close, reject, accept], ids=lambda move: getattr(move, "__name__", "open"))
def test_posting_again_starts_from_an_own_cleaning_in_any_state_without_its_date(people, move):
    facts = {"description": "Attic first.", "area": "kitchen", "supplies": "owner", "pets": "yes", "city": "Bruges"}
    cleaning = create_cleaning(name="Attic", **facts)
    if move:
        move(cleaning, create_offer(cleaning=cleaning))
    olivia = browser("olivia")
    page = text_of(olivia.get(cleaning.get_absolute_url()))
    assert f'href="/cleanings/new/?like={cleaning.pk}">Post again</a>' in page
    initial = olivia.get(f"/cleanings/new/?like={cleaning.pk}").context["form"].initial
    assert facts | {"name": "Attic", "street_address": "Hidden Lane 12"} == {
        name: initial[name] for name in (*facts, "name", "street_address")
    }
    assert "starts_at" not in initial


@pytest.mark.parametrize("like", ["{of_carl}", "999999", "0", "-1", "x", "", "1" * 400, "١", "1.0", "{own}%00x"])
def test_posting_again_needs_a_cleaning_of_one_s_own(people, like):
    own, of_carl = create_cleaning(), create_cleaning(owner=people[1])
    assert browser("olivia").get(f"/cleanings/new/?like={own.pk}").status_code == 200
    answer = browser("olivia").get(f"/cleanings/new/?like={like.format(own=own.pk, of_carl=of_carl.pk)}")
    assert answer.status_code in (400, 404)


def test_looking_up_prices_keeps_what_is_posted_again_and_who_is_invited(people):
    cleaning = create_cleaning()
    page = text_of(browser("olivia").get(f"/cleanings/new/?like={cleaning.pk}&for=carl"))
    for name, value in (("like", cleaning.pk), ("for", "carl")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    again = browser("olivia").get(f"/cleanings/new/?city=Bruges&like={cleaning.pk}&for=carl").context["form"].initial
    assert (again["city"], again["name"], again["reserved_for"]) == ("Bruges", cleaning.name, "carl")


def test_a_done_job_and_a_profile_lead_to_inviting_its_cleaner(people):
    done = Cleaning.objects.filter(offers__cleaner=people[1]).get()
    olivia = browser("olivia")
    link = f'href="/cleanings/new/?like={done.pk}&amp;for=carl"'
    for address in (done.get_absolute_url(), "/people/carl/"):
        assert link in text_of(olivia.get(address)), address
    assert '<option value="carl" selected>' in text_of(olivia.get(f"/cleanings/new/?like={done.pk}&for=carl"))
    for reader, address in (("cora", "/people/carl/"), ("olivia", "/people/stan/"), ("anonymous", "/people/carl/")):
        assert "Invite" not in text_of(browser(reader).get(address)), (reader, address)


def test_whoever_cannot_be_invited_is_not_chosen_in_silence(people):
    page = text_of(browser("olivia").get("/cleanings/new/?for=stan"))
    assert "You can only invite cleaners who have done a job for you." in page
    assert "You can only invite" not in text_of(browser("olivia").get("/cleanings/new/?for=carl"))


def test_only_whoever_has_somebody_to_invite_is_asked_for_whom(people):
    assert "Who can see it" in text_of(browser("olivia").get("/cleanings/new/"))
    assert "Who can see it" not in text_of(browser("stan").get("/cleanings/new/"))


def test_posting_with_an_invitation_reserves_the_cleaning(people):
    answer = browser("olivia").post("/cleanings/new/", NEW | INVITATION, follow=True)
    cleaning = Cleaning.objects.get(name="Windows")
    assert (cleaning.reserved_for, cleaning.then_open) == (people[1], True)
    assert abs(cleaning.reserved_until - timezone.now() - timedelta(days=2)) < timedelta(minutes=1)
    assert "We’ve told carl. Nobody else sees your job." in text_of(answer)
    assert "carl is invited and can answer until" in text_of(answer)


@pytest.mark.parametrize(
    "forged",
    [
        {"reserved_for": "stan"}, {"reserved_for": "olivia"}, {"reserved_for": "nobody-there"},
        {"reserved_for": "x" * 5000}, {"reserved_days": "0"}, {"reserved_days": "8"}, {"reserved_days": "x"},
        {"reserved_days": ""},
    ],
    ids=str,
)  # fmt: skip
def test_a_forged_invitation_posts_nothing(people, forged):
    answer = browser("olivia").post("/cleanings/new/", NEW | INVITATION | forged)
    sentence = "1 to 7 days" if "reserved_days" in forged else "has done a job for you"
    assert (answer.status_code, Cleaning.objects.filter(name="Windows").exists()) == (200, False)
    assert text_of(answer).count(sentence) >= 2


def test_somebody_without_cleaners_cannot_forge_one(people):
    answer = browser("stan").post("/cleanings/new/", NEW | INVITATION)
    assert "Choose someone who has done a job for you." in text_of(answer)
    assert not Cleaning.objects.filter(name="Windows").exists()


def test_without_an_invitation_everyone_sees_what_is_posted(people):
    browser("olivia").post("/cleanings/new/", NEW | {"reserved_days": "3", "then_open": "on"})
    assert Cleaning.objects.open().get(name="Windows").is_public


def test_mass_assignment_through_other_forms_reserves_nothing(people):
    cleaning = create_cleaning()
    until = f"{timezone.now() + timedelta(days=2):%Y-%m-%d %H:%M}"
    forged = {"reserved_for": people[1].pk, "reserved_until": until, "then_open": "on"}
    browser("olivia").post(path("update", cleaning), NEW | forged)
    cleaning.refresh_from_db()
    assert (cleaning.name, cleaning.reserved_for, cleaning.reserved_until) == ("Windows", None, None)


def test_the_invited_reads_what_it_is_and_declines_from_its_page(people):
    cleaning, carl = invite(), browser("carl")
    page = text_of(carl.get(cleaning.get_absolute_url()))
    assert "olivia invites you. You can answer until" in page
    assert "Make an offer" in page
    assert 'name="robots" content="noindex"' in page
    assert f'href="{path("decline", cleaning)}">Decline</a>' in page
    assert "We tell olivia." in text_of(carl.get(path("decline", cleaning)))
    for _ in range(2):
        answer = carl.post(path("decline", cleaning), follow=True)
        assert answer.redirect_chain == [("/dashboard/", 302)]
        assert "You declined. We’ve told olivia." in text_of(answer)
    assert carl.get(cleaning.get_absolute_url()).status_code == 404
    assert Event.objects.filter(cleaning=cleaning, kind="pass").count() == 1


def test_the_owner_whose_invitation_is_over_is_asked_what_to_do(people):
    cleaning, olivia = invite(), browser("olivia")
    assert "Only you see" not in text_of(olivia.get("/dashboard/"))
    cleaning.decline(by=people[1])
    task = "Only you see “Attic”. Open it to everyone, invite someone else, or close it."
    assert task in text_of(olivia.get("/dashboard/")).replace("\N{FIRST STRONG ISOLATE}", "").replace(
        "\N{POP DIRECTIONAL ISOLATE}", ""
    )
    page = text_of(olivia.get(cleaning.get_absolute_url()))
    for name, label in (("open", "Open to everyone"), ("invite", "Invite someone else"), ("close", "Close the job")):
        assert f'href="{path(name, cleaning)}">{label}</a>' in page
    olivia.post(path("invite", cleaning), {"reserved_for": "cora", "reserved_days": "1"})
    assert Cleaning.objects.visible_to(people[2]).filter(pk=cleaning.pk).exists()
    assert "Only you see" not in text_of(olivia.get("/dashboard/"))


def test_the_invited_is_asked_on_the_dashboard_until_they_answer(people):
    cleaning, carl = invite(), browser("carl")
    assert "invites you to" in text_of(carl.get("/dashboard/"))
    offer = Offer.make(cleaning, by=people[1], hourly_rate=20)
    assert "invites you to" not in text_of(carl.get("/dashboard/"))
    offer.rescind(by=people[1])
    page = text_of(carl.get(cleaning.get_absolute_url()))
    assert "Make an offer" in page
    assert "Decline" in page
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1)):
        assert "invites you to" not in text_of(carl.get("/dashboard/"))


def test_opening_it_says_who_is_told_and_repeating_lands_on_the_result(people):
    cleaning, olivia = invite(), browser("olivia")
    assert "The invitation ends. We tell carl" in text_of(olivia.get(path("open", cleaning)))
    for _ in range(2):
        answer = olivia.post(path("open", cleaning), follow=True)
        assert answer.redirect_chain == [(cleaning.get_absolute_url(), 302)]
    assert Event.objects.filter(cleaning=cleaning, kind="unreserve").count() == 1
    assert "Attic" in text_of(Client().get("/cleanings/"))


@pytest.mark.parametrize("typed", [{"reserved_for": ""}, {"reserved_for": "stan"}, {"reserved_days": "8"}], ids=str)
def test_inviting_somebody_else_asks_again_for_what_is_missing_or_wrong(people, typed):
    cleaning, olivia = invite(), browser("olivia")
    cleaning.decline(by=people[1])
    right = INVITATION | {"reserved_for": "cora"}
    answer = olivia.post(path("invite", cleaning), right | typed)
    sentence = "1 to 7 days" if "reserved_days" in typed else "has done a job for you"
    assert (answer.status_code, sentence in text_of(answer)) == (200, True)
    assert Cleaning.objects.get(pk=cleaning.pk).invited is None
    assert olivia.post(path("invite", cleaning), right).url == cleaning.get_absolute_url()
    assert Cleaning.objects.get(pk=cleaning.pk).invited == people[2]


def test_closing_says_that_the_invited_is_told(people):
    cleaning = invite()
    assert "We tell carl, who is invited." in text_of(browser("olivia").get(path("close", cleaning)))


def test_nobody_deletes_a_cleaning_while_somebody_is_invited(people):
    cleaning, olivia = invite(), browser("olivia")
    assert "Delete the job" not in text_of(olivia.get(cleaning.get_absolute_url()))
    assert olivia.post(path("delete", cleaning)).status_code == 409
    cleaning.decline(by=people[1])
    assert olivia.post(path("delete", cleaning)).status_code == 302


def offered(cleaning):
    Offer.make(cleaning, by=create_user("carl"), hourly_rate=20)


def declined(cleaning):
    cleaning.decline(by=create_user("carl"))


def opened(cleaning):
    cleaning.unreserve(by=cleaning.owner)


def handed_on(cleaning):
    declined(cleaning)
    cleaning.invite(create_user("cora"), by=cleaning.owner, days=1)


def assigned(cleaning):
    create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)


def done(cleaning):
    create_offer(cleaning=cleaning, status=OfferStatus.COMPLETED)


def closed(cleaning):
    cleaning.close(by=cleaning.owner)


LOG_IN, SEEN, GONE, DENIED, DONE, CONFLICT = "log in", 200, 404, 403, 302, 409
ROLES = ("anonymous", "stan", "carl", "cora", "olivia", "ada")
# How it came to be, hours from now, and by role the answers to: its page, decline/, open/, an offer.
HIDDEN = [
    (GONE, LOG_IN, LOG_IN, LOG_IN),
    (GONE, GONE, GONE, GONE),
]
MATRIX = {
    "running": (None, 1, [
        *HIDDEN, (SEEN, DONE, DENIED, DONE), (GONE,) * 4, (SEEN, DENIED, DONE, DENIED), (GONE,) * 4,
    ]),
    "offered": (offered, 1, [
        *HIDDEN, (SEEN, CONFLICT, DENIED, CONFLICT), (GONE,) * 4, (SEEN, DENIED, DONE, DENIED), (GONE,) * 4,
    ]),
    "time over": (None, 71.9, [
        *HIDDEN, (GONE, CONFLICT, GONE, GONE), (GONE,) * 4, (SEEN, DENIED, DONE, DENIED), (GONE,) * 4,
    ]),
    "declined": (declined, 1, [
        *HIDDEN, (GONE, DONE, GONE, GONE), (GONE,) * 4, (SEEN, DENIED, DONE, DENIED), (GONE,) * 4,
    ]),
    "handed on": (handed_on, 1, [
        *HIDDEN, (GONE,) * 4, (SEEN, DONE, DENIED, DONE), (SEEN, DENIED, DONE, DENIED), (GONE,) * 4,
    ]),
    "opened": (opened, 1, [
        (SEEN, LOG_IN, LOG_IN, LOG_IN), (SEEN, DENIED, DENIED, DONE), (SEEN, CONFLICT, DENIED, DONE),
        (SEEN, DENIED, DENIED, DONE), (SEEN, DENIED, DONE, DENIED), (SEEN, DENIED, DENIED, DONE),
    ]),
    "assigned": (assigned, 1, [
        *HIDDEN, (SEEN, CONFLICT, DENIED, CONFLICT), (GONE,) * 4, (SEEN, DENIED, CONFLICT, DENIED), (GONE,) * 4,
    ]),
    "done": (done, 1, [
        *HIDDEN, (SEEN, CONFLICT, DENIED, CONFLICT), (GONE,) * 4, (SEEN, DENIED, CONFLICT, DENIED), (GONE,) * 4,
    ]),
    "closed": (closed, 1, [
        *HIDDEN, (GONE, CONFLICT, GONE, GONE), (GONE,) * 4, (SEEN, DENIED, CONFLICT, DENIED), (GONE,) * 4,
    ]),
}  # fmt: skip


@pytest.mark.parametrize("state", MATRIX)
def test_everybody_in_every_state(people, state):
    move, hours, expected = MATRIX[state]
    cleaning = invite(reserved_days=2 if hours < 2 else 1, starts_in=timedelta(days=6))
    if move:
        move(cleaning)
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        clients = {role: browser(role) for role in ROLES}
        found = [tuple(answers_to(cleaning, clients[role])) for role in ROLES]
    assert found == expected


def answers_to(cleaning, client):
    yield client.get(cleaning.get_absolute_url()).status_code
    for address, values in (
        (path("decline", cleaning), {}),
        (path("open", cleaning), {}),
        (f"{cleaning.get_absolute_url()}offers/new/", {"hourly_rate": "21", "message": "Hi", "version": "1"}),
    ):
        before = rows()
        with rolled_back():
            answer = client.post(address, values)
            is_refused = answer.status_code in (GONE, DENIED, CONFLICT)
            assert not is_refused or rows() == before, address
        yield LOG_IN if answer.get("Location", "").startswith("/accounts/login/") else answer.status_code


def rows():
    return [list(model.objects.order_by("pk").values()) for model in (Cleaning, Offer, Event, Notification)]
