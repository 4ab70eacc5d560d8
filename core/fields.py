"""Model fields for typed text: form, admin, verb and shell store and look up the same cleaned text."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

from core.forms import CleanCharField as CleanCharFormField
from core.forms import CleanMixin as CleanFormMixin
from core.forms import CleanTextField as CleanTextFormField
from core.names import validate_no_address
from core.text import clean_line, clean_text


class CleanMixin:
    clean_typed: Callable[[str], str]
    form_class: type[CleanFormMixin]

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)  # type: ignore[misc]
        return self.clean_typed(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)  # type: ignore[misc]
        if isinstance(value, str):
            value = self.clean_typed(value)
            setattr(model_instance, self.attname, value)  # type: ignore[attr-defined]
        return value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": self.form_class} | kwargs)  # type: ignore[misc]

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()  # type: ignore[misc]
        own = next(each for each in type(self).__mro__ if each.__module__.startswith("django."))
        return name, f"django.db.models.{own.__name__}", args, kwargs


class CleanCharField(CleanMixin, models.CharField):
    clean_typed = staticmethod(clean_line)
    form_class = CleanCharFormField


class NameField(CleanCharField):
    default_validators = [validate_no_address]


class CleanTextField(CleanMixin, models.TextField):
    clean_typed = staticmethod(clean_text)
    form_class = CleanTextFormField


@models.CharField.register_lookup
class Among(models.Lookup):
    """Texts without a comma, joined by commas: one parameter, so that a statement serves any number of them."""

    lookup_name = "among"
    prepare_rhs = False
    on_postgresql = "{} = ANY(string_to_array({}, ','))"
    on_sqlite = """{} IN (SELECT value FROM json_each('["' || replace({}, ',', '","') || '"]'))"""

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: object
    ) -> tuple[str, tuple]:
        return self._compile(compiler, connection, self.on_postgresql)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: object) -> tuple[str, tuple]:
        return self._compile(compiler, connection, self.on_sqlite)

    def _compile(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, sql: str) -> tuple[str, tuple]:
        if not self.rhs:
            raise EmptyResultSet
        left, params = self.process_lhs(compiler, connection)
        right, more = self.process_rhs(compiler, connection)
        return sql.format(left, right), (*params, *more)


@models.BigAutoField.register_lookup
class IdsAmong(Among):
    """Ids, joined by commas: Django takes longer over a thousand parameters than the database over the rows."""

    on_postgresql = "{} = ANY(string_to_array({}, ',')::bigint[])"
    on_sqlite = "{} IN (SELECT value FROM json_each('[' || {} || ']'))"
