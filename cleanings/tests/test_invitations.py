"""A cleaning that is reserved for an invited cleaner: who sees it, what ends it, and what comes then."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.utils import timezone

from cleanings.models import Cleaning
from cleanings.states import IllegalMove, Kind, OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start, text_of
from notifications.models import Notification
from offers.models import Offer
from pages.export import export_data

pytestmark = [pytest.mark.long, pytest.mark.django_db]

RATE = {"hourly_rate": 20}


@pytest.fixture
def people():
    """Carl and Cora have each done a job for Olivia; nobody has been notified of anything yet."""
    people = create_cast()
    for cleaner in people[1:3]:
        create_offer(cleaning=create_cleaning(), cleaner=cleaner, status=OfferStatus.COMPLETED)
    Notification.objects.all().delete()
    return people


def invite(cleaner="carl", **facts):
    return create_cleaning(reserved_for=create_user(cleaner), **{"reserved_days": 3, "name": "Attic"} | facts)


def later(**time):
    return time_machine.travel(timezone.now() + timedelta(**time), tick=False)


def seen_by(cleaning, people):
    return [person.username for person in people if cleaning in Cleaning.objects.visible_to(person)]


def is_news(cleaning):
    cleaning.refresh_from_db()
    return cleaning in Cleaning.objects.open() and cleaning.status_since > cleaning.created_at


def lines(cleaning):
    return list(cleaning.events.order_by("pk").values_list("kind", "actor__username"))


def notified():
    return list(Notification.objects.order_by("pk").values_list("recipient__username", "topic", "sentence", "url"))


def test_only_the_two_see_what_is_reserved(people):
    cleaning = invite(then_open=True)
    assert seen_by(cleaning, people) == ["olivia", "carl"]
    assert cleaning not in Cleaning.objects.open()


def test_the_invited_is_notified_of_the_job_and_the_time(people):
    cleaning = invite()
    until = cleaning.when_label
    sentence = (
        f"olivia invites you to “Attic”. Full clean in 9000 Ghent, {until}: €20 an hour, about €60 in all. "
        f"Only the two of you see it. You can make an offer or decline until {until}."
    )
    assert notified() == [("carl", "invited", sentence, cleaning.get_absolute_url())]
    assert lines(cleaning) == [("post", "olivia"), ("invite", "olivia")]


@pytest.mark.parametrize(("then_open", "readers"), [(False, ["olivia"]), (True, None)])
def test_declining_opens_it_to_everyone_or_leaves_it_to_the_owner(people, then_open, readers):
    cleaning = invite(then_open=then_open)
    Notification.objects.all().delete()
    for _ in range(2):
        cleaning.decline(by=people[1])
    assert seen_by(cleaning, people) == (readers or [person.username for person in people])
    assert is_news(cleaning) == then_open
    opened = [("unreserve", None)] * then_open
    assert lines(cleaning) == [("post", "olivia"), ("invite", "olivia"), ("pass", "carl"), *opened]
    next_step = {
        False: "Open it to everyone, invite someone else, or close it.",
        True: "It’s now open to everyone, as you chose.",
    }[then_open]
    sentence = f"Your invitation to “Attic” was declined. {next_step}"
    assert notified() == [("olivia", "invitation_over", sentence, cleaning.get_absolute_url())]


@pytest.mark.parametrize("then_open", [False, True])
def test_when_its_time_is_over_the_site_ends_it_once(people, then_open):
    cleaning = invite(then_open=then_open, reserved_days=1)
    Notification.objects.all().delete()
    with pytest.raises(IllegalMove):
        cleaning.end_invitation()
    with later(days=1, minutes=1):
        assert seen_by(cleaning, people) == ["olivia"]
        for ended in Cleaning.objects.with_ended_invitation():
            ended.end_invitation()
        assert not Cleaning.objects.with_ended_invitation().exists()
        assert is_news(cleaning) == then_open
    assert lines(cleaning)[2:] == [("pass", None), *[("unreserve", None)] * then_open]
    assert [(name, sentence.split(". ")[0]) for name, _, sentence, _ in notified()] == [
        ("olivia", "Your invitation to “Attic” is over")
    ]


def test_its_start_ends_it_and_says_so_once(people):
    cleaning = invite(then_open=True, reserved_days=7)
    Notification.objects.all().delete()
    with later(days=3, minutes=1):
        Cleaning.objects.with_ended_invitation().get().end_invitation()
        cleaning.refresh_from_db()
        cleaning.lapse()
    assert [(name, topic) for name, topic, *_ in notified()] == [("olivia", "lapsed")]
    assert cleaning.is_public


def test_the_owner_opens_it_at_any_time_and_the_invited_is_notified_while_it_runs(people):
    olivia, carl, *_ = people
    running, ended = invite(), invite()
    ended.decline(by=carl)
    Notification.objects.all().delete()
    for cleaning in (running, ended):
        for _ in range(2):
            cleaning.unreserve(by=olivia)
        assert is_news(cleaning)
        assert lines(cleaning)[-1] == ("unreserve", "olivia")
    sentence = "“Attic”, which you were invited to, is now open to everyone."
    assert notified() == [("carl", "invitation_over", sentence, running.get_absolute_url())]
    with pytest.raises(IllegalMove, match="already open to everyone"):
        running.unreserve(by=people[4])


def test_closing_it_notifies_the_invited(people):
    cleaning = invite()
    Notification.objects.all().delete()
    cleaning.close(by=people[0])
    assert notified() == [
        ("carl", "invitation_over", "The owner closed “Attic”, which you were invited to.", "/cleanings/")
    ]
    assert seen_by(cleaning, people) == ["olivia"]


def test_closing_it_notifies_the_invited_who_has_rescinded_an_offer(people):
    cleaning = invite()
    Offer.make(cleaning, by=people[1], **RATE).rescind(by=people[1])
    Notification.objects.all().delete()
    cleaning.close(by=people[0])
    assert notified() == [
        ("carl", "invitation_over", "The owner closed “Attic”, which you were invited to.", "/cleanings/")
    ]


def test_once_the_offer_of_the_invited_is_rejected_somebody_else_is_invited(people, client):
    olivia, carl, cora, *_ = people
    cleaning = invite()
    offer = Offer.make(cleaning, by=carl, **RATE)
    with pytest.raises(IllegalMove, match="already invited"):
        cleaning.invite(cora, by=olivia, days=1)
    offer.reject(by=olivia)
    client.force_login(olivia)
    page = text_of(client.get(cleaning.get_absolute_url()))
    assert "You turned down the offer that you got. Open the job to everyone, invite someone else, or close" in page
    assert f'href="/cleanings/{cleaning.pk}/invite/">Invite someone else</a>' in page
    with later(days=5):
        assert seen_by(cleaning, people) == ["olivia", "carl"]
    cleaning.invite(cora, by=olivia, days=1)
    assert cleaning.is_reserved_for(cora)
    assert "carl" not in seen_by(cleaning, people)


def test_whoever_was_rejected_sees_what_is_public_and_closed(people):
    cleaning = create_offer(cleaner=people[1], status=OfferStatus.REJECTED).cleaning
    cleaning.close(by=people[0])
    assert "carl" in seen_by(cleaning, people)


@pytest.mark.parametrize("late", [False, True])
def test_what_opened_after_its_start_is_news_once_the_start_is_moved(people, late):
    cleaning = invite(then_open=True)
    if not late:
        cleaning.unreserve(by=people[0])
    with later(days=4):
        if late:
            cleaning.end_invitation()
        before = cleaning.status_since
        cleaning.edit(by=people[0], name="Attic, soon")
        assert cleaning.status_since == before
        cleaning.edit(by=people[0], starts_at=timezone.now() + timedelta(days=2))
        cleaning.refresh_from_db()
        assert (cleaning.status_since, cleaning.is_listed) == (timezone.now() if late else before, True)


@pytest.mark.parametrize("then_open", [False, True])
def test_the_owner_is_asked_for_an_answer_to_an_offer_that_outlasts_the_time(people, then_open):
    cleaning = invite(reserved_days=1, then_open=then_open)
    Offer.make(cleaning, by=people[1], **RATE)
    Notification.objects.all().delete()
    with later(days=2):
        cleaning.end_invitation()
    next_step = {
        False: "The offer it brought is still waiting for your answer.",
        True: "It’s now open to everyone, as you chose.",
    }[then_open]
    sentence = f"Your invitation to “Attic” is over. {next_step}"
    assert notified() == [("olivia", "invitation_over", sentence, cleaning.get_absolute_url())]


@pytest.mark.parametrize("then_open", [False, True])
def test_what_falls_through_is_said_to_be_open_only_where_it_is(people, then_open, client):
    olivia, carl, *_ = people
    cancelled, released = [Offer.make(invite(then_open=then_open), by=carl, **RATE) for _ in range(2)]
    for offer in (cancelled, released):
        offer.accept(by=olivia)
    for person in (carl, olivia):
        client.force_login(person)
        page = text_of(client.get(f"{released.get_absolute_url()}{'cancel' if person == carl else 'release'}/"))
        assert ("The job opens again." in page) == then_open
        assert ("decide" in page) == (not then_open)
    Notification.objects.all().delete()
    cancelled.cancel(by=carl, reason="other")
    sentence = notified()[0][2]
    assert sentence == "carl cancelled “Attic”. Reason: Another reason. " + (
        "It is open again, with no offers waiting."
        if then_open
        else "Only you see it: open it to everyone, invite someone else, or close it."
    )
    page = text_of(client.post(f"{released.get_absolute_url()}release/", {"reason": "other"}, follow=True))
    assert ("It’s open again." in page) == then_open
    assert ("Now decide who sees the job." in page) == (not then_open)


def test_nobody_but_the_invited_offers_on_it(people):
    cleaning = invite()
    for stranger in people[2:4]:
        with pytest.raises(IllegalMove, match="invitation is over"):
            Offer.make(cleaning, by=stranger, **RATE)
    assert Offer.make(cleaning, by=people[1], **RATE).status == OfferStatus.PENDING


def test_nobody_offers_once_it_is_over(people):
    cleaning = invite()
    cleaning.decline(by=people[1])
    with pytest.raises(IllegalMove, match="invitation is over"):
        Offer.make(cleaning, by=people[1], **RATE)


def test_whoever_has_offered_rescinds_before_declining(people):
    olivia, carl, *_ = people
    cleaning = invite()
    offer = Offer.make(cleaning, by=carl, **RATE)
    with pytest.raises(IllegalMove, match="Withdraw it"):
        cleaning.decline(by=carl)
    offer.rescind(by=carl)
    cleaning.decline(by=carl)
    assert seen_by(cleaning, people) == ["olivia"]


def test_a_pending_offer_outlasts_the_time(people):
    """It can still be changed and accepted, and nobody else is invited before it is answered."""
    olivia, carl, cora, *_ = people
    cleaning = invite(reserved_days=1)
    offer = Offer.make(cleaning, by=carl, **RATE)
    with later(days=2):
        cleaning.end_invitation()
        assert seen_by(cleaning, people) == ["olivia", "carl"]
        with pytest.raises(IllegalMove, match="An offer is waiting"):
            cleaning.invite(cora, by=olivia, days=1)
        cleaning.edit(by=olivia, estimated_hours=5)
        offer.revise(by=carl, hourly_rate=21)
        offer.accept(by=olivia)
    assert seen_by(cleaning, people) == ["olivia", "carl"]


@pytest.mark.parametrize("then_open", [False, True])
@pytest.mark.parametrize("verb", ["cancel", "release"])
def test_a_job_that_falls_through_opens_as_the_owner_chose(people, then_open, verb):
    olivia, carl, *_ = people
    cleaning = invite(then_open=then_open)
    offer = Offer.make(cleaning, by=carl, **RATE)
    offer.accept(by=olivia)
    assert seen_by(cleaning, people) == ["olivia", "carl"]
    with later(days=1):
        getattr(offer, verb)(by=carl if verb == "cancel" else olivia, reason="other")
        assert is_news(cleaning) == then_open
    assert (cleaning.is_public, cleaning.is_undecided) == (then_open, not then_open)


def test_a_done_job_stays_between_the_two(people):
    cleaning = invite()
    create_offer(cleaning=cleaning, cleaner=people[1], status=OfferStatus.COMPLETED)
    assert seen_by(cleaning, people) == ["olivia", "carl"]


def test_somebody_else_is_invited_once_it_is_the_owner_s_alone(people):
    olivia, carl, cora, *_ = people
    cleaning = invite()
    with pytest.raises(IllegalMove, match="already invited"):
        cleaning.invite(cora, by=olivia, days=1)
    cleaning.decline(by=carl)
    with pytest.raises(ValidationError, match="has done a job for you"):
        cleaning.invite(carl, by=olivia, days=1)
    for _ in range(2):
        cleaning.invite(cora, by=olivia, days=1, then_open=True)
    assert seen_by(cleaning, people) == ["olivia", "cora"]
    assert [kind for kind, _ in lines(cleaning)] == ["post", "invite", "pass", "invite"]
    with pytest.raises(IllegalMove, match="over"):
        cleaning.require_invitation_of(carl)
    cleaning.unreserve(by=olivia)
    with pytest.raises(IllegalMove, match="open to everyone"):
        cleaning.invite(cora, by=olivia, days=1)


def test_nobody_is_invited_to_a_job_whose_start_has_passed(people):
    olivia, carl, cora, *_ = people
    cleaning = invite()
    cleaning.decline(by=carl)
    move_start(cleaning, timedelta(hours=-1))
    with pytest.raises(IllegalMove, match="The start has passed"):
        cleaning.invite(cora, by=olivia, days=1)
    assert seen_by(cleaning, people) == ["olivia"]
    move_start(cleaning, timedelta(hours=1))
    cleaning.invite(cora, by=olivia, days=1)
    assert seen_by(cleaning, people) == ["olivia", "cora"]


def test_only_a_cleaner_who_has_done_a_job_for_the_owner_is_invited(people):
    olivia, carl, _, stan, ada = people
    create_offer(cleaning=create_cleaning(), cleaner=stan, status=OfferStatus.ACCEPTED)
    create_offer(cleaning=create_cleaning(owner=stan), cleaner=ada, status=OfferStatus.COMPLETED)
    for stranger in (stan, ada, olivia):
        with pytest.raises(ValidationError, match="has done a job for you"):
            invite(stranger.username)
    deactivate(carl)
    with pytest.raises(ValidationError, match="has done a job for you"):
        invite()
    assert not Cleaning.objects.filter(name="Attic").exists()


@pytest.mark.parametrize("days", [0, 8, -1, 2**40])
def test_the_time_is_one_to_seven_days(people, days):
    assert invite(reserved_days=7).is_reserved
    with pytest.raises(ValidationError, match="1 to 7 days"):
        invite(reserved_days=days)


def test_each_verb_is_for_its_party_alone(people):
    olivia, carl, cora, stan, ada = people
    cleaning = invite()
    for person in (olivia, cora, stan, ada):
        with pytest.raises(PermissionDenied):
            cleaning.decline(by=person)
    for person in (carl, cora, stan):
        with pytest.raises(PermissionDenied):
            cleaning.unreserve(by=person)
        with pytest.raises(PermissionDenied):
            cleaning.invite(cora, by=person, days=1)
    assert lines(cleaning) == [("post", "olivia"), ("invite", "olivia")]
    cleaning.unreserve(by=ada)
    assert [(name, topic) for name, topic, *_ in notified()] == [
        ("carl", "invited"), ("olivia", "in_your_place"), ("carl", "invitation_over"),
    ]  # fmt: skip


def deactivate(person):
    person.deactivate(by=create_user("ada"))


def close(person):
    person.close(by=person)


@pytest.mark.parametrize("then_open", [False, True])
@pytest.mark.parametrize("end", [close, deactivate])
def test_the_end_of_the_invited_s_account_ends_it(people, end, then_open):
    olivia, carl, *others = people
    cleaning, offered = invite(then_open=then_open), invite(then_open=then_open)
    Offer.make(offered, by=carl, **RATE)
    Notification.objects.all().delete()
    end(carl)
    for found in (cleaning, offered):
        found.refresh_from_db()
        assert (found.is_public, found.is_undecided) == (then_open, not then_open)
        assert found.events.filter(kind=Kind.PASS).count() == 1
    assert [name for name, topic, *_ in notified() if topic == "invitation_over"] == ["olivia"] * 2


def test_an_invitation_that_is_over_keeps_no_account_from_being_closed(people):
    invite(reserved_days=1)
    with later(days=2):
        people[1].close(by=people[1])
    assert people[1].is_closed


@pytest.mark.parametrize("end", [close, deactivate])
def test_the_end_of_the_owner_s_account_closes_it(people, end):
    olivia, carl, *_ = people
    cleaning = invite(then_open=True)
    end(olivia)
    cleaning.refresh_from_db()
    assert (cleaning.is_closed, seen_by(cleaning, people[1:])) == (True, [])
    assert [name for name, topic, *_ in notified() if topic == "invitation_over"] == ["carl"]


def test_posting_twice_with_one_token_invites_once(people):
    token = "7c0b0f6e-6f86-4f0c-8f5b-0d3c3b1f0a11"
    assert invite(token=token) == invite(token=token)
    assert Notification.objects.count() == 1


def test_moving_the_start_before_the_time_moves_the_end(people):
    cleaning = invite()
    starts_at = timezone.now() + timedelta(days=1)
    cleaning.edit(by=people[0], starts_at=starts_at)
    assert cleaning.invitation_ends_at == starts_at
    move_start(cleaning, timedelta(minutes=-1))
    assert not cleaning.is_reserved


def test_staff_see_for_whom_it_is_and_open_it_by_an_action(people, client):
    cleaning = invite()
    client.force_login(people[4])
    assert client.get(cleaning.get_absolute_url()).status_code == 404
    page = text_of(client.get(f"/admin/cleanings/cleaning/{cleaning.pk}/change/"))
    assert all(label in page for label in ("Reserved for:", "Reserved until:", "Then open to everyone:"))
    chosen = {"action": "unreserve", "_selected_action": [cleaning.pk], "confirmed": "yes"}
    client.post("/admin/cleanings/cleaning/", chosen)
    assert lines(cleaning)[-1] == ("unreserve", "ada")
    assert is_news(cleaning)


def test_the_mail_says_that_it_came_because_of_the_invitation(people):
    invite()
    with later(hours=1):
        Notification.objects.queue_mails()
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["carl@example.org"], "olivia invites you to “Attic”")
    assert "You get this mail because you were invited to this job." in message.body


def test_an_invitation_that_is_declined_before_its_mail_leaves_is_not_mailed(people):
    invite().decline(by=people[1])
    with later(hours=1):
        Notification.objects.queue_mails()
    assert [message.to for message in mail.outbox] == [["olivia@example.org"]]


@pytest.mark.parametrize("gone", [0, 1])
def test_no_notification_names_whoever_has_closed_the_account(people, gone):
    for person in people[:2]:
        person.profile.full_name = f"{person.username} Canary"
        person.profile.save()
    invite()
    invite().decline(by=people[1])
    invite(then_open=True).unreserve(by=people[0])
    kept = Notification.objects.filter(recipient=people[1 - gone])
    assert kept.filter(sentence__contains="olivia Canary").exists() == (gone == 0)
    close(people[gone])
    assert kept.exists()
    assert not kept.filter(Q(sentence__contains="Canary") | Q(subject__contains="Canary")).exists()


def test_the_file_of_each_holds_what_is_theirs(people):
    cleaning = invite(then_open=True)
    of_owner, of_invited, of_other = (export_data(person) for person in people[:3])
    assert of_owner["cleanings"][-1]["reserved_for__username"] == "carl"
    assert of_invited["invitations"] == [
        {"id": cleaning.pk, "name": "Attic", "owner__username": "olivia", "reserved_until": cleaning.reserved_until}
    ]
    assert (of_owner["invitations"], of_other["invitations"]) == ([], [])
    cleaning.close(by=people[0])
    assert export_data(people[1])["invitations"] == []
