from django.apps import AppConfig


class CleaningsConfig(AppConfig):
    name = "cleanings"

    def ready(self) -> None:
        from accounts import closing
        from cleanings.alerts import SearchThreadHandler
        from cleanings.closing import CleaningClosingHandler
        from cleanings.threads import CleaningThreadHandler
        from notifications import threads

        closing.register(CleaningClosingHandler())
        threads.register(CleaningThreadHandler())
        threads.register(SearchThreadHandler())
