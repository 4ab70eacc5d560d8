from django.conf import settings
from django.urls import URLPattern, path

from notifications import views


def development(mailbox: str) -> list[URLPattern]:
    """The page of the mails that are kept instead of sent: where none is kept, there is no such address."""
    return [path("mail/", views.MailboxView.as_view(), name="mailbox")] if mailbox else []


app_name = "notifications"
urlpatterns = [
    path("notifications/", views.NotificationListView.as_view(), name="list"),
    *development(settings.MAILBOX),
]
