from notifications.topics import Topic, TopicRow

ON_SAFETY = "On reports"

TOPICS = [TopicRow(Topic.REPORTED, ON_SAFETY), TopicRow(Topic.DECIDED, ON_SAFETY)]
