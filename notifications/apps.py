from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        from mailqueue import maintenance
        from notifications.models import Notification

        maintenance.register(Notification.objects.queue_mails)
