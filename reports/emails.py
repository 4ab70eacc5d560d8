from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts.adapter import email_context
from core.formatting import day_label, when_label
from core.text import isolate
from notifications.emails import one_line
from reports.choices import APPEALED_WITHIN, Side

if TYPE_CHECKING:
    from reports.models import Decision, Report


def receipt(report: Report) -> EmailMultiAlternatives:
    """Without the typed words: the address may be another person's than the one who typed it."""
    address = report.reporter.email if report.reporter else report.email
    received = report.sentences.receipt.format(day=day_label(report.created_at))
    return mail("receipt", "We have your report", address, report, Side.REPORTER, received=received)


def decided(decision: Decision, side: Side, address: str, subject: str) -> EmailMultiAlternatives:
    """To the accused the statement of reasons, to the reporter the decision."""
    report = decision.report
    until = when_label(decision.at + APPEALED_WITHIN) if report.can_be_appealed(side) else None
    facts = {"decision": decision, "sentence": decision.sentence_for(side), "facts": decision.facts_for(side)}
    facts["reported"] = report.sentences.reported.format(day=day_label(report.created_at))
    template = "statement" if side == Side.ACCUSED else "decision"
    return mail(template, subject, address, report, side, appealed_until=until, **facts)


def mail(template: str, subject: str, address: str, report: Report, side: Side, **facts) -> EmailMultiAlternatives:
    facts |= {"name": name_of(report, side), "report": report, "page": settings.SITE_URL + report.url_for(side)}
    context = email_context(facts)
    text, html = (render_to_string(f"reports/email/{template}.{kind}", context) for kind in ("txt", "html"))
    # Staff find no such mail in the queue: of those sent at one moment, one would name the reporter.
    message = EmailMultiAlternatives(subject, text, to=[address], headers={"Sensitivity": "Private"})
    message.attach_alternative(html, "text/html")
    return message


def name_of(report: Report, side: Side) -> str:
    """The real one of a deactivated account too, because the mail goes to that person alone."""
    person = report.reporter if side == Side.REPORTER else report.accused
    name = (person.profile.full_name or person.username) if person else report.name
    return isolate(one_line(name))
