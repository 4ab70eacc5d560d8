from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.closing import ClosingHandler
from accounts.models import User


class EvaluationClosingHandler(ClosingHandler):
    def renamed(self, user: User) -> Iterable[QuerySet]:
        return [user.evaluations.all(), user.evaluations_written.all()]
