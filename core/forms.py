from collections.abc import Callable
from typing import Any

from django import forms
from django.forms.utils import pretty_name
from django.http import HttpRequest

from core.text import clean_line, clean_text

IGNORED_FIELDS = {
    "csrfmiddlewaretoken", "next", "login", "post_token", "revision", "version", "action", "confirmed", "code",
    "credential", "end", "change", "action_add", "action_send", "action_remove", "notification", "open", "what",
    "corrects", "of", "good_faith",
}  # fmt: skip


class CleanMixin(forms.CharField):
    """Cleans typed text first, so that limits count a line break once and invisible characters not at all."""

    clean_typed: Callable[[str], str]

    def to_python(self, value: Any) -> Any:
        return self.clean_typed(super().to_python(value) or "") or self.empty_value


class CleanCharField(CleanMixin, forms.CharField):
    clean_typed = staticmethod(clean_line)


class CleanTextField(CleanMixin, forms.CharField):
    clean_typed = staticmethod(clean_text)
    widget = forms.Textarea


def submitted_values(request: HttpRequest) -> list[tuple[str, str]]:
    """What was typed, to be copied from a refused form; never a password."""
    return [
        (name.replace("_", " "), str(value))
        for name, value in request.POST.items()
        if value and "password" not in name and not name.startswith("initial-") and name not in IGNORED_FIELDS
    ]


def bootstrap_class(widget: forms.Widget) -> str:
    if widget.is_hidden or isinstance(widget, forms.RadioSelect):
        return ""
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


class SiteFormMixin:
    """Adds "(optional)" to labels; `missing` holds sentences for fields that are left empty."""

    use_required_attribute = False
    fields: dict[str, forms.Field]
    missing: dict[str, str] = {}
    labels: dict[str, str] = {}

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            label = field.label = self.labels.get(name, str(field.label or pretty_name(name)))
            field.error_messages["required"] = self.missing.get(name, f"Enter {label[0].lower()}{label[1:]}.")
            field.error_messages.setdefault(
                "max_length", f"Shorten “{label}” to %(limit_value)d characters; it has %(show_value)d."
            )
            if isinstance(field, forms.EmailField):
                field.error_messages["invalid"] = "Enter an e-mail address like name@example.com."
            if not field.required and not isinstance(field, forms.BooleanField) and not field.widget.is_hidden:
                field.label = f"{label} (optional)"
            if look := bootstrap_class(field.widget):
                field.widget.attrs["class"] = f"{field.widget.attrs.get('class', '')} {look}".strip()
