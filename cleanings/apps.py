from django.apps import AppConfig


class CleaningsConfig(AppConfig):
    name = "cleanings"

    def ready(self) -> None:
        from accounts.closing import register
        from cleanings.closing import CleaningClosingHandler

        register(CleaningClosingHandler())
