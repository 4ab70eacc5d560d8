from accounts.closing import ClosingHandler
from accounts.models import User
from conversations import notices
from offers.models import Offer


class ConversationClosingHandler(ClosingHandler):
    def end_open(self, user: User, locked: list[int], by: User | None) -> None:
        """Answered questions stay, under "Former member"; unanswered ones go, because nobody would read the answer."""
        # In the order of an answer, which locks the asker, then the question.
        user.lock()
        user.questions.remove_unanswered()

    def has_unanswered(self, user: User) -> bool:
        return user.questions.unanswered().exists()

    def remove_personal_data(self, user: User, username: str) -> None:
        """Messages stay, for the other side to read, under "Former member"; notifications lose the name."""
        for offer in Offer.objects.filter(messages__author=user).distinct().with_people().with_cleaning():
            notice = notices.written(offer, user, offer.cleaning.owner)
            named = notices.about(offer).exclude(recipient=user)
            named.update(subject=notice.subject, sentence=notice.sentence, url=notice.url)
