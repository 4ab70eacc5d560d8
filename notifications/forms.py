from django import forms

from core.forms import SiteFormMixin
from notifications.topics import Topic, topics_by_heading


class MarkReadForm(forms.Form):
    """Marks one notification as read, or all if none is sent."""

    notification = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def chosen_from(self, notifications):
        chosen = self.cleaned_data["notification"]
        return notifications.filter(pk=chosen) if chosen else notifications


class TopicsField(forms.MultipleChoiceField):
    def __init__(self, topics: list[Topic]) -> None:
        choices = [(topic.value, topic.label) for topic in topics]
        super().__init__(choices=choices, required=False, widget=forms.CheckboxSelectMultiple)
        self.error_messages["invalid_choice"] = "Choose among these kinds."


class ChoicesForm(SiteFormMixin, forms.Form):
    def __init__(self, *args, site_only: set[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for number, (heading, topics) in enumerate(topics_by_heading().items(), 1):
            field = self.fields[f"group_{number}"] = TopicsField(topics)
            field.label = heading
            field.initial = [topic.value for topic in topics if topic not in site_only]

    @property
    def site_only(self) -> set[str]:
        choices: set[str] = {topic for topics in topics_by_heading().values() for topic in topics}
        return choices.difference(*self.cleaned_data.values())
