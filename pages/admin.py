from django.contrib import admin

from core.admin import ReadOnlyAdmin
from pages.models import IntegrityCheck


@admin.register(IntegrityCheck)
class IntegrityCheckAdmin(ReadOnlyAdmin):
    list_display = ["started_at", "seconds", "is_fine"]
    ordering = ["-pk"]
    fields = readonly_fields = ["started_at", "seconds", "lines"]

    @admin.display(description="is fine", boolean=True)
    def is_fine(self, obj: IntegrityCheck) -> bool:
        return obj.is_fine

    @admin.display(description="findings")
    def lines(self, obj: IntegrityCheck) -> str:
        return "\n".join(obj.findings) or "None"
