import pytest

from marketplace.testing import text_of
from reports.choices import Reason

pytestmark = pytest.mark.django_db

WORDS = ("/help/", "/rules/", "/privacy/", "/accessibility/")


def test_every_reason_to_report_has_its_rule(client):
    page = client.get("/rules/").content.decode()
    assert [reason for reason in Reason.values if f'<li id="{reason}">' not in page] == []


@pytest.mark.parametrize("contact", ["help@swept.example", ""])
def test_pages_of_words_name_the_contact_or_say_that_there_is_none(client, settings, contact):
    settings.CONTACT_EMAIL = contact
    for path in WORDS:
        page = text_of(client.get(path))
        assert page.count(f"mailto:{contact}") == (1 if contact else 0), path
        assert ("haven’t published an e-mail address" in page) == (not contact), path
