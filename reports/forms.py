from collections.abc import Iterable

from django import forms

from accounts.fields import EmailFormField
from core.forms import CleanCharField, CleanTextField, SiteFormMixin
from core.names import validate_no_address
from reports.choices import LEAST_CHARACTERS, MOST_CHARACTERS, Outcome, Reason

CONSEQUENCES = {
    Outcome.NOTHING: "Leave it as it is: we tell the reporter, who reads the facts.",
    Outcome.HIDE: "Hide it: others read “Hidden by our staff”. We tell the reporter; its author reads rule and facts.",
    Outcome.CLOSE: "Close the job: pending offers are turned down, and it never opens again. We tell the reporter; its "
    "owner reads rule and facts.",
    Outcome.DEACTIVATE: "Deactivate the account: the person can’t log in, open jobs and pending offers end. We "
    "tell the reporter; the person reads rule and facts.",
}


class ExplanationField(CleanTextField):
    """As long as `Report.text`, `Decision.facts` and `Appeal.text` have to be."""

    def __init__(self, **kwargs) -> None:
        super().__init__(
            min_length=LEAST_CHARACTERS,
            max_length=MOST_CHARACTERS,
            widget=forms.Textarea(attrs={"rows": 6}),
            error_messages={"min_length": "Write at least %(limit_value)d characters; you wrote %(show_value)d."},
            **kwargs,
        )


class MemberReportForm(SiteFormMixin, forms.Form):
    of = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.ChoiceField(choices=Reason.choices, widget=forms.RadioSelect)
    text = ExplanationField(
        label="What is wrong",
        help_text=f"In {LEAST_CHARACTERS} to {MOST_CHARACTERS:,} characters. Only our staff read it.",
    )
    good_faith = forms.BooleanField(label="I believe in good faith that this is right")

    field_order = ["of", "reason", "text", "name", "email", "good_faith"]
    labels = {"reason": "Why do you report it?"}
    missing = {
        "reason": "Choose a reason.",
        "text": "Write what is wrong.",
        "good_faith": "Tick the box if you believe that this is right. If you don’t, don’t send the report.",
    }

    @property
    def facts(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name not in ("of", "good_faith")}


class ReportForm(MemberReportForm):
    """For people without an account."""

    name = CleanCharField(
        label="Your name",
        max_length=80,
        validators=[validate_no_address],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = EmailFormField(
        label="Your e-mail address",
        max_length=254,
        help_text="We write to you about this report only.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class AppealForm(SiteFormMixin, forms.Form):
    text = ExplanationField(
        label="Why you disagree", help_text="Someone else on our staff reads it, looks again and decides."
    )

    missing = {"text": "Write why you disagree."}


class DecisionForm(SiteFormMixin, forms.Form):
    """For staff; `outcomes` are those that are possible."""

    outcome = forms.ChoiceField(widget=forms.RadioSelect)
    rule = forms.ChoiceField(
        choices=[("", "None"), *Reason.choices],
        required=False,
        help_text="Which rule was broken. Needed unless it is left as it is.",
    )
    facts = ExplanationField(
        label="Facts", help_text="What was written or shown, and why it breaks the rule. Name neither side."
    )

    missing = {"outcome": "Choose what to do.", "facts": "Write down the facts."}

    def __init__(self, *args, outcomes: Iterable[Outcome], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choices = [(outcome, CONSEQUENCES[outcome]) for outcome in outcomes]
        self.fields["outcome"].choices = choices  # type: ignore[attr-defined]
