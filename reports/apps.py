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
        # Not by an address that was typed without a log-in: anybody could name those of all staff, and stop them.
        impartiality.register(
            lambda staff, row: staff.reports.open().against(row).exists(),
            "You have reported this yourself, so someone else on our staff decides.",
        )
