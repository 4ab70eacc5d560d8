from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from marketplace.backup import BackupError, back_up


class Command(BaseCommand):
    help = "Write the database into a file, while the site runs. A file that is there is replaced once that is done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where the backup goes")

    def handle(self, *, file: Path, **options) -> None:
        try:
            back_up(file)
        except BackupError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"Wrote {file}, {file.stat().st_size / 1_000_000:.1f} MB. Photos are not in it: copy media/ too."
        )
