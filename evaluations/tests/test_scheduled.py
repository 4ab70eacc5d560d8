"""What the site says of evaluations as time passes: that the days for them are ending, and that one is published."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts.models import User
from cleanings.models import Event
from cleanings.states import IllegalMove, Kind, OfferStatus
from evaluations.models import Evaluation
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications.models import Notification
from offers.models import Offer

pytestmark = pytest.mark.django_db
DONE = datetime.fromisoformat("2026-11-24 14:00:00+01:00")


def at(**later):
    return time_machine.travel(DONE + timedelta(**later), tick=False)


@pytest.fixture
def job():
    """Carl's job for Olivia, completed at DONE; nobody has been notified of anything yet."""
    with at():
        offer = create_offer(cleaning=create_cleaning(name="Attic"), status=OfferStatus.COMPLETED)
    Notification.objects.all().delete()
    return offer


def write(offer, by, **said):
    evaluation = Evaluation.write(offer, by=by, **{"overall_rating": 4} | said)
    Notification.objects.all().delete()
    return evaluation


def notified():
    return sorted(Notification.objects.values_list("recipient__username", "sentence", "url"))


class TestDue:
    def test_both_are_reminded_three_days_before_the_end(self, job):
        with at(days=11):
            Evaluation.remind(job)
        url = f"/cleanings/{job.cleaning_id}/offers/carl/evaluate/"
        assert notified() == [
            ("carl", "You can review olivia for “Attic” until 8 Dec 2026.", url),
            ("olivia", "You can review carl for “Attic” until 8 Dec 2026.", url),
        ]
        sentence = "We reminded anyone who hadn’t written a review."
        assert Event.objects.latest("pk").sentence_for(job.cleaner) == sentence

    @pytest.mark.parametrize(("gone", "count"), [("nobody", 2), ("olivia", 0), ("carl", 0)])
    def test_an_account_that_ended_meanwhile_leaves_nobody_to_remind(self, job, gone, count):
        User.objects.filter(username=gone).update(is_active=False)
        with at(days=11):
            Evaluation.remind(job)
        assert len(notified()) == count

    def test_who_has_written_is_left_alone(self, job):
        with at(days=2):
            write(job, job.cleaner)
        with at(days=12):
            Evaluation.remind(job)
        assert [name for name, *_ in notified()] == ["olivia"]

    def test_nobody_is_reminded_of_somebody_who_has_left(self, job):
        with at(days=1):
            job.cleaner.close(by=job.cleaner)
        Notification.objects.all().delete()
        with at(days=12):
            Evaluation.remind(Offer.objects.get(pk=job.pk))
        assert notified() == []

    def test_once_and_the_database_has_the_last_word(self, job):
        with at(days=12):
            Evaluation.remind(job)
            with pytest.raises(IllegalMove):
                Evaluation.remind(job)
        with pytest.raises(IntegrityError), transaction.atomic():
            job.new_event(Kind.DUE, None, from_status=job.status).save()

    def test_neither_earlier_nor_later_nor_where_both_wrote(self, job):
        for later in ({"days": 11, "seconds": -1}, {"days": 14}):
            with at(**later):
                assert not Evaluation.objects.ending_soon(Offer.objects.all()).exists()
        with at(days=13):
            assert Evaluation.objects.ending_soon(Offer.objects.all()).get() == job
            write(job, job.cleaner)
            assert Evaluation.objects.ending_soon(Offer.objects.all()).get() == job
            write(job, job.cleaning.owner)
            assert not Evaluation.objects.ending_soon(Offer.objects.all()).exists()


class TestAnnounce:
    def test_whose_account_ended_meanwhile_hears_nothing_and_is_named_no_more(self, job):
        with at(days=2):
            evaluation = write(job, job.cleaning.owner)
        User.objects.filter(username="carl").update(is_active=False)
        with at(days=14):
            evaluation.announce()
        sentence, url = "Your review of Former member for “Attic” is published.", job.cleaning.get_absolute_url()
        assert notified() == [("olivia", sentence, url)]

    def test_both_hear_of_one_that_time_has_published(self, job):
        with at(days=2):
            evaluation = write(job, job.cleaning.owner)
        with at(days=14):
            evaluation.announce()
        url = "/people/carl/evaluations/"
        assert notified() == [
            ("carl", "olivia’s review of you for “Attic” is published.", url),
            ("olivia", "Your review of carl for “Attic” is published.", url),
        ]
        event = Event.objects.latest("pk")
        assert event.sentence_for(job.cleaner) == "We published olivia’s review."
        assert event.sentence_for(job.cleaning.owner) == "We published your review."

    def test_once_and_the_database_has_the_last_word(self, job):
        evaluation = write_in_time(job)
        with at(days=15):
            evaluation.announce()
            with pytest.raises(IllegalMove):
                evaluation.announce()
        with pytest.raises(IntegrityError), transaction.atomic():
            job.new_event(Kind.PUBLISH, None, from_status=job.status).save()

    def test_neither_before_nor_long_after_it_is_published(self, job):
        evaluation = write_in_time(job)
        for later in ({"days": 14, "seconds": -1}, {"days": 28}):
            with at(**later):
                assert not Evaluation.objects.to_announce().exists()
        with at(days=28, seconds=-1):
            assert Evaluation.objects.to_announce().get() == evaluation

    def test_the_second_one_to_write_leaves_nothing_to_announce(self, job):
        write_in_time(job)
        with at(days=3):
            write(job, job.cleaning.owner)
        with at(days=15):
            assert not Evaluation.objects.to_announce().exists()

    def test_a_hidden_one_is_announced_to_nobody(self, job):
        evaluation = write_in_time(job)
        ada = create_user("ada", is_staff=True, is_superuser=True)
        with at(days=15):
            assert Evaluation.objects.to_announce().get() == evaluation
            evaluation.hide(by=ada, reason="other")
            assert not Evaluation.objects.to_announce().exists()


def write_in_time(job):
    with at(days=2):
        return write(job, job.cleaner)
