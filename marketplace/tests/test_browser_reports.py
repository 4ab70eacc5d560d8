"""A report from somebody without an account, to the decision and the appeal, in a real browser on a phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from marketplace.testing import create_cast, create_cleaning
from reports.models import Report
from reports.tests.helpers import FACTS, TEXT, create_support

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PHONE = {"viewport": {"width": 360, "height": 740}}
APPEAL = "This was only a joke between friends of mine."


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def report(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_role("link", name="Report this job").click()
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a reason.")
    page.get_by_label("It’s a scam or an attempt to cheat someone").check()
    page.get_by_label("What is wrong").fill(TEXT)
    page.get_by_label("Your name").fill("Nora Nobody")
    page.get_by_label("Your e-mail address").fill("nora@elsewhere.example")
    page.get_by_label("I believe in good faith that this is right").check()
    assert fits(page)
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("We have your report.")).to_be_visible()


def decide(page: Page) -> None:
    page.goto(reverse("admin:index"))
    page.get_by_role("link", name="1 report to decide").click()
    page.get_by_role("link", name="Report").last.click()
    page.get_by_role("button", name="Decide").click()
    page.get_by_label("Hide it").check()
    page.get_by_role("combobox", name="Rule").select_option("scam")
    page.get_by_role("textbox", name="Facts").fill(FACTS)
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("“Decide” is done.")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_from_an_anonymous_report_to_the_decision_and_an_appeal(visit, script):
    create_cast()
    create_support()
    job = create_cleaning()
    nora, sam = visit(java_script_enabled=script, **PHONE), visit("sam", java_script_enabled=script)
    olivia = visit(java_script_enabled=script, **PHONE)
    report(nora, job.get_absolute_url())
    decide(sam)
    nora.reload()
    expect(nora.get_by_text("We hid the job that you reported.")).to_be_visible()
    olivia.goto(Report.objects.get().url_for("accused"))
    expect(olivia.get_by_text(FACTS)).to_be_visible()
    assert (fits(nora), fits(olivia)) == (True, True)
    olivia.get_by_label("Why you disagree").fill(APPEAL)
    olivia.get_by_role("button", name="Send the appeal").click()
    expect(olivia.get_by_text("You appealed.")).to_be_visible()
    nora.reload()
    expect(nora.get_by_text("The other side appealed.")).to_be_visible()
