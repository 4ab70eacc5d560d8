"""Parameters are set by a statement, because poolers such as PgBouncer refuse start-up options."""

import select
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import BaseTzLoader
from psycopg.abc import Buffer


class MomentLoader(BaseTzLoader):
    """psycopg looks at each part of a moment by itself, which takes ten times as long."""

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        try:
            moment = datetime.fromisoformat(bytes(data).decode())
        except ValueError:
            return super().load(data)
        return moment if moment.tzinfo is UTC else super().load(data)


class DatabaseWrapper(base.DatabaseWrapper):
    health_check_done: bool

    def close_if_health_check_failed(self) -> None:
        """Ask the server only where it has sent something unasked, as it does when it ends a connection."""
        if self.connection is not None and not self.health_check_done:
            self.health_check_done = is_quiet(self.connection)
        super().close_if_health_check_failed()

    def _configure_connection(self, connection) -> bool:
        # Private, but Django calls no other method for the connections of a pool.
        super()._configure_connection(connection)  # type: ignore[misc]
        set_parameters(connection, self.settings_dict.get("PARAMETERS", {}))
        if self.timezone == UTC:
            connection.adapters.register_loader("timestamptz", MomentLoader)
        return True

    @contextmanager
    def parameters(self, **values: str) -> Iterator[None]:
        self.ensure_connection()
        set_parameters(self.connection, values)
        try:
            yield
        finally:
            if self.is_usable():
                with self.connection.cursor() as cursor:
                    cursor.execute("; ".join(f"RESET {name}" for name in values))
                set_parameters(self.connection, self.settings_dict.get("PARAMETERS", {}))


def is_quiet(connection) -> bool:
    """Open, and nothing to read from it; the end of a connection can be read too."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def set_parameters(connection, parameters: Mapping[str, str]) -> None:
    if parameters:
        calls = ", ".join(["set_config(%s, %s, false)"] * len(parameters))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {calls}", [part for pair in parameters.items() for part in pair])
