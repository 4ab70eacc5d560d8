from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from notifications.models import Notification


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """What people were told."""

    list_display = ["sentence", "recipient", "created_at", "read_at"]
    list_select_related = ["recipient"]
    search_fields = ["=id", "recipient__username", "recipient__email"]
    ordering = ["-pk"]
