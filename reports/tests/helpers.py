"""Reports by the cast, and the staff who decide about them."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, Group
from django.core import mail

from accounts.models import User
from cleanings.states import OfferStatus
from conversations.models import Message, Question
from evaluations.models import Evaluation
from marketplace.support import SUPPORT
from marketplace.testing import create_cleaning, create_offer, create_photo, create_user
from reports.choices import Outcome, Reason, SubjectKind
from reports.models import Report
from reports.subjects import find_subject

TEXT = "This asks for things that no cleaner should do."
FACTS = "The description asks for something that the law forbids."
RESTRICTED = {"rule": Reason.ILLEGAL, "facts": FACTS}


def create_support(username="sam") -> User:
    member = create_user(username, is_staff=True)
    member.groups.add(Group.objects.get(name=SUPPORT))
    return User.objects.get(pk=member.pk)


def create_subjects() -> dict[SubjectKind, str]:
    """A reference of each kind; all but the job, its photo and the profile, which are Olivia's, are Carl's words."""
    offer = create_offer(status=OfferStatus.COMPLETED)
    other = create_cleaning()
    question = Question.ask(other, by=offer.cleaner, text="Is there a lift?")
    question.give_answer(by=other.owner, answer="Yes, there is.")
    message = Message.say(offer, by=offer.cleaner, text="Where is the key?")
    evaluation = Evaluation.write(offer, by=offer.cleaner, overall_rating=2, comment="Too much work.")
    Evaluation.write(offer, by=offer.cleaning.owner, overall_rating=5)
    rows = [other, create_photo(cleaning=other, audience="everybody"), offer, question, message, evaluation]
    return {SubjectKind(row._meta.model_name): f"{row._meta.model_name}-{row.pk}" for row in rows} | {
        SubjectKind.PROFILE: "profile-olivia"
    }


def create_report(of=None, *, by="stan", reason=Reason.ILLEGAL, text=TEXT, **facts) -> Report:
    """Of a row or a reference, or a job of Olivia's; `by` is a username, or empty for somebody without an account."""
    if not isinstance(of, str):
        row = of or create_cleaning()
        of = f"{row._meta.model_name}-{row.pk}"
    reporter = create_user(by) if by else None
    subject = find_subject(of, reporter or AnonymousUser())
    assert subject
    if not by:
        facts = {"name": "Nora Nobody", "email": "nora@example.net"} | facts
    return Report.file(subject, by=reporter, reason=reason, text=text, **facts)


def decided(report: Report, outcome=Outcome.NOTHING, *, by: User | None = None, **facts) -> Report:
    report.decide(by=by or create_support(), outcome=outcome, **RESTRICTED | facts)
    return report


def mails_to(address: str) -> list[str]:
    """Subject and text of each, in the order in which they were sent."""
    return [f"{message.subject}\n{message.body}" for message in mail.outbox if message.to == [address]]
