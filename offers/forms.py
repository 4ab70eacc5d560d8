from copy import copy

from django import forms

from accounts.models import User
from cleanings import sentences, states
from cleanings.constraints import NEW_START_SENTENCE, RATE_SENTENCE, start_is_in_range
from cleanings.fields import RateField
from cleanings.forms import CleaningForm
from cleanings.terms import PAY, PLACE, TERMS
from core.forms import CleanTextField, SiteFormMixin
from offers.models import Offer


class SeenNumberField(forms.IntegerField):
    """A missing or malformed number is 0, which is never a valid one."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)

    def clean(self, value) -> int:
        return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else 0


class OfferForm(SiteFormMixin, forms.Form):
    """`version` is the version of the cleaning that the page showed."""

    hourly_rate = RateField(label="Your rate an hour")
    message = CleanTextField(
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Only the owner reads it. Say how you’d do the job, but leave out addresses and phone numbers.",
        error_messages={"max_length": "Use at most 1,000 characters."},
    )
    version = SeenNumberField()

    missing = {"hourly_rate": RATE_SENTENCE}

    def clean_version(self) -> int | None:
        return self.cleaned_data["version"] or None


class MoveForm(SiteFormMixin, forms.Form):
    pass


class AcceptForm(MoveForm):
    """What the owner was shown: the revision of the offer, and the version of the cleaning, which is optional."""

    revision = SeenNumberField()
    version = SeenNumberField()

    def clean_version(self) -> int | None:
        return self.cleaned_data["version"] or None


class ConfirmForm(MoveForm):
    version = SeenNumberField()


class ReasonForm(MoveForm):
    reason = forms.ChoiceField(widget=forms.RadioSelect)
    note = CleanTextField(
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The other person reads it.",
        error_messages={"max_length": "Use at most 500 characters."},
    )

    missing = {"reason": "Choose a reason."}

    def __init__(self, *args, offer: Offer | None = None, **kwargs) -> None:
        """Without an offer, all reasons are choices and the verb decides: staff may have selected several offers."""
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = offer.reasons_for(self.move) if offer else self.move.reasons.choices
        self.fields["reason"].error_messages["invalid_choice"] = self.missing["reason"]
        # If a note is sent all the same, the verb refuses it.
        if offer and offer.has_block and not self.data.get("note"):
            del self.fields["note"]


class CancelForm(ReasonForm):
    move = states.CANCEL


class ReleaseForm(ReasonForm):
    move = states.RELEASE


class NoShowAnswerForm(MoveForm):
    answer = CleanTextField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Everyone can read it beside the review, once that’s out. Leave out addresses and phone numbers.",
        error_messages={"max_length": "Use at most 500 characters."},
    )

    missing = {"answer": "Write what happened."}


MAIN_TERMS = ("starts_at", *PAY)


class ChangeForm(CleaningForm):
    """Suggests the terms that are sent and differ from the agreed ones."""

    hourly_rate = RateField(label="Hourly rate")
    note = CleanTextField(
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Say why, or what else would suit you.",
        error_messages={"max_length": "Use at most 500 characters."},
    )
    # How a form drops a field that it inherits.
    post_token = None

    missing = CleaningForm.missing | {"starts_at": "Enter the new start. It can be moved, but not left empty."}

    class Meta(CleaningForm.Meta):
        fields = (
            "starts_at", "estimated_hours", "hourly_rate", "cleaning_type", "area", "supplies", "pets", "city",
            "postcode", "street_address",
        )  # fmt: skip
        help_texts = {"street_address": "Shown only to your cleaner."}

    def __init__(self, *args, offer: Offer, by: User, **kwargs) -> None:
        # The form starts from the rate of the offer. It gets a copy, because it writes what was typed to its instance.
        agreed = copy(offer.cleaning)
        agreed.hourly_rate = offer.hourly_rate
        super().__init__(*args, instance=agreed, **kwargs)
        self.fields["starts_at"].required = agreed.starts_at is not None
        for name in TERMS:
            self.fields[name].label = str(self.fields[name].label).removesuffix(" (optional)")
        for name in set(TERMS) - self._terms_of(offer, by):
            del self.fields[name]

    def _terms_of(self, offer: Offer, by: User) -> set[str]:
        """Terms that were sent stay, because the verb refuses those that cannot be changed any more."""
        if not self.is_bound:
            return set(offer.terms_to_suggest(by))
        own = TERMS if offer.cleaning.is_owned_by(by) else set(TERMS) - set(PLACE)
        return set(self.data) & set(own)

    def clean_starts_at(self):
        starts_at = self.cleaned_data["starts_at"]
        if "starts_at" in self.changed_data and not start_is_in_range(starts_at):
            raise forms.ValidationError(NEW_START_SENTENCE)
        return starts_at

    def clean(self) -> None:
        super().clean()
        if not (self.errors or self.suggested):
            raise forms.ValidationError(sentences.CHANGE_OF_NOTHING)

    @property
    def suggested(self) -> dict:
        return {name: value for name, value in self.changes.items() if not self._is_agreed(name, value)}

    @property
    def main(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name in MAIN_TERMS]

    @property
    def others(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name in TERMS and name not in MAIN_TERMS]

    @property
    def label_of_others(self) -> str:
        return "Change what is cleaned, or where" if "city" in self.fields else "Change what is cleaned"

    @property
    def shows_others(self) -> bool:
        return self.is_bound and any(field.errors or field.name in self.changed_data for field in self.others)

    def _is_agreed(self, name: str, value: object) -> bool:
        prepare = self.fields[name].prepare_value
        return prepare(value) == prepare(self[name].initial)


class ChangeAnswerForm(MoveForm):
    """`change` is the id of the change that the page showed."""

    change = SeenNumberField()
