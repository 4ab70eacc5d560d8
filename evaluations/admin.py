from django.contrib import admin
from django.http import HttpRequest

from core.admin import HiddenRowsMixin, VerbsAdmin
from evaluations.forms import HideForm
from evaluations.models import Evaluation


@admin.register(Evaluation)
class EvaluationAdmin(HiddenRowsMixin, VerbsAdmin):
    list_display = ["author", "subject", "overall_rating", "no_show", "headline", "publishes_at", "hidden_at"]
    list_filter = ["overall_rating", "no_show", "hide_reason", "publishes_at"]
    list_select_related = ["author", "subject"]
    search_fields = ["=id", "author__username", "author__email", "subject__username", "subject__email", "headline"]
    ordering = ["-pk"]
    field_labels = {
        "subject": "about",
        "no_show": "didn’t turn up",
        "publishes_at": "readable from",
        "hidden_at": "hidden",
        "hide_reason": "why hidden",
    }
    verbs = {"hide": HideForm}
    fields = readonly_fields = [field.name for field in Evaluation._meta.fields if field.name != "id"]

    def has_change_permission(self, request: HttpRequest, obj: Evaluation | None = None) -> bool:
        return obj is None and request.user.has_perm("evaluations.hide_evaluation")
