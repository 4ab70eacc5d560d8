"""Post again, invite, accept and decline, in two browsers: with the site's script and without."""

import pytest
from playwright.sync_api import expect

from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user
from marketplace.tests.browsing import follow, press, with_and_without_script

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@with_and_without_script
def test_a_job_is_posted_again_for_the_cleaner_who_did_it_and_accepted(visit, script):
    create_cast()
    done = create_offer(cleaning=create_cleaning(name="Windows of a bakery"), status=OfferStatus.COMPLETED).cleaning
    olivia, carl, stan = (visit(name, java_script_enabled=script) for name in ("olivia", "carl", "stan"))

    olivia.goto(done.get_absolute_url())
    follow(olivia, "Invite carl again")
    expect(olivia.get_by_label("Who can see it")).to_have_value("carl")
    expect(olivia.get_by_label("Name", exact=True)).to_have_value("Windows of a bakery")
    expect(olivia.get_by_label("Start")).to_have_value("")
    olivia.get_by_label("Name", exact=True).fill("Windows once more")
    olivia.get_by_label("Time to answer").select_option("2")
    press(olivia, "Post the job")
    expect(olivia.get_by_role("status")).to_contain_text("Nobody else sees your job.")
    cleaning = Cleaning.objects.get(name="Windows once more")
    assert stan.goto(cleaning.get_absolute_url()).status == 404

    carl.goto("/dashboard/")
    expect(carl.get_by_role("main")).to_contain_text("olivia invites you to “Windows once more”.")
    carl.get_by_role("link", name="See the job for Windows once more").click()
    expect(carl.get_by_role("main")).to_contain_text("Only the two of you see this job.")
    follow(carl, "Make an offer")
    press(carl, "Make an offer")
    expect(carl.get_by_role("status")).to_contain_text("Your offer is sent.")

    olivia.goto("/dashboard/")
    olivia.get_by_role("link", name="Compare offers").first.click()
    follow(olivia, "Accept carl")
    press(olivia, "Accept carl")
    expect(olivia.get_by_role("heading", name="Your job with carl")).to_be_visible()
    assert stan.goto(cleaning.get_absolute_url()).status == 404


@with_and_without_script
def test_a_declined_invitation_is_handed_on_and_then_opened_to_everyone(visit, script):
    create_cast()
    for name in ("carl", "cora"):
        create_offer(cleaning=create_cleaning(), cleaner=create_user(name), status=OfferStatus.COMPLETED)
    cleaning = create_cleaning(name="Attic", reserved_for=create_user("carl"), reserved_days=3)
    olivia, carl, stan = (visit(name, java_script_enabled=script) for name in ("olivia", "carl", "stan"))

    carl.goto("/notifications/")
    carl.get_by_role("button", name="olivia invites you").first.click()
    follow(carl, "Decline")
    press(carl, "Decline")
    expect(carl.get_by_role("status")).to_contain_text("You declined. We’ve told olivia.")

    olivia.goto("/dashboard/")
    olivia.get_by_role("link", name="Decide who sees it").first.click()
    follow(olivia, "Invite someone else")
    press(olivia, "Invite")
    expect(olivia.get_by_role("alert")).to_contain_text("Choose someone who has done a job for you.")
    olivia.get_by_label("Cleaner").select_option("cora")
    press(olivia, "Invite")
    expect(olivia.get_by_role("status")).to_contain_text("We’ve told cora.")
    follow(olivia, "Open to everyone")
    expect(olivia.get_by_role("main")).to_contain_text("The invitation ends. We tell cora")
    press(olivia, "Open to everyone")
    expect(olivia.get_by_role("status")).to_contain_text("Your job is open to everyone.")
    stan.goto("/cleanings/")
    follow(stan, "Attic")
    expect(stan.get_by_role("link", name="Make an offer")).to_be_visible()
    assert Cleaning.objects.get(pk=cleaning.pk).is_public
