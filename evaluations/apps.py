from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    name = "evaluations"
    verbose_name = "Reviews"

    def ready(self) -> None:
        from accounts.closing import register
        from evaluations.closing import EvaluationClosingHandler
        from evaluations.models import Evaluation
        from offers.querysets import OfferQuerySet

        register(EvaluationClosingHandler())
        OfferQuerySet.counted_evaluations = Evaluation.objects.counted
