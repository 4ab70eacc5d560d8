"""Querysets whose SQL is built once, for pages where building it takes longer than the answer of the database."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cached_property
from inspect import signature
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=Model)

# Ids that no row has, so that they are found again among the parameters.
STAND_INS = range(2**62, 2**62 + 10)


class BuiltCompiler(SQLCompiler):
    built: tuple[str, tuple] | None = None

    def as_sql(self, with_limits: bool = True, with_col_aliases: bool = False) -> tuple[str, tuple]:
        return self.built or super().as_sql(with_limits, with_col_aliases)


class BuiltQuery:
    """As much of a query as a queryset needs to read its rows."""

    def __init__(self, compiler: BuiltCompiler) -> None:
        self.compiler = compiler

    def get_compiler(self, using: str) -> BuiltCompiler:
        return self.compiler


class Statement(Generic[Row]):
    """The rows of `build(*ids)`, which may use its ids as values alone: its SQL is the same for all of them."""

    def __init__(self, build: Callable[..., QuerySet[Row]]) -> None:
        self.build = build

    def __call__(self, *ids: int) -> list[Row]:
        query: Any = BuiltQuery(self.compiler_for(ids))
        return list(QuerySet(self.compiler.query.model, query, DEFAULT_DB_ALIAS))

    @cached_property
    def compiler(self) -> BuiltCompiler:
        count = len(signature(self.build).parameters)
        rows = self.build(*STAND_INS[:count])
        compiler = BuiltCompiler(rows.query, connections[DEFAULT_DB_ALIAS], DEFAULT_DB_ALIAS)
        compiler.built = compiler.as_sql()
        return compiler

    def compiler_for(self, ids: tuple[int, ...]) -> BuiltCompiler:
        """A copy, because each thread has a connection of its own."""
        given = dict(zip(STAND_INS, ids, strict=False))
        compiler = copy(self.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        sql, params = self.compiler.as_sql()
        compiler.built = sql, tuple(type(each)(given[each]) if each in STAND_INS else each for each in params)
        return compiler
