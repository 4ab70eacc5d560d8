import logging
from argparse import ArgumentParser
from time import monotonic

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pages import integrity
from pages.models import IntegrityCheck

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Look for what breaks a rule of the site, among all that is stored. For cron, once a night."

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = ", ".join(integrity.NAMES)
        parser.add_argument("rules", nargs="*", help=f"only these of {names}; all of them, recorded, if left out")

    def handle(self, *, rules: list[str], **options) -> None:
        if unknown := set(rules) - set(integrity.NAMES):
            raise CommandError(f"There is no {', '.join(sorted(unknown))}: see --help.")
        started_at, start = timezone.now(), monotonic()
        found = integrity.findings(rules or integrity.NAMES)
        seconds = round(monotonic() - start, 1)
        if not rules:
            IntegrityCheck.objects.record(started_at=started_at, seconds=seconds, findings=found)
        for line in found:
            logger.warning("Broken: %s", line)
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} rules are broken.")
        self.stdout.write(f"Nothing is broken; it took {seconds} seconds to look.")
