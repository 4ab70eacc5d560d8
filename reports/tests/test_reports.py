"""The way of a report, from its filing to the settlement of an appeal."""

import pytest
from django.core import mail

from marketplace.testing import create_cast, create_cleaning, create_user
from reports.choices import Outcome, ReportStatus, Side
from reports.tests.helpers import FACTS, RESTRICTED, create_report, create_support

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return create_cast()


def test_a_report_is_filed_taken_decided_appealed_and_settled(cast):
    cleaning, sam = create_cleaning(), create_support()
    report = create_report(cleaning)
    report.take(by=sam)
    report.decide(by=sam, outcome=Outcome.HIDE, **RESTRICTED)
    cleaning.refresh_from_db()
    assert (report.status, cleaning.is_hidden) == (ReportStatus.DECIDED, True)
    report.appeal(Side.ACCUSED, text="It was meant as a joke, and is gone.")
    report.settle(by=create_user("ada"), outcome=Outcome.NOTHING, facts=FACTS)
    cleaning.refresh_from_db()
    assert (report.status, cleaning.is_hidden) == (ReportStatus.SETTLED, False)
    assert [message.to for message in mail.outbox] == [
        ["stan@example.org"],
        *[["olivia@example.org"], ["stan@example.org"]] * 2,
    ]
