from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        # Registers its topics.
        import reports.notices  # noqa: F401
        from conversations.querysets import MessageQuerySet
        from reports.models import Report

        MessageQuerySet.in_open_reports = Report.objects.open_on_messages
