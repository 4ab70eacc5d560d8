from django.contrib import admin

from cleanings.models import Cleaning, Event


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    """The timelines, to read only."""

    list_display = ["at", "kind", "cleaning", "cleaner", "actor", "from_status", "to_status"]
    list_filter = ["kind", "at"]
    list_select_related = ["cleaning", "cleaner", "actor"]
    search_fields = ["=cleaning__id", "cleaning__name", "cleaner__username", "actor__username"]
    show_full_result_count = False
    ordering = ["-pk"]

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
