"""Operations that lock large tables only for a moment on PostgreSQL, and work on SQLite too."""

from time import monotonic, sleep

from django.contrib.postgres import operations
from django.db import OperationalError, migrations, transaction
from django.db.migrations.operations.base import Operation

# How long a migration tries to get its locks; `migrate` waits as long for a single one.
MOST_SECONDS = 4


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


class AddUniqueConcurrently(migrations.AddConstraint):
    """Adds a partial or functional constraint, which is an index. The migration has to be `atomic = False`."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.all_models[app_label][self.model_name.lower()]
        statement = str(self.constraint.create_sql(model, schema_editor))
        # One that failed halfway leaves an index that is not valid.
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.constraint.name)}")
        schema_editor.execute(statement.replace(" UNIQUE INDEX ", " UNIQUE INDEX CONCURRENTLY ", 1), params=None)


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


class AddCheckedField(migrations.AddField):
    """A column with the constraints on it; PostgreSQL checks existing rows by `ValidateConstraint`.

    SQLite adds the column where Django would copy the table, which fails below a view and drops the triggers.
    """

    def __init__(self, model_name: str, name: str, field, constraints=()) -> None:
        super().__init__(model_name, name, field)
        self.constraints = constraints

    def state_forwards(self, app_label, state) -> None:
        super().state_forwards(app_label, state)
        for constraint in self.constraints:
            state.add_constraint(app_label, self.model_name_lower, constraint)

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        model = to_state.apps.all_models[app_label][self.model_name_lower]
        field = model._meta.get_field(self.name)
        if schema_editor.connection.vendor == "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            for constraint in self.constraints:
                operation = AddConstraintNotValid(self.model_name, constraint)
                operation.database_forwards(app_label, schema_editor, to_state, to_state)
            return
        definition, _ = schema_editor.column_sql(model, field)
        checks = " ".join(str(constraint.constraint_sql(model, schema_editor)) for constraint in self.constraints)
        table, column = map(schema_editor.quote_name, (model._meta.db_table, field.column))
        parts = " ".join(filter(None, [column, definition, inline_key(field, schema_editor), checks]))
        schema_editor.execute(f"ALTER TABLE {table} ADD COLUMN {parts}", params=None)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.all_models[app_label][self.model_name_lower]
        field = model._meta.get_field(self.name)
        table, column = map(schema_editor.quote_name, (model._meta.db_table, field.column))
        try:
            with transaction.atomic(using=schema_editor.connection.alias):
                schema_editor.execute(f"ALTER TABLE {table} DROP COLUMN {column}", params=None)
        except OperationalError as error:
            if f"error in table {model._meta.db_table} after drop column" not in str(error):
                raise
            self._remove_with_constraints(app_label, schema_editor, from_state)

    def _remove_with_constraints(self, app_label, schema_editor, from_state) -> None:
        """Where a later migration has copied the table, they are those of the table, no longer of the column."""
        state = from_state.clone()
        for constraint in self.constraints:
            state.remove_constraint(app_label, self.model_name_lower, constraint.name)
            schema_editor.remove_constraint(state.apps.all_models[app_label][self.model_name_lower], constraint)
        model = state.apps.all_models[app_label][self.model_name_lower]
        schema_editor.remove_field(model, model._meta.get_field(self.name))

    def deconstruct(self):
        name, args, kwargs = super().deconstruct()
        return name, args, kwargs | {"constraints": self.constraints}


def inline_key(field, schema_editor) -> str:
    """The clause of a foreign key on SQLite; empty for any other field."""
    if not field.is_relation:
        return ""
    target = field.remote_field.get_related_field()
    names = {"to_table": target.model._meta.db_table, "to_column": target.column}
    quoted = {name: schema_editor.quote_name(value) for name, value in names.items()}
    return schema_editor.sql_create_inline_fk % quoted


class LockTables(Operation):
    """Locks all tables at once or none, on PostgreSQL. It goes first where a foreign key locks several tables.

    A migration that waits for a second table while it holds a first one can deadlock with a verb.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, *labels: str, mode: str = "SHARE ROW EXCLUSIVE") -> None:
        self.labels, self.mode = labels, mode

    def state_forwards(self, app_label, state) -> None:
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        names = (label.lower().split(".") for label in self.labels)
        models = (to_state.apps.all_models[app][name] for app, name in names)
        tables = ", ".join(schema_editor.quote_name(model._meta.db_table) for model in models)
        give_up_at = monotonic() + MOST_SECONDS
        while True:
            try:
                with transaction.atomic(using=schema_editor.connection.alias):
                    schema_editor.execute(f"LOCK TABLE {tables} IN {self.mode} MODE NOWAIT")
                return
            except OperationalError:
                if monotonic() > give_up_at:
                    raise
                sleep(0.02)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)
