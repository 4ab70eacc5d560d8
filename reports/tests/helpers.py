"""A report of Stan's on Olivia's job, and the staff who decide."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, Group

from marketplace.support import SUPPORT
from marketplace.testing import create_cleaning, create_user
from reports.choices import Outcome, Reason
from reports.models import Report
from reports.subjects import find_subject

TEXT = "This asks for things that no cleaner should do."
FACTS = "The description asks for something that the law forbids."
RESTRICTED = {"rule": Reason.ILLEGAL, "facts": FACTS}


def create_report(thing=None, *, by="stan", reason=Reason.ILLEGAL, text=TEXT, reference="", **facts) -> Report:
    """Without a thing, on a new job of Olivia's; `by` is a username, or empty for nobody's account."""
    reporter = create_user(by) if by else None
    if not reference:
        thing = thing or create_cleaning()
        reference = f"{thing._meta.model_name}-{thing.pk}"
    subject = find_subject(reference, reporter or AnonymousUser())
    return Report.file(subject, by=reporter, reason=reason, text=text, **facts)


def create_support(username="sam"):
    member = create_user(username, is_staff=True)
    member.groups.add(Group.objects.get(name=SUPPORT))
    return member


def decided(report: Report, *, by=None, outcome=Outcome.NOTHING, **facts) -> Report:
    report.decide(by=by or create_support(), outcome=outcome, **{"facts": FACTS} | facts)
    return report
