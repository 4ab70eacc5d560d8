"""Waits for no lock for long on PostgreSQL, because others queue behind; a migration that gives up can be run again."""

from contextlib import ExitStack

from django.core.management.commands import migrate
from django.db import connections

PARAMETERS = {"lock_timeout": "4s", "statement_timeout": "0"}


class Command(migrate.Command):
    def handle(self, *args, **options) -> None:
        connection = connections[options["database"]]
        with ExitStack() as stack:
            if connection.vendor == "postgresql":
                stack.enter_context(connection.parameters(**PARAMETERS))  # type: ignore[attr-defined]
            super().handle(*args, **options)
