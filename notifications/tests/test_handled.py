"""What a person has seen to before its mail is written is mailed to them no more; all else is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cleanings.states import Kind
from evaluations.models import Evaluation
from mailqueue.tests.mails import in_time
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications.models import Notification, SiteOnly
from notifications.tests.cases import STAFF, before
from notifications.topics import Mailing, Topic

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def cancel(offer):
    offer.cancel(by=offer.cleaner, reason="other")


def confirm(offer):
    offer.confirm(by=offer.cleaner)


def evaluate(offer):
    Evaluation.write(offer, by=offer.cleaner, overall_rating=4)


def see(offer):
    offer.new_event(Kind.SEE, offer.cleaner, from_status=offer.status, seen=["street_address"]).save()


def nothing(offer):
    pass


@pytest.mark.parametrize(
    ("kind", "act", "mailing"),
    [
        *((kind, nothing, Mailing.QUEUED) for kind in (Kind.ACCEPT, Kind.REMIND, Kind.EDIT, Kind.COMPLETE)),
        *((kind, cancel, Mailing.UNWANTED) for kind in (Kind.ACCEPT, Kind.REMIND)),
        (Kind.EDIT, confirm, Mailing.UNWANTED),
        (Kind.COMPLETE, evaluate, Mailing.UNWANTED),
        (Kind.ACCEPT, see, Mailing.QUEUED),
        # What asks for nothing stays news, whatever was done since.
        (Kind.HIDE, evaluate, Mailing.QUEUED),
    ],
)
def test_a_cleaner_who_has_acted_since_has_no_mail_of_it(kind, act, mailing):
    with before(kind) as happen:
        happen()
        notice = Notification.objects.get(recipient__username="carl")
        act(notice.event.cleaning.offers.with_people().get(cleaner__username="carl"))
        with in_time(minutes=10):
            Notification.objects.queue_mails()
    notice.refresh_from_db()
    assert notice.mailing == mailing


@pytest.mark.parametrize(
    ("act", "mailings"),
    [
        (lambda carls, coras: carls.cleaning.edit(by=carls.cleaning.owner, description="Other words"), "qq"),
        (lambda carls, coras: carls.reject(by=carls.cleaning.owner), "uq"),
        (lambda carls, coras: coras.accept(by=carls.cleaning.owner), "uu"),
        (lambda carls, coras: carls.cleaning.close(by=carls.cleaning.owner), "uu"),
    ],
)
def test_an_owner_has_no_mail_of_offers_that_are_answered(act, mailings):
    carls = create_offer()
    coras = create_offer(cleaning=carls.cleaning, cleaner=create_user("cora"))
    act(carls, coras)
    with in_time(minutes=10):
        Notification.objects.queue_mails()
    found = Notification.objects.filter(recipient__username="olivia").order_by("pk").values_list("mailing", flat=True)
    assert "".join(mailing[0] for mailing in found) == mailings


def test_an_owner_who_has_chosen_anew_has_no_mail_that_it_is_open_again():
    with before(Kind.CANCEL) as happen:
        happen()
        notice = Notification.objects.get(recipient__username="olivia")
        coras = notice.event.cleaning.offers.with_people().get(cleaner__username="cora")
        coras.accept(by=notice.recipient)
        with in_time(minutes=10):
            Notification.objects.queue_mails()
    notice.refresh_from_db()
    assert notice.mailing == Mailing.UNWANTED


@pytest.mark.parametrize(
    ("act", "mailing"),
    [
        (lambda cleaning: None, Mailing.QUEUED),
        (lambda cleaning: cleaning.edit(by=cleaning.owner, starts_at=timezone.now() + DAY), Mailing.UNWANTED),
        (lambda cleaning: cleaning.close(by=cleaning.owner), Mailing.UNWANTED),
    ],
)
def test_an_owner_who_has_moved_the_start_has_no_mail_that_it_has_passed(act, mailing):
    with before(Kind.LAPSE) as happen:
        happen()
        notice = Notification.objects.get(recipient__username="olivia")
        act(notice.event.cleaning)
        with in_time(minutes=10):
            Notification.objects.queue_mails()
    notice.refresh_from_db()
    assert notice.mailing == mailing


def test_what_the_staff_did_in_somebodys_place_is_mailed_whatever_they_did_since():
    with before(Kind.REJECT) as reject:
        reject(who=STAFF)
        notice = Notification.objects.get(recipient__username="olivia")
        notice.event.cleaning.close(by=notice.recipient)
        with in_time(minutes=10):
            Notification.objects.queue_mails()
    notice.refresh_from_db()
    assert (notice.topic, notice.mailing) == (Topic.IN_YOUR_PLACE, Mailing.QUEUED)


def test_choices_are_written_in_one_order_whoever_writes_them():
    person = create_user("carl")
    SiteOnly.objects.add(person, {Topic.RESCINDED, Topic.CANCELLED, Topic.OFFERED, Topic.HIDDEN})
    written = list(person.site_only.order_by("pk").values_list("topic", flat=True))
    assert written == sorted(written)


def test_code_that_knows_of_no_mail_can_still_tell():
    create_offer(cleaning=create_cleaning())
    notice = Notification.objects.get()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notifications_notification (recipient_id, event_id, sentence, url, created_at)"
            " SELECT %s, event_id, sentence, url, created_at FROM notifications_notification",
            [create_user("stan").pk],
        )
    notification = Notification.objects.exclude(pk=notice.pk).get()
    assert (notification.topic, notification.subject, notification.mailing) == ("", "", Mailing.UNWANTED)
