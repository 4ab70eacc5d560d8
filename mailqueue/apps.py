from django.apps import AppConfig


class MailQueueConfig(AppConfig):
    name = "mailqueue"
    verbose_name = "Mail queue"

    def ready(self) -> None:
        from django_tasks_db.compat import task_finished

        from mailqueue.signals import retry_failed_mail

        task_finished.connect(retry_failed_mail)
