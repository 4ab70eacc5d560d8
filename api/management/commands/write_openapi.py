from django.core.management.base import BaseCommand

from api.openapi import FILE, as_text
from api.urls import api


class Command(BaseCommand):
    help = "Write api/openapi.json, which describes the JSON API to programs, as the code has it."

    def handle(self, *args, **options) -> None:
        FILE.write_text(as_text(api.get_openapi_schema()), encoding="utf-8")
        self.stdout.write(f"Wrote {FILE}.")
