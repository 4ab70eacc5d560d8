"""The periods that templates name are those that the code keeps to."""

import re
from datetime import timedelta

from django.conf import settings

from accounts.access_tokens import LOGGED_IN_FOR
from cleanings.contact import SHOWN_FOR
from cleanings.photos import KEPT_FOR as PHOTOS_KEPT_FOR
from cleanings.states import CHANGE_OPEN_FOR, EVALUATED_WITHIN
from conversations.models import CORRECTED_WITHIN
from conversations.querysets import READ_FOR, WRITTEN_FOR
from notifications.querysets import KEPT_FOR as NOTIFICATIONS_KEPT_FOR

PERIOD = re.compile(r"\b(\d+)\s+(days|minutes|hours)\b")
SAID = {
    "api/_introduction.html": {LOGGED_IN_FOR},
    "cleanings/_contact.html": {SHOWN_FOR},
    "cleanings/_next_steps.html": {EVALUATED_WITHIN},
    "conversations/message_list.html": {WRITTEN_FOR + READ_FOR, READ_FOR},
    "conversations/question_answer.html": {CORRECTED_WITHIN},
    "evaluations/evaluation_list.html": {EVALUATED_WITHIN},
    "offers/offer_cancel.html": {EVALUATED_WITHIN},
    "offers/offer_complete.html": {EVALUATED_WITHIN},
    "offers/offer_release.html": {EVALUATED_WITHIN},
    "pages/help.html": {PHOTOS_KEPT_FOR, CHANGE_OPEN_FOR, EVALUATED_WITHIN, WRITTEN_FOR},
    "pages/privacy.html": {PHOTOS_KEPT_FOR, SHOWN_FOR, WRITTEN_FOR + READ_FOR, READ_FOR, NOTIFICATIONS_KEPT_FOR},
}


def test_templates_name_the_periods_that_the_code_keeps_to():
    root = settings.BASE_DIR / "templates"
    found = {str(path.relative_to(root)): periods_in(path.read_text()) for path in root.rglob("*.html")}
    assert {name: periods for name, periods in found.items() if periods} == SAID


def periods_in(text):
    return {timedelta(**{unit: int(number)}) for number, unit in PERIOD.findall(text)}


def test_the_journal_keeps_lines_for_as_long_as_the_privacy_page_says():
    found = re.search(r"MaxRetentionSec=(\d+)day", (settings.BASE_DIR / "deploy/journald.conf").read_text())
    page = (settings.BASE_DIR / "templates/pages/privacy.html").read_text()
    assert f"We delete them after {found[1]} days." in page
