"""What both sides of a report are told: by mail at once, and on the site where they have an account."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from notifications import topics
from notifications.models import Notification
from notifications.topics import Mailing, Notice, Topic, TopicRow
from reports import emails
from reports.choices import Outcome, Side

if TYPE_CHECKING:
    from accounts.models import User
    from reports.models import Decision, Report
    from reports.subjects import Subject

# Its mail is the decision itself, which nobody can turn off.
topics.register([TopicRow(Topic.REPORTED, ""), TopicRow(Topic.DECIDED, "")])

HIDDEN_WITH_QUESTION = "We hid a question about your job, and with it your answer, which broke no rule."
HIDDEN_WITH_ANSWER = "We hid the answer to your question, and with it the question, which broke no rule."
SHOWN_WITH_QUESTION = "A question about your job and your answer to it can be read again."
SHOWN_WITH_ANSWER = "Your question and the answer to it can be read again."
UNCHANGED = "We looked at it again and did not change our decision. "
CHANGED = "We looked at it again and changed our decision. "
# What of a stricter decision the person still feels, or no longer.
TAKEN_BACK = {
    Outcome.HIDE: " It is no longer hidden.",
    Outcome.CLOSE: " A job that was closed can’t be opened again, but you can post it again.",
    Outcome.DEACTIVATE: " Your account is active again.",
}
ORDERED_ELSEWHERE = TAKEN_BACK | {
    Outcome.HIDE: " It stays hidden because of another decision.",
    Outcome.DEACTIVATE: " Your account stays deactivated because of another decision.",
}


def thread_of(report: Report) -> str:
    return f"report-{report.pk}"


def sentence_for(decision: Decision, side: Side) -> str:
    """What was decided, for one side; the names of both are in none."""
    outcome, report = Outcome(decision.outcome), decision.report
    sentences = report.sentences
    sentence = (sentences.to_accused if side == Side.ACCUSED else sentences.to_reporter)[outcome]
    before = decision.one_before
    if before is None or not is_told_again(decision, side):
        return sentence
    if before.outcome == decision.outcome:
        return UNCHANGED + sentence
    left = [what_is_left(decision, each) for each in decision.in_force_before] if side == Side.ACCUSED else []
    return "".join([CHANGED, sentence, *left])


def is_told_again(decision: Decision, side: Side) -> bool:
    """A first decision that nothing is removed was not told to the accused."""
    before = decision.one_before
    return before is not None and (side == Side.REPORTER or before.is_told_to_accused)


def what_is_left(decision: Decision, earlier: Decision) -> str:
    """Empty where the decision comes on top of the earlier one."""
    if not decision.replaces(earlier):
        return ""
    return (TAKEN_BACK if decision.takes_back(earlier) else ORDERED_ELSEWHERE)[Outcome(earlier.outcome)]


def send_receipt(report: Report) -> None:
    emails.receipt(report).send()


def notify(decision: Decision) -> None:
    """By mail in every case, because the law asks for it; on the site without a second mail."""
    report = decision.report
    notices = []
    if decision.is_told_to_accused:
        notices.append(notice(decision, Side.ACCUSED, report.accused, Topic.DECIDED))
        send(decision, Side.ACCUSED, report.accused.email)
    if report.reporter:
        notices.append(notice(decision, Side.REPORTER, report.reporter, Topic.REPORTED))
    send(decision, Side.REPORTER, report.reporter.email if report.reporter else report.email)
    rows = Notification.in_thread(thread_of(report), notices, by=decision.by, mailing=Mailing.UNWANTED)
    Notification.objects.notify(rows)


def notify_other_author(report: Report, subject: Subject, by: User) -> None:
    """On the site alone, that it is hidden or shown again: they are accused of nothing."""
    if other := subject.other_author:
        sentence = sentence_for_other_author(subject, other)
        told = Notice(other, Topic.DECIDED, sentence, sentence, subject.url, "Look at it")
        rows = Notification.in_thread(thread_of(report), [told], by=by, mailing=Mailing.UNWANTED)
        Notification.objects.notify(rows)


def sentence_for_other_author(subject: Subject, other: User) -> str:
    if subject.row.is_put_to(other):
        return HIDDEN_WITH_QUESTION if subject.is_hidden else SHOWN_WITH_QUESTION
    return HIDDEN_WITH_ANSWER if subject.is_hidden else SHOWN_WITH_ANSWER


def send(decision: Decision, side: Side, address: str) -> None:
    """A closed account has no address."""
    if address:
        emails.decided(decision, side, address, subject_for(decision, side)).send()


def notice(decision: Decision, side: Side, recipient: User, topic: Topic) -> Notice:
    subject, sentence, url = subject_for(decision, side), sentence_for(decision, side), decision.report.url_for(side)
    return Notice(recipient, topic, subject, sentence, url, "Read the decision")


def subject_for(decision: Decision, side: Side) -> str:
    sentences, is_second = decision.report.sentences, is_told_again(decision, side)
    if side == Side.REPORTER:
        return "We looked again at your report" if is_second else "Our decision about your report"
    return sentences.looked_again if is_second else sentences.decision


def mail_no_more(report: Report, by: User, *, since: datetime) -> None:
    """Notices of the verb stay on the site; by mail both sides get the decision instead."""
    sides = [report.accused_id, report.reporter_id]
    written = Notification.objects.filter(recipient__in=sides, event__actor=by, event__at__gte=since)
    # Read first: an UPDATE over the join is planned badly where the tables have just been filled.
    waiting = list(written.filter(mailing=Mailing.WAITING).values_list("pk", flat=True))
    Notification.objects.filter(pk__in=waiting).update(mailing=Mailing.UNWANTED)
