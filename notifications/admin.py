from django.contrib import admin

from notifications.models import Notification


@admin.register(Notification)
class NotificationAdmin(admin.ModelAdmin):
    """What people were told, to read only."""

    list_display = ["sentence", "recipient", "created_at", "read_at"]
    list_select_related = ["recipient"]
    search_fields = ["=id", "recipient__username", "recipient__email"]
    show_full_result_count = False
    ordering = ["-created_at"]

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
