"""The first page of the admin: what needs a person, and only what that person may see."""

from datetime import timedelta

import pytest
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessToken
from mailqueue.models import Mail
from marketplace.staff import waiting_for
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, text_of
from pages.models import IntegrityCheck
from reports.choices import Side
from reports.models import Report
from reports.tests.helpers import create_report, create_support, decided

pytestmark = pytest.mark.django_db

APPEAL = "This was only a joke between friends of mine."


@pytest.fixture
def sam(db):
    """After a night in which the check of the data found nothing."""
    create_cast()
    IntegrityCheck.objects.record(seconds=1, findings=[])
    return create_support()


@pytest.fixture
def ada(client):
    """The browser of a superuser."""
    client.force_login(create_user("ada", is_staff=True, is_superuser=True))
    return client


def labels(user):
    return [row.label for row in waiting_for(user)]


def test_reports_and_appeals_wait_with_the_oldest_of_each(sam):
    first, appealed = create_report(), decided(create_report(), by=create_user("ada"))
    create_report()
    Report.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(days=3))
    made = appealed.appeal(Side.REPORTER, text=APPEAL)
    assert [(row.label, (timezone.now() - row.since).days) for row in waiting_for(sam)] == [
        ("2 reports to decide", 3),
        ("1 appeal to decide", 0),
    ]
    assert waiting_for(sam)[1].since == made.at


def test_nobody_hears_of_a_report_to_which_they_are_a_party(sam):
    create_report(create_cleaning(owner=sam))
    assert (labels(sam), labels(create_user("ada"))) == ([], ["1 report to decide"])


def test_mails_that_failed_and_mails_that_are_late(queue, sam):
    for _ in range(3):
        send_mail("Subject", "Text", None, ["carl@example.org"])
    failed, late, _ = Mail.objects.all()
    Mail.objects.filter(pk=failed.pk).update(status="FAILED")
    assert labels(sam) == ["1 mail could not be sent"]
    Mail.objects.filter(pk=late.pk).update(enqueued_at=timezone.now() - timedelta(hours=1))
    assert labels(sam) == ["1 mail could not be sent", "1 mail is late"]


@pytest.mark.parametrize(
    ("facts", "label"),
    [
        ({"findings": ["I1: 3"]}, ["The nightly check found data that is wrong"]),
        ({"findings": [], "days": 3}, ["The nightly check of the data has not run"]),
        ({"findings": [], "days": 1}, []),
        ({}, ["The nightly check of the data has never run"]),
    ],
)
def test_what_the_nightly_check_found_and_that_it_ran(sam, facts, label):
    IntegrityCheck.objects.all().delete()
    if facts:
        started_at = timezone.now() - timedelta(days=facts.pop("days", 0))
        IntegrityCheck.objects.record(seconds=1, started_at=started_at, **facts)
    assert labels(sam) == label


def test_the_first_page_names_it_with_links_to_whoever_may_see_it(client, sam):
    create_report()
    client.force_login(sam)
    page = text_of(client.get(reverse("admin:index")))
    assert f'<a href="{reverse("admin:reports_report_changelist")}">1 report to decide</a> <strong>waiting for' in page
    sam.groups.clear()
    assert "You’re up to date" in text_of(client.get(reverse("admin:index")))


def test_each_group_of_the_first_page_has_a_name_of_its_own(ada):
    groups = [str(group["name"]) for group in ada.get(reverse("admin:index")).context["app_list"]]
    assert (len(groups), {"People", "E-mail addresses"} <= set(groups)) == (len(set(groups)), True)


def test_the_first_page_has_no_heading_of_django_s_own(ada):
    page = text_of(ada.get("/admin/"))
    assert "Rights of staff" in page
    assert "Authentication and Authorization" not in page


def test_events_say_their_statuses_in_the_words_of_the_screen(ada):
    event = create_offer(status="rejected").cleaning.events.get(kind="reject")
    page = text_of(ada.get(reverse("admin:cleanings_event_change", args=[event.pk])))
    assert ("Waiting" in page, "Turned down" in page, "rejected" in page) == (True, True, False)


def test_an_event_says_what_happened_on_what_terms(ada):
    offer = create_offer(hourly_rate="19.5")
    offer.revise(by=offer.cleaner, hourly_rate="18.5")
    event = offer.cleaning.events.get(kind="revise")
    lines = [
        "changed the offer: €18.50",
        "Hourly rate: €18.50",
        "Hourly rate before: €19.50",
        "Version of the offer: 2",
    ]
    page = text_of(ada.get(reverse("admin:cleanings_event_change", args=[event.pk])))
    assert [line for line in (*lines, "hourly_rate") if line in page] == lines
    assert lines[0] in text_of(ada.get(reverse("admin:cleanings_event_changelist")))


def test_a_suggested_change_says_its_terms_but_not_the_street(ada):
    offer = create_offer(status="accepted")
    change = offer.suggest(by=offer.cleaning.owner, estimated_hours=4, street_address="New Lane 5")
    page = text_of(ada.get(reverse("admin:offers_change_change", args=[change.pk])))
    lines = ["Estimated hours: 4 hours", "Street and number: another one"]
    assert [line for line in (*lines, "New Lane") if line in page] == lines


def test_fields_read_the_same_in_a_list_its_filters_and_a_page(ada):
    token, _ = AccessToken.make(by=create_user("carl"), name="Diary", scope="read", days=30)
    page = text_of(ada.get(reverse("admin:accounts_accesstoken_change", args=[token.pk])))
    rows = text_of(ada.get(reverse("admin:accounts_accesstoken_changelist")))
    assert ("Log-in by a program:" in page, ">Log-in by a program<" in rows) == (True, True)
    assert "By log-in by a program" in rows


def test_a_notification_is_listed_by_its_subject_and_its_page_says_the_rest(ada):
    notification = create_offer().cleaning.owner.notifications.get()
    rows = text_of(ada.get(reverse("admin:notifications_notification_changelist")))
    assert (notification.subject in rows, notification.sentence in rows) == (True, False)
    page = text_of(ada.get(reverse("admin:notifications_notification_change", args=[notification.pk])))
    assert [name for name in (notification.sentence, "Mail:", "Read:", notification.url) if name in page] == [
        notification.sentence, "Mail:", "Read:"
    ]  # fmt: skip
