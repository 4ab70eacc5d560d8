"""What the site does by itself as time passes, with cleanings and offers: said once, to exactly whom it concerns."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from cleanings.models import Cleaning, Event
from cleanings.states import IllegalMove, Kind, OfferStatus
from marketplace.testing import create_cleaning, create_offer, create_user, move_start
from notifications.models import Notification
from offers.models import Offer

pytestmark = pytest.mark.django_db
START = datetime.fromisoformat("2026-11-24 14:00:00+01:00")


def at(moment=START, **later):
    return time_machine.travel(moment + timedelta(**later), tick=False)


@pytest.fixture
def attic():
    """Olivia's cleaning, five days before its start, with a pending offer of Carl's and a rejected one of Cora's."""
    with at(days=-5):
        cleaning = create_cleaning(name="Attic", starts_in=timedelta(days=5))
        create_offer(cleaning=cleaning)
        create_offer(cleaning=cleaning, cleaner=create_user("cora"), status=OfferStatus.REJECTED)
    Notification.objects.all().delete()
    return cleaning


def notified():
    return sorted(Notification.objects.values_list("recipient__username", "sentence", "url"))


def carls_offer(cleaning):
    return cleaning.offers.with_people().with_cleaning().get(cleaner__username="carl")


class TestLapse:
    def test_a_start_that_passes_notifies_owner_and_pending_cleaners(self, attic):
        with at():
            attic.lapse()
        carls = "nobody was chosen. The owner can still choose you or move the start."
        olivias = "you haven’t chosen anyone. Pick an offer, move the start, or close the job."
        words = "The start of “Attic” has passed, and"
        assert notified() == [
            ("carl", f"{words} {carls}", f"/cleanings/{attic.pk}/offers/carl/"),
            ("olivia", f"{words} {olivias}", f"/cleanings/{attic.pk}/offers/"),
        ]
        assert Event.objects.latest("pk").sentence_for(attic.owner) == "The start passed, and nobody had been chosen."

    def test_without_a_pending_offer_the_owner_is_led_to_the_form(self, attic):
        carls_offer(attic).reject(by=attic.owner)
        Notification.objects.all().delete()
        with at():
            attic.lapse()
        sentence = "The start of “Attic” has passed, and nobody was chosen. Move the start, or close the job."
        assert notified() == [("olivia", sentence, f"/cleanings/{attic.pk}/edit/")]
        assert Notification.objects.get().button == "Move the start"

    def test_what_cannot_be_accepted_any_more_is_nothing_to_choose_from(self, attic):
        attic.edit(by=attic.owner, hourly_rate="30")
        Notification.objects.all().delete()
        with at():
            attic.lapse()
        assert notified()[-1][1].endswith("nobody was chosen. Move the start, or close the job.")

    def test_what_is_revived_after_the_start_for_other_terms_waits_for_a_later_one(self, attic):
        with at(days=-4):
            attic.edit(by=attic.owner, hourly_rate="30")
            stans = create_offer(cleaning=attic, cleaner=create_user("stan"))
            stans.accept(by=attic.owner)
        Notification.objects.all().delete()
        with at(hours=1):
            stans.release(by=attic.owner, reason="no_show")
        revived = "It was made before the job changed, and you can keep it only if the owner moves the start."
        assert notified()[0][1].endswith(revived)

    def test_they_are_notified_once_for_each_start(self, attic):
        with at():
            attic.lapse()
            with pytest.raises(IllegalMove):
                attic.lapse()
            attic.edit(by=attic.owner, starts_at=START + timedelta(days=2))
        with at(days=1), pytest.raises(IllegalMove):
            attic.lapse()
        with at(days=2):
            attic.lapse()
        assert Event.objects.filter(kind=Kind.LAPSE).count() == 2

    def test_nobody_is_notified_before_or_long_after_or_of_what_is_not_open(self, attic):
        for later in ({"seconds": -1}, {"days": 14}):
            with at(**later):
                assert not Cleaning.objects.lapsed().exists()
        with at(days=13):
            assert Cleaning.objects.lapsed().get() == attic
        carls_offer(attic).accept(by=attic.owner)
        with at(days=13):
            assert not Cleaning.objects.lapsed().exists()

    def test_what_was_opened_again_after_its_start_has_not_lapsed(self, attic):
        offer = carls_offer(attic)
        with at(days=-1):
            offer.accept(by=attic.owner)
        with at(hours=1):
            offer.cancel(by=offer.cleaner, reason="cannot_come")
        with at(hours=2):
            assert not Cleaning.objects.lapsed().exists()
        Cleaning.objects.filter(pk=attic.pk).update(status_since=START - timedelta(hours=1))
        with at(hours=2):
            assert Cleaning.objects.lapsed().get() == attic

    def test_without_a_start_nothing_passes(self):
        create_offer(cleaning=create_cleaning(starts_in=None))
        with time_machine.travel(timezone.now() + timedelta(days=10)):
            assert not Cleaning.objects.lapsed().exists()


class TestRemind:
    @pytest.fixture
    def job(self, attic):
        with at(days=-3):
            offer = carls_offer(attic)
            offer.accept(by=attic.owner)
        Notification.objects.all().delete()
        return offer

    def test_both_are_reminded_the_day_before(self, job):
        with at(days=-1):
            job.remind()
        rest = ": Tue 24 Nov 2026, 14:00. Everything you both need is on its page."
        page = f"/cleanings/{job.cleaning_id}/"
        assert notified() == [
            ("carl", f"You’re cleaning tomorrow for “Attic”{rest}", page),
            ("olivia", f"carl is coming tomorrow for “Attic”{rest}", page),
        ]
        assert Event.objects.latest("pk").sentence_for(job.cleaner) == "We reminded both sides of the job."

    @pytest.mark.parametrize(("gone", "left", "role"), [("carl", "olivia", "cleaner"), ("olivia", "carl", "owner")])
    def test_who_is_left_alone_with_a_job_is_notified(self, job, gone, left, role):
        User.objects.filter(username=gone).update(is_active=False)
        with at(days=-1):
            Offer.objects.get(pk=job.pk).remind()
        ((name, sentence, _),) = notified()
        starts = "“Attic” starts tomorrow: Tue 24 Nov 2026, 14:00."
        assert (name, sentence) == (left, f"{starts} But the {role} has closed their account.")

    def test_a_late_reminder_says_today(self, job):
        with at(hours=-2):
            job.remind()
        assert notified()[0][1].startswith("You’re cleaning today for “Attic”: Tue 24 Nov 2026, 14:00.")

    @pytest.mark.parametrize(
        ("start", "day"),
        [
            # A day before, in the site's zone: one midnight away, none on the day of 25 hours, two on the one of 23.
            ("2026-11-25 00:30+01:00", "tomorrow"),
            ("2026-11-25 23:30+01:00", "tomorrow"),
            ("2026-10-25 23:45+01:00", "today"),
            ("2026-03-30 00:10+02:00", "soon"),
        ],
    )
    def test_the_day_is_counted_in_midnights_of_the_sites_zone(self, start, day):
        start = datetime.fromisoformat(start)
        with at(start, days=-5):
            offer = create_offer(cleaning=create_cleaning(starts_in=timedelta(days=5)), status=OfferStatus.ACCEPTED)
        with at(start, days=-1):
            offer.remind()
        subjects = Event.objects.get(kind=Kind.REMIND).notifications.values_list("subject", flat=True)
        assert list(subjects) == [f"“Spring clean of a flat” is {day}"] * 2

    def test_they_are_reminded_once_and_the_database_has_the_last_word(self, job):
        with at(days=-1):
            job.remind()
            with pytest.raises(IllegalMove):
                job.remind()
        with pytest.raises(IntegrityError), transaction.atomic():
            job.new_event(Kind.REMIND, None, from_status=job.status).save()

    def test_the_line_tells_how_the_offer_stands_in_the_database(self, attic):
        as_it_was = carls_offer(attic)
        with at(days=-4):
            carls_offer(attic).accept(by=attic.owner)
        with at(days=-1):
            as_it_was.remind()
        line = Event.objects.get(kind=Kind.REMIND)
        assert (line.from_status, line.to_status) == (OfferStatus.ACCEPTED, OfferStatus.ACCEPTED)

    def test_not_earlier_and_not_once_it_has_begun(self, job):
        for later in ({"days": -1, "seconds": -1}, {"seconds": 0}):
            with at(**later):
                assert not Offer.objects.to_remind().exists()
        with at(seconds=-1):
            assert Offer.objects.to_remind().get() == job

    def test_what_was_agreed_on_the_last_day_needs_no_reminder(self, attic):
        with at(hours=-23):
            carls_offer(attic).accept(by=attic.owner)
            assert not Offer.objects.to_remind().exists()

    def test_a_moved_job_is_reminded_of_once_more_before_its_other_start(self, job):
        with at(days=-1):
            job.remind()
        with at(hours=-20):
            job.suggest(by=job.cleaner, starts_at=START + timedelta(days=2)).agree(by=job.cleaning.owner)
            assert not Offer.objects.to_remind().exists()
        Notification.objects.all().delete()
        with at(days=1):
            for offer in Offer.objects.to_remind():
                offer.remind()
            assert not Offer.objects.to_remind().exists()
        assert [name for name, *_ in notified()] == ["carl", "olivia"]
        assert notified()[0][1].startswith("You’re cleaning tomorrow for “Attic”: Thu 26 Nov 2026, 14:00.")
        reminders = Event.objects.filter(kind=Kind.REMIND).order_by("pk")
        assert [event.terms["cleaning_version"] for event in reminders] == [1, 2]

    @pytest.mark.parametrize("terms", [{"hourly_rate": "30"}, {"estimated_hours": "4"}])
    def test_what_both_agreed_on_during_the_last_day_needs_no_reminder_of_its_own(self, job, terms):
        with at(days=-1):
            job.remind()
        with at(hours=-20):
            job.suggest(by=job.cleaner, **terms).agree(by=job.cleaning.owner)
        with at(hours=-1):
            assert (job.cleaning.version, Offer.objects.to_remind().exists()) == (2, False)

    def test_a_job_whose_rate_alone_was_agreed_on_is_reminded_of_once(self, job):
        with at(days=-2):
            job.suggest(by=job.cleaner, hourly_rate="30").agree(by=job.cleaning.owner)
        with at(days=-1):
            job.remind()
            assert not Offer.objects.to_remind().exists()

    def test_a_job_that_fell_through_is_nobody_s(self, job):
        with at(days=-2):
            job.release(by=job.cleaning.owner, reason="other")
        with at(days=-1), pytest.raises(IllegalMove):
            job.remind()


class TestComplete:
    @pytest.mark.parametrize("starts_in", [timedelta(days=5), None])
    def test_a_job_that_is_left_open_completes_itself_after_14_days(self, starts_in):
        with at(days=-5):
            offer = create_offer(cleaning=create_cleaning(starts_in=starts_in))
        begun = START if starts_in else START - timedelta(days=4)
        with at(days=-4):
            offer.accept(by=offer.cleaning.owner)
        with at(begun, days=14, seconds=-1):
            assert not Offer.objects.to_complete().exists()
        with at(begun, days=14):
            assert Offer.objects.to_complete().get() == offer
            assert offer.cleaning.completes_itself_at == timezone.now()

    def test_both_hear_that_the_site_completed_it_and_may_evaluate(self, attic):
        offer = carls_offer(attic)
        with at(days=-1):
            offer.accept(by=attic.owner)
        Notification.objects.all().delete()
        with at(days=15):
            offer.complete()
        url = f"/cleanings/{attic.pk}/offers/carl/evaluate/"
        assert notified() == [
            (
                "carl",
                "“Attic”: The site marked the job with you as done. You can review olivia until 23 Dec 2026.",
                url,
            ),
            (
                "olivia",
                "“Attic”: The site marked the job with carl as done. You can review carl until 23 Dec 2026.",
                url,
            ),
        ]

    def test_nobody_is_invited_to_evaluate_somebody_who_is_gone(self, attic):
        offer = carls_offer(attic)
        with at(days=-1):
            offer.accept(by=attic.owner)
        attic.owner.deactivate(by=create_user("ada", is_staff=True, is_superuser=True))
        Notification.objects.all().delete()
        with at(days=15):
            carls_offer(attic).complete()
        assert notified() == [("carl", "“Attic”: The site marked the job with you as done.", f"/cleanings/{attic.pk}/")]


@pytest.mark.parametrize(("start", "has_begun"), [(None, True), (timedelta(hours=-1), True), (timedelta(1), False)])
def test_a_job_has_begun_once_its_start_has_passed_or_if_none_was_agreed(start, has_begun):
    offer = create_offer(cleaning=create_cleaning(starts_at=None), status=OfferStatus.ACCEPTED)
    if start:
        move_start(offer.cleaning, start)
    assert Offer.objects.begun().exists() == has_begun
