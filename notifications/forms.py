"""What a person sends about their notifications: which one they have read, and which kinds are mailed to them."""

from django import forms

from core.forms import SiteFormMixin
from notifications.topics import Topic, topics_by_heading


class MarkReadForm(forms.Form):
    """Which notification was read; none named means all."""

    notification = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def chosen_from(self, notifications):
        chosen = self.cleaned_data["notification"]
        return notifications.filter(pk=chosen) if chosen else notifications


class TopicsField(forms.MultipleChoiceField):
    """The kinds of news under one heading: a box each, ticked for what is mailed."""

    def __init__(self, topics: list[Topic]) -> None:
        choices = [(topic.value, topic.label) for topic in topics]
        super().__init__(choices=choices, required=False, widget=forms.CheckboxSelectMultiple)
        self.error_messages["invalid_choice"] = "Choose among the kinds that stand here."


class ChoicesForm(SiteFormMixin, forms.Form):
    """Which kinds of news are mailed; `site_only` holds the topics that are not."""

    def __init__(self, *args, site_only: set[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for number, (heading, topics) in enumerate(topics_by_heading().items(), 1):
            field = self.fields[f"group_{number}"] = TopicsField(topics)
            field.label = heading
            field.initial = [topic.value for topic in topics if topic not in site_only]

    @property
    def site_only(self) -> set[str]:
        """The topics that were left unticked."""
        return set(Topic.values).difference(*self.cleaned_data.values())
