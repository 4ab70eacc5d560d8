from django import forms

from cleanings import states
from cleanings.constraints import RATE_SENTENCE
from cleanings.fields import RateField
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
        help_text="Only the owner reads it. Say how you would do the job; no address or phone here.",
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
        help_text="The other side of the job reads it.",
        error_messages={"max_length": "Use at most 500 characters."},
    )

    missing = {"reason": "Choose a reason."}

    def __init__(self, *args, offer: Offer | None = None, **kwargs) -> None:
        """Without an offer, as for staff who chose several, all reasons are choices, and the verb decides."""
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = offer.reasons_for(self.move) if offer else self.move.reasons.choices
        self.fields["reason"].error_messages["invalid_choice"] = self.missing["reason"]


class CancelForm(ReasonForm):
    move = states.CANCEL


class ReleaseForm(ReasonForm):
    move = states.RELEASE


class NoShowAnswerForm(MoveForm):
    answer = CleanTextField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Everybody can read it beside the evaluation, once that is published. No address or phone here.",
        error_messages={"max_length": "Use at most 500 characters."},
    )

    missing = {"answer": "Write what happened."}
