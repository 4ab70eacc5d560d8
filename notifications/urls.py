from django.conf import settings
from django.urls import URLPattern, path

from mailqueue.views import MailboxView
from notifications import views


def development(mailbox: str) -> list[URLPattern]:
    return [path("mail/", MailboxView.as_view(), name="mailbox")] if mailbox else []


app_name = "notifications"
urlpatterns = [
    path("notifications/", views.NotificationListView.as_view(), name="list"),
    path("notifications/choices/", views.ChoicesView.as_view(), name="choices"),
    path("notifications/unsubscribe/<token>/", views.UnsubscribeView.as_view(), name="unsubscribe"),
    *development(settings.MAILBOX),
]
