from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from marketplace.backup import BackupError, restore


class Command(BaseCommand):
    help = "Put what `backup` wrote into the database, all of it or nothing. Stop the site and its workers first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the backup")
        parser.add_argument(
            "--replace", action="store_true", help="remove all that is in the database first, if there are accounts"
        )

    def handle(self, *, file: Path, replace: bool, **options) -> None:
        try:
            restore(file, replace=replace)
        except BackupError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"Restored {file}. Put the photos of that day into media/, run manage.py migrate, and start the site."
        )
