"""Form fields for what people type. A limit counts the text as it is stored: a line break once, what is unseen not."""

from collections.abc import Callable
from typing import Any

from django import forms

from core.text import clean_line, clean_text


class CleanMixin:
    """A field of text that cleans what it is given, before validators count it and before it is compared."""

    clean_typed: Callable[[str], str]

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)  # type: ignore[misc]
        if isinstance(value, str):
            return self.clean_typed(value) or self.empty_value  # type: ignore[attr-defined]
        return value


class CleanCharField(CleanMixin, forms.CharField):
    """One line of text."""

    clean_typed = staticmethod(clean_line)


class CleanTextField(CleanMixin, forms.CharField):
    """Text of several lines."""

    clean_typed = staticmethod(clean_text)
    widget = forms.Textarea
