from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        # Registers its topics.
        import reports.notices  # noqa: F401
        from accounts import impartiality
        from conversations.querysets import MessageQuerySet
        from reports.models import Report

        MessageQuerySet.in_open_reports = Report.objects.open_on_messages
        impartiality.register(lambda staff, row: Report.objects.open().sent_by(staff).against(row).exists())
