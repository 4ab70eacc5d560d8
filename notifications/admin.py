from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import ReadOnlyAdmin
from core.text import truncate
from notifications.models import Notification
from notifications.topics import Topic


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "recipient", "about", "mailing", "read_at"]
    list_filter = ["mailing", "topic"]
    list_per_page = 50
    list_select_related = ["recipient"]
    search_fields = ["=id", "recipient__username", "recipient__email"]
    search_help_text = "Number of the notification, or a part of a username or an address."
    ordering = ["-pk"]
    # Neither the address nor the thread: an address may be a secret of the recipient, and a thread may name a report
    # to which the reader is a party.
    fields = ["created_at", "recipient", "topic", "subject", "event", "mailing", "read_at"]
    field_labels = {"created_at": "when", "mailing": "mail", "read_at": "read"}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        """Without what reporters are told: they would name themselves to staff who were reported."""
        return super().get_queryset(request).exclude(topic=Topic.REPORTED)

    @admin.display(description="about")
    def about(self, notification: Notification) -> str:
        """The line of its mail, which is shorter than what it says."""
        return notification.subject or truncate(notification.sentence, 80)
