"""Sets parameters by a statement, because poolers such as PgBouncer refuse start-up options."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def _configure_connection(self, connection) -> bool:
        # Private, but Django calls no other method for the connections of a pool.
        super()._configure_connection(connection)  # type: ignore[misc]
        set_parameters(connection, self.settings_dict.get("PARAMETERS", {}))
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


def set_parameters(connection, parameters: Mapping[str, str]) -> None:
    if parameters:
        calls = ", ".join(["set_config(%s, %s, false)"] * len(parameters))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {calls}", [part for pair in parameters.items() for part in pair])
