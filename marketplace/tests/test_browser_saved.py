"""From a search that is saved to the job that it finds, and what becomes of it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from cleanings.alerts import notify_of_new_jobs
from cleanings.models import Cleaning, SavedSearch
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user
from marketplace.tests.browsing import follow, press, with_and_without_script
from notifications.models import Notification

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def told_of(job):
    """The mail about the job, as if both had been written a while ago."""
    SavedSearch.objects.update(last_seen=timezone.now() - timedelta(hours=1))
    Cleaning.objects.filter(pk=job.pk).update(status_since=timezone.now() - timedelta(minutes=30))
    assert notify_of_new_jobs() == (1, 0)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        Notification.objects.queue_mails()
    return mail.outbox[-1].body


@with_and_without_script
def test_a_saved_search_leads_to_a_job_that_is_saved_and_then_assigned(visit, settings, script):
    create_cast()
    create_cleaning(name="Old flat")
    page = visit("carl", java_script_enabled=script)
    page.goto("/cleanings/")
    page.get_by_label("Where", exact=True).fill("Ghent")
    press(page, "Search")
    page.get_by_text("Save this search", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Near home")
    page.get_by_label("Tell me about new jobs").select_option("As soon as they’re posted")
    press(page, "Save search")
    expect(page.get_by_role("status")).to_contain_text("Your search is saved.")
    follow(page, "Near home")
    expect(page.get_by_role("main")).to_contain_text("You saved this search as “Near home”.")

    job = create_cleaning(name="Windows of a bakery")
    body = told_of(job)
    assert "Old flat" not in body
    page.goto(re.search(rf"{settings.SITE_URL}(/cleanings/\d+/)", body)[1])
    expect(page.get_by_role("heading", level=1)).to_have_text("Windows of a bakery")
    press(page, "Save this job")
    expect(page.get_by_role("status")).to_contain_text("Saved.")

    create_offer(
        cleaning=Cleaning.objects.get(name="Windows of a bakery"), cleaner=create_user("cora"), status="accepted"
    )
    page.goto("/dashboard/")
    follow(page, "Jobs 1 saved")
    expect(page.get_by_role("listitem").filter(has_text="Windows of a bakery")).to_contain_text("Taken")

    page.goto(re.search(rf"{settings.SITE_URL}(/searches/stop/\S+)", body)[1])
    press(page, "Stop telling me")
    expect(page.get_by_role("heading", level=1)).to_have_text("No more mails for this search")
    assert not SavedSearch.objects.with_alerts().exists()
