"""Form fields for typed text. Limits count the cleaned text: a line break once, invisible characters not."""

from collections.abc import Callable
from typing import Any

from django import forms

from core.text import clean_line, clean_text


class CleanMixin:
    """Cleans before validators count, and before the form compares."""

    clean_typed: Callable[[str], str]

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)  # type: ignore[misc]
        if isinstance(value, str):
            return self.clean_typed(value) or self.empty_value  # type: ignore[attr-defined]
        return value


class CleanCharField(CleanMixin, forms.CharField):
    clean_typed = staticmethod(clean_line)


class CleanTextField(CleanMixin, forms.CharField):
    clean_typed = staticmethod(clean_text)
    widget = forms.Textarea
