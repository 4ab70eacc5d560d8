from django import forms


class MarkReadForm(forms.Form):
    """Which notification was read; none named means all."""

    notification = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def chosen_from(self, notifications):
        chosen = self.cleaned_data["notification"]
        return notifications.filter(pk=chosen) if chosen else notifications
