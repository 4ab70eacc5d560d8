"""A report in each status. Sofie, of the support group, decides; Ada settles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from unittest import mock

from django.contrib.auth.models import AnonymousUser
from django.core.mail import EmailMultiAlternatives

from accounts.models import User
from cleanings.models import Cleaning
from conversations.models import Question
from demo.story import moment
from reports.choices import Outcome, Reason, Side
from reports.models import Report
from reports.subjects import find_subject


@dataclass(frozen=True)
class Decided:
    when: str
    outcome: Outcome
    facts: str
    rule: str = ""


@dataclass(frozen=True)
class Complaint:
    """Without `by` somebody without an account reports. An appeal is of the person it is about."""

    when: str
    of: Callable[[], str]
    by: str
    reason: Reason
    text: str
    taken: str = ""
    decided: Decided | None = None
    appealed: tuple[str, str] | None = None
    settled: Decided | None = None


def job(name: str) -> Callable[[], str]:
    return lambda: f"cleaning-{Cleaning.objects.get(name=name).pk}"


def question_of(username: str) -> Callable[[], str]:
    return lambda: f"question-{Question.objects.get(asker__username=username).pk}"


COMPLAINTS = (
    Complaint(
        "-11 21:30",
        question_of("tomas"),
        "pieter_87",
        Reason.HARASSMENT,
        "That is no question about the job. It makes fun of me where all who look for work can read it.",
        decided=Decided(
            "-10 09:20",
            Outcome.HIDE,
            "You called the owner lazy. A question is about the job, not about the person who posts it.",
            Reason.HARASSMENT,
        ),
        appealed=("-9 18:40", "It was meant as a joke. I can ask it again in kinder words, if that is what it takes."),
    ),
    Complaint(
        "-8 16:10",
        job("Whole flat while I am on nights"),
        "jules",
        Reason.OTHER,
        "My offer was turned down without a reason, and the job is still there for everybody else.",
        decided=Decided(
            "-7 10:05",
            Outcome.NOTHING,
            "An owner may turn down any offer and go on looking, without giving a reason. No rule is broken.",
        ),
    ),
    Complaint(
        "-2 08:15",
        job("One hour, ground floor only"),
        "yasmina",
        Reason.NOT_A_JOB,
        "There is no word about what is to be cleaned. I do not think that there is a job at all.",
        taken="-1 09:10",
    ),
    Complaint(
        "-1 11:05",
        job("Kitchen after a housewarming"),
        "cora",
        Reason.DANGEROUS,
        "Something red on the ceiling of a kitchen could be blood. Nobody should have to clean that alone.",
        decided=Decided(
            "-1 11:40",
            Outcome.HIDE,
            "The description tells of stains on the ceiling, and does not say what they are.",
            Reason.DANGEROUS,
        ),
        appealed=("-1 12:15", "It is beetroot soup. Thirty people saw how it got there, and all of them are well."),
        settled=Decided(
            "-1 15:30", Outcome.NOTHING, "The stains are of soup. Nothing in this job puts anybody in danger."
        ),
    ),
    Complaint(
        "-1 21:40",
        job("Cellar after the water came"),
        "",
        Reason.DANGEROUS,
        "I live next door. The electricity meter hangs loose in that cellar, below the line that the water left.",
    ),
)


def file_reports(people: dict[str, User], today: date, clock_at: Callable) -> None:
    """Nobody gets a mail about what happened days ago."""
    with mock.patch.object(EmailMultiAlternatives, "send"):
        for complaint in COMPLAINTS:
            follow(complaint, people, lambda when: clock_at(moment(when, today)))


def follow(complaint: Complaint, people: dict[str, User], at: Callable) -> None:
    with at(complaint.when):
        report = file(complaint, people.get(complaint.by))
    if complaint.taken:
        with at(complaint.taken):
            report.take(by=people["sofie"])
    if decided := complaint.decided:
        with at(decided.when):
            report.decide(by=people["sofie"], outcome=decided.outcome, rule=decided.rule, facts=decided.facts)
    if complaint.appealed:
        when, text = complaint.appealed
        with at(when):
            report.appeal(Side.ACCUSED, text=text)
    if settled := complaint.settled:
        with at(settled.when):
            report.settle(by=people["ada"], outcome=settled.outcome, rule=settled.rule, facts=settled.facts)


def file(complaint: Complaint, by: User | None) -> Report:
    subject = find_subject(complaint.of(), by or AnonymousUser())
    if subject is None:
        raise LookupError(f"{complaint.by or 'Nobody'} cannot see what they report.")
    contact: dict[str, Any] = {} if by else {"name": "Nora Vinck", "email": "nora.vinck@example.org"}
    return Report.file(subject, by=by, reason=complaint.reason, text=complaint.text, **contact)
