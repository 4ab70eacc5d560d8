"""What happened with a report when, for one side."""

from datetime import datetime

from reports.choices import Outcome, Side
from reports.models import Report


def history(report: Report, side: Side) -> list[tuple[datetime, str]]:
    """Oldest first. The accused read nothing from before the first decision that concerns them."""
    decisions = [
        (each.at, "Someone else on our staff decided again." if each.settles else "Our staff decided.")
        for each in report.decisions.all()
    ]
    appeals = [
        (each.at, "You appealed." if each.by_reporter == (side == Side.REPORTER) else "The other side appealed.")
        for each in report.appeals.all()
    ]
    return sorted(
        line for line in before_decision(report) + decisions + appeals if line[0] >= known_since(report, side)
    )


def before_decision(report: Report) -> list[tuple[datetime, str]]:
    lines = [(report.created_at, "You reported it.")]
    if report.taken_at:
        lines.append((report.taken_at, "Someone on our staff took it up."))
    return lines


def known_since(report: Report, side: Side) -> datetime:
    if side == Side.REPORTER:
        return report.created_at
    return min(each.at for each in report.decisions.all() if each.outcome != Outcome.NOTHING)
