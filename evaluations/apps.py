from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    name = "evaluations"

    def ready(self) -> None:
        from accounts.closing import register
        from evaluations.closing import EvaluationClosingHandler

        register(EvaluationClosingHandler())
