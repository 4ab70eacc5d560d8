from django.contrib import admin

from core.admin import ReadOnlyAdmin
from notifications.models import Notification


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ["sentence", "recipient", "topic", "mailing", "created_at", "read_at"]
    list_filter = ["topic", "mailing"]
    list_select_related = ["recipient"]
    search_fields = ["=id", "recipient__username", "recipient__email"]
    ordering = ["-pk"]
