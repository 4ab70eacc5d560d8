from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from pages import scheduled


class Command(BaseCommand):
    help = (
        "Tell of starts that have passed, remind of jobs and evaluations, complete what was left open for 14 days, "
        "announce evaluations, tell of new jobs, queue the mails about it and clear old notifications, mails and "
        "sessions. For cron, every few minutes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = ", ".join(scheduled.NAMES)
        parser.add_argument("what", nargs="*", help=f"only these of {names}; all of them if left out")

    def handle(self, *, what: list[str], **options) -> None:
        unknown = set(what) - set(scheduled.NAMES)
        if unknown:
            raise CommandError(f"There is no {', '.join(sorted(unknown))}: see --help.")
        failed = 0
        for name in what or scheduled.NAMES:
            done, failures = scheduled.run(name)
            failed += failures
            self.stdout.write(f"{name}: {done}")
        if failed:
            raise CommandError(f"{failed} could not be done; the log says why.")
