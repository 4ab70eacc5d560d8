from django import forms

from conversations.models import Message
from core.forms import SiteFormMixin


class MessageForm(SiteFormMixin, forms.ModelForm):
    labels = {"text": "Your message"}
    missing = {"text": "Write a message."}

    class Meta:
        model = Message
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}
