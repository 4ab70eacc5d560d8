from collections.abc import Iterable

from accounts.blocking import BlockingHandler
from accounts.models import User
from conversations.models import Question


class ConversationBlockingHandler(BlockingHandler):
    def concerned(self, one: User, other: User) -> Iterable[int]:
        return Question.objects.between(one, other).without_answer().values_list("cleaning", flat=True)

    def end(self, blocker: User, blocked: User) -> None:
        """Answered questions stay for everyone to read."""
        Question.objects.between(blocker, blocked).remove_unanswered()
