from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from notifications import topics
        from reports.notices import TOPICS

        topics.register(TOPICS)
