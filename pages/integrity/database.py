"""What the database itself guarantees: the constraints, indexes and keys of the models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models import Exists, OuterRef

from core.operations import inline_key
from pages.integrity.rule import MOST_SHOWN, Rule

NOT_VALID = """
    SELECT conname FROM pg_constraint WHERE NOT convalidated AND connamespace = current_schema()::regnamespace
    UNION SELECT index.relname FROM pg_index JOIN pg_class index ON index.oid = indexrelid
    WHERE NOT (indisvalid AND indisready) AND index.relnamespace = current_schema()::regnamespace"""


def tables() -> Iterator[type[models.Model]]:
    models_of_tables = apps.get_models(include_auto_created=True)
    return (model for model in models_of_tables if model._meta.managed and not model._meta.proxy)


def missing() -> list[str]:
    find = missing_on_sqlite if connection.vendor == "sqlite" else missing_on_postgresql
    with connection.cursor() as cursor:
        there = connection.introspection.table_names(cursor)
        found = [model._meta.db_table for model in tables() if model._meta.db_table not in there]
        return found or [name for model in tables() for name in find(cursor, model)]


def missing_on_sqlite(cursor, model: type[models.Model]) -> Iterator[str]:
    """By all they say: the schema is kept as it was written."""
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = %s", [model._meta.db_table])
    stored = {name: sorted_values(sql or "") for name, sql in cursor.fetchall()}
    for name, statement in statements(model):
        expected = sorted_values(statement)
        if expected != stored.get(name) and expected not in stored[model._meta.db_table]:
            yield name


def sorted_values(sql: str) -> str:
    """Django writes some lists of values in any order."""
    return re.sub(r"(?<=IN \()[^()]*(?=\))", lambda values: ",".join(sorted(re.split(", *", values[0]))), sql)


def statements(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    editor: Any = connection.schema_editor()
    # An index waits there, where the editor makes one for a constraint.
    editor.deferred_sql = []
    for field in model._meta.local_concrete_fields:
        parts = [editor.quote_name(field.column), editor.column_sql(model, field)[0]]
        yield f"{model._meta.db_table}.{field.column}", " ".join(filter(None, [*parts, inline_key(field, editor)]))
    for constraint in model._meta.constraints:
        yield constraint.name, str(constraint.constraint_sql(model, editor) or constraint.create_sql(model, editor))
    for index in model._meta.indexes:
        yield index.name, str(index.create_sql(model, editor))


def in_one_order(sql: str) -> str:
    """Django writes the types of JSON values in the order of a set, another one in each process."""
    return re.sub(r"\('\w+'(,'\w+')*\)", lambda found: ",".join(sorted(found[0].strip("()").split(","))), sql)


def missing_on_postgresql(cursor, model: type[models.Model]) -> Iterator[str]:
    """By their names, and of columns by what their field asks for."""
    table, introspection = model._meta.db_table, connection.introspection
    found: dict[str, Any] = introspection.get_constraints(cursor, table)
    for named in (*model._meta.constraints, *model._meta.indexes):
        kind = {models.CheckConstraint: "check", models.UniqueConstraint: "unique"}.get(type(named), "index")
        if not (named.name in found and found[named.name][kind]):
            yield named.name
    nullable = {column.name: column.null_ok for column in introspection.get_table_description(cursor, table)}
    for field in model._meta.local_concrete_fields:
        here = [facts for facts in found.values() if facts["columns"] == [field.column]]
        is_unique = any(facts["unique"] or facts["primary_key"] for facts in here)
        is_key = any(facts["foreign_key"] for facts in here)
        can_be_null = nullable[field.column] and not field.null
        if can_be_null or (field.unique and not is_unique) or (field.is_relation and not is_key):
            yield f"{table}.{field.column}"


def not_valid() -> list[str]:
    """SQLite has no such state."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(NOT_VALID)
        return [name for (name,) in cursor.fetchall()]


def dangling() -> list[str]:
    keys = [(model, field) for model in tables() for field in model._meta.local_concrete_fields if field.is_relation]
    found = []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_key_check")
            found = [f"{table} {row}" for table, row, *_ in cursor.fetchall()]
            keys = [(model, field) for model, field in keys if not is_key_on_sqlite(cursor, model, field)]
    return found + [f"{model._meta.db_table} {pk}" for model, field in keys for pk in dangling_in(model, field)]


def is_key_on_sqlite(cursor, model: type[models.Model], field: Any) -> bool:
    """In some databases a column has no key, and SQLite looks at keys alone."""
    cursor.execute(f"PRAGMA foreign_key_list({connection.ops.quote_name(model._meta.db_table)})")
    return field.column in {column for _, _, _, column, *_ in cursor.fetchall()}


def dangling_in(model: type[models.Model], field: Any) -> models.QuerySet:
    target = field.related_model._base_manager.filter((field.target_field.attname, OuterRef(field.attname)))
    rows = model._base_manager.filter((f"{field.attname}__isnull", False)).exclude(Exists(target))
    return rows.order_by().values_list("pk", flat=True)[: MOST_SHOWN + 1]


RULES = (
    Rule("constraints", "The database has every constraint and index of the models.", missing),
    Rule("constraints", "Every constraint and index of the database is validated.", not_valid),
    Rule("keys", "Every key leads to a row.", dangling),
)
