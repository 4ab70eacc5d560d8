from django import forms

from cleanings.constraints import (
    HOURS_SENTENCE,
    LEAST_HOURS,
    MOST_CHARACTERS,
    MOST_HOURS,
    RATE_SENTENCE,
    START_SENTENCE,
    CleaningType,
    Pets,
    Supplies,
    start_is_in_range,
)
from cleanings.fields import HoursField, RateField, StartField
from cleanings.models import Cleaning
from cleanings.terms import FIELDS
from core.forms import SiteFormMixin
from core.text import clean_text


class TypeSelect(forms.RadioSelect):
    def create_option(self, name, value, *args, **kwargs) -> dict:
        option = super().create_option(name, value, *args, **kwargs)
        return option | {"explanation": CleaningType(value).sentence}


# The order of the page, in which errors are listed too.
FORM_FIELDS = (
    "name", "area", "cleaning_type", "description", "supplies", "pets", "city", "postcode", "street_address",
    "starts_at", "estimated_hours", "hourly_rate",
)  # fmt: skip


class CleaningForm(SiteFormMixin, forms.ModelForm):
    """Hidden `seen_values` let an edit change only what this person changed, and overwrite no change unseen."""

    hourly_rate = RateField(label="Hourly rate", help_text="What you want to pay for an hour.")
    estimated_hours = HoursField(
        label="Estimated hours",
        sentence=HOURS_SENTENCE,
        min_value=LEAST_HOURS,
        max_value=MOST_HOURS,
        help_text="How long it may take, like 2.5.",
    )
    starts_at = StartField(required=False, label="Start")
    post_token = forms.UUIDField(required=False, widget=forms.HiddenInput)

    missing = {
        "name": "Enter a name for the cleaning, like “Spring clean of a flat”.",
        "cleaning_type": "Choose a type of cleaning.",
        "area": "Choose an area from the list.",
        "supplies": "Choose who has the supplies, or leave it open.",
        "pets": "Choose yes or no, or leave it open.",
        "city": "Enter the city.",
        "postcode": "Enter the postcode.",
        "street_address": "Enter street and number.",
        "hourly_rate": RATE_SENTENCE,
        "estimated_hours": HOURS_SENTENCE,
    }

    class Meta:
        model = Cleaning
        fields = FORM_FIELDS
        widgets = {
            "area": forms.RadioSelect,
            "cleaning_type": TypeSelect,
            "supplies": forms.RadioSelect,
            "pets": forms.RadioSelect,
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
            "postcode": forms.TextInput(attrs={"autocomplete": "postal-code"}),
            "street_address": forms.TextInput(attrs={"autocomplete": "street-address"}),
        }
        labels = {"supplies": "Cleaning supplies", "pets": "Pets at home"}
        help_texts = {
            "name": "What it is, in a few words. Everybody reads it.",
            "description": "Rooms, pets, what is to be brought along. Everybody reads it; no address or phone here.",
            "street_address": "Shown only to the cleaner you accept.",
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cleaning_type"].choices = CleaningType.choices  # type: ignore[attr-defined]  # A ChoiceField.
        for name in ("cleaning_type", "area", "supplies", "pets"):
            self.fields[name].error_messages["invalid_choice"] = self.missing[name]
        self.fields["area"].required = False
        for name, choices in {"supplies": Supplies, "pets": Pets}.items():
            self.fields[name].choices = [("", "Not said"), *choices.choices]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.show_hidden_initial = self.instance.pk is not None
        for name, limit in MOST_CHARACTERS.items():
            self.fields[name].error_messages["max_length"] = f"Use at most {limit:,} characters."

    @property
    def seen_values(self) -> list[tuple[str, str]]:
        return [(field.html_initial_name, self._printed(field)) for field in self.visible_fields()]

    @property
    def changes(self) -> dict:
        return {
            name: self.cleaned_data[name]
            for name in FIELDS
            if name in self.cleaned_data.keys() & set(self.changed_data)
        }

    def clean_area(self) -> str:
        return self.cleaned_data["area"] or self.instance.area

    def clean_starts_at(self):
        starts_at = self.cleaned_data["starts_at"]
        if "starts_at" in self.changed_data and not start_is_in_range(starts_at):
            raise forms.ValidationError(START_SENTENCE)
        return starts_at

    def clean(self) -> None:
        super().clean()
        for name in self.changes:
            seen, current = self.data.get(self[name].html_initial_name), self._printed(self[name])
            # Browsers change line ends.
            is_as_seen = seen is None or clean_text(seen) == clean_text(current)
            if self.instance.pk and not is_as_seen and self.cleaned_data[name] != self[name].initial:
                self.add_error(name, f"This was changed meanwhile to “{current}”. Look again, then save.")

    @staticmethod
    def _printed(field: forms.BoundField) -> str:
        return field.field.hidden_widget().format_value(field.field.prepare_value(field.initial)) or ""
