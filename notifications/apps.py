from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        from accounts import closing
        from mailqueue import maintenance
        from notifications.closing import NotificationClosingHandler
        from notifications.models import Notification

        maintenance.register(Notification.objects.queue_mails)
        closing.register(NotificationClosingHandler())
