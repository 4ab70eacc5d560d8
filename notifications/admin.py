from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import ReadOnlyAdmin
from notifications.models import Notification
from notifications.topics import Topic


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ["sentence", "recipient", "topic", "mailing", "created_at", "read_at"]
    list_filter = ["topic", "mailing"]
    list_select_related = ["recipient"]
    search_fields = ["=id", "recipient__username", "recipient__email"]
    ordering = ["-pk"]
    # Some addresses are a secret of the recipient's, and a thread may name a report where the reader is a party.
    exclude = ["url", "thread"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        """Without what reporters are told: they would name themselves to staff who were reported."""
        return super().get_queryset(request).exclude(topic=Topic.REPORTED)
