from django.apps import AppConfig


class CleaningsConfig(AppConfig):
    name = "cleanings"
    verbose_name = "Jobs"

    def ready(self) -> None:
        from accounts import blocking, closing
        from cleanings.alerts import SearchThreadHandler
        from cleanings.blocking import CleaningBlockingHandler
        from cleanings.closing import CleaningClosingHandler
        from cleanings.threads import CleaningThreadHandler
        from notifications import threads

        closing.register(CleaningClosingHandler())
        blocking.register(CleaningBlockingHandler())
        threads.register(CleaningThreadHandler())
        threads.register(SearchThreadHandler())
