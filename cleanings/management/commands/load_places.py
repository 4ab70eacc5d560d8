from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cleanings.geonames import BrokenFile, read_places
from cleanings.models import Cleaning
from cleanings.places import Place


class Command(BaseCommand):
    help = "Load the postcodes of a country from a file in the postal format of GeoNames, in place of those there are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="such as cleanings/data/BE.txt")

    def handle(self, *args, file: Path, **options) -> None:
        try:
            country, places = read_places(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        except BrokenFile as error:
            raise CommandError(f"{file}, {error} Nothing was changed.") from error
        Place.objects.replace(country, places)
        changed = Cleaning.objects.refresh_places()
        postcodes = len({place.postcode for place in places})
        self.stdout.write(f"{country}: {postcodes} postcodes with {len(places)} names. Cleanings refreshed: {changed}.")
