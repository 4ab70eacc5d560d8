from django.contrib import admin

from conversations.models import Question
from core.admin import HiddenRowsMixin, ReadOnlyAdmin, RelatedSearchMixin


@admin.register(Question)
class QuestionAdmin(HiddenRowsMixin, RelatedSearchMixin, ReadOnlyAdmin):
    list_display = ["cleaning", "asker", "text", "asked_at", "answered_at", "withdrawn_at", "hidden_at"]
    list_filter = ["asked_at", "answered_at"]
    list_select_related = ["cleaning", "asker"]
    search_fields = ["=id"]
    search_related = {
        "cleaning": ["pk", "name__icontains"],
        "asker": ["username__istartswith", "email__istartswith"],
    }
    search_help_text = "Number of the question, number or name of the job, or how a username or an address begins."
    ordering = ["-pk"]
    field_labels = {
        "asker": "asked by", "asked_at": "asked", "answered_at": "answered", "withdrawn_at": "withdrawn"
    }  # fmt: skip
    fields = readonly_fields = [
        "cleaning", "asker", "text", "asked_at", "answer", "answered_at", "withdrawn_at", "hidden_at", "hidden_by"
    ]  # fmt: skip
