"""Operations that lock large tables only for a moment on PostgreSQL, and work on SQLite too."""

from django.contrib.postgres import operations
from django.db import migrations


class AddConstraintNotValid(operations.AddConstraintNotValid):
    """Checks new writes only; `ValidateConstraint` checks the existing rows. SQLite checks all at once."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddConstraint.database_forwards(self, app_label, schema_editor, from_state, to_state)


class ValidateConstraint(operations.ValidateConstraint):
    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class AllowNull(migrations.AlterField):
    """PostgreSQL keeps the constraint, which Django would drop, add and check again."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        if schema_editor.connection.vendor == "postgresql":
            self._alter_column("DROP NOT NULL", app_label, schema_editor, to_state)
        else:
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        if schema_editor.connection.vendor == "postgresql":
            self._alter_column("SET NOT NULL", app_label, schema_editor, to_state)
        else:
            super().database_backwards(app_label, schema_editor, from_state, to_state)

    def _alter_column(self, action: str, app_label, schema_editor, state) -> None:
        model = state.apps.all_models[app_label][self.model_name_lower]
        table = schema_editor.quote_name(model._meta.db_table)
        column = schema_editor.quote_name(model._meta.get_field(self.name).column)
        schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} {action}")


class AddIndexConcurrently(operations.AddIndexConcurrently):
    """The migration has to be `atomic = False`."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            migrations.AddIndex.database_backwards(self, app_label, schema_editor, from_state, to_state)
