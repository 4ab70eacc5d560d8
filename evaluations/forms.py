from django import forms

from accounts.models import User
from cleanings.states import HideReason
from core.forms import CleanCharField, CleanTextField, SiteFormMixin
from evaluations.models import MOST_CHARACTERS, PARTS, RATINGS, Stars
from offers.models import Offer

PART_HINTS = {
    "professionalism": "On time, polite, easy to agree with.",
    "completeness": "Everything you agreed on got done.",
    "efficiency": "In the hours you agreed on.",
}


class StarsSelect(forms.RadioSelect):
    template_name = "evaluations/_stars.html"


class StarsField(forms.TypedChoiceField):
    def __init__(self, *, required: bool, **kwargs) -> None:
        choices = Stars.choices if required else [("", "Leave it out"), *Stars.choices]
        super().__init__(
            choices=choices,
            coerce=int,
            empty_value=None,
            required=False,
            widget=StarsSelect,
            initial="",
            **kwargs,
        )
        self.error_messages["invalid_choice"] = "Choose a rating from 1 to 5."


class NoShowForm(SiteFormMixin, forms.Form):
    """All that is asked for after a release for a no-show."""

    headline = CleanCharField(
        required=False,
        max_length=MOST_CHARACTERS["headline"],
        help_text="In a few words.",
    )
    comment = CleanTextField(
        required=False,
        max_length=MOST_CHARACTERS["comment"],
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Everyone can read it. Leave out anything that could be used to find or call someone.",
    )

    @property
    def main(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in PARTS]

    @property
    def parts(self) -> list[forms.BoundField]:
        return [self[name] for name in PARTS if name in self.fields]

    @property
    def shows_parts(self) -> bool:
        return any(field.errors or field.value() for field in self.parts)

    @property
    def said(self) -> dict:
        return self.cleaned_data | {"no_show": True}


class EvaluationForm(NoShowForm):
    no_show = forms.BooleanField(
        required=False,
        label="Nobody let me in",
        help_text="Profiles count it separately. If you tick this box, we keep no rating.",
    )
    overall_rating = StarsField(required=True)

    field_order = ["no_show", "overall_rating", "headline", "comment", *PARTS]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["overall_rating"].label = "Overall"

    def clean(self) -> dict:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("no_show"):
            for rating in set(RATINGS) & set(self.fields):
                cleaned[rating] = None
                self.errors.pop(rating, None)
        elif cleaned.get("overall_rating") is None and "overall_rating" not in self.errors:
            self.add_error("overall_rating", "Choose an overall rating.")
        return cleaned

    @property
    def said(self) -> dict:
        return self.cleaned_data


class OwnersEvaluationForm(EvaluationForm):
    professionalism, completeness, efficiency = (
        StarsField(required=False, help_text=PART_HINTS[part]) for part in PARTS
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["no_show"].label = "The cleaner didn’t turn up"


class HideForm(SiteFormMixin, forms.Form):
    reason = forms.ChoiceField(choices=HideReason.choices, widget=forms.RadioSelect)
    note = CleanTextField(
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Both sides of the job read it in their timeline.",
    )

    missing = {"reason": "Choose a reason."}


def form_for(offer: Offer, author: User) -> type[NoShowForm]:
    if offer.absentee:
        return NoShowForm
    return OwnersEvaluationForm if offer.cleaning.is_owned_by(author) else EvaluationForm
