"""What people are notified of in a conversation; no line of a timeline."""

from cleanings.events import ON_BOTH, ON_CLEANINGS
from notifications import topics
from notifications.topics import Topic, TopicRow

topics.register(
    [
        TopicRow(Topic.ASKED, ON_CLEANINGS, asks=True),
        TopicRow(Topic.QUESTION_ANSWERED, ON_BOTH),
        TopicRow(Topic.WRITTEN, ON_BOTH),
    ]
)
