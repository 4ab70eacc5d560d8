from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "conversations"
    verbose_name = "Questions"

    def ready(self) -> None:
        from accounts import blocking, closing
        from conversations.blocking import ConversationBlockingHandler
        from conversations.closing import ConversationClosingHandler
        from conversations.threads import ConversationThreadHandler
        from notifications import threads

        closing.register(ConversationClosingHandler())
        blocking.register(ConversationBlockingHandler())
        threads.register(ConversationThreadHandler())
