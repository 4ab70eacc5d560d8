from accounts.closing import ClosingHandler
from accounts.models import User
from conversations import notices
from offers.models import Offer


class ConversationClosingHandler(ClosingHandler):
    def remove_personal_data(self, user: User, username: str) -> None:
        """Messages stay, for the other side to read, under "Former member"; notifications lose the name."""
        for offer in Offer.objects.filter(messages__author=user).distinct().with_people().with_cleaning():
            notice = notices.written(offer, user, offer.cleaning.owner)
            named = notices.about(offer).exclude(recipient=user)
            named.update(subject=notice.subject, sentence=notice.sentence, url=notice.url)
