import pytest

from marketplace.testing import text_of
from reports.choices import Reason

pytestmark = pytest.mark.django_db

WORDS = ("/help/", "/rules/", "/privacy/", "/accessibility/")


def test_every_reason_to_report_has_its_rule(client):
    page = client.get("/rules/").content.decode()
    assert [reason for reason in Reason.values if f'<li id="{reason}">' not in page] == []


def test_rules_say_who_decides_and_where_else_one_can_go(client):
    page = text_of(client.get("/rules/"))
    for sentence in (
        "People decide, never a program", "Nobody decides about a report that they are part of themselves.",
        "You can also go to a court.", "Courts and authorities, those of the European Union and its member states",
    ):  # fmt: skip
        assert sentence in page


@pytest.mark.parametrize("contact", ["help@swept.example", ""])
def test_pages_of_words_name_the_contact_or_say_that_there_is_none(client, settings, contact):
    settings.CONTACT_EMAIL = contact
    for path in WORDS:
        page = text_of(client.get(path))
        assert page.count(f"mailto:{contact}") == (1 if contact else 0), path
        assert ("haven’t published an e-mail address" in page) == (not contact), path
