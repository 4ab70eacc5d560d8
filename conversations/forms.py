from django import forms

from conversations.contact_details import validate_no_contact_details
from conversations.models import MOST_CHARACTERS_OF_QUESTION, Message, Question
from core.forms import CleanTextField, SiteFormMixin


class MessageForm(SiteFormMixin, forms.ModelForm):
    labels = {"text": "Your message"}
    missing = {"text": "Write a message."}

    class Meta:
        model = Message
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}


class QuestionForm(SiteFormMixin, forms.ModelForm):
    labels = {"text": "Your question"}
    missing = {"text": "Write a question."}

    class Meta:
        model = Question
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 4})}
        help_texts = {"text": "Everyone can read it once the owner answers. No phone number, e-mail address or link."}


class AnswerForm(SiteFormMixin, forms.Form):
    """`corrects` is true where the page showed an answer."""

    answer = CleanTextField(
        label="Your answer",
        max_length=MOST_CHARACTERS_OF_QUESTION,
        validators=[validate_no_contact_details],
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Everyone who sees the job can read it. No phone number, e-mail address or link.",
    )
    corrects = forms.BooleanField(required=False, widget=forms.HiddenInput)

    missing = {"answer": "Write an answer."}
